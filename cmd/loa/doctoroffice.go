package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"loa/controller"
	"loa/controller/backup"
	"loa/controller/client"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/link"
)

const (
	officeWithin = 5 * time.Second
	voiceWithin  = 30 * time.Second    // for two texts: a voice that learnt takes a second or so for each
	officeEnds   = 60 * 24 * time.Hour // of a certificate: the controller would have renewed it before
	officeDisk   = 1 << 30             // bytes; with less a few recordings fill it
)

// officeExam is the examination of the office's machine.
type officeExam struct {
	*examination
	config controller.Config
	api    *client.Client // of the controller that runs; nil: none
	info   client.Info
}

func examineOffice(ctx context.Context, r *examination, settings string) {
	o := officeExam{examination: r}
	var err error
	o.config, err = openSettings(settings)
	if !o.is("settings", err, said{"Cấu hình đọc được", "The settings are as they should be"}, said{"Cấu hình sai", "The settings are wrong"},
		said{"sửa " + settings + " theo dòng báo dưới; mẫu: loa settings controller", "correct " + settings + " as said below; loa settings controller explains each"}) {
		return
	}
	o.running(ctx)
	o.data()
	o.store(ctx)
	o.keys()
	o.certificates()
	o.audit(ctx)
	o.broker(ctx)
	o.https(ctx)
	o.clock()
	o.programs(ctx)
	o.voices(ctx)
	o.backups()
	o.nodes(ctx)
}

var restart = said{"systemctl restart loa-controller, rồi journalctl -u loa-controller -p warning", "systemctl restart loa-controller, then journalctl -u loa-controller -p warning"}

func (o *officeExam) running(ctx context.Context) {
	path := filepath.Join(o.config.Data, "controller.json")
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &o.info)
	}
	if err == nil {
		err = answers(ctx, o.info.URL+"/readyz")
	}
	if o.is("running", err, said{"Máy chủ đang chạy, trang mở được: " + o.info.URL, "The controller runs and its pages answer: " + o.info.URL}, said{"Máy chủ không chạy hoặc trang không trả lời", "The controller does not run, or its pages do not answer"}, restart) {
		o.api = &client.Client{Base: o.info.URL, Token: o.info.Token}
	}
}

// answers returns nil if a page is there.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, officeWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return errors.Join(err, res.Body.Close())
}

func (o *officeExam) data() {
	o.is("data", tryWrite(o.config.Data), said{"Ghi được vào thư mục dữ liệu", "The data folder can be written"}, said{"Không ghi được vào " + o.config.Data, "Nothing can be written to " + o.config.Data},
		said{"kiểm tra ổ đĩa (dmesg), quyền của thư mục, và mục data", "check the disk (dmesg), the folder's owner, and data in the settings"})
}

func (o *officeExam) store(ctx context.Context) {
	o.is("store", store.Examine(ctx, o.config.Data), said{"Cơ sở dữ liệu nguyên vẹn", "The database is whole"}, said{"Cơ sở dữ liệu hỏng hoặc không đọc được", "The database is damaged or cannot be read"},
		said{"dừng máy chủ, giữ nguyên dữ liệu, rồi khôi phục bản sao lưu gần nhất: loa restore TỆP --replace", "stop the controller, keep the data, and restore the last backup: loa restore FILE --replace"})
	st, err := store.OpenReadOnly(ctx, o.config.Data)
	if err != nil {
		return
	}
	size, free, err := st.Disk()
	err = errors.Join(err, st.Close())
	room := said{fmt.Sprintf("Ổ đĩa còn %d GiB", free>>30), fmt.Sprintf("%d GiB of the disk are free", free>>30)}
	switch {
	case err != nil:
		o.unknown("disk", said{"Chỗ trống trên ổ đĩa: chưa rõ", "Room on the disk: not known"}, said{}, err)
	case free < officeDisk || free < size/20:
		o.bad("disk", room, said{"dọn ổ đĩa, hoặc chuyển backups sang ổ khác", "make room, or put backups on another disk"}, nil)
	default:
		o.ok("disk", room.VI, room.EN)
	}
}

// keys looks at the commune's keys: nobody else's to read, and whole. To read
// one closes it to others, so that comes second.
func (o *officeExam) keys() {
	dir := o.config.TrustDir()
	restore := said{"khôi phục từ bản sao lưu: không có khóa thì mọi cụm loa phải ghép lại", "restore them from a backup: without the keys every node must be enrolled anew"}
	open := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode()&0o077 != 0 {
			open = path
		}
		return err
	})
	switch {
	case err != nil:
		o.unknown("key_files", said{"Quyền của các tệp khóa: chưa rõ", "Who may read the keys is not known"}, restore, err)
	case open != "":
		o.bad("key_files", said{"Người khác trên máy đọc được " + open, "Others on this machine may read " + open}, said{"chmod -R go= " + dir, "chmod -R go= " + dir}, nil)
	default:
		o.ok("key_files", "Chỉ máy chủ đọc được các tệp khóa", "Only the controller may read the keys")
	}
	o.is("keys", trust.Check(dir, o.config.Commune), said{"Khóa của xã đủ và khớp nhau", "The commune's keys are whole and belong together"}, said{"Khóa của xã thiếu hoặc không khớp", "The commune's keys are missing or do not belong together"}, restore)
}

