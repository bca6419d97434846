package schedule_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// What a rule means, and when it is heard next after Monday 23 November 2026, 8:00.
func TestWords(t *testing.T) {
	day := func(s string) time.Time { return at(t, hcm, s+" 00:00") }
	cases := []struct {
		rule   schedule.Rule
		vi, en string
		next   string // in the rule's zone, as far as they are asked for
	}{
		{schedule.Rule{Cron: []string{"0 5 * * 1-5"}}, "05:00 thứ Hai đến thứ Sáu", "05:00 Monday to Friday",
			"24/11 05:00, 25/11 05:00, 26/11 05:00, 27/11 05:00, 30/11 05:00"},
		{schedule.Rule{Cron: []string{"0 5,17 * * *"}}, "05:00 và 17:00 mỗi ngày", "05:00 and 17:00 every day", "23/11 17:00, 24/11 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * *", "30 17 * * *"}}, "05:00 và 17:30 mỗi ngày", "05:00 and 17:30 every day",
			"23/11 17:30, 24/11 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 1-5", "0 6 * * 6,0"}}, "05:00 thứ Hai đến thứ Sáu; 06:00 thứ Bảy và Chủ nhật",
			"05:00 Monday to Friday; 06:00 Saturday and Sunday", "24/11 05:00, 25/11 05:00, 26/11 05:00, 27/11 05:00, 28/11 06:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 7"}}, "05:00 Chủ nhật", "05:00 Sunday", "29/11 05:00, 06/12 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 0"}}, "05:00 Chủ nhật", "05:00 Sunday", "29/11 05:00, 06/12 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 5-7"}}, "05:00 thứ Sáu đến Chủ nhật", "05:00 Friday to Sunday",
			"27/11 05:00, 28/11 05:00, 29/11 05:00, 04/12 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * sat-sun"}}, "05:00 thứ Bảy và Chủ nhật", "05:00 Saturday and Sunday", "28/11 05:00, 29/11 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 1-7"}}, "05:00 mỗi ngày", "05:00 every day", "24/11 05:00, 25/11 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 1-7/2"}}, "05:00 thứ Hai, thứ Tư, thứ Sáu và Chủ nhật",
			"05:00 Monday, Wednesday, Friday and Sunday", "25/11 05:00, 27/11 05:00, 29/11 05:00"},
		{schedule.Rule{Cron: []string{"0 7 * * 1#1"}}, "07:00 thứ Hai đầu tiên trong tháng", "07:00 the first Monday of the month",
			"07/12 07:00, 04/01 07:00"},
		{schedule.Rule{Cron: []string{"0 7 * * 3#2"}}, "07:00 thứ Tư lần thứ 2 trong tháng", "07:00 Wednesday no. 2 of the month", "09/12 07:00"},
		{schedule.Rule{Cron: []string{"0 7 * * 7#L"}}, "07:00 Chủ nhật cuối cùng trong tháng", "07:00 the last Sunday of the month",
			"29/11 07:00, 27/12 07:00"},
		{schedule.Rule{Cron: []string{"0 7 1,15 * *"}}, "07:00 ngày 1 và 15 hằng tháng", "07:00 on day 1 and 15 of every month",
			"01/12 07:00, 15/12 07:00"},
		{schedule.Rule{Cron: []string{"0 7 2 9 *"}}, "07:00 ngày 2 tháng 9 hằng năm", "07:00 on day 2 of month 9 every year",
			"02/09 07:00, 02/09 07:00"},
		{schedule.Rule{Cron: []string{"0 7 1 1,6 *"}}, "07:00 ngày 1 của tháng 1 và 6", "07:00 on day 1 of month 1 and 6",
			"01/01 07:00, 01/06 07:00"},
		{schedule.Rule{Cron: []string{"0 7 * 6-8 6"}}, "07:00 thứ Bảy trong tháng 6, 7 và 8", "07:00 Saturday in month 6, 7 and 8",
			"05/06 07:00"},
		{schedule.Rule{Cron: []string{"0 7 13 * 5"}}, "07:00 ngày 13 hằng tháng, và cả mọi thứ Sáu (chỉ cần đúng một trong hai)",
			"07:00 on day 13 of every month, and also every Friday (one of the two is enough)",
			"27/11 07:00, 04/12 07:00, 11/12 07:00, 13/12 07:00"},
		{schedule.Rule{Cron: []string{"0 7 13 * 1-7"}}, "07:00 mỗi ngày", "07:00 every day", "24/11 07:00"},
		{schedule.Rule{Cron: []string{"*/15 6-8 * * *"}}, "mỗi 15 phút từ 06:00 đến 08:45, mỗi ngày",
			"every 15 minutes from 06:00 to 08:45, every day", "23/11 08:00, 23/11 08:15, 23/11 08:30, 23/11 08:45, 24/11 06:00"},
		{schedule.Rule{Cron: []string{"0 7-20 * * *"}}, "mỗi giờ từ 07:00 đến 20:00, mỗi ngày", "every hour from 07:00 to 20:00, every day",
			"23/11 08:00, 23/11 09:00"},
		{schedule.Rule{Cron: []string{"30 */2 * * *"}}, "mỗi 2 giờ từ 00:30 đến 22:30, mỗi ngày", "every 2 hours from 00:30 to 22:30, every day",
			"23/11 08:30, 23/11 10:30"},
		{schedule.Rule{Cron: []string{"5 * * * *"}}, "vào phút 5 mỗi giờ, mỗi ngày", "at minute 5 of every hour, every day",
			"23/11 08:05, 23/11 09:05"},
		{schedule.Rule{Cron: []string{"* * * * *"}}, "mỗi phút, mỗi ngày", "every minute, every day", "23/11 08:00, 23/11 08:01"},
		{schedule.Rule{Cron: []string{"0,10,20 5,7,17 * * *"}}, "vào phút 0, 10 và 20 mỗi giờ, các giờ 5, 7 và 17, mỗi ngày",
			"at minute 0, 10 and 20 of every hour, in the hours 5, 7 and 17, every day", "23/11 17:00, 23/11 17:10"},
		{schedule.Rule{Cron: []string{"0 7 29 2 *"}}, "07:00 ngày 29 tháng 2 hằng năm", "07:00 on day 29 of month 2 every year",
			"29/02 07:00, 29/02 07:00"},
		{schedule.Rule{At: at(t, hcm, "2026-11-30 17:00")}, "17:00 thứ Hai 30/11/2026", "17:00 Monday 30/11/2026", "30/11 17:00"},
		{schedule.Rule{Cron: []string{"0 5 * * 2"}, EveryWeeks: 2, From: day("2026-12-01"), Until: day("2027-01-01"),
			Except: []schedule.Date{"2026-12-15"}, Extra: []time.Time{at(t, hcm, "2026-12-24 19:00")}},
			"05:00 thứ Ba, 2 tuần một lần (tuần đầu có thứ Hai là ngày 30/11/2026), " +
				"từ 01/12/2026, đến hết 31/12/2026, trừ 15/12/2026, thêm lúc 19:00 24/12/2026",
			"05:00 Tuesday, once in 2 weeks (the first is the week of Monday 30/11/2026), " +
				"from 01/12/2026, up to 31/12/2026, except 15/12/2026, also at 19:00 24/12/2026",
			"01/12 05:00, 24/12 19:00, 29/12 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * *"}, Zone: "Asia/Tokyo", Until: at(t, "Asia/Tokyo", "2026-11-25 12:00")},
			"05:00 mỗi ngày, đến trước 12:00 25/11/2026, giờ Asia/Tokyo", "05:00 every day, before 12:00 25/11/2026, time of Asia/Tokyo",
			"24/11 05:00, 25/11 05:00"},
		{schedule.Rule{Cron: []string{"0 5 * * L"}}, "", "", ""},
		{schedule.Rule{}, "", "", ""},
	}
	now := at(t, hcm, "2026-11-23 08:00")
	for _, c := range cases {
		vi, en := c.rule.Words()
		require.Equal(t, []string{c.vi, c.en}, []string{vi, en})
		zone := hcm
		if c.rule.Zone != "" {
			zone = c.rule.Zone
		}
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		var next []string
		for _, s := range c.rule.Next(now, max(1, len(strings.Split(c.next, ", ")))) {
			next = append(next, s.In(loc).Format("02/01 15:04"))
		}
		require.Equal(t, c.next, strings.Join(next, ", "), vi)
	}
}

