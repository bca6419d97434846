package template

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"loa/audio/reading"
	"loa/audio/reading/document"
	"loa/audio/reading/kind"
	"loa/audio/tune"
	"loa/controller/i18n"
	"loa/controller/problem"
)

// sample fills every field of a template with something that people write.
func sample(t Template) map[string]string {
	values := map[string]string{}
	words := map[string]string{"where": "thôn 1 và thôn Đa Tro", "shelter": "nhà văn hóa thôn 3", "river": "sông La Ngà", "dam": "Hàm Thuận",
		"toward": "thôn 2",
		"person": "ông K'Văn Tám", "looks": "áo xanh, đội mũ", "truth": "nước không dâng ở thôn 1", "reason": "sửa đường ống"}
	for _, f := range t.Fields {
		values[f.ID] = map[Kind]string{Words: words[f.ID], Number: "7", Clock: "18:30", Day: "2025-08-15", Phone: "0936 555 449"}[f.Kind]
		switch f.ID {
		case "until":
			values[f.ID] = "20:00"
		case "age":
			values[f.ID] = "70"
		}
		if f.Kind == Choice {
			values[f.ID] = f.Choices[0]
		}
	}
	return values
}

// Each says first what it is, then what to do, in short sentences, with every
// number in words, and behind an attention sound that no other has.
func TestTemplatesAreSaid(t *testing.T) {
	want := map[string]string{
		"flash_flood": "Lũ quét! Lũ quét ở thôn 1 và thôn Đa Tro! Bà con rời nhà ngay, chạy lên nhà văn hóa thôn 3. " +
			"Tránh xa sông suối và chân đồi. Đưa người già và trẻ em đi trước. Không quay lại lấy đồ.",
		"flood": "Nước lũ đang lên nhanh ở thôn 1 và thôn Đa Tro. Mực nước sông La Ngà đã lên 7 mét. Nước sẽ ngập trước 18 giờ 30 phút. " +
			"Bà con đến nhà văn hóa thôn 3 ngay. Đưa người già và trẻ em đi trước. Không đi qua ngầm tràn, không lội qua nước chảy.",
		"dam": "Hồ Hàm Thuận xả lũ lúc 18 giờ 30 phút hôm nay. Nước sông suối ở thôn 1 và thôn Đa Tro sẽ lên nhanh. " +
			"Lưu lượng xả 7 mét khối trên giây. Bà con không xuống sông suối, không đánh cá, không vớt củi. " +
			"Đưa người, trâu bò và đồ đạc lên chỗ cao ngay.",
		"storm": "Bão sắp vào thôn 1 và thôn Đa Tro, khoảng 18 giờ 30 phút hôm nay. Đây là cơn bão số 7. Gió mạnh cấp 7. " +
			"Bà con chằng chống nhà cửa, cất đồ dễ bay. Khi có bão thì ở trong nhà chắc chắn, không ra đường. " +
			"Nhà không chắc chắn thì đến nhà văn hóa thôn 3 ngay.",
		"fire": "Cháy rừng! Cháy rừng ở thôn 1 và thôn Đa Tro! Lửa đang lan về phía thôn 2. Bà con gần đó đến nhà văn hóa thôn 3 ngay. " +
			"Không vào rừng. Ai thấy chỗ cháy khác thì gọi 114.",
		"missing": "Tìm người mất tích: ông K'Văn Tám, 70 tuổi. Lần cuối thấy ở thôn 1 và thôn Đa Tro, lúc 18 giờ 30 phút hôm nay. " +
			"Đặc điểm: áo xanh, đội mũ. Ai thấy, xin gọi ngay số 0936555449. Bà con xem lại quanh nhà, vườn và bờ suối.",
		"correction": "Cải chính! Tin báo lũ quét lúc 18 giờ 30 phút là không đúng. Tin đúng là: nước không dâng ở thôn 1. Xin lỗi bà con.",
		"clear": "Báo yên. Nước lũ đã rút ở thôn 1 và thôn Đa Tro. Bà con có thể sinh hoạt bình thường. " +
			"Cảm ơn bà con đã làm theo hướng dẫn.",
		"water": "Tạm ngừng cấp nước ở thôn 1 và thôn Đa Tro, từ 18 giờ 30 phút đến 20 giờ, ngày 15 tháng 8. " +
			"Lý do: sửa đường ống. Bà con trữ nước trước để dùng. Cần hỏi, xin gọi số 0936555449.",
		"power": "Tạm ngừng cấp điện ở thôn 1 và thôn Đa Tro, từ 18 giờ 30 phút đến 20 giờ, ngày 15 tháng 8. " +
			"Lý do: sửa đường ống. Bà con sạc sẵn đèn và điện thoại, rút phích cắm máy bơm và tủ lạnh khi mất điện. Cần hỏi, xin gọi số 0936555449.",
	}
	require.Len(t, All(), len(want))
	tones := map[string]bool{}
	for _, tpl := range All() {
		got, err := tpl.Text(sample(tpl))
		require.NoError(t, err, tpl.ID)
		require.Equal(t, want[tpl.ID], got)
		for _, p := range reading.Read(got) {
			require.False(t, p.Kind == kind.Unknown && p.Written != "K'Văn" && p.Written != "K", "%s: nobody knows how to say “%s”", tpl.ID,
				p.Written)
		}
		said := document.Horn(reading.New(nil), got, nil)
		require.NotRegexp(t, `\d`, said)
		for _, g := range document.Groups(said) {
			require.LessOrEqual(t, g.Syllables, 15, "%s: %s", tpl.ID, g.Words)
		}
		if !tpl.Alert {
			require.Empty(t, tpl.Tone)
			continue
		}
		_, ok := tune.Attention(tpl.Tone)
		require.True(t, ok, tpl.ID)
		require.False(t, tones[tpl.Tone], "%s sounds as another", tpl.ID)
		tones[tpl.Tone] = true
	}
	require.Len(t, tones, len(tune.AttentionNames()))
}