func (o *officeExam) certificates() {
	for _, name := range []string{"ca.pem", "broker.pem", "controller.pem"} {
		path := filepath.Join(o.config.TrustDir(), name)
		pair, err := tls.LoadX509KeyPair(path, path)
		if err != nil {
			o.unknown("certificate", said{"Hạn của " + name + ": chưa rõ", "The end of " + name + " is not known"}, said{}, err)
			continue
		}
		until := pair.Leaf.NotAfter
		what := said{name + " còn hạn đến " + until.Local().Format("02/01/2006"), name + " counts until " + until.Format(time.DateOnly)}
		switch left := time.Until(until); {
		case left < 0 || left < officeEnds && name == "ca.pem":
			o.bad("certificate", what, said{"gia hạn khi khởi động lại máy chủ; nếu là ca.pem: báo người phụ trách", "the controller renews it when it is restarted; if it is ca.pem, tell who is responsible"}, nil)
		case left < officeEnds:
			o.bad("certificate", what, said{"khởi động lại máy chủ để gia hạn", "restart the controller: it renews it"}, nil)
		default:
			o.ok("certificate", what.VI, what.EN)
		}
	}
}

func (o *officeExam) audit(ctx context.Context) {
	st, err := store.OpenReadOnly(ctx, o.config.Data)
	if err != nil {
		o.unknown("audit", said{"Nhật ký thao tác: chưa rõ", "The audit log cannot be looked at"}, said{"xem dòng cơ sở dữ liệu", "see the line of the database"}, err)
		return
	}
	defer st.Close()
	keys, err := trust.Look(o.config.TrustDir(), o.config.Commune)
	var last store.Link
	if err == nil {
		last, err = verifyAudit(ctx, st, keys)
	}
	o.is("audit", err, said{fmt.Sprintf("Nhật ký thao tác nguyên vẹn, %d mục", last.Seq), fmt.Sprintf("The audit log is whole, %d records", last.Seq)}, said{"Nhật ký thao tác đã bị sửa", "The audit log was tampered with"},
		said{"giữ nguyên máy và báo người phụ trách; loa audit verify", "leave the machine as it is and tell who is responsible; loa audit verify"})
}

// broker makes TLS with the broker, and no session: the controller's own would
// end by it.
func (o *officeExam) broker(ctx context.Context) {
	addr, name, do := o.info.MQTT, "localhost", restart // the certificate of ours has that, whatever the address
	if host, port, err := net.SplitHostPort(addr); err == nil && net.ParseIP(host).IsUnspecified() {
		addr = net.JoinHostPort("localhost", port)
	}
	if o.config.Broker != "" {
		name, addr = "", strings.TrimPrefix(o.config.Broker, "mqtts://")
		do = said{"systemctl status mosquitto, và mục broker, hosts, crl trong cấu hình", "systemctl status mosquitto, and broker, hosts, crl in the settings"}
	}
	o.is("broker", brokerAnswers(ctx, o.config.TrustDir(), addr, name), said{"Máy chủ MQTT nhận kết nối ở " + addr, "The broker answers at " + addr}, said{"Máy chủ MQTT không nhận kết nối", "The broker does not answer"}, do)
}

func brokerAnswers(ctx context.Context, dir, addr, name string) error {
	if addr == "" {
		return errors.New("the controller does not run")
	}
	ctx, cancel := context.WithTimeout(ctx, officeWithin)
	defer cancel()
	own := filepath.Join(dir, "controller.pem")
	pair, err := tls.LoadX509KeyPair(own, own)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: name, Certificates: []tls.Certificate{pair}}}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (o *officeExam) https(ctx context.Context) {
	if o.config.HTTPS == "" {
		o.unknown("https", said{"Trang chỉ mở được trên máy này (chưa đặt https)", "The pages open on this machine only (https is not set)"}, said{"đặt https: 0.0.0.0:8443 để điện thoại nói được", "set https: 0.0.0.0:8443 for phones to speak"}, nil)
		return
	}
	var d tls.Dialer
	d.Config = &tls.Config{InsecureSkipVerify: true} // whether it answers; who vouches for it the phones must judge
	ctx, cancel := context.WithTimeout(ctx, officeWithin)
	defer cancel()
	conn, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(o.info.Secure, "https://"))
	if err == nil {
		certs := conn.(*tls.Conn).ConnectionState().PeerCertificates
		if time.Now().After(certs[0].NotAfter) {
			err = fmt.Errorf("its certificate ended on %s", certs[0].NotAfter.Format(time.DateOnly))
		}
		err = errors.Join(err, conn.Close())
	}
	o.is("https", err, said{"HTTPS mở được: " + o.info.Secure, "HTTPS answers: " + o.info.Secure}, said{"HTTPS không mở được", "HTTPS does not answer"}, said{"kiểm tra mục https… trong cấu hình; " + restart.VI, "check https… in the settings; " + restart.EN})
}

