package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"loa/controller/fleet"
	"loa/node"
	"loa/node/health"
	"loa/node/link"
	"loa/node/local"
	"loa/node/speaker"
	"loa/node/wire"
)

var technician = said{"báo kỹ thuật viên", "tell the technician"}

const askWithin = 15 * time.Second // a node that is sending waits up to ten

// boardExam is the examination of one board.
type boardExam struct {
	*examination
	config node.Config
	now    *node.Now // of the node that runs; nil: none
	asked  error     // why, if not because none runs
}

func examineNode(ctx context.Context, r *examination, settings string, tone bool) {
	b := boardExam{examination: r}
	if !b.settings(settings) {
		return
	}
	b.now, b.asked = askNode(ctx, b.config.Data)
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
	if tone {
		b.tone(ctx)
	}
}

func (b *boardExam) settings(path string) bool {
	err := readYAML(path, &b.config)
	if errors.Is(err, fs.ErrNotExist) {
		b.bad("settings", said{"Bo mạch chưa được ghép làm cụm loa", "This board is not enrolled yet"},
			said{"sudo loa node enrol ĐỊA-CHỈ-VĂN-PHÒNG MÃ (mã lấy ở trang Loa & thiết bị)", "sudo loa node enrol OFFICE-URL CODE, the code is on the page Loudspeakers"}, err)
		return false
	}
	if err == nil {
		err = b.config.Check()
	}
	if err == nil {
		err = becomeOwner(b.config.Data)
	}
	return b.is("settings", err, said{"Cấu hình đọc được: " + b.config.ID, "Settings are as they should be: " + b.config.ID},
		said{"Cấu hình sai", "The settings are wrong"}, said{"sửa " + path + " theo dòng báo dưới; mẫu: loa settings node", "correct " + path + " as said below; loa settings node explains each"})
}

// askNode asks the node that runs; nil and no error: none does.
func askNode(ctx context.Context, data string) (now *node.Now, err error) {
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
		b.bad("running", said{"Phần mềm cụm loa không trả lời", "The node does not answer"}, said{"systemctl restart loa-node, rồi journalctl -u loa-node -p warning", "systemctl restart loa-node, then journalctl -u loa-node -p warning"}, b.asked)
	case b.now == nil:
		b.bad("running", said{"Phần mềm cụm loa không chạy", "No node is running"}, said{"systemctl start loa-node, rồi journalctl -u loa-node -e", "systemctl start loa-node, then journalctl -u loa-node -e"}, nil)
	default:
		up := time.Duration(b.now.Status.Uptime) * time.Second
		b.ok("running", fmt.Sprintf("Đang chạy %s, đã %v", b.now.Version, up), fmt.Sprintf("Running %s, for %v", b.now.Version, up))
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
	vi, en := fleet.FaultSentence(f.Code)
	b.bad(name, said{vi, en}, said{}, words(f.Detail))
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
	enrol := said{"xin mã mới ở trang Loa & thiết bị rồi: sudo loa node enrol ĐỊA-CHỈ MÃ", "take a new code on the page Loudspeakers, then: sudo loa node enrol URL CODE"}
	cert, _, err := b.config.Identity()
	if b.is("identity", err, said{"Chứng thư và CA của xã khớp nhau", "Certificate and the commune's authority belong together"}, said{"Không dùng được chứng thư của cụm loa", "The node's certificate cannot be used"}, enrol) {
		until, soon := node.Expires(cert.Leaf, time.Now())
		day := until.Local().Format("02/01/2006")
		switch {
		case time.Now().After(until):
			b.bad("certificate", said{"Chứng thư đã hết hạn ngày " + day, "The certificate ended on " + until.Format(time.DateOnly)}, enrol, nil)
		case soon:
			b.bad("certificate", said{"Chứng thư sắp hết hạn, ngày " + day + ", mà chưa tự gia hạn", "The certificate ends on " + until.Format(time.DateOnly) + " and was not renewed"}, said{"kiểm tra mạng tới văn phòng; nếu vẫn vậy: " + enrol.VI, "check the network to the office; if it stays: " + enrol.EN}, nil)
		default:
			b.ok("certificate", "Chứng thư còn hạn đến "+day, "The certificate counts until "+until.Format(time.DateOnly))
		}
	}
	b.is("commune_key", b.config.CheckCommuneKey(), said{"Khóa công khai của xã đọc được", "The commune's public key is one"}, said{"Khóa công khai của xã sai: sẽ không phát gì", "The commune's public key is none: nothing will sound"}, enrol)
	b.modes(b.config.Key, filepath.Join(b.config.Data, "identity.pem"))
}