// What must be said is asked for, what need not be is left out with its sentence.
func TestWhatIsMissingIsAskedFor(t *testing.T) {
	for _, tpl := range All() {
		whole, err := tpl.Text(sample(tpl))
		require.NoError(t, err)
		for _, f := range tpl.Fields {
			values := sample(tpl)
			values[f.ID] = "  "
			got, err := tpl.Text(values)
			if !f.Optional {
				p, ok := problem.Of(err)
				require.True(t, ok, "%s %s", tpl.ID, f.ID)
				require.Equal(t, []string{"field_missing", "“" + f.Name(i18n.VI) + "”: hãy điền, loa cần nói điều này."}, []string{p.Code, p.VI})
				continue
			}
			if f.ID == "level" { // the river would be left out with it
				p, _ := problem.Of(err)
				require.Equal(t, []string{"field_alone", "“Sông, suối nào”: loa chỉ nói mục này cùng với “Mực nước, mét”: " +
					"hãy điền cả hai, hoặc để trống cả hai."}, []string{p.Code, p.VI})
				continue
			}
			require.NoError(t, err)
			require.Less(t, len(got), len(whole), "%s without %s", tpl.ID, f.ID)
			require.NotContains(t, got, "{")
		}
		_, err = tpl.Text(map[string]string{"other": "x"})
		p, _ := problem.Of(err)
		require.Equal(t, "field_unknown", p.Code)
	}
	_, err := Find("war")
	p, _ := problem.Of(err)
	require.Equal(t, "template_unknown", p.Code)
}

