package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"loa/node"
	"loa/node/identity"
	"loa/node/link"
	"loa/node/local"
	"loa/node/wire"
	"loa/node/wire/checkup"
)

var technician = say("báo kỹ thuật viên", "tell the technician")

const askWithin = 15 * time.Second // a node that is sending waits up to ten

// Options are what an examination of a board needs to know.
type Options struct {
	Settings string                                 // file
	Read     func(path string) (node.Config, error) // reads it
	Open     func(path string) (node.Config, error) // reads and checks it, and goes on as the owner of the data
	Fault    func(code string) (vi, en string)      // a fault in the office's words
	Version  string                                 // of this program
	Tone     bool                                   // play the chime, where no node runs
}

// boardExam is the examination of one board.
type boardExam struct {
	*checkup.Report
	opt    Options
	config node.Config
	now    *node.Now // of the node that runs; nil: none
	asked  error     // why, if not because none runs
}

// Examine adds to a report how the board is. Settings that cannot be read are all
// that is told then.
func Examine(ctx context.Context, r *checkup.Report, o Options) {
	b := boardExam{Report: r, opt: o}
	if !b.settings() {
		return
	}
	b.now, b.asked = Ask(ctx, b.config.Data)
	b.running()
	b.identity()
	b.clock()
	b.broker(ctx)
	b.sound()
	b.mixer(ctx)
	b.amplifier()
	b.ears()
	b.board(ctx)
	b.disk()
	b.plan()
	b.records()
	b.software()
	if o.Tone {
		b.tone(ctx)
	}
}

func (b *boardExam) settings() bool {
	path := b.opt.Settings
	var err error
	b.config, err = b.opt.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		b.Bad("settings", say("Bo mạch chưa được ghép làm cụm loa", "This board is not enrolled yet"),
			say("sudo loa node enrol ĐỊA-CHỈ-VĂN-PHÒNG MÃ (mã lấy ở trang Loa & thiết bị)",
				"sudo loa node enrol OFFICE-URL CODE, the code is on the page Loudspeakers"), err)
		return false
	}
	return b.Is("settings", err, say("Cấu hình đọc được: "+b.config.ID, "Settings are as they should be: "+b.config.ID),
		say("Cấu hình sai", "The settings are wrong"),
		say("sửa "+path+" theo dòng báo dưới; mẫu: loa settings node", "correct "+path+" as said below; loa settings node explains each"))
}

// Ask asks the node that runs on a data folder how it is; nil and no error: none
// does.
func Ask(ctx context.Context, data string) (now *node.Now, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	err = local.Ask(ctx, data, "status", func(line []byte) error {
		now = new(node.Now)
		return json.Unmarshal(line, now)
	})
	if errors.Is(err, local.ErrNobody) {
		return nil, nil
	}
	if err == nil && now == nil {
		err = errors.New("it did not answer")
	}
	return now, err
}

func (b *boardExam) running() {
	switch {
	case b.asked != nil:
		b.Bad("running", say("Phần mềm cụm loa không trả lời", "The node does not answer"),
			say("systemctl restart loa-node, rồi journalctl -u loa-node -p warning",
				"systemctl restart loa-node, then journalctl -u loa-node -p warning"), b.asked)
	case b.now == nil:
		b.Bad("running", say("Phần mềm cụm loa không chạy", "No node is running"),
			say("systemctl start loa-node, rồi journalctl -u loa-node -e", "systemctl start loa-node, then journalctl -u loa-node -e"), nil)
	default:
		up := time.Duration(b.now.Status.Uptime) * time.Second
		b.OK("running", fmt.Sprintf("Đang chạy %s, đã %v", b.now.Version, up), fmt.Sprintf("Running %s, for %v", b.now.Version, up))
	}
}

// fault is what the running node itself says is wrong.
func (b *boardExam) fault(codes ...string) *wire.Fault {
	if b.now == nil {
		return nil
	}
	for _, f := range b.now.Status.Faults {
		for _, c := range codes {
			if f.Code == c {
				return &f
			}
		}
	}
	return nil
}

// tells adds a line of a fault that the node has open, in the office's words.
func (b *boardExam) tells(name string, codes ...string) bool {
	f := b.fault(codes...)
	if f == nil {
		return false
	}
	vi, en := b.opt.Fault(f.Code)
	b.Bad(name, say(vi, en), said{}, words(f.Detail))
	return true
}

// words are what a machine said; nil: nothing.
func words(s string) error {
	if s == "" {
		return nil
	}
	return errors.New(s)
}