func (b *boardExam) modes(paths ...string) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && info.Mode()&0o077 != 0 {
			b.bad("key_file", said{"Người khác trên máy đọc được khóa riêng " + path, "Others on this machine may read the private key " + path}, said{"chmod 600 " + path, "chmod 600 " + path}, nil)
			return
		}
	}
	b.ok("key_file", "Chỉ cụm loa đọc được khóa riêng", "Only the node may read its private key")
}

func (b *boardExam) clock() {
	network := said{"kiểm tra mạng tới văn phòng: giờ lấy từ đó", "check the network to the office: the time comes from there"}
	source := said{"đồng hồ hệ thống không đồng bộ NTP (không bắt buộc)", "the system clock is not set by NTP (it need not be)"}
	if link.ReadSystem().Synced {
		source = said{"đồng hồ hệ thống đồng bộ NTP", "the system clock is set by NTP"}
	}
	switch {
	case b.now == nil:
		b.unknown("clock", said{"Chưa rõ giờ của xã; " + source.VI, "The commune's time is not known; " + source.EN}, said{"chạy cụm loa rồi xem lại", "start the node and look again"}, nil)
	case b.tells("clock", wire.FaultClock, wire.FaultClockError):
	case !b.now.Status.Clock.Known:
		b.bad("clock", said{"Chưa biết giờ nên không phát theo lịch; " + source.VI, "The time is not known, so nothing scheduled plays; " + source.EN}, network, nil)
	default:
		bound := b.now.Status.Clock.Bound.Round(10 * time.Microsecond)
		b.ok("clock", fmt.Sprintf("Giờ của xã đúng đến ± %v; %s", bound, source.VI), fmt.Sprintf("The commune's time to ± %v; %s", bound, source.EN))
	}
}

// broker looks for the way to the office, as far as a certificate is needed.
func (b *boardExam) broker(ctx context.Context) {
	err := b.config.Handshake(ctx)
	good := said{"Tới được máy chủ " + b.config.Broker + ", chứng thư được nhận", "The broker " + b.config.Broker + " is reached and takes the certificate"}
	switch {
	case err == nil && b.now != nil && !b.now.Linked:
		b.bad("broker", said{"Tới được máy chủ nhưng cụm loa chưa nối được", "The broker is reached, but the node is not connected"}, said{"đợi 15 giây rồi xem lại; journalctl -u loa-node -e", "look again in 15 seconds; journalctl -u loa-node -e"}, nil)
	case errors.Is(err, node.ErrName):
		b.bad("broker", said{"Không tìm thấy tên máy chủ " + b.config.Broker, "The name of the broker, " + b.config.Broker + ", is not known"}, said{"kiểm tra mạng, DNS và mục broker trong cấu hình", "check the network, DNS, and broker in the settings"}, err)
	case errors.Is(err, node.ErrReach):
		b.bad("broker", said{"Không tới được máy chủ " + b.config.Broker, "The broker " + b.config.Broker + " is not reached"}, said{"kiểm tra dây mạng hoặc sóng 4G, mục broker, và máy ở văn phòng có chạy không", "check the cable or the signal, broker in the settings, and whether the office's machine runs"}, err)
	case errors.Is(err, node.ErrCert):
		b.bad("broker", said{"Máy chủ từ chối chứng thư của cụm loa", "The broker refuses the node's certificate"}, said{"cụm loa có thể đã bị thu hồi: hỏi văn phòng, rồi ghép lại bằng mã mới", "the node may have been revoked: ask the office, then enrol it anew"}, err)
	case errors.Is(err, node.ErrBroker):
		b.bad("broker", said{"Máy trả lời ở " + b.config.Broker + " không phải máy chủ của xã", "Who answers at " + b.config.Broker + " is not the commune's broker"}, said{"kiểm tra mục broker; đúng địa chỉ mà vẫn vậy: báo người phụ trách an toàn", "check broker in the settings; if the address is right, tell who is responsible for security"}, err)
	default:
		b.is("broker", err, good, said{"Chưa thử được máy chủ", "The broker could not be tried"}, technician)
	}
}

