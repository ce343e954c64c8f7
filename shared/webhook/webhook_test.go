package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	t.Setenv(AllowVariable, "127.0.0.1")
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func post(url string) (*Answer, error) {
	return Post(context.Background(), Request{Platform: "test", URL: url, Body: []byte("{}"), Header: http.Header{"X-Key": {"header-key-123"}}, Secrets: []string{"signing-key-456"}})
}

func TestPost(t *testing.T) {
	t.Run("sends body and headers and returns the answer whatever its status", func(t *testing.T) {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, `{"got":"`+r.Method+" "+r.Header.Get("X-Key")+" "+string(body)[:1]+`"}`)
		})
		a, err := post(url)
		require.NoError(t, err)
		assert.Equal(t, http.StatusTeapot, a.Status)
		var v struct {
			Got string `json:"got"`
		}
		require.NoError(t, a.JSON(&v))
		assert.Equal(t, "POST header-key-123 {", v.Got)
	})
	t.Run("takes a change of the operator's setting up at once", func(t *testing.T) {
		url := serve(t, func(http.ResponseWriter, *http.Request) {})
		_, err := post(url)
		require.NoError(t, err)
		t.Setenv(AllowVariable, "")
		_, err = post(url)
		assert.True(t, target.IsPermanent(err))
		t.Setenv(AllowVariable, "127.0.0.1/x")
		_, err = post(url)
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, `"127.0.0.1/x"`)
	})
	t.Run("does not use a proxy", func(t *testing.T) {
		var proxied atomic.Bool
		proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Store(true) }))
		defer proxy.Close()
		t.Setenv("HTTP_PROXY", proxy.URL)
		t.Setenv("HTTPS_PROXY", proxy.URL)
		t.Setenv("ALL_PROXY", proxy.URL)
		t.Setenv(AllowVariable, "192.0.2.1,127.0.0.1")
		process.Lock()
		process.client = nil
		process.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := Post(ctx, Request{Platform: "test", URL: "http://192.0.2.1:9/"})
		require.Error(t, err)
		assert.False(t, proxied.Load())
	})
	t.Run("names a host that is not known", func(t *testing.T) {
		t.Setenv(AllowVariable, "")
		name := strings.Repeat("a", 64) + ".example" // not looked up: a label has at most 63 bytes
		_, err := post("https://" + name + "/secret-path")
		assert.ErrorContains(t, err, name)
		assert.False(t, target.IsPermanent(err))
		assert.NotContains(t, err.Error(), "secret-path")
	})
	t.Run("says that a sent request may have been taken", func(t *testing.T) {
		url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		})
		_, err := post(url)
		assert.ErrorContains(t, err, "whether it was taken is unknown")
		assert.True(t, target.IsUnconfirmed(err))
		assert.False(t, target.IsPermanent(err))
	})
	t.Run("matches the cause without giving it out", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		url := s.URL
		s.Close()
		t.Setenv(AllowVariable, "127.0.0.1")
		_, err := post(url)
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.NoError(t, errors.Unwrap(err))
		assert.Equal(t, "test: the receiver refuses connections: nothing listens there", err.Error())
	})
	t.Run("repeats a request on a fresh connection when a kept one was closed", func(t *testing.T) {
		var requests atomic.Int64
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 2 {
				conn, _, _ := http.NewResponseController(w).Hijack()
				_ = conn.Close()
			}
		})
		for range 2 {
			a, err := post(url)
			require.NoError(t, err)
			assert.Equal(t, 200, a.Status)
		}
		assert.EqualValues(t, 3, requests.Load())
	})
	t.Run("does not wait for a connection that switches protocols", func(t *testing.T) {
		release := make(chan struct{})
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
			<-release
			_ = conn.Close()
		})
		a, err := post(url)
		close(release)
		require.NoError(t, err)
		assert.True(t, target.IsPermanent(a.Verdict()))
	})
}

func TestCheckURL(t *testing.T) {
	for _, url := range []string{"", "a.example", "//a.example", "ftp://a.example", "https://", "https:///x", "https://u:p@a.example", "https://a.example/#f", "https://a b", "https://a.example/" + strings.Repeat("x", 5000), "javascript:alert(1)", "https://a.example\n",
		"<https://a.example/>", "https://a.example/x>", "https://a.example/x。", "https://a.example/x，", "https://a.example/x\u200b", "https://a.example/x\u00a0", "https://a.example/`x`"} {
		assert.Error(t, CheckURL(url), "%q", url)
	}
	for _, url := range []string{"https://a.example:8443/x?y=z", "https://a.example/模型?$filter=a%20b", "https://例子.中国/x", `https://a.example/?q={"a":1}`} {
		assert.NoError(t, CheckURL(url), "%q", url)
	}
}

