package answers_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/problem"
	"loa/controller/store"
)

func (r *rig) tell(from, area string, m answers.Told) (string, error) {
	return r.desk.Tell(r.t.Context(), from, r.codes[area], m)
}

func photoOf(t testing.TB) []byte {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 90, 60)), nil))
	return b.Bytes()
}

// code is what a person is told.
func code(err error) string {
	if p, ok := problem.Of(err); ok {
		return p.Code
	}
	return fmt.Sprint(err)
}

// A villager's message is read by those who listen there, worked on, and answered under the
// sender's code; who else asks sees nothing of it.
func TestMessage(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.Store.PutPerson(t.Context(), store.Person{ID: "p-ba", Login: "ba", Name: "Ông Ba",
		Grants: []store.Grant{{Role: "head", Area: "thon-1"}}}))
	require.NoError(t, r.Store.PutPerson(t.Context(), store.Person{ID: "p-tu", Login: "tu", Name: "Anh Tư",
		Grants: []store.Grant{{Role: "technician", Area: "la-da"}}}))
	m := answers.Told{Kind: "flood", Words: " Nước vào nhà\r\nở đầu cầu \u202e", Point: &store.Point{Latitude: 11.25, Longitude: 108.01},
		Phone: "0912 345.678", Photo: photoOf(t)}
	receipt, err := r.tell("10.0.0.1", "thon-1", m)
	require.NoError(t, err)
	again, err := r.tell("10.0.0.1", "thon-1", m)
	require.NoError(t, err)
	require.Equal(t, receipt, again, "sent twice is once")
	require.Eventually(t, func() bool {
		unread, err := r.Store.Unread(t.Context(), "p-ba")
		return err == nil && len(unread) == 1 && unread[0].Kind == store.NoticeOfMessage &&
			unread[0].Title == "Ngập" && unread[0].Places == "Thôn 1"
	}, time.Minute, time.Millisecond, "it rings")
	unread, err := r.Store.Unread(t.Context(), "p-tu")
	require.NoError(t, err)
	require.Empty(t, unread)

	all, err := r.desk.Messages(r.head("thon-1"))
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "Nước vào nhà\nở đầu cầu", all[0].Words)
	require.Equal(t, []string{"0912345678", "new", "Thôn 1"}, []string{all[0].Phone, all[0].State, all[0].Name})
	id := all[0].ID
	jpeg, err := r.desk.Photo(r.head("thon-1"), id)
	require.NoError(t, err)
	require.NotEmpty(t, jpeg)
	doing, who, reply := "doing", "Anh Năm", "Thuyền đang tới, bà con lên gác."
	for _, other := range []context.Context{r.head("da-mi"), r.as("technician", "la-da"), r.as("province", "la-da")} {
		all, err := r.desk.Messages(other)
		require.NoError(t, err)
		require.Empty(t, all)
		_, err = r.desk.Photo(other, id)
		require.True(t, access.IsForbidden(err))
		_, err = r.desk.Put(other, id, answers.Handling{State: &doing})
		require.True(t, access.IsForbidden(err))
		require.True(t, access.IsForbidden(r.desk.Remove(other, id)))
	}
	f, err := r.desk.Follow(t.Context(), "10.5.5.5", strings.ToUpper(receipt))
	require.NoError(t, err)
	require.Equal(t, answers.Followed{Kind: "flood", At: noon.UTC(), State: store.MessageNew, Changed: noon.UTC()}, f)
	r.now = noon.Add(time.Minute)
	_, err = r.desk.Put(r.head("thon-1"), id, answers.Handling{Who: &who})
	require.NoError(t, err)
	_, err = r.desk.Put(r.head("thon-1"), id, answers.Handling{State: &doing, Reply: &reply})
	require.NoError(t, err)
	f, err = r.desk.Follow(t.Context(), "10.5.5.5", receipt)
	require.NoError(t, err)
	require.Equal(t, answers.Followed{Kind: "flood", At: noon.UTC(), State: store.MessageDoing, Reply: reply, Changed: r.now.UTC()}, f)
	bad, long := "gone", strings.Repeat("ạ", 1001)
	_, err = r.desk.Put(r.head("thon-1"), id, answers.Handling{State: &bad})
	require.Equal(t, "message_state", code(err))
	_, err = r.desk.Put(r.head("thon-1"), id, answers.Handling{Reply: &long})
	require.Equal(t, "message_reply", code(err))

	trail, err := r.Store.Audits(t.Context(), store.AuditFilter{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"message.put", "message.put", "message.add"}, []string{trail[0].Action, trail[1].Action, trail[2].Action})
	for _, x := range trail {
		for _, never := range []string{"Nước", "0912", "Thuyền", "11.25"} {
			require.NotContains(t, string(x.Before)+string(x.After), never, "the log is for ever, and what was written is not")
		}
	}
	require.NoError(t, r.desk.Withdraw(t.Context(), "10.5.5.5", receipt))
	_, err = r.desk.Follow(t.Context(), "10.5.5.5", receipt)
	require.Equal(t, "message_code", code(err))
	_, err = r.Store.Photo(t.Context(), id)
	require.ErrorIs(t, err, store.ErrNotFound)
}