func (b *boardExam) sound() {
	wiring := said{"kiểm tra card âm thanh (aplay -l), dây nối, và nhóm audio", "check the sound card (aplay -l), its wiring, and the group audio"}
	missing := said{"Không mở được card âm thanh", "The sound card cannot be opened"}
	switch {
	case b.config.Sound != "alsa":
		b.unknown("sound", said{"Âm thanh không ra card: sound là " + b.config.Sound, "No sound card is used: sound is " + b.config.Sound}, said{"đặt sound: alsa nếu có loa", "set sound: alsa if there is a horn"}, nil)
	case b.tells("sound", wire.FaultSound):
	case b.now != nil && b.now.Status.Sound.OK:
		b.ok("sound", "Card âm thanh đang phát", "The sound card is playing")
	case b.now != nil:
		b.bad("sound", missing, wiring, words(b.now.Status.Sound.Error))
	default:
		_, err := speaker.Probe()
		b.is("sound", err, said{"Card âm thanh mở được", "The sound card can be opened"}, missing, wiring)
	}
}

// mixer looks for the sound card's own volume, if the node is to set it.
func (b *boardExam) mixer(ctx context.Context) {
	if b.config.Sound != "alsa" || b.tells("mixer", wire.FaultMixer) {
		return
	}
	var told string
	var err error
	if b.now != nil {
		told = b.now.Status.Sound.Mixer
	} else {
		told, err = b.config.LookAtMixer(ctx)
	}
	byHand := said{"cài alsa-utils; xem tên bằng amixer scontents rồi ghi vào mục mixer_control, hoặc đặt âm lượng bằng tay: alsamixer", "install alsa-utils; find its name by amixer scontents and set mixer_control, or set it by hand: alsamixer"}
	switch {
	case told != "":
		b.ok("mixer", "Âm lượng của card âm thanh: "+told, "The sound card's own volume: "+told)
	case b.config.MixerControl == "none":
		b.unknown("mixer", said{"Âm lượng của card âm thanh để nguyên (mixer_control: none)", "The sound card's own volume is left alone (mixer_control: none)"}, said{"bỏ mục mixer_control nếu loa nhỏ hoặc im", "take mixer_control out if the horn is quiet or silent"}, nil)
	case len(b.config.Mixer) > 0:
		b.ok("mixer", "Âm lượng của card âm thanh do lệnh ở mục mixer đặt", "The sound card's own volume is set by the command mixer")
	default:
		b.unknown("mixer", said{"Âm lượng của card âm thanh: chưa rõ, không do cụm loa đặt", "The sound card's own volume is not known, and not set by the node"}, byHand, err)
	}
}

func (b *boardExam) amplifier() {
	has, err := b.config.CheckSwitch()
	do := said{"kiểm tra mục amp_gpio, amp_on, amp_off và rơ-le", "check amp_gpio, amp_on, amp_off and the relay"}
	switch {
	case !has:
		b.unknown("amplifier", said{"Âm li không do cụm loa bật tắt", "The amplifier is not switched by the node"}, said{"nếu cần: mục amp_gpio hoặc amp_on trong cấu hình", "if it should be: amp_gpio or amp_on in the settings"}, nil)
	case b.tells("amplifier", wire.FaultAmp, wire.FaultStuckAmp):
	case b.now != nil && b.now.Status.Amp != nil:
		b.ok("amplifier", "Công tắc âm li nghe lệnh", "The amplifier's switch does as it is told")
	default:
		b.is("amplifier", err, said{"Có công tắc âm li", "The amplifier's switch is there"}, said{"Không có công tắc âm li", "The amplifier's switch is not there"}, do)
	}
}

