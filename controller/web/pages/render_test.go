package pages

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/i18n"
	"loa/controller/office/asrun"
	"loa/controller/store"
)

// Rows that no template writes are escaped as it would escape them.
func TestRowsOfNodesAreEscaped(t *testing.T) {
	rows := toldRows(i18n.VI, []asrun.NodeHeard{{Name: `<b>Chợ & "nhà"</b>`,
		Verdict: store.Verdict{Outcome: "heard", Began: midnight, Heard: time.Minute, Length: time.Minute}}})
	require.Equal(t, `<tr class="heard"><th scope="row">&lt;b&gt;Chợ &amp; &#34;nhà&#34;&lt;/b&gt;</th>`+
		"<td>00:00:00</td><td>1:00 / 1:00</td><td>Đã phát đủ</td></tr>\n", string(rows))
	require.Empty(t, toldRows(i18n.VI, nil))
}
