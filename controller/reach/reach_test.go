package reach

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/ffmpeg"
)

// Every kind of address that is not public, however it is written.
func TestWhatIsNotPublic(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.127.255.255",
		"192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254",
		"ff02::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
		"2001::1", "2001:db8::1", "2002:7f00:1::", "100::1", "4000::1"} {
		require.False(t, public(netip.MustParseAddr(ip).Unmap().WithZone("")), ip)
		require.ErrorIs(t, Public().judge("x.example", netip.MustParseAddr(ip)), ErrPrivate, ip)
	}
	for _, ip := range []string{"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "203.162.4.191", "2606:4700::1111", "2405:4800::1",
		"64:ff9b::808:808"} {
		require.NoError(t, Public().judge("x.example", netip.MustParseAddr(ip)), ip)
	}
}

func TestWhatIsAllowed(t *testing.T) {
	g, err := New("Dai.LAN.", "192.168.1.7", "10.9.0.0/16")
	require.NoError(t, err)
	may := func(host, ip string) bool { return g.judge(host, netip.MustParseAddr(ip)) == nil }
	require.True(t, may("dai.lan", "10.0.0.1"))
	require.True(t, may("192.168.1.7", "192.168.1.7"))
	require.True(t, may("any.example", "10.9.3.4"))
	require.False(t, may("192.168.1.8", "192.168.1.8"))
	require.False(t, may("evil.dai.lan", "10.0.0.1"))
	for _, bad := range []string{"", "http://x/", "10.0.0.0/99", "a b", "x@y"} {
		_, err := New(bad)
		require.Error(t, err, bad)
	}
	for address, private := range map[string]bool{"http://127.0.0.1/": true, "http://[::1]:80/": true, "http://localhost/": true,
		"http://a.localhost./": true, "https://u:p@169.254.169.254/x": true,
		"http://192.168.1.7/": false, "https://example.com/": false, "http://1.1.1.1/": false} {
		require.Equal(t, private, g.Check(address) != nil, address)
	}
}

// loopback lets this machine be reached, as a test's servers are here.
func loopback(t *testing.T) *Guard {
	t.Helper()
	g, err := New("127.0.0.1")
	require.NoError(t, err)
	return g
}

// A connection to what is not public is not made: not by its address, not by a
// name, not by a redirect from where one may go.
func TestNothingPrivateIsReached(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached.Add(1) }))
	defer inside.Close()
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	for _, url := range []string{inside.URL, "http://localhost:" + port + "/", "http://0.0.0.0:" + port + "/", "http://[::ffff:127.0.0.1]:" +
		port + "/", "http://127.1:" + port + "/"} {
		_, err := Public().Open(t.Context(), url)
		require.ErrorIs(t, err, ErrNotHeard, url)
		res, err := Public().Client(0).Get(url)
		require.Error(t, err, url)
		require.Nil(t, res)
	}
	require.Zero(t, reached.Load())

	// one host may be reached, and sends elsewhere
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/list.m3u8":
			fmt.Fprintf(w, "#EXTM3U\n#EXTINF:1,\nhttp://localhost:%s/\n#EXT-X-ENDLIST\n", port)
		case "/key.m3u8":
			fmt.Fprintf(w, "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"http://localhost:%s/\"\n#EXTINF:1,\n/sound\n#EXT-X-ENDLIST\n", port)
		case "/nested.m3u8":
			fmt.Fprintf(w, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://localhost:%s/\n", port)
		case "/sound":
			_, _ = w.Write(make([]byte, 16))
		default:
			http.Redirect(w, r, "http://localhost:"+port+"/", http.StatusFound)
		}
	}))
	defer outside.Close()
	g, err := New(strings.TrimPrefix(outside.URL, "http://")[:len("127.0.0.1")])
	require.NoError(t, err)
	g.nets, g.hosts = nil, map[string]bool{"127.0.0.1": true} // by its name, so that localhost is another
	for _, path := range []string{"/", "/list.m3u8", "/key.m3u8", "/nested.m3u8"} {
		r, err := g.Open(t.Context(), outside.URL+path)
		if err == nil {
			_, err = io.ReadAll(r)
			require.NoError(t, r.Close())
		}
		require.ErrorIs(t, err, ErrPrivate, path)
	}
	require.Zero(t, reached.Load())
	loops := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }))
	defer loops.Close()
	_, err = loopback(t).Open(t.Context(), loops.URL)
	require.ErrorContains(t, err, "too many redirects")
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(302)
	}))
	defer files.Close()
	_, err = loopback(t).Open(t.Context(), files.URL)
	require.ErrorIs(t, err, ErrNotHeard)
}