// Every kind of field takes what people write, in its bounds, and says of the rest
// what to write.
func TestFields(t *testing.T) {
	for _, c := range []struct {
		f          Field
		good, said string
	}{
		{level, "4,5", "4,5"}, {level, "4.50", "4,5"}, {level, "0,1", "0,1"}, {wind, "17", "17"}, {flow, "1200", "1200"},
		{whenAt, "08:05", "8 giờ 05 phút"}, {whenAt, "18h", "18 giờ"}, {whenAt, "18h30", "18 giờ 30 phút"}, {whenAt, "1830", "18 giờ 30 phút"},
		{whenAt, "18", "18 giờ"}, {whenAt, "7g15", "7 giờ 15 phút"}, {whenAt, "00:00", "0 giờ"},
		{onDay, "2025-08-05", "ngày 5 tháng 8"}, {phone, "0936.555.449", "0936555449"}, {phone, "114", "114"},
		{phone, "1900 1006", "19001006"}, {phone, "1800 545 466", "1800545466"}, {phone, "+84 912 345 678", "+84912345678"},
		{until, "4:00 hôm sau", "4 giờ hôm sau"}, {until, "4h30  Ngày hôm sau", "4 giờ 30 phút hôm sau"},
		{today, "tonight", "đêm nay"}, {where, "  thôn 1,  thôn 2. ", "thôn 1, thôn 2"},
	} {
		got, err := c.f.say(strings.TrimSpace(c.good))
		require.NoError(t, err, c.good)
		require.Equal(t, c.said, got)
	}
	for code, bad := range map[string][]struct {
		f Field
		v string
	}{
		"field_number": {{level, "0"}, {level, "51"}, {level, "cao"}, {level, "-1"}, {level, "1e1"}, {level, "NaN"}, {level, "0x1"}, {wind, "5"},
			{wind, "18"}, {wind, "8,5"}},
		"field_clock":  {{whenAt, "25:00"}, {whenAt, "18:60"}, {whenAt, "chiều"}, {whenAt, "183"}, {whenAt, "4:00 hôm sau"}, {until, "hôm sau"}},
		"field_day":    {{onDay, "15/8/2025"}, {onDay, "2025-02-30"}, {onDay, "0001-01-01"}},
		"field_phone":  {{phone, "12"}, {phone, "gọi xã"}, {phone, "936555449"}},
		"field_choice": {{today, "hôm nay"}, {today, "yesterday"}},
		"field_long":   {{where, strings.Repeat("a", 81)}},
		"field_words":  {{where, "thôn 1\nthôn 2"}, {where, "…!"}, {where, "a\xff"}},
	} {
		for _, b := range bad {
			_, err := b.f.say(b.v)
			p, ok := problem.Of(err)
			require.True(t, ok, "%q", b.v)
			require.Equal(t, code, p.Code, "%q", b.v)
			require.Contains(t, p.VI, b.f.Name(i18n.VI))
			require.Contains(t, p.EN, b.f.Name(i18n.EN))
		}
	}
}

// Everything that is shown has its words in both languages, and every choice is said.
func TestTemplatesHaveWords(t *testing.T) {
	for _, tpl := range All() {
		require.True(t, i18n.Exists("tpl_"+tpl.ID), tpl.ID)
		seen := map[string]bool{}
		for _, f := range tpl.Fields {
			require.True(t, i18n.Exists("tpl_f_"+f.ID), f.ID)
			require.False(t, seen[f.ID])
			seen[f.ID] = true
			require.Equal(t, f.Kind == Words, f.Most > 0, f.ID)
			require.Equal(t, f.Kind == Number, f.Max > f.Min, f.ID)
			for _, c := range f.Choices {
				require.NotEmpty(t, choices[f.ID+"."+c], f.ID+"."+c)
				require.True(t, i18n.Exists("tpl_c_"+f.ID+"_"+c), f.ID+"."+c)
			}
		}
		for _, s := range tpl.sentences {
			for _, h := range hole.FindAllString(s, -1) {
				require.True(t, seen[h[1:len(h)-1]], "%s: nothing fills %s", tpl.ID, h)
			}
		}
	}
}

func TestTitle(t *testing.T) {
	flood, err := Find("flood")
	require.NoError(t, err)
	require.Equal(t, "Lũ, nước dâng: thôn 1", flood.Title(map[string]string{"where": " thôn 1 "}))
	require.Equal(t, "Lũ, nước dâng", flood.Title(nil))
}

// Whatever is filled in is said, or refused: a level without its river is a level.
func TestNothingFilledIsLeftOut(t *testing.T) {
	flood, err := Find("flood")
	require.NoError(t, err)
	values := sample(flood)
	values["river"] = ""
	got, err := flood.Text(values)
	require.NoError(t, err)
	require.Contains(t, got, "Mực nước đã lên 7 mét.")
	for _, tpl := range All() {
		for _, f := range tpl.Fields {
			if !f.Optional || f.ID == "level" {
				continue
			}
			without := sample(tpl)
			for _, o := range tpl.Fields {
				if o.Optional && o.ID != f.ID {
					delete(without, o.ID)
				}
			}
			got, err := tpl.Text(without)
			if p, ok := problem.Of(err); ok {
				require.Equal(t, "field_alone", p.Code, "%s: %s", tpl.ID, f.ID)
				continue
			}
			said, err := f.say(without[f.ID])
			require.NoError(t, err)
			require.Contains(t, got, said, "%s: %s", tpl.ID, f.ID)
		}
	}
}