func (b *boardExam) identity() {
	enrol := say("xin mã mới ở trang Loa & thiết bị rồi: sudo loa node enrol ĐỊA-CHỈ MÃ",
		"take a new code on the page Loudspeakers, then: sudo loa node enrol URL CODE")
	cert, _, err := b.config.Identity()
	if b.Is("identity", err, say("Chứng thư và CA của xã khớp nhau", "Certificate and the commune's authority belong together"),
		say("Không dùng được chứng thư của cụm loa", "The node's certificate cannot be used"), enrol) {
		until, soon := identity.Expires(cert.Leaf, time.Now())
		day := until.Local().Format("02/01/2006")
		switch {
		case time.Now().After(until):
			b.Bad("certificate", say("Chứng thư đã hết hạn ngày "+day, "The certificate ended on "+until.Format(time.DateOnly)), enrol, nil)
		case soon:
			b.Bad("certificate", say("Chứng thư sắp hết hạn, ngày "+day+", mà chưa tự gia hạn", "The certificate ends on "+
				until.Format(time.DateOnly)+" and was not renewed"),
				say("kiểm tra mạng tới văn phòng; nếu vẫn vậy: "+enrol.VI, "check the network to the office; if it stays: "+enrol.EN), nil)
		default:
			b.OK("certificate", "Chứng thư còn hạn đến "+day, "The certificate counts until "+until.Format(time.DateOnly))
		}
	}
	b.Is("commune_key", b.config.CheckCommuneKey(), say("Khóa công khai của xã đọc được", "The commune's public key is one"),
		say("Khóa công khai của xã sai: sẽ không phát gì", "The commune's public key is none: nothing will sound"), enrol)
	b.modes(b.config.Key, filepath.Join(b.config.Data, "identity.pem"))
}

func (b *boardExam) modes(paths ...string) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && info.Mode()&0o077 != 0 {
			b.Bad("key_file", say("Người khác trên máy đọc được khóa riêng "+path, "Others on this machine may read the private key "+path),
				say("chmod 600 "+path, "chmod 600 "+path), nil)
			return
		}
	}
	b.OK("key_file", "Chỉ cụm loa đọc được khóa riêng", "Only the node may read its private key")
}

func (b *boardExam) clock() {
	network := say("kiểm tra mạng tới văn phòng: giờ lấy từ đó", "check the network to the office: the time comes from there")
	source := say("đồng hồ hệ thống không đồng bộ NTP (không bắt buộc)", "the system clock is not set by NTP (it need not be)")
	if link.ReadSystem().Synced {
		source = say("đồng hồ hệ thống đồng bộ NTP", "the system clock is set by NTP")
	}
	switch {
	case b.now == nil:
		b.Unknown("clock", say("Chưa rõ giờ của xã; "+source.VI, "The commune's time is not known; "+source.EN),
			say("chạy cụm loa rồi xem lại", "start the node and look again"), nil)
	case b.tells("clock", wire.FaultClock, wire.FaultClockError):
	case !b.now.Status.Clock.Known:
		b.Bad("clock", say("Chưa biết giờ nên không phát theo lịch; "+source.VI, "The time is not known, so nothing scheduled plays; "+source.EN),
			network, nil)
	default:
		bound := b.now.Status.Clock.Bound.Round(10 * time.Microsecond)
		b.OK("clock", fmt.Sprintf("Giờ của xã đúng đến ± %v; %s", bound, source.VI),
			fmt.Sprintf("The commune's time to ± %v; %s", bound, source.EN))
	}
}

// broker looks for the way to the office, as far as a certificate is needed.
func (b *boardExam) broker(ctx context.Context) {
	err := b.config.Handshake(ctx)
	good := say("Tới được máy chủ "+b.config.Broker+", chứng thư được nhận", "The broker "+b.config.Broker+
		" is reached and takes the certificate")
	switch {
	case err == nil && b.now != nil && !b.now.Linked:
		b.Bad("broker", say("Tới được máy chủ nhưng cụm loa chưa nối được", "The broker is reached, but the node is not connected"),
			say("đợi 15 giây rồi xem lại; journalctl -u loa-node -e", "look again in 15 seconds; journalctl -u loa-node -e"), nil)
	case errors.Is(err, node.ErrName):
		b.Bad("broker", say("Không tìm thấy tên máy chủ "+b.config.Broker, "The name of the broker, "+b.config.Broker+", is not known"),
			say("kiểm tra mạng, DNS và mục broker trong cấu hình", "check the network, DNS, and broker in the settings"), err)
	case errors.Is(err, node.ErrReach):
		b.Bad("broker", say("Không tới được máy chủ "+b.config.Broker, "The broker "+b.config.Broker+" is not reached"),
			say("kiểm tra dây mạng hoặc sóng 4G, mục broker, và máy ở văn phòng có chạy không",
				"check the cable or the signal, broker in the settings, and whether the office's machine runs"), err)
	case errors.Is(err, node.ErrCert):
		b.Bad("broker", say("Máy chủ từ chối chứng thư của cụm loa", "The broker refuses the node's certificate"),
			say("cụm loa có thể đã bị thu hồi: hỏi văn phòng, rồi ghép lại bằng mã mới",
				"the node may have been revoked: ask the office, then enrol it anew"), err)
	case errors.Is(err, node.ErrBroker):
		b.Bad("broker", say("Máy trả lời ở "+b.config.Broker+" không phải máy chủ của xã", "Who answers at "+b.config.Broker+
			" is not the commune's broker"),
			say("kiểm tra mục broker; đúng địa chỉ mà vẫn vậy: báo người phụ trách an toàn",
				"check broker in the settings; if the address is right, tell who is responsible for security"), err)
	default:
		b.Is("broker", err, good, say("Chưa thử được máy chủ", "The broker could not be tried"), technician)
	}
}

