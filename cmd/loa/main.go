// Loa is the open system for a commune's wireless loudspeakers: one binary,
// in the role of the controller at the office or of a node in a village.
//
// On a data folder one program works at a time, by package hold: controller, node,
// dev, swarm, which hold the folders below their own too, and restore. What is done
// for a controller at its machine (user, keys, update, backup, audit, provision,
// doctor, tap, support) is made to be done beside it, and is refused only while
// restore puts other data in the place. call, node invite, node revoke and node ear
// ask the running role; node enrol writes the settings, which a node reads at its
// start; node amp off takes an amplifier's power away also from a node that hangs.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "unknown"

// commands is the table of subcommands; each has a file of its own.
type commands struct {
	Controller controllerCmd `cmd:"" help:"Run the commune's controller: schedule, library, broker, pages."`
	Node       nodeCmd       `cmd:"" help:"Run a loudspeaker node."`
	Dev        devCmd        `cmd:"" help:"Run a whole commune on this machine: a controller and its nodes, over the real wire."`
	Provision  provisionCmd  `cmd:"" help:"Make certificate and settings for a node, on the controller's machine."`
	Call       callCmd       `cmd:"" help:"Speak to the villages from this machine, with no browser."`
	Swarm      swarmCmd      `cmd:"" help:"Measure one call to many nodes, all on this machine."`
	User       userCmd       `cmd:"" help:"List, make or reset the accounts of people, on the controller's machine."`
	Keys       keysCmd       `cmd:"" help:"List, change or retire the key that signs what nodes obey, on the controller's machine."`
	Update     updateCmd     `cmd:"" help:"Bring nodes to another version of the program, on the controller's machine."`
	Audit      auditCmd      `cmd:"" help:"Check or print the log of who did what."`
	Backup     backupCmd     `cmd:"" help:"Make a backup of the controller: database, sound, keys, settings. Private keys are in it."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup in place, on the controller's machine, while it is stopped."`
	Doctor     doctorCmd     `cmd:"" help:"Examine this machine, office or loudspeaker: each line says what is wrong and what to do."`
	Tap        tapCmd        `cmd:"" help:"Print what passes on the wire, decoded, at the office or on a board."`
	Support    supportCmd    `cmd:"" help:"Write what helps to find a fault, with no secret in it."`
	Settings   settingsCmd   `cmd:"" help:"Print a role's settings file with every setting explained."`
	Version    versionCmd    `cmd:"" help:"Print the version."`

	LogLevel slog.Level `help:"debug, info, warn or error." default:"info" env:"LOA_LOG"`
}

type versionCmd struct{}

func (versionCmd) Run() error {
	_, err := fmt.Println("loa", version)
	return err
}

func main() {
	syscall.Umask(0o077) // keys, and what people said, are nobody else's, also what ffmpeg writes
	var c commands
	k := kong.Parse(&c, kong.Name("loa"), kong.Description("Truyền thanh không dây cho xã · wireless loudspeakers for a commune."),
		kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := newLogger(c.LogLevel)
	k.BindTo(ctx, (*context.Context)(nil))
	k.Bind(logger)
	k.FatalIfErrorf(k.Run())
}
