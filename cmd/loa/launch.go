package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"

	"loa/node/update"
)

// What the launcher tells the version that it becomes.
const (
	envLauncher = "LOA_LAUNCHER"         // the packaged program
	envPackaged = "LOA_PACKAGED_VERSION" // its version
	envSoftware = "LOA_SOFTWARE"         // the key of the version chosen
)

// startChosen becomes the version of the program that is to run, if that is another
// one, and returns the store it is from and its key otherwise. See package
// update.
func startChosen(dir string, logger *slog.Logger) (store *update.Store, running string) {
	if packaged, launched := os.LookupEnv(envPackaged); launched {
		return update.Open(dir, packaged), os.Getenv(envSoftware)
	}
	store = update.Open(dir, version)
	path, key, err := store.Choose()
	if err != nil {
		logger.Error("the versions of the program are not as they should be; going on with what was kept", "err", err)
	}
	if path == "" {
		return store, ""
	}
	self, err := os.Executable()
	if err == nil {
		err = syscall.Exec(path, os.Args, append(os.Environ(), envLauncher+"="+self, envPackaged+"="+version, envSoftware+"="+key))
	}
	logger.Error("a version of the program cannot be started; going on with the packaged one", "path", path, "err", err)
	return store, ""
}

// relaunch becomes the launcher again, in the same process.
func relaunch() error {
	path, ok := os.LookupEnv(envLauncher)
	if !ok {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("start another version: %w", err)
		}
		path = self
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{envLauncher, envPackaged, envSoftware}, name)
	})
	return fmt.Errorf("start another version: %w", syscall.Exec(path, os.Args, env))
}
