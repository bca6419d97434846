package template

// What is said. Sentences are short, for horns; the first one says what it is and
// where; then what to do. One whose field is empty is left out.
var templates = []Template{
	{ID: "flash_flood", Alert: true, Tone: "flash_flood", Fields: []Field{where, shelter},
		sentences: []string{"Lũ quét! Lũ quét ở {where}!", "Bà con rời nhà ngay, chạy lên {shelter}.",
			"Tránh xa sông suối và chân đồi.", "Đưa người già và trẻ em đi trước. Không quay lại lấy đồ."}},
	{ID: "flood", Alert: true, Tone: "flood", Fields: []Field{where, shelter, river, level, before},
		sentences: []string{"Nước lũ đang lên nhanh ở {where}.", "Mực nước[ {river}] đã lên {level} mét.", "Nước sẽ ngập trước {before}.",
			"Bà con đến {shelter} ngay.", "Đưa người già và trẻ em đi trước.", "Không đi qua ngầm tràn, không lội qua nước chảy."}},
	{ID: "dam", Alert: true, Tone: "dam", Fields: []Field{dam, whenAt, today, where, flow},
		sentences: []string{"{dam} xả lũ lúc {at} {today}.", "Nước sông suối ở {where} sẽ lên nhanh.",
			"Lưu lượng xả {flow} mét khối trên giây.",
			"Bà con không xuống sông suối, không đánh cá, không vớt củi.", "Đưa người, trâu bò và đồ đạc lên chỗ cao ngay."}},
	{ID: "storm", Alert: true, Tone: "storm", Fields: []Field{where, whenAt, today, wind, storm, shelter.optional()},
		sentences: []string{"Bão sắp vào {where}, khoảng {at} {today}.", "Đây là cơn bão số {storm}.", "Gió mạnh cấp {wind}.",
			"Bà con chằng chống nhà cửa, cất đồ dễ bay.", "Khi có bão thì ở trong nhà chắc chắn, không ra đường.",
			"Nhà không chắc chắn thì đến {shelter} ngay."}},
	{ID: "fire", Alert: true, Tone: "fire", Fields: []Field{where, toward, shelter},
		sentences: []string{"Cháy rừng! Cháy rừng ở {where}!", "Lửa đang lan về phía {toward}.", "Bà con gần đó đến {shelter} ngay.",
			"Không vào rừng. Ai thấy chỗ cháy khác thì gọi 114."}},
	{ID: "missing", Alert: true, Tone: "missing", Fields: []Field{person, age, where, whenAt, lately, looks, phone},
		sentences: []string{"Tìm người mất tích: {person}, {age} tuổi.", "Lần cuối thấy ở {where}, lúc {at} {today}.", "Đặc điểm: {looks}.",
			"Ai thấy, xin gọi ngay số {phone}.", "Bà con xem lại quanh nhà, vườn và bờ suối."}},
	{ID: "correction", Alert: true, Tone: "correction", Fields: []Field{about, whenAt, truth},
		sentences: []string{"Cải chính! {about} lúc {at} là không đúng.", "Tin đúng là: {truth}.", "Xin lỗi bà con."}},
	{ID: "clear", Alert: true, Tone: "clear", Fields: []Field{over, where},
		sentences: []string{"Báo yên. {over} ở {where}.", "Bà con có thể sinh hoạt bình thường.", "Cảm ơn bà con đã làm theo hướng dẫn."}},
	{ID: "water", Fields: []Field{where, onDay, from, until, reason, phone.optional()},
		sentences: []string{"Tạm ngừng cấp nước ở {where}, từ {from} đến {until}, {day}.", "Lý do: {reason}.", "Bà con trữ nước trước để dùng.",
			"Cần hỏi, xin gọi số {phone}."}},
	{ID: "power", Fields: []Field{where, onDay, from, until, reason, phone.optional()},
		sentences: []string{"Tạm ngừng cấp điện ở {where}, từ {from} đến {until}, {day}.", "Lý do: {reason}.",
			"Bà con sạc sẵn đèn và điện thoại, rút phích cắm máy bơm và tủ lạnh khi mất điện.", "Cần hỏi, xin gọi số {phone}."}},
}

var (
	where   = Field{ID: "where", Kind: Words, Most: 80}
	shelter = Field{ID: "shelter", Kind: Words, Most: 80}
	river   = Field{ID: "river", Kind: Words, Most: 40, Optional: true}
	level   = Field{ID: "level", Kind: Number, Min: 0.1, Max: 50, Optional: true}
	before  = Field{ID: "before", Kind: Clock, Optional: true}
	dam     = Field{ID: "dam", Kind: Words, Most: 40,
		Nouns: []string{"hồ", "đập", "thủy điện", "thuỷ điện", "nhà máy", "công trình", "cống"}}
	flow   = Field{ID: "flow", Kind: Number, Min: 1, Max: 50000, Whole: true, Optional: true}
	whenAt = Field{ID: "at", Kind: Clock}
	today  = Field{ID: "today", Kind: Choice, Choices: []string{"today", "tonight", "tomorrow"}}
	lately = Field{ID: "today", Kind: Choice, Choices: []string{"today", "yesterday"}}
	wind   = Field{ID: "wind", Kind: Number, Min: 6, Max: 17, Whole: true}
	storm  = Field{ID: "storm", Kind: Number, Min: 1, Max: 30, Whole: true, Optional: true}
	toward = Field{ID: "toward", Kind: Words, Most: 80, Optional: true}
	person = Field{ID: "person", Kind: Words, Most: 60}
	age    = Field{ID: "age", Kind: Number, Min: 1, Max: 120, Whole: true}
	looks  = Field{ID: "looks", Kind: Words, Most: 120, Optional: true}
	phone  = Field{ID: "phone", Kind: Phone}
	about  = Field{ID: "about", Kind: Choice,
		Choices: []string{"flash_flood", "flood", "dam", "storm", "fire", "missing", "water", "power", "other"}}
	truth  = Field{ID: "truth", Kind: Words, Most: 200}
	over   = Field{ID: "over", Kind: Choice, Choices: []string{"flood", "dam", "storm", "fire", "missing", "water", "power", "drill"}}
	onDay  = Field{ID: "day", Kind: Day}
	from   = Field{ID: "from", Kind: Clock}
	until  = Field{ID: "until", Kind: Clock, Over: true}
	reason = Field{ID: "reason", Kind: Words, Most: 120, Optional: true}
)

func (f Field) optional() Field {
	f.Optional = true
	return f
}

// choices are what is said for each choice of a field.
var choices = map[string]string{
	"today.today": "hôm nay", "today.tonight": "đêm nay", "today.tomorrow": "ngày mai", "today.yesterday": "hôm qua",

	"about.flash_flood": "Tin báo lũ quét", "about.flood": "Tin báo lũ", "about.dam": "Tin báo xả lũ", "about.storm": "Tin báo bão",
	"about.fire":    "Tin báo cháy rừng",
	"about.missing": "Tin tìm người", "about.water": "Tin ngừng cấp nước", "about.power": "Tin ngừng cấp điện",
	"about.other": "Thông báo vừa phát",

	"over.flood": "Nước lũ đã rút", "over.dam": "Hồ đã ngừng xả lũ, nước đã xuống", "over.storm": "Bão đã qua",
	"over.fire":    "Cháy rừng đã được dập tắt",
	"over.missing": "Đã tìm thấy người mất tích", "over.water": "Đã có nước trở lại", "over.power": "Đã có điện trở lại",
	"over.drill": "Đã xong diễn tập",
}