// What is not right is said, and nothing of it is kept.
func TestMessageIsRefused(t *testing.T) {
	r := newRig(t)
	for want, m := range map[string]answers.Told{
		"message_kind":  {Kind: "weather", Words: "Mưa"},
		"message_empty": {Kind: "idea", Words: " \n\t "},
		"message_long":  {Kind: "idea", Words: strings.Repeat("ạ", 1001)},
		"message_phone": {Kind: "idea", Words: "Xin chào", Phone: "09; DROP"},
		"message_point": {Kind: "idea", Words: "Ở đây", Point: &store.Point{Latitude: 91}},
		"photo_kind":    {Kind: "idea", Words: "Ảnh", Photo: []byte("GIF89a")},
	} {
		_, err := r.tell("10.0."+fmt.Sprint(len(want))+".1", "thon-1", m)
		require.Equal(t, want, code(err))
	}
	all, err := r.desk.Messages(r.as("admin", "la-da"))
	require.NoError(t, err)
	require.Empty(t, all)
	_, err = r.tell("10.0.0.1", "thon-1", answers.Told{Kind: "help"})
	require.NoError(t, err, "who needs help needs no words")
	for _, typed := range []string{"nan", "1e3", "0x1p4", "Inf", "1.2.3", "--5", "91"} {
		_, err := answers.PointOf(typed, "108")
		require.Equal(t, "message_point", code(err), typed)
	}
	p, err := answers.PointOf(" 11,25 ", "108.01")
	require.NoError(t, err)
	require.Equal(t, &store.Point{Latitude: 11.25, Longitude: 108.01}, p)
	p, err = answers.PointOf("", " ")
	require.NoError(t, err)
	require.Nil(t, p)
	_, err = answers.PointOf("11", "")
	require.Equal(t, "message_point", code(err))
}

// Nobody fills the box: not one address, not one network, and a village only so far that the
// others are heard.
func TestMessagesAreBounded(t *testing.T) {
	r := newRig(t)
	taken := func(n int, from func(int) string) (ok int) {
		for i := range n {
			if _, err := r.tell(from(i), "thon-1", answers.Told{Kind: "fire", Words: fmt.Sprint("Cháy ", i, " ", from(i),
				r.now)}); err == nil {
				ok++
			} else {
				require.Equal(t, "message_often", code(err))
			}
		}
		return ok
	}
	require.Equal(t, 6, taken(20, func(int) string { return "10.0.0.1" }))
	require.Equal(t, 40, taken(200, func(i int) string { return fmt.Sprintf("10.1.1.%d", i) }))
	require.Equal(t, 120-46, taken(300, func(i int) string { return fmt.Sprintf("10.2.%d.1", i%250) }))
	_, err := r.tell("10.0.0.9", "da-mi", answers.Told{Kind: "help", Words: "Cứu"})
	require.NoError(t, err, "another village is heard")
	r.now = r.now.Add(time.Hour)
	require.Equal(t, 6, taken(20, func(int) string { return "10.0.0.1" }), "an hour later")
}