func TestWait(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, "3600": time.Hour, "3601": time.Hour, "18446744073709551615": time.Hour,
		"Wed, 02 Jan 2030 03:05:05 GMT": time.Minute, "Wed, 02 Jan 2030 03:04:04 GMT": 0, "Sat, 02 Jan 2100 03:04:04 GMT": time.Hour,
	} {
		wait, ok := (&Answer{Header: http.Header{"Retry-After": {value}}}).Wait(now)
		assert.True(t, ok, value)
		assert.Equal(t, want, wait, value)
	}
	for _, value := range []string{"", "-1", "1.5", "soon", "99999999999999999999999"} {
		_, ok := (&Answer{Header: http.Header{"Retry-After": {value}}}).Wait(now)
		assert.False(t, ok, value)
	}
}

func TestExtract(t *testing.T) {
	hide := &redactor{request: Request{
		URL:     "https://h.example/hook/T0K-in-path?access_token=a/b+c%3D%3D&v=1",
		Header:  http.Header{"Authorization": {"Bearer bearer-token"}},
		Secrets: []string{"sign+key/1234=", "ab"},
	}}
	for text, want := range map[string]string{
		"token a/b c== is bad":               "token <redacted> is bad",
		"a%2Fb+c%3D%3D":                      "<redacted>",
		"a%2fb+c%3d%3d":                      "<redacted>",
		`key sign+key\/1234= no`:             "key <redacted> no",
		"sign%2Bkey%2F1234%3D":               "<redacted>",
		"POST /hook/T0K-in-path":             "POST /hook/<redacted>",
		"https://h.example/hook/T0K-in-path": "https://h.example/hook/<redacted>",
		"bearer-token":                       "<redacted>",
		"sign+key\u200b/1234=":               "<redacted>",
		"ab is too short to be a secret":     "ab is too short to be a secret",
		" two \n\t lines\x00 ":               "two lines",
		"a\u202eb\xff":                       "ab",
		"<!DOCTYPE html><title>x</title>":    "(a page of HTML)",
	} {
		assert.Equal(t, want, extract(text, hide), "%q", text)
	}
	long := extract(strings.Repeat("长", 500), hide)
	assert.LessOrEqual(t, len(long), 200)
	assert.True(t, strings.HasSuffix(long, "…"))
}

func TestVerdict(t *testing.T) {
	t.Run("keeps what a gateway lost sight of from being sent again at once", func(t *testing.T) {
		for status, want := range map[int]bool{429: false, 500: false, 502: true, 503: false, 504: true, 524: true} {
			for header, wait := range map[string]time.Duration{"": 0, "7": 7 * time.Second} {
				err := (&Answer{Status: status, Header: http.Header{"Retry-After": {header}}, secrets: &redactor{}}).Verdict()
				assert.Equal(t, want, target.IsUnconfirmed(err), "%d gave %v", status, err)
				got, _ := target.Wait(err)
				assert.Equal(t, wait, got, "%d", status)
				assert.False(t, target.IsPermanent(err))
			}
		}
	})
	t.Run("holds a refusal with advice in the reader's language", func(t *testing.T) {
		for status, permanent := range map[int]bool{302: true, 401: true, 404: true, 405: true, 410: true, 422: true} {
			for _, l := range message.Languages() {
				a := &Answer{Status: status, request: Request{Platform: "test", Language: l}, body: []byte("no"), secrets: &redactor{}}
				err := a.Verdict()
				assert.Equal(t, permanent, target.IsPermanent(err))
				refusal, ok := errors.AsType[*target.Refusal](err)
				require.True(t, ok)
				assert.Equal(t, status, refusal.Status)
				assert.Equal(t, "no", refusal.Text)
				assert.NotEmpty(t, refusal.Advice)
			}
		}
	})
}

func TestEncode(t *testing.T) {
	b, err := Encode(map[string]string{"a": "<b>&"})
	require.NoError(t, err)
	assert.Equal(t, `{"a":"<b>&"}`, string(b))
	_, err = Encode(func() {})
	assert.Error(t, err)
	assert.False(t, bytes.HasSuffix(b, []byte("\n")))
}

var wecom = Robot{Hosts: []string{"qyapi.weixin.qq.com"}, Path: "/cgi-bin/webhook/send", Query: []string{"key"}}
var lark = Robot{Hosts: []string{"open.feishu.cn", "open.larksuite.com"}, Path: "/open-apis/bot/v2/hook/{id}"}
var slack = Robot{Platform: "slack", Hosts: []string{"hooks.slack.com"}, Path: "/services/{workspace}/{app}/{token}"}
var graph = Robot{Hosts: []string{"chat.example.com"}, Path: "/v1/spaces/{space}/messages", Query: []string{"key", "token"}, Drop: []string{"threadKey"}}

