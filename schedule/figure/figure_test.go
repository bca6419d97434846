package figure

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A number is written as the language of its sentence writes it.
func TestFigures(t *testing.T) {
	args := []any{0.5, 2.0, 3, "1.5", 90 * time.Minute}
	const sentence = "%v %v %d %s %v"
	require.Equal(t, "0,5 2 3 1.5 1 giờ 30 phút", fmt.Sprintf(sentence, VI(args)...))
	require.Equal(t, "0.5 2 3 1.5 1 h 30 min", fmt.Sprintf(sentence, EN(args)...))
	require.Equal(t, "12,35 | -3,0|  +1,5", fmt.Sprintf("%.2f |%5.1f|%+6.1f", VI([]any{12.345, -3.0, 1.5})...))
	for d, said := range map[time.Duration]string{0: "0 giây", 3 * time.Second: "3 giây", 25 * time.Hour: "25 giờ",
		time.Hour + 1500*time.Millisecond: "1 giờ 2 giây"} {
		require.Equal(t, said, fmt.Sprint(VI([]any{d})...))
	}
}