// sounds makes a folder of stations: five seconds of 440 Hz in each format.
func sounds(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key"), []byte("sixteen bytes ok"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "info"), []byte("key\n"+filepath.Join(dir, "key")+"\n"), 0o600))
	hls := []string{"-f", "hls", "-hls_time", "2", "-hls_list_size", "0"}
	for name, args := range map[string][]string{
		"radio.mp3":   {"-c:a", "libmp3lame", "-b:a", "64k"},
		"ts.m3u8":     append([]string{"-c:a", "aac"}, hls...),
		"mp4.m3u8":    append(append([]string{"-c:a", "aac"}, hls...), "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"),
		"single.m3u8": append(append([]string{"-c:a", "aac"}, hls...), "-hls_flags", "single_file"),
		"secret.m3u8": append(append([]string{"-c:a", "aac"}, hls...), "-hls_key_info_file", filepath.Join(dir, "info")),
	} {
		cmd := exec.Command("ffmpeg",
			append(append([]string{"-v", "error", "-f", "lavfi", "-i", "sine=440:sample_rate=44100:duration=5,volume=6dB"}, args...), name)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "all.m3u8"),
		[]byte(
			"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",URI=\"ts.m3u8\"\n"+
				"#EXT-X-STREAM-INF:BANDWIDTH=900000\nnone.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=64000,AUDIO=\"a\"\nnone.m3u8\n"), 0o600))
	return dir
}

func TestStationsOfEveryKind(t *testing.T) {
	server := httptest.NewServer(http.FileServer(http.Dir(sounds(t))))
	defer server.Close()
	for _, name := range []string{"radio.mp3", "ts.m3u8", "mp4.m3u8", "single.m3u8", "secret.m3u8", "all.m3u8"} {
		t.Run(name, func(t *testing.T) {
			stream, err := loopback(t).Open(t.Context(), server.URL+"/"+name)
			require.NoError(t, err)
			defer func() { require.NoError(t, stream.Close()) }()
			n := 0
			err = ffmpeg.Program{}.Stream(t.Context(), stream, func(x []float32) error { n += len(x); return nil })
			require.ErrorIs(t, err, io.EOF)
			require.InDelta(t, 5, float64(n)/audio.Rate, 0.3)
		})
	}
}

// A live playlist is joined near its end and followed, each part once.
func TestALiveStationIsFollowed(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/live" {
			fmt.Fprint(w, r.URL.Path)
			return
		}
		first := asked.Add(1)
		fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:%d\n", first)
		for i := first; i < first+5; i++ {
			fmt.Fprintf(w, "#EXTINF:1,\n/%d\n", i)
		}
		if first == 3 {
			fmt.Fprint(w, "#EXT-X-ENDLIST\n")
		}
	}))
	defer server.Close()
	r, err := loopback(t).Open(t.Context(), server.URL+"/live")
	require.NoError(t, err)
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, "/3/4/5/6/7", string(all))
}

func TestDecryptRefusesWhatIsWrong(t *testing.T) {
	key := []byte("sixteen bytes ok")
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	f := &follower{keys: map[string][]byte{"k": key}}
	good := append([]byte("loa"), strings.Repeat("\x0d", 13)...)
	cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(good, good)
	data, err := f.decrypt(context.Background(), segment{key: "k", vector: make([]byte, 16)}, good)
	require.NoError(t, err)
	require.Equal(t, "loa", string(data))
	for _, bad := range [][]byte{nil, []byte("short"), make([]byte, 15)} {
		_, err := f.decrypt(context.Background(), segment{key: "k", vector: make([]byte, 16)}, bad)
		require.ErrorIs(t, err, ErrNotHeard)
	}
}

// A station of old does not speak quite HTTP.
func TestShoutcast(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, "ICY 200 OK\r\nicy-name: x\r\n\r\nsound")
			_ = conn.Close()
		}
	}()
	r, err := loopback(t).Open(t.Context(), "http://"+l.Addr().String()+"/")
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "sound", string(data))
	require.NoError(t, r.Close())
}

func TestPasswordsAreNotShown(t *testing.T) {
	const whole = "https://loa:geheim@dai.example:8443/xa.mp3?token=x#y"
	for address, shown := range map[string]string{whole: "https://…@dai.example:8443/xa.mp3?…", "http://dai.example/": "http://dai.example/",
		"http://dai.example/?a=1": "http://dai.example/?…",
		"":                        "", "loa:geheim": "…", "http://u:p@a b/": "…"} {
		require.Equal(t, shown, Masked(address))
	}
	require.Equal(t, whole, Unmasked(Masked(whole), []string{"http://other/", whole}))
	require.Equal(t, "https://…@evil.example/xa.mp3", Unmasked("https://…@evil.example/xa.mp3", []string{whole}))
	for _, address := range []string{"http://loa:geheim@127.0.0.1:1/?t=geheim", "http://loa:geheim@dai.invalid/?t=geheim",
		"http://loa:geheim@127.0.0.1:1\x00/"} {
		_, err := loopback(t).Open(t.Context(), address)
		require.ErrorIs(t, err, ErrNotHeard)
		require.NotContains(t, err.Error(), "geheim")
	}
}

func FuzzPlaylist(f *testing.F) {
	f.Add(
		"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x00000000000000000000000000000001\n" +
			"#EXT-X-BYTERANGE:5@3\n#EXTINF:1,\na\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"4@0\"\nb\n")
	f.Add("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=x,AUDIO=\"a\n\nx\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\":\"")
	at := mustParse("http://dai.example/a/")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePlaylist(at, []byte(text))
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, p.target, leastTarget)
		require.LessOrEqual(t, p.target, mostTarget)
		for _, s := range p.segments {
			require.Regexp(t, "^https?://", s.address)
			require.True(t, s.key == "" || len(s.vector) == 16)
		}
		if len(p.others) > 0 {
			require.Regexp(t, "^https?://", p.smallest())
		}
	})
}

func mustParse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u
}