func TestRobot(t *testing.T) {
	t.Run("accepts the platform's URLs", func(t *testing.T) {
		t.Setenv(AllowVariable, "")
		for url, robot := range map[string]Robot{
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx":         wecom,
			"https://QYAPI.weixin.qq.com/cgi-bin/webhook/send?key=a":                     wecom,
			"https://open.feishu.cn/open-apis/bot/v2/hook/0a-B":                          lark,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a.b_c%2Bd":             wecom,
			"\n https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a ":                 wecom,
			"https://open.larksuite.com/open-apis/bot/v2/hook/0a-B":                      lark,
			"https://hooks.slack.com/services/T0AB/B0CD/x0y1Z2":                          slack,
			"https://chat.example.com/v1/spaces/AA-1/messages?token=b&threadKey=c&key=a": graph,
		} {
			_, err := robot.Parse(url)
			assert.NoError(t, err, url)
		}
	})
	t.Run("refuses every other without showing it", func(t *testing.T) {
		t.Setenv(AllowVariable, "10.0.0.0/8")
		for url, robot := range map[string]Robot{
			"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET":             wecom,
			"https://qyapi.weixin.qq.com:443/cgi-bin/webhook/send?key=S3CRET":        wecom,
			"https://qyapi.weixin.qq.com@S3CRET.example/cgi-bin/webhook/send?key=a":  wecom,
			"https://10.0.0.1/cgi-bin/webhook/send?key=S3CRET":                       wecom,
			"https://qyapi.weixin.qq.com.S3CRET.example/cgi-bin/webhook/send?key=a":  wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET#x":          wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send/S3CRET?key=a":          wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/../webhook/send?key=S3CRET": wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook%2Fsend?key=S3CRET":          wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET&a=b":        wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET&key=b":      wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=":                  wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=%zzS3CRET":         wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=https://S3CRET/":   wecom,
			"https://open.feishu.cn/open-apis/bot/hook/S3CRET":                       lark,
			"https://open.feishu.cn/open-apis/bot/v2/hook/":                          lark,
			"https://open.feishu.cn/open-apis/bot/v2/hook/S3CRET/x":                  lark,
			"https://open.feishu.cn/open-apis/bot/v2/hook/a%2FS3CRET":                lark,
			"https://open.feishu.cn/open-apis/bot/v2/hook/a?S3CRET":                  lark,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET.":           wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET。":           wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET%0A":         wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET+x":          wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=%3CS3CRET%3E":      wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=\"S3CRET\"":        wecom,
			"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET\u200b":      wecom,
			"<https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=S3CRET>":          wecom,
			"https://qyapi.weixin.qq.com./cgi-bin/webhook/send?key=S3CRET":           wecom,
			"https://open.feishu.cn/open-apis/bot/v2/hook/S3CRET.":                   lark,
			"S3CRET": lark,
			"https://hooks.slack.com/services/T0AB/S3CRET":                               slack,
			"https://hooks.slack.com/services/T0AB//S3CRET":                              slack,
			"https://hooks.slack.com/services/T0AB/B0CD/S3CRET/":                         slack,
			"https://hooks.slack.com/workflows/T0AB/B0CD/S3CRET":                         slack,
			"https://hooks.slack.com/services/T0AB/B0CD/S3CRET?a=b":                      slack,
			"https://chat.example.com/v1/spaces/AA-1/messages?key=S3CRET":                graph,
			"https://chat.example.com/v1/spaces/AA-1/messages?key=S3CRET&token=b&more=c": graph,
			"https://chat.example.com/v1/spaces/S3CRET/threads?key=a&token=b":            graph,
		} {
			_, err := robot.Parse(url)
			require.Error(t, err, url)
			assert.NotContains(t, err.Error(), "S3CRET")
		}
	})
	t.Run("accepts a host that the operator lists by itself", func(t *testing.T) {
		t.Setenv(AllowVariable, "wecom.corp.example, 127.0.0.1:8080")
		_, err := wecom.Parse("https://wecom.corp.example/cgi-bin/webhook/send?key=a")
		assert.NoError(t, err)
		_, err = wecom.Parse("http://127.0.0.1:8080/cgi-bin/webhook/send?key=a")
		assert.NoError(t, err)
		_, err = wecom.Parse("http://127.0.0.1:8081/cgi-bin/webhook/send?key=a")
		assert.Error(t, err)
	})
}

func TestNoSegmentOfARobotsOwnIsShown(t *testing.T) {
	own := []string{"T0ABCDE", "B0FGHIJ", "x0y1Z2a"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, strings.ReplaceAll(r.URL.Path, "/", " "))
	}))
	t.Cleanup(s.Close)
	t.Setenv(AllowVariable, "127.0.0.1")
	answer, err := slack.Post(t.Context(), Request{URL: s.URL + "/services/" + strings.Join(own, "/"), Body: []byte("{}")})
	require.NoError(t, err)
	err = answer.Verdict()
	assert.ErrorContains(t, err, "slack: HTTP 400 <redacted> <redacted> <redacted> <redacted>")
	for _, segment := range own {
		assert.NotContains(t, err.Error(), segment)
	}
}