// A field into which people write the words that the sentence has already says them once,
// in capitals or not, composed or not.
func TestWordsAreSaidOnce(t *testing.T) {
	for _, c := range []struct{ template, field, written, said string }{
		{"dam", "dam", "Sông Pha", "Hồ Sông Pha xả lũ"}, {"dam", "dam", "hồ Sông Pha", "Hồ Sông Pha xả lũ"},
		{"dam", "dam", "HỒ SÔNG PHA", "HỒ SÔNG PHA xả lũ"}, {"dam", "dam", norm.NFD.String("hồ Sông Pha"), "Hồ Sông Pha xả lũ"},
		{"dam", "dam", "đập Đan Sách", "Đập Đan Sách xả lũ"}, {"dam", "dam", "Thuỷ điện Hàm Thuận", "Thuỷ điện Hàm Thuận xả lũ"},
		{"dam", "dam", "hồ chứa nước Sông Quao", "Hồ chứa nước Sông Quao xả lũ"}, {"dam", "dam", "Hồng Sơn", "Hồ Hồng Sơn xả lũ"},
		{"dam", "where", "ở thôn 1", "sông suối ở thôn 1 sẽ"}, {"dam", "where", norm.NFD.String("Ở thôn 1"), "sông suối ở thôn 1 sẽ"},
		{"flood", "river", "Nước sông La Ngà", "Mực nước sông La Ngà đã"},
		{"flood", "river", "mực nước sông La Ngà đã lên", "Mực nước sông La Ngà đã lên 7"},
		{"flood", "shelter", "đến trường học ngay", "Bà con đến trường học ngay."},
		{"fire", "toward", "về phía Nam", "lan về phía Nam."}, {"fire", "toward", "phía Nam", "lan về phía Nam."},
		{"fire", "toward", "Phía: thôn 4", "lan về phía thôn 4."},
		{"missing", "person", "người mất tích: bà Năm", "Tìm người mất tích: bà Năm, 70 tuổi"},
		{"missing", "looks", "Đặc điểm: áo nâu", "Đặc điểm: áo nâu."},
		{"correction", "truth", "tin đúng là hồ không xả lũ", "Tin đúng là: hồ không xả lũ."},
		{"power", "reason", "lý do - thay trụ", "Lý do: thay trụ."},
		{"storm", "where", "vào xã Hàm Thuận", "Bão sắp vào xã Hàm Thuận, khoảng"},
	} {
		tpl, err := Find(c.template)
		require.NoError(t, err)
		values := map[string]any{}
		for id, v := range sample(tpl) {
			values[id] = v
		}
		values[c.field] = c.written
		_, got, _, err := Filled{Template: c.template, Fields: values}.Text()
		require.NoError(t, err, c.written)
		require.Contains(t, got, c.said)
	}
}

// Two fields that cannot both be so are refused with what to do.
func TestFieldsAgree(t *testing.T) {
	for _, c := range []struct {
		template string
		fields   map[string]string
		code     string
	}{
		{"dam", map[string]string{"at": "14:00", "today": "tonight"}, "field_night"},
		{"storm", map[string]string{"at": "17h59", "today": "tonight"}, "field_night"},
		{"storm", map[string]string{"at": "6h", "today": "tonight"}, "field_night"},
		{"storm", map[string]string{"at": "18h", "today": "tonight"}, ""},
		{"dam", map[string]string{"at": "2h30", "today": "tonight"}, ""},
		{"dam", map[string]string{"at": "14:00", "today": "tomorrow"}, ""},
		{"flood", map[string]string{"where": "Thôn 1", "shelter": "thôn  1"}, "field_same_place"},
		{"flood", map[string]string{"where": "thôn 1", "shelter": "nhà văn hóa thôn 1"}, ""},
		{"fire", map[string]string{"toward": "thôn 2", "shelter": "Thôn 2"}, "field_same_place"},
		{"fire", map[string]string{"toward": "thôn 2", "where": "thôn 2"}, "field_same_place"},
		{"missing", map[string]string{"person": "bé Na", "age": "70"}, "field_age"},
		{"missing", map[string]string{"person": "Cụ Năm", "age": "8"}, "field_age"},
		{"missing", map[string]string{"person": "ông Tư", "age": "7"}, "field_age"},
		{"missing", map[string]string{"person": "cháu Lan", "age": "16"}, ""},
		{"missing", map[string]string{"person": "Bàng Văn Tư", "age": "7"}, ""},
	} {
		tpl, err := Find(c.template)
		require.NoError(t, err)
		values := sample(tpl)
		for id, v := range c.fields {
			values[id] = v
		}
		_, err = tpl.Text(values)
		p, _ := problem.Of(err)
		if c.code == "" {
			require.NoError(t, err, "%v", c.fields)
			continue
		}
		require.NotNil(t, p, "%v", c.fields)
		require.Equal(t, c.code, p.Code, "%v", c.fields)
	}
}