func (b *boardExam) ears() {
	do := said{"kiểm tra micro (arecord -l) và mục ear, ear_line", "check the microphone (arecord -l) and ear, ear_line in the settings"}
	switch {
	case b.config.Ear == "":
		b.unknown("ear", said{"Không có micro: chưa rõ loa có kêu thật không", "No microphone: whether the horn really sounds is not known"}, said{"nghe thử tại chỗ, hoặc lắp micro (mục ear)", "listen there, or fit a microphone (ear)"}, nil)
	case b.tells("ear", wire.FaultEar):
	case b.tells("horn", wire.FaultMuteHorn, wire.FaultHorn, wire.FaultLine, wire.FaultWeakHorn):
	case b.now != nil && b.now.Status.EarSite == nil && b.config.EarLevel == nil:
		b.unknown("ear", said{"Micro đang nghe nhưng chưa hiệu chuẩn: loa im cũng không báo được", "The microphone is listening and not calibrated: a silent horn is not told"},
			said{"đợi lúc xung quanh yên, rồi: sudo loa node ear calibrate", "when it is quiet around: sudo loa node ear calibrate"}, nil)
	case b.now != nil && b.now.Status.EarSite != nil:
		at := b.now.Status.EarSite.At.Local()
		b.ok("ear", "Micro đang nghe, hiệu chuẩn ngày "+at.Format("02/01/2006"), "The microphone is listening, calibrated on "+at.Format(time.DateOnly))
	case b.now != nil:
		b.ok("ear", "Micro đang nghe", "The microphone is listening")
	default:
		b.is("ear", b.config.CheckEars(), said{"Micro mở được", "The microphone can be opened"}, said{"Không mở được micro", "The microphone cannot be opened"}, do)
	}
}

// board is what the board's sensors say: those of the node that runs, which
// holds their lines.
func (b *boardExam) board(ctx context.Context) {
	var s wire.Status
	if b.now != nil {
		s = b.now.Status
	} else {
		s = b.config.Board(ctx)
	}
	wrong := map[string]health.Finding{}
	for _, f := range health.Judge(&s, runtime.NumCPU(), func(string) bool { return false }) {
		wrong[f.Code] = f
	}
	for _, l := range sensors {
		if l.code == wire.FaultModem && b.tells(l.name, wire.FaultNoModem) {
			continue
		}
		f, open := wrong[l.code], b.fault(l.code)
		switch vi, en := fleet.FaultSentence(l.code); {
		case open != nil || f.Wrong != nil && *f.Wrong:
			b.bad(l.name, said{vi, en}, said{}, words(f.Detail))
		case f.Wrong == nil:
			b.unknown(l.name, said{l.vi + ": chưa rõ", l.en + ": not known"}, l.do, nil)
		default:
			b.ok(l.name, l.vi+": "+l.value(&s), l.en+": "+l.value(&s))
		}
	}
}

func (b *boardExam) disk() {
	if !b.tells("disk", wire.FaultDisk) {
		s := b.config.Board(context.Background())
		if health.DiskLow(s.DiskFree) {
			vi, en := fleet.FaultSentence(wire.FaultDisk)
			b.bad("disk", said{vi, en}, said{}, nil)
		} else if s.DiskFree == nil {
			b.unknown("disk", said{"Chỗ trống: chưa rõ", "Room on the flash: not known"}, said{}, nil)
		} else {
			b.ok("disk", fmt.Sprintf("Bộ nhớ còn %d MiB", *s.DiskFree>>20), fmt.Sprintf("%d MiB are free", *s.DiskFree>>20))
		}
	}
	if b.tells("writable", wire.FaultReadOnly, wire.FaultStore) {
		return
	}
	b.is("writable", tryWrite(b.config.Data), said{"Ghi được vào bộ nhớ", "The flash can be written"}, said{"Không ghi được vào " + b.config.Data, "Nothing can be written to " + b.config.Data},
		said{"thẻ nhớ hỏng hoặc chỉ đọc: dmesg | grep -i -e mmc -e remount; thay thẻ", "the flash is broken or read-only: dmesg | grep -i -e mmc -e remount; replace it"})
}

// tryWrite writes a file to flash and removes it.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("loa")
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