func (o *officeExam) clock() {
	if link.ReadSystem().Synced {
		o.ok("clock", "Đồng hồ máy được đồng bộ", "The machine's clock is set by the network")
		return
	}
	o.unknown("clock", said{"Đồng hồ máy có đúng không: chưa rõ", "Whether the machine's clock is right is not known"}, said{"bật NTP: timedatectl set-ntp true; so với giờ thật", "turn NTP on: timedatectl set-ntp true; compare with the true time"}, nil)
}

// programs are those that the controller starts.
func (o *officeExam) programs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*officeWithin)
	defer cancel()
	o.is("ffmpeg", exec.CommandContext(ctx, "ffmpeg", "-version").Run(), said{"ffmpeg chạy được", "ffmpeg works"}, said{"Không có ffmpeg: không nhận được bản ghi âm", "No ffmpeg: no recording can be taken"}, said{"apt install ffmpeg", "apt install ffmpeg"})
}

// voices has each voice speak, and says how it did.
func (o *officeExam) voices(ctx context.Context) {
	set, err := o.config.Engines()
	if err != nil {
		o.bad("voices", said{"Mục voices hoặc speech trong cấu hình chưa đúng", "The setting voices, or speech, is not right"}, said{"sửa theo dòng báo dưới; cách viết: voices.md", "correct it as said below; how to write it: voices.md"}, err)
		return
	}
	for _, e := range set.Engines() {
		ctx, cancel := context.WithTimeout(ctx, voiceWithin)
		f := set.Check(ctx, e)
		cancel()
		name, licence := "voice "+e.Name, said{e.Licence, e.Licence}
		do := said{"sửa mục voices (hoặc speech) trong cấu hình; cách cài: voices.md", "correct voices (or speech) in the settings; how to install it: voices.md"}
		if e.BuiltIn() {
			name, do = "speech", said{"apt install espeak-ng", "apt install espeak-ng"}
		}
		if e.Licence == "" {
			licence = said{"giấy phép chưa rõ", "licence unknown"}
		}
		if !f.OK {
			o.bad(name, said{f.Fault.VI, f.Fault.EN}, do, nil)
			continue
		}
		o.ok(name, fmt.Sprintf("Giọng %s đọc được (%.1f s); %s", e.Name, f.Took.Seconds(), licence.VI), fmt.Sprintf("The voice %s speaks (%.1f s); %s", e.Name, f.Took.Seconds(), licence.EN))
	}
}

func (o *officeExam) backups() {
	do := said{"loa backup; rồi xem trang Cài đặt vì sao đêm qua không có", "loa backup; then see on the page Settings why the night made none"}
	s := backup.New(backup.Options{Folder: o.config.BackupsDir(), Source: backup.Source{Commune: o.config.Commune}}).State()
	switch {
	case s.Failed != nil && !errors.Is(s.Failed, fs.ErrNotExist):
		o.bad("backups", said{"Không đọc được thư mục sao lưu " + s.Folder, "The folder of backups, " + s.Folder + ", cannot be read"}, do, s.Failed)
	case len(s.Files) == 0:
		o.unknown("backups", said{"Chưa có bản sao lưu nào", "There is no backup yet"}, said{"bản đầu tiên được làm trong đêm; làm ngay: loa backup", "the first is made at night; at once: loa backup"}, nil)
	case s.Old:
		at := s.Files[0].At
		o.bad("backups", said{"Bản sao lưu gần nhất đã cũ: " + at.Local().Format("02/01/2006"), "The last backup is old: " + at.Format(time.DateOnly)}, do, nil)
	default:
		at := s.Files[0].At
		o.ok("backups", "Sao lưu gần nhất: "+at.Local().Format("15:04 02/01/2006"), "Last backup: "+at.Local().Format("2006-01-02 15:04"))
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
		o.unknown("nodes", said{"Các cụm loa: chưa rõ", "The loudspeakers: not known"}, said{"chạy máy chủ rồi xem lại", "start the controller and look again"}, err)
		return
	}
	for _, n := range l.Items {
		name := "node " + n.ID
		why := said{n.Name + ": " + n.VI, n.Name + ": " + n.EN}
		for _, f := range n.Faults {
			o.bad(name, said{n.Name + ": " + f.VI, n.Name + ": " + f.EN}, said{}, nil)
		}
		switch {
		case len(n.Faults) > 0:
		case n.State == "offline" || n.State == "fault":
			o.bad(name, why, said{"xem trang Sự cố; tại chỗ: loa doctor trên bo mạch", "see the page Faults; there: loa doctor on the board"}, nil)
		case n.State == "unknown":
			o.unknown(name, why, said{"đợi cụm loa lên tiếng", "wait for its word"}, nil)
		default:
			o.ok(name, why.VI, why.EN)
		}
	}
	if len(l.Items) == 0 {
		o.unknown("nodes", said{"Chưa có cụm loa nào", "There is no loudspeaker yet"}, said{"thêm ở trang Loa & thiết bị", "add one on the page Loudspeakers"}, nil)
	}
}