// What is refused is refused for its own reason, in words of the language.
func TestReasons(t *testing.T) {
	now := at(t, hcm, "2026-11-23 08:00")
	cases := []struct {
		rule   schedule.Rule
		vi, en string // a part of the sentence
	}{
		{schedule.Rule{Cron: []string{"0 5 L * *"}}, "dấu L (cuối tháng) ở cột ngày", "L (the last)"},
		{schedule.Rule{Cron: []string{"0 5 * * 5L"}}, "dấu L (cuối tháng) ở cột thứ", "0#L"},
		{schedule.Rule{Cron: []string{"0 5 L-3 * *"}}, "dấu L", "L (the last)"},
		{schedule.Rule{Cron: []string{"0 5 15W * *"}}, "dấu W", "working day"},
		{schedule.Rule{Cron: []string{"0 5 * * 1#6"}}, "sau dấu #", "after #"},
		{schedule.Rule{Cron: []string{"0 5 1#2 * *"}}, "dấu # chỉ dùng ở cột thứ", "# stands in the column of weekdays"},
		{schedule.Rule{Cron: []string{"@daily"}}, "tên tắt", "names such as"},
		{schedule.Rule{Cron: []string{"TZ="}}, "năm cột", "five columns"},
		{schedule.Rule{Cron: []string{"0 0 5 * * *"}}, "ở đây có 6", "here are 6"},
		{schedule.Rule{Cron: []string{"60 5 * * *"}}, "cột phút nhận từ 0 đến 59, không có 60", "takes 0 to 59, there is no 60"},
		{schedule.Rule{Cron: []string{"0 25 * * *"}}, "cột giờ nhận từ 0 đến 23", "0 to 23"},
		{schedule.Rule{Cron: []string{"0 5 32 * *"}}, "cột ngày nhận từ 1 đến 31", "1 to 31"},
		{schedule.Rule{Cron: []string{"0 5 * 13 *"}}, "cột tháng nhận từ 1 đến 12", "1 to 12"},
		{schedule.Rule{Cron: []string{"0 5 * * 8"}}, "cột thứ nhận từ 0 đến 7", "0 to 7"},
		{schedule.Rule{Cron: []string{"0 5 * * hai"}}, "“hai” ở cột thứ không phải là số", "“hai”"},
		{schedule.Rule{Cron: []string{"0 , * * *"}}, "cột giờ thiếu số cạnh dấu phẩy", "beside a comma"},
		{schedule.Rule{Cron: []string{"0 17-5 * * *"}}, "đi ngược", "backwards"},
		{schedule.Rule{Cron: []string{"*/0 5 * * *"}}, "sau dấu /", "after /"},
		{schedule.Rule{Cron: []string{"99999999999999999999 * * * *"}}, "từ 0 đến 59", "0 to 59"},
		{schedule.Rule{Cron: []string{"0 5 31 2 *"}}, "Tháng 2 không có ngày 31", "Month 2 has no day 31"},
		{schedule.Rule{Cron: []string{"0 5 31 4,6 *"}}, "Tháng 4 và 6 không có ngày 31", "Month 4 and 6 has no day 31"},
		{schedule.Rule{Cron: []string{"0 5 * * *", "0 5 30 2 *"}}, "Tháng 2 không có ngày 30", "Month 2"},
		{schedule.Rule{Cron: []string{"0 5 * * *"}, From: now.AddDate(0, 1, 0), Until: now.AddDate(0, 0, 7)}, "không trước ngày kết thúc",
			"no earlier than it ends"},
		{schedule.Rule{Cron: []string{"0 5 * * *"}, Until: now.AddDate(0, 0, -1)}, "đã kết thúc", "ended"},
		{schedule.Rule{Cron: []string{"0 5 * * *"}, Until: now.Add(time.Hour)}, "trước khi lịch kết thúc", "before the rule ends"},
		{schedule.Rule{At: now.Add(-time.Hour)}, "07:00 23/11/2026 đã qua", "is over"},
	}
	for _, c := range cases {
		p := programme("p", schedule.Normal, 30*time.Second)
		p.Rule = c.rule
		var inv *schedule.Invalid
		require.ErrorAs(t, p.Check(now), &inv, "%v", c.rule)
		require.Contains(t, inv.VI, c.vi)
		require.Contains(t, inv.EN, c.en)
		for _, go_ := range []string{"%!", "strconv", "parse", "range(", "expected", "failed"} {
			require.NotContains(t, inv.VI+inv.EN, go_, "Go's own words")
		}
	}
	p := programme("p", schedule.Normal, 30*time.Second)
	p.Rule.Cron = []string{"0 7 31 2 1"}
	require.NoError(t, p.Check(now), "the weekday comes")
}

