package unit

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// A Unit is said after a number. Glued says that it counts as one only right
// behind the digits, for by itself it is a letter like others.
type Unit struct {
	Said  string
	Kind  kind.Kind
	Glued bool
	Times string // what a number of more digits behind it counts, as 2 in 1tr2
}

// words is what is said for what is written. What holds a capital is looked
// up first as it stands, then in small letters.
const words = `
mm mi li mét| cm xăng ti mét| dm đề xi mét| m mét| km ki lô mét| hm héc tô mét| nm na nô mét| µm mi crô mét| μm mi crô mét
mg mi li gam| g gam| gr gam| gam gam| kg ki lô gam| kgs ki lô gam| µg mi crô gam| mcg mi crô gam| tấn tấn| tạ tạ| yến yến| lạng lạng
ml mi li lít| cl xăng ti lít| dl đề xi lít| lít lít| lit lít| cc xê xê| ha héc ta| sào sào| mẫu mẫu
kw ki lô oát| mw mê ga oát| gw gi ga oát| wh oát giờ| kwh ki lô oát giờ| mwh mê ga oát giờ| wp oát pích| kwp ki lô oát pích
kv ki lô vôn| mv mi li vôn| kva ki lô vôn am pe| mva mê ga vôn am pe| mah mi li am pe giờ| ah am pe giờ
hz hẹc| khz ki lô hẹc| mhz mê ga hẹc| ghz gi ga hẹc| db đề xi ben| dba đề xi ben a
hpa héc tô pát can| kpa ki lô pát can| mpa mê ga pát can| kb ki lô bai| gb gi ga bai
mbps mê ga bít trên giây| kbps ki lô bít trên giây| gbps gi ga bít trên giây| kcal ki lô ca lo| cal ca lo| kj ki lô jun
hp mã lực| rpm vòng trên phút| ppm phần triệu| mmhg mi li mét thủy ngân| inch inh| mph dặm trên giờ| ms mi li giây| mol mol| mmol mi li mol| lux lúc
bar ba| kmh ki lô mét trên giờ| btu bê tê u| px pích xeo| mbar mi li ba| hps mã lực| dặm dặm| ft phít| lb pao| oz ao xơ| psi pi ét ai| mm² mi li mét vuông| min phút| phút phút| giây giây| giờ giờ
ms mi li giây| sv si vơ| msv mi li si vơ| bq béc cơ ren| kgf ki lô gam lực| knots hải lý trên giờ| hl héc tô lít`

// exactUnits are units whose letters in another case mean something else.
const exactUnits = `MP mê ga píc xeo| mV mi li vôn| MV mê ga vôn| mW mi li oát| MW mê ga oát| mA mi li am pe| VA vôn am pe| Pa pát can| MB mê ga bai| Mb mê ga bai| TB tê ra bai| Tb tê ra bai
T tấn| oC độ c| W oát| w oát| V vôn| v vôn| N niu tơn| J jun| l lít| L lít| s giây| Ω ôm| kΩ ki lô ôm| mSv mi li si vơ| Wb vê be| lm lu men`

// data are the units whose letters stand for something else unless one tells of data:
// gói 60 mb.
var data = map[string]string{"mb": "mê ga bai", "tb": "tê ra bai", "Tb": "tê ra bai", "TB": "tê ra bai"}

// ofData are the words that tell of data, pressure those that tell of the air's.
var (
	ofData = token.Set(
		"gói dung tải mạng data dữ liệu tệp file ảnh video phim nhớ thẻ usb ổ cứng internet net wifi tốc app trống bộ máy tính gb mb 3g 4g " +
			"5g nặng",
	)
	pressure = token.Set("áp suất tâm")
)

// glues are the units of one letter that have to stand at their number.
var glues = token.Set("w v N s J T")

// Powers are what 2 and 3 behind a length say.
var Powers = map[string]string{"2": " vuông", "²": " vuông", "3": " khối", "³": " khối"}

// Lengths are the units that have squares and cubes.
var Lengths = token.Set("mm cm dm m km hm")

// moneyWords are what is paid with.
const moneyWords = `đ đồng| ₫ đồng| đồng đồng| vnd đồng| vnđ đồng| dong đồng| $ đô la| usd đô la| us$ đô la| đô đô la| € ơ rô| eur ơ rô| euro ơ rô
£ bảng anh| gbp bảng anh| ¥ yên| jpy yên| cny nhân dân tệ| ndt nhân dân tệ| rmb nhân dân tệ| ₩ won| krw won| won won| ฿ bạt| thb bạt| aud đô la úc
cad đô la ca na đa| sgd đô la xinh ga po| hkd đô la hồng kông| chf phrăng thụy sĩ| rub rúp| ₽ rúp| twd đô la đài loan`

// Table is what is said for each unit, by what is written.
var Table = unitsOf([2]string{words, string(kind.Measure)}, [2]string{exactUnits, string(kind.Measure)},
	[2]string{moneyWords, string(kind.Money)})

func unitsOf(lists ...[2]string) map[string]Unit {
	all := map[string]Unit{}
	for _, l := range lists {
		for _, e := range strings.FieldsFunc(l[0], func(r rune) bool { return r == '|' || r == '\n' }) {
			if write, said, ok := strings.Cut(strings.TrimSpace(e), " "); ok {
				all[write] = Unit{Said: said, Kind: kind.Kind(l[1]), Glued: glues[write]}
			}
		}
	}
	return all
}

// Multiples stand between a number and what it counts: 50k, 10tr, 1 tỷ.
var Multiples = map[string]Unit{
	"k": {Said: "nghìn", Times: "trăm", Glued: true}, "ng": {Said: "nghìn", Glued: true},
	"nghìn": {Said: "nghìn"}, "ngàn": {Said: "ngàn"}, "trăm": {Said: "trăm"},
	"tr": {Said: "triệu", Times: "nghìn"}, "triệu": {Said: "triệu", Times: "nghìn"},
	"t": {Said: "tỷ", Times: "triệu", Glued: true}, "tỷ": {Said: "tỷ", Times: "triệu"}, "tỉ": {Said: "tỉ", Times: "triệu"},
}

// Heads are words that one thing is counted for, said so: một người, một tháng.
var Heads = token.Set(
	`ngày đêm tuần tháng quý năm lần lượt buổi ca đợt vụ mùa người hộ khẩu nhân suất con cây cành quả trái chai lon hộp bao gói túi thùng bình can viên
	gốc hố bụi cái chiếc bộ cuốn quyển tờ vé chuyến xe chỗ phòng căn nhà thôn xã tổ đơn cháu em trẻ lao trường lớp học`,
)

// Per are words that something is counted for: 2 triệu/tháng, 5 người/hộ.
var Per = token.Set(
	`giây phút giờ h s gốc hố bụi luống ngày đêm tuần tháng quý năm lần lượt buổi ca đợt vụ mùa người hộ khẩu nhân suất con cây cành quả trái bông bó củ
	chai lon hộp bao gói túi thùng bình can viên vỉ liều lọ cái chiếc bộ cuốn quyển tờ bản trang vé chuyến xe chỗ phòng căn nhà hồ bài điểm trường lớp học
	sào công mẫu lít tấn tạ yến kg cân ký lạng lượng chỉ cặp đôi đàn ổ mét khối thôn xã tổ đơn sản cháu em trẻ thành suất đầu lao nghìn triệu vạn trăm dân ki vòng`,
)