func (b *boardExam) plan() {
	var s wire.Status
	if b.now != nil {
		s = b.now.Status
	} else {
		var err error
		if s, err = b.config.OnFlash(); err != nil {
			b.unknown("plan", said{"Lịch và tệp âm thanh: chưa rõ", "Plan and clips: not known"}, said{"chạy cụm loa rồi xem lại: nó tải lại những gì hỏng", "start the node and look again: it fetches anew what is damaged"}, err)
			return
		}
	}
	made := time.UnixMilli(int64(s.Plan)) // its number is when it was made
	switch {
	case s.Plan == 0:
		b.bad("plan", said{"Chưa nhận được lịch nào", "No plan has come yet"}, said{"kiểm tra mạng tới văn phòng", "check the network to the office"}, nil)
	case b.tells("plan", wire.FaultClips, wire.FaultClip):
	case s.Held < s.Clips:
		b.unknown("plan", said{fmt.Sprintf("Lịch từ %s; có %d/%d tệp âm thanh, đang tải", made.Local().Format("15:04 02/01"), s.Held, s.Clips), fmt.Sprintf("Plan of %s; %d of %d clips are here", made.Local().Format("2006-01-02 15:04"), s.Held, s.Clips)}, said{"đợi tải xong", "wait for the rest"}, nil)
	default:
		b.ok("plan", fmt.Sprintf("Lịch từ %s, đủ %d tệp âm thanh, %d lần phát chưa báo", made.Local().Format("15:04 02/01"), s.Clips, s.Unsent), fmt.Sprintf("Plan of %s, all %d clips, %d plays to be reported", made.Local().Format("2006-01-02 15:04"), s.Clips, s.Unsent))
	}
}

// records tells of plays that flash spoilt before the office had them.
func (b *boardExam) records() {
	if b.now == nil || b.now.Status.Spoilt == 0 {
		return
	}
	n := b.now.Status.Spoilt
	b.unknown("records", said{fmt.Sprintf("%d lần phát đã ghi mà bộ nhớ làm hỏng trước khi báo về: chưa rõ có kêu không", n), fmt.Sprintf("%d plays were spoilt by the flash before they were reported: whether they were heard is not known", n)},
		said{"số này còn tăng thì thay thẻ nhớ", "if the number rises, replace the flash"}, nil)
}

func (b *boardExam) software() {
	switch {
	case b.now == nil:
		b.unknown("update", said{"Phiên bản đang dùng: chưa rõ; lệnh này là " + version, "The version in use is not known; this command is " + version}, said{"chạy cụm loa rồi xem lại", "start the node and look again"}, nil)
	case b.now.Status.Software == nil:
		b.ok("update", "Không có bản cập nhật nào đang chờ; đang chạy "+b.now.Version, "No update is pending; "+b.now.Version+" runs")
	case b.now.Status.Software.State == wire.SoftwareFailed:
		b.bad("update", said{"Bản cập nhật không chạy tốt, cụm loa đã tự quay về " + b.now.Version, "The update did not do well, the node went back to " + b.now.Version}, said{"xem ở văn phòng: loa update; nhật ký: journalctl -u loa-node", "see at the office: loa update; journalctl -u loa-node"}, nil)
	default:
		b.ok("update", "Cập nhật: "+b.now.Status.Software.State+", đang chạy "+b.now.Version, "Update: "+b.now.Status.Software.State+", "+b.now.Version+" runs")
	}
}

func (b *boardExam) tone(ctx context.Context) {
	if b.now != nil || b.asked != nil {
		b.unknown("tone", said{"Cụm loa đang chạy nên giữ card âm thanh", "A node is running and holds the sound card"}, said{"bấm Phát thử ở trang Loa & thiết bị", "press Phát thử (test) on the page Loudspeakers"}, nil)
		return
	}
	err := b.config.Tone(ctx)
	if err != nil {
		b.bad("tone", said{"Không phát được nhạc hiệu", "The chime could not be played"}, said{"xem mục card âm thanh và âm li ở trên", "see sound card and amplifier above"}, err)
		return
	}
	b.unknown("tone", said{"Đã phát nhạc hiệu", "The chime was played"}, said{"có nghe thấy ở củ loa không? Không: kiểm tra âm li, dây loa", "was it heard at the horn? If not: check the amplifier and the line"}, nil)
}