// However much of the rest there is, an hour's and in all, what is urgent is taken.
func TestUrgentMessagesFindRoom(t *testing.T) {
	r := newRig(t)
	last := ""
	for i := range 200 {
		if _, err := r.tell(fmt.Sprintf("10.1.%d.1", i), "thon-1", answers.Told{Kind: "idea", Words: fmt.Sprint("Góp ý ",
			i)}); err != nil {
			last = code(err)
		}
	}
	require.Equal(t, "message_often", last)
	_, err := r.tell("10.2.0.1", "thon-1", answers.Told{Kind: "help", Words: "Cứu"})
	require.NoError(t, err)
	for i := range 800 {
		require.NoError(t, r.Store.AddMessage(t.Context(), store.Message{ID: fmt.Sprint("m-", i), Area: "da-mi", Kind: "idea", At: noon,
			Receipt: fmt.Sprint(i), State: store.MessageNew, Changed: noon}, nil))
	}
	_, err = r.tell("10.3.0.1", "da-mi", answers.Told{Kind: "idea", Words: "Góp ý"})
	require.Equal(t, "messages_full", code(err))
	_, err = r.tell("10.3.0.2", "da-mi", answers.Told{Kind: "help", Words: "Cứu"})
	require.NoError(t, err)
}

// What is too old is removed: telephone numbers and photos first.
func TestForgetting(t *testing.T) {
	r := newRig(t)
	require.Error(t, r.desk.PutRule(r.as("admin", "la-da"), store.AnswerRule{Days: 6, PersonalDays: 1}))
	require.Error(t, r.desk.PutRule(r.as("admin", "la-da"), store.AnswerRule{Days: 30, PersonalDays: 31}))
	require.NoError(t, r.desk.PutRule(r.as("admin", "la-da"), store.AnswerRule{Days: 10, PersonalDays: 2}))
	require.NoError(t, r.tap("10.0.0.1", answers.Clear))
	receipt, err := r.tell("10.0.0.1", "thon-1", answers.Told{Kind: "tree", Words: "Cây đổ", Phone: "0912345678", Photo: photoOf(t)})
	require.NoError(t, err)
	run := func(days int) []answers.Message {
		r.now = noon.AddDate(0, 0, days).Add(time.Minute)
		require.NoError(t, r.desk.Forget(t.Context()))
		all, err := r.desk.Messages(r.head("thon-1"))
		require.NoError(t, err)
		return all
	}
	require.NotEmpty(t, run(1)[0].Phone)
	kept := run(2)
	require.Empty(t, kept[0].Phone+kept[0].Photo)
	require.Equal(t, "Cây đổ", kept[0].Words)
	require.Empty(t, run(10))
	_, err = r.desk.Follow(t.Context(), "10.0.0.1", receipt)
	require.Equal(t, "message_code", code(err))
	tallies, err := r.Store.Tallies(t.Context(), []string{r.entry.Broadcast})
	require.NoError(t, err)
	require.Empty(t, tallies)
}

// A commune that takes no answers takes none.
func TestClosed(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.desk.PutRule(r.as("admin", "la-da"), store.AnswerRule{Closed: true, Days: 90, PersonalDays: 30}))
	require.ErrorIs(t, r.tap("10.0.0.1", answers.Clear), answers.ErrClosed)
	_, err := r.tell("10.0.0.1", "thon-1", answers.Told{Kind: "help"})
	require.ErrorIs(t, err, answers.ErrClosed)
}

// Whatever is typed, what is kept is clean and bounded, or a sentence says why not.
func FuzzTold(f *testing.F) {
	f.Add("flood", "Nước lên", "0912345678", "11.25", "108,01")
	f.Add("idea", "\u202e\x00", "+84 (9) 1-2", "1e5", "NaN")
	f.Fuzz(func(t *testing.T, kind, words, phone, latitude, longitude string) {
		p, err := answers.PointOf(latitude, longitude)
		if err != nil {
			require.Equal(t, "message_point", code(err))
		}
		m := answers.Told{Kind: kind, Words: words, Phone: phone, Point: p}
		if err := m.Check(); err != nil {
			_, ok := problem.Of(err)
			require.True(t, ok)
			return
		}
		require.LessOrEqual(t, len([]rune(m.Words)), answers.MostWords)
		require.NotContains(t, m.Words, "\x00")
		require.LessOrEqual(t, len(m.Phone), 16)
	})
}