func TestPlainCron(t *testing.T) {
	for line, want := range map[string]string{
		"0 5 * * 7": "0 5 * * 0", "0 5 * * 1,7": "0 5 * * 1,0", "0 5 * * 5-7": "0 5 * * 5,6,0", "0 7 * * 7#L": "0 7 * * 0#L",
		"0 5 * * 1-5": "0 5 * * 1-5", "0 5 * * mon-sun": "0 5 * * 1,2,3,4,5,6,0", "0  5 * * *": "0  5 * * *", "7": "7",
		"0 5 * * */2": "0 5 * * */2",
	} {
		require.Equal(t, want, schedule.PlainCron(line))
	}
}

// What is accepted has words in both languages, and is the same in its plain form.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"0 5,17 * * *", "0 7 * * 7#1", "* * 1-31 * 0-7", "0 7 1-7 * ?", "1/7 5-9/2 31 feb,4 sun-sat", "0 5 13 * 5-7/1",
		"0 5 L * *", "0 5 , * *", "0 , * * 5"} {
		f.Add(s, 0)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, line string, weeks int) {
		p := programme("p", schedule.Normal, time.Second)
		p.Rule = schedule.Rule{Cron: []string{line}, EveryWeeks: weeks, From: now}
		err := p.Check(now)
		vi, en := p.Rule.Words()
		if err != nil {
			require.True(t, strings.Contains(line, "%") || !strings.Contains(err.Error(), "%!"), "%v", err)
			return
		}
		for _, words := range []string{vi, en} {
			require.True(t, strings.ContainsFunc(words, unicode.IsLetter), "%q", line)
			require.NotContains(t, words, "%!")
		}
		plain := schedule.Rule{Cron: []string{schedule.PlainCron(line)}, EveryWeeks: weeks, From: now}
		require.Equal(t, p.Rule.Next(now, 20), plain.Next(now, 20))
		require.NotEmpty(t, plain.Next(now, 5))
	})
}
