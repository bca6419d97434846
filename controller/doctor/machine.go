package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os/exec"
	"time"

	"loa/controller/backup"
	"loa/schedule/figure"
)

func (o *officeExam) clock() {
	if o.opt.Synced {
		o.OK("clock", "Đồng hồ máy được đồng bộ", "The machine's clock is set by the network")
		return
	}
	o.Unknown("clock", say("Đồng hồ máy có đúng không: chưa rõ", "Whether the machine's clock is right is not known"),
		say("bật NTP: timedatectl set-ntp true; so với giờ thật", "turn NTP on: timedatectl set-ntp true; compare with the true time"), nil)
}

// programs are those that the controller starts.
func (o *officeExam) programs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*officeWithin)
	defer cancel()
	o.Is("ffmpeg", exec.CommandContext(ctx, "ffmpeg", "-version").Run(), say("ffmpeg chạy được", "ffmpeg works"),
		say("Không có ffmpeg: không nhận được bản ghi âm", "No ffmpeg: no recording can be taken"),
		say("apt install ffmpeg", "apt install ffmpeg"))
}

// voices has each voice speak, and says how it did.
func (o *officeExam) voices(ctx context.Context) {
	set, err := o.config.Engines()
	if err != nil {
		o.Bad("voices", say("Mục voices hoặc speech trong cấu hình chưa đúng", "The setting voices, or speech, is not right"),
			say("sửa theo dòng báo dưới; cách viết: voices.md", "correct it as said below; how to write it: voices.md"), err)
		return
	}
	for _, e := range set.Engines() {
		ctx, cancel := context.WithTimeout(ctx, voiceWithin)
		f := set.Check(ctx, e)
		cancel()
		name, licence := "voice "+e.Name, say(e.Licence, e.Licence)
		do := say("sửa mục voices (hoặc speech) trong cấu hình; cách cài: voices.md",
			"correct voices (or speech) in the settings; how to install it: voices.md")
		if e.BuiltIn() {
			name, do = "speech", say("apt install espeak-ng", "apt install espeak-ng")
		}
		if e.Licence == "" {
			licence = say("giấy phép chưa rõ", "licence unknown")
		}
		if !f.OK {
			o.Bad(name, say(f.Fault.VI, f.Fault.EN), do, nil)
			continue
		}
		o.OK(name, fmt.Sprintf("Giọng %s đọc được (%.1f s); %s", figure.VI([]any{e.Name, f.Took.Seconds(), licence.VI})...),
			fmt.Sprintf("The voice %s speaks (%.1f s); %s", e.Name, f.Took.Seconds(), licence.EN))
	}
}

func (o *officeExam) backups() {
	do := say("loa backup; rồi xem trang Cài đặt vì sao đêm qua không có", "loa backup; then see on the page Settings why the night made none")
	s := backup.New(backup.Options{Folder: o.config.BackupsDir(), Source: backup.Source{Commune: o.config.Commune}}).State()
	switch {
	case s.Failed != nil && !errors.Is(s.Failed, fs.ErrNotExist):
		o.Bad("backups", say("Không đọc được thư mục sao lưu "+s.Folder, "The folder of backups, "+s.Folder+", cannot be read"), do, s.Failed)
	case len(s.Files) == 0:
		o.Unknown("backups", say("Chưa có bản sao lưu nào", "There is no backup yet"),
			say("bản đầu tiên được làm trong đêm; làm ngay: loa backup", "the first is made at night; at once: loa backup"), nil)
	case s.Old:
		at := s.Files[0].At
		o.Bad("backups", say("Bản sao lưu gần nhất đã cũ: "+at.Local().Format("02/01/2006"), "The last backup is old: "+at.Format(time.DateOnly)),
			do, nil)
	default:
		at := s.Files[0].At
		o.OK("backups", "Sao lưu gần nhất: "+at.Local().Format("15:04 02/01/2006"), "Last backup: "+at.Local().Format("2006-01-02 15:04"))
	}
}

// nodes tells of each loudspeaker in the words of the pages.
func (o *officeExam) nodes(ctx context.Context) {
	var l struct {
		Items []struct {
			ID, Name, State, VI, EN string
			Faults                  []said
		}
	}
	var err error
	if o.api != nil {
		err = o.api.Do(ctx, http.MethodGet, "/api/v1/nodes", nil, &l)
	}
	if o.api == nil || err != nil {
		o.Unknown("nodes", say("Các cụm loa: chưa rõ", "The loudspeakers: not known"),
			say("chạy máy chủ rồi xem lại", "start the controller and look again"), err)
		return
	}
	for _, n := range l.Items {
		name := "node " + n.ID
		why := say(n.Name+": "+n.VI, n.Name+": "+n.EN)
		for _, f := range n.Faults {
			o.Bad(name, say(n.Name+": "+f.VI, n.Name+": "+f.EN), said{}, nil)
		}
		switch {
		case len(n.Faults) > 0:
		case n.State == "offline" || n.State == "fault":
			o.Bad(name, why, say("xem trang Sự cố; tại chỗ: loa doctor trên bo mạch", "see the page Faults; there: loa doctor on the board"), nil)
		case n.State == "unknown":
			o.Unknown(name, why, say("đợi cụm loa lên tiếng", "wait for its word"), nil)
		default:
			o.OK(name, why.VI, why.EN)
		}
	}
	if len(l.Items) == 0 {
		o.Unknown("nodes", say("Chưa có cụm loa nào", "There is no loudspeaker yet"),
			say("thêm ở trang Loa & thiết bị", "add one on the page Loudspeakers"), nil)
	}
}