func (b *boardExam) plan() {
	var s wire.Status
	if b.now != nil {
		s = b.now.Status
	} else {
		var err error
		if s, err = b.config.OnFlash(); err != nil {
			b.Unknown("plan", say("Lịch và tệp âm thanh: chưa rõ", "Plan and clips: not known"),
				say("chạy cụm loa rồi xem lại: nó tải lại những gì hỏng", "start the node and look again: it fetches anew what is damaged"), err)
			return
		}
	}
	made := time.UnixMilli(int64(s.Plan)) // its number is when it was made
	switch {
	case s.Plan == 0:
		b.Bad("plan", say("Chưa nhận được lịch nào", "No plan has come yet"),
			say("kiểm tra mạng tới văn phòng", "check the network to the office"), nil)
	case b.tells("plan", wire.FaultClips, wire.FaultClip):
	case s.Held < s.Clips:
		b.Unknown("plan", say(fmt.Sprintf("Lịch từ %s; có %d/%d tệp âm thanh, đang tải", made.Local().Format("15:04 02/01"), s.Held, s.Clips),
			fmt.Sprintf("Plan of %s; %d of %d clips are here", made.Local().Format("2006-01-02 15:04"), s.Held, s.Clips)),
			say("đợi tải xong", "wait for the rest"), nil)
	default:
		b.OK("plan", fmt.Sprintf("Lịch từ %s, đủ %d tệp âm thanh, %d lần phát chưa báo", made.Local().Format("15:04 02/01"), s.Clips, s.Unsent),
			fmt.Sprintf("Plan of %s, all %d clips, %d plays to be reported", made.Local().Format("2006-01-02 15:04"), s.Clips, s.Unsent))
	}
}

// records tells of plays that flash spoilt before the office had them.
func (b *boardExam) records() {
	if b.now == nil || b.now.Status.Spoilt == 0 {
		return
	}
	n := b.now.Status.Spoilt
	b.Unknown("records", say(fmt.Sprintf("%d lần phát đã ghi mà bộ nhớ làm hỏng trước khi báo về: chưa rõ có kêu không", n),
		fmt.Sprintf("%d plays were spoilt by the flash before they were reported: whether they were heard is not known", n)),
		say("số này còn tăng thì thay thẻ nhớ", "if the number rises, replace the flash"), nil)
}

func (b *boardExam) software() {
	switch {
	case b.now == nil:
		b.Unknown("update", say("Phiên bản đang dùng: chưa rõ; lệnh này là "+b.opt.Version, "The version in use is not known; this command is "+
			b.opt.Version), say("chạy cụm loa rồi xem lại", "start the node and look again"), nil)
	case b.now.Status.Software == nil:
		b.OK("update", "Không có bản cập nhật nào đang chờ; đang chạy "+b.now.Version, "No update is pending; "+b.now.Version+" runs")
	case b.now.Status.Software.State == wire.SoftwareFailed:
		b.Bad("update", say("Bản cập nhật không chạy tốt, cụm loa đã tự quay về "+b.now.Version,
			"The update did not do well, the node went back to "+b.now.Version),
			say("xem ở văn phòng: loa update; nhật ký: journalctl -u loa-node", "see at the office: loa update; journalctl -u loa-node"), nil)
	default:
		b.OK("update", "Cập nhật: "+b.now.Status.Software.State+", đang chạy "+b.now.Version, "Update: "+b.now.Status.Software.State+", "+
			b.now.Version+" runs")
	}
}

func (b *boardExam) tone(ctx context.Context) {
	if b.now != nil || b.asked != nil {
		b.Unknown("tone", say("Cụm loa đang chạy nên giữ card âm thanh", "A node is running and holds the sound card"),
			say("bấm Phát thử ở trang Loa & thiết bị", "press Phát thử (test) on the page Loudspeakers"), nil)
		return
	}
	err := b.config.Tone(ctx)
	if err != nil {
		b.Bad("tone", say("Không phát được nhạc hiệu", "The chime could not be played"),
			say("xem mục card âm thanh và âm li ở trên", "see sound card and amplifier above"), err)
		return
	}
	b.Unknown("tone", say("Đã phát nhạc hiệu", "The chime was played"),
		say("có nghe thấy ở củ loa không? Không: kiểm tra âm li, dây loa", "was it heard at the horn? If not: check the amplifier and the line"),
		nil)
}
