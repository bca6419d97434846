package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loa/controller"
	"loa/controller/client"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
	"loa/node/wire/checkup"
)

const (
	officeWithin = 5 * time.Second
	voiceWithin  = 30 * time.Second    // for two texts: a voice that learnt takes a second or so for each
	officeEnds   = 60 * 24 * time.Hour // of a certificate: the controller would have renewed it before
	officeDisk   = 1 << 30             // bytes; with less a few recordings fill it
)

// Options are what an examination of an office needs to know.
type Options struct {
	Settings string                                       // file
	Open     func(path string) (controller.Config, error) // reads it, and goes on as the owner of the data
	Synced   bool                                         // the machine's clock is set by the network
}

// officeExam is the examination of the office's machine.
type officeExam struct {
	*checkup.Report
	opt    Options
	config controller.Config
	api    *client.Client // of the controller that runs; nil: none
	info   client.Info
}

// Examine adds to a report how the office is. Settings that cannot be read are all
// that is told then.
func Examine(ctx context.Context, r *checkup.Report, opt Options) {
	o := officeExam{Report: r, opt: opt}
	settings := opt.Settings
	var err error
	o.config, err = opt.Open(settings)
	if !o.Is("settings", err, say("Cấu hình đọc được", "The settings are as they should be"), say("Cấu hình sai", "The settings are wrong"),
		say("sửa "+settings+" theo dòng báo dưới; mẫu: loa settings controller", "correct "+settings+
			" as said below; loa settings controller explains each")) {
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

var restart = say("systemctl restart loa-controller, rồi journalctl -u loa-controller -p warning",
	"systemctl restart loa-controller, then journalctl -u loa-controller -p warning")

func (o *officeExam) running(ctx context.Context) {
	var err error
	o.info, err = client.Find(filepath.Join(o.config.Data, client.InfoFile))
	if err == nil {
		err = answers(ctx, o.info.URL+"/readyz")
	}
	if o.Is("running", err, say("Máy chủ đang chạy, trang mở được: "+o.info.URL, "The controller runs and its pages answer: "+o.info.URL),
		say("Máy chủ không chạy hoặc trang không trả lời", "The controller does not run, or its pages do not answer"), restart) {
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
	o.Is("data", checkup.TryWrite(o.config.Data), say("Ghi được vào thư mục dữ liệu", "The data folder can be written"),
		say("Không ghi được vào "+o.config.Data, "Nothing can be written to "+o.config.Data),
		say("kiểm tra ổ đĩa (dmesg), quyền của thư mục, và mục data", "check the disk (dmesg), the folder's owner, and data in the settings"))
}

func (o *officeExam) store(ctx context.Context) {
	o.Is("store", store.Examine(ctx, o.config.Data), say("Cơ sở dữ liệu nguyên vẹn", "The database is whole"),
		say("Cơ sở dữ liệu hỏng hoặc không đọc được", "The database is damaged or cannot be read"),
		say("dừng máy chủ, giữ nguyên dữ liệu, rồi khôi phục bản sao lưu gần nhất: loa restore TỆP --replace",
			"stop the controller, keep the data, and restore the last backup: loa restore FILE --replace"))
	st, err := store.OpenReadOnly(ctx, o.config.Data)
	if err != nil {
		return
	}
	size, free, err := st.Disk()
	err = errors.Join(err, st.Close())
	room := say(fmt.Sprintf("Ổ đĩa còn %d GiB", free>>30), fmt.Sprintf("%d GiB of the disk are free", free>>30))
	switch {
	case err != nil:
		o.Unknown("disk", say("Chỗ trống trên ổ đĩa: chưa rõ", "Room on the disk: not known"), said{}, err)
	case free < officeDisk || free < size/20:
		o.Bad("disk", room, say("dọn ổ đĩa, hoặc chuyển backups sang ổ khác", "make room, or put backups on another disk"), nil)
	default:
		o.OK("disk", room.VI, room.EN)
	}
}

// keys looks at the commune's keys: nobody else's to read, and whole. To read
// one closes it to others, so that comes second.
func (o *officeExam) keys() {
	dir := o.config.TrustDir()
	restore := say("khôi phục từ bản sao lưu: không có khóa thì mọi cụm loa phải ghép lại",
		"restore them from a backup: without the keys every node must be enrolled anew")
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
		o.Unknown("key_files", say("Quyền của các tệp khóa: chưa rõ", "Who may read the keys is not known"), restore, err)
	case open != "":
		o.Bad("key_files", say("Người khác trên máy đọc được "+open, "Others on this machine may read "+open),
			say("chmod -R go= "+dir, "chmod -R go= "+dir), nil)
	default:
		o.OK("key_files", "Chỉ máy chủ đọc được các tệp khóa", "Only the controller may read the keys")
	}
	o.Is("keys", trust.Check(dir, o.config.Commune), say("Khóa của xã đủ và khớp nhau", "The commune's keys are whole and belong together"),
		say("Khóa của xã thiếu hoặc không khớp", "The commune's keys are missing or do not belong together"), restore)
}

func (o *officeExam) certificates() {
	for _, name := range []string{"ca.pem", "broker.pem", "controller.pem"} {
		path := filepath.Join(o.config.TrustDir(), name)
		pair, err := tls.LoadX509KeyPair(path, path)
		if err != nil {
			o.Unknown("certificate", say("Hạn của "+name+": chưa rõ", "The end of "+name+" is not known"), said{}, err)
			continue
		}
		until := pair.Leaf.NotAfter
		what := say(name+" còn hạn đến "+until.Local().Format("02/01/2006"), name+" counts until "+until.Format(time.DateOnly))
		switch left := time.Until(until); {
		case left < 0 || left < officeEnds && name == "ca.pem":
			o.Bad("certificate", what,
				say("gia hạn khi khởi động lại máy chủ; nếu là ca.pem: báo người phụ trách",
					"the controller renews it when it is restarted; if it is ca.pem, tell who is responsible"), nil)
		case left < officeEnds:
			o.Bad("certificate", what, say("khởi động lại máy chủ để gia hạn", "restart the controller: it renews it"), nil)
		default:
			o.OK("certificate", what.VI, what.EN)
		}
	}
}

func (o *officeExam) audit(ctx context.Context) {
	st, err := store.OpenReadOnly(ctx, o.config.Data)
	if err != nil {
		o.Unknown("audit", say("Nhật ký thao tác: chưa rõ", "The audit log cannot be looked at"),
			say("xem dòng cơ sở dữ liệu", "see the line of the database"), err)
		return
	}
	defer st.Close()
	keys, err := trust.Look(o.config.TrustDir(), o.config.Commune)
	var last store.Link
	if err == nil {
		last, err = signing.VerifyAudit(ctx, st, keys.Keys)
	}
	o.Is("audit", err, say(fmt.Sprintf("Nhật ký thao tác nguyên vẹn, %d mục", last.Seq),
		fmt.Sprintf("The audit log is whole, %d records", last.Seq)), say("Nhật ký thao tác đã bị sửa", "The audit log was tampered with"),
		say("giữ nguyên máy và báo người phụ trách; loa audit verify",
			"leave the machine as it is and tell who is responsible; loa audit verify"))
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
		do = say("systemctl status mosquitto, và mục broker, hosts, crl trong cấu hình",
			"systemctl status mosquitto, and broker, hosts, crl in the settings")
	}
	o.Is("broker", brokerAnswers(ctx, o.config.TrustDir(), addr, name),
		say("Máy chủ MQTT nhận kết nối ở "+addr, "The broker answers at "+addr),
		say("Máy chủ MQTT không nhận kết nối", "The broker does not answer"), do)
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
		o.Unknown("https", say("Trang chỉ mở được trên máy này (chưa đặt https)", "The pages open on this machine only (https is not set)"),
			say("đặt https: 0.0.0.0:8443 để điện thoại nói được", "set https: 0.0.0.0:8443 for phones to speak"), nil)
		return
	}
	var d tls.Dialer
	d.Config = &tls.Config{InsecureSkipVerify: true} // whether it answers; whose word stands for it the phones must judge
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
	o.Is("https", err, say("HTTPS mở được: "+o.info.Secure, "HTTPS answers: "+o.info.Secure),
		say("HTTPS không mở được", "HTTPS does not answer"),
		say("kiểm tra mục https… trong cấu hình; "+restart.VI, "check https… in the settings; "+restart.EN))
}
