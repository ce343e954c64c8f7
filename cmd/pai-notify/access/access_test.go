package access_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
)

func TestOnlyTheOwnNameAndTheOwnPagesAreAnswered(t *testing.T) {
	loopback, anywhere, proxied := access.Check{}, access.Check{AnyName: true}, access.Check{AnyName: true, BehindProxy: true}
	const refused, forbidden = http.StatusMisdirectedRequest, http.StatusForbidden
	for name, c := range map[string]struct {
		check  access.Check
		host   string
		header []string
		want   int
	}{
		"a program":                          {loopback, "127.0.0.1:1", nil, 200},
		"localhost in capitals":              {loopback, "LOCALHOST:1", nil, 200},
		"a name below localhost":             {loopback, "mine.localhost:1", nil, 200},
		"IPv6":                               {loopback, "[::1]:1", nil, 200},
		"IPv4 in IPv6":                       {loopback, "[::ffff:127.0.0.1]:1", nil, 200},
		"a rebound name":                     {loopback, "evil.example:1", nil, refused},
		"a rebound name of the same origin":  {loopback, "evil.example:1", []string{"Origin", "http://evil.example:1", "Sec-Fetch-Site", "same-origin"}, refused},
		"a name that looks like loopback":    {loopback, "127.0.0.1.evil.example", nil, refused},
		"a name that ends like localhost":    {loopback, "evillocalhost", nil, refused},
		"an address of the network":          {loopback, "192.168.1.5:1", nil, refused},
		"no name":                            {loopback, "", nil, refused},
		"a name that a stranger forwards":    {loopback, "evil.example", []string{"X-Forwarded-Host", "localhost"}, refused},
		"another site's form":                {loopback, "127.0.0.1:1", []string{"Sec-Fetch-Site", "cross-site"}, forbidden},
		"another port's form":                {loopback, "127.0.0.1:1", []string{"Sec-Fetch-Site", "same-site"}, forbidden},
		"another origin":                     {loopback, "127.0.0.1:1", []string{"Origin", "http://127.0.0.1:2"}, forbidden},
		"a sandboxed page":                   {loopback, "127.0.0.1:1", []string{"Origin", "null"}, forbidden},
		"a name behind a login":              {anywhere, "console.example:1", nil, 200},
		"another origin behind a login":      {anywhere, "console.example", []string{"Origin", "https://evil.example"}, forbidden},
		"a stranger's forwarding":            {anywhere, "console.example", []string{"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"}, forbidden},
		"its own page behind a proxy":        {proxied, "127.0.0.1:1", []string{"Origin", "https://console.example", "X-Forwarded-Host", "console.example"}, 200},
		"another origin behind a proxy":      {proxied, "127.0.0.1:1", []string{"Origin", "https://evil.example", "X-Forwarded-Host", "console.example"}, forbidden},
		"what came to the proxy is not told": {proxied, "127.0.0.1:1", []string{"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example, console.example"}, forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			reached := false
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Host = c.host
			for i := 0; i < len(c.header); i += 2 {
				r.Header.Set(c.header[i], c.header[i+1])
			}
			w := httptest.NewRecorder()
			c.check.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })).ServeHTTP(w, r)
			assert.Equal(t, c.want, w.Code)
			assert.Equal(t, c.want == http.StatusOK, reached)
		})
	}
}

func TestCookiesTravelEncryptedWhereTheRequestDid(t *testing.T) {
	for name, c := range map[string]struct {
		check     access.Check
		tls       bool
		forwarded string
		secure    bool
	}{
		"plain":                              {access.Check{}, false, "", false},
		"TLS":                                {access.Check{}, true, "", true},
		"a proxy with TLS":                   {access.Check{BehindProxy: true}, false, "https", true},
		"a proxy without":                    {access.Check{BehindProxy: true}, false, "http", false},
		"a client of a proxy without":        {access.Check{BehindProxy: true}, false, "https, http", false},
		"a client that says so to no proxy":  {access.Check{}, false, "https", false},
		"a client of a proxy with TLS":       {access.Check{BehindProxy: true}, false, "http,https", true},
		"TLS to here and a proxy without it": {access.Check{BehindProxy: true}, true, "http", true},
	} {
		t.Run(name, func(t *testing.T) {
			l := access.NewLogin("", nil)
			r := httptest.NewRequest(http.MethodGet, l.Link(), nil)
			r.Host = "localhost:1"
			if r.Header.Set("X-Forwarded-Proto", c.forwarded); c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			c.check.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.NoError(t, l.Admit(w, r, r.URL.Query().Get("token"), false))
			})).ServeHTTP(w, r)
			cookies := w.Result().Cookies()
			require.Len(t, cookies, 1)
			assert.Equal(t, c.secure, cookies[0].Secure)
			assert.Equal(t, "pai_notify_session_1", cookies[0].Name, "another console on this host keeps its own")
		})
	}
}

func TestACookieOfAnotherProgramHidesNoSession(t *testing.T) {
	l := access.NewLogin("", nil)
	r := httptest.NewRequest(http.MethodGet, l.Link(), nil)
	r.Host = "localhost:1"
	w := httptest.NewRecorder()
	require.NoError(t, l.Admit(w, r, r.URL.Query().Get("token"), false))
	session := w.Result().Cookies()[0]

	r = httptest.NewRequest(http.MethodGet, "/history", nil)
	r.Host = "localhost:1"
	r.AddCookie(&http.Cookie{Name: session.Name, Value: "of-a-page-on-another-port"})
	assert.False(t, l.Known(r))
	r.AddCookie(session)
	assert.True(t, l.Known(r))
}

// try shows a token from an address, as a person who types it.
func try(l *access.Login, from, token string) error {
	r := httptest.NewRequest(http.MethodPost, "/login", nil)
	r.RemoteAddr = from
	return l.Admit(httptest.NewRecorder(), r, token, true)
}

func TestAStormOfGuessesStaysSmallAndEnds(t *testing.T) {
	const token = "correct-horse-battery"
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := access.NewLogin(token, func() time.Time { return now })
	wrong, limited := 0, 0
	for i := range 5000 {
		err := try(l, fmt.Sprintf("10.0.%d.%d:9", i/250, i%250), "guess")
		if errors.Is(err, access.ErrWrong) {
			wrong++
			continue
		}
		require.ErrorIs(t, err, access.ErrTooMany)
		limited++
	}
	assert.Equal(t, 100, wrong, "so many were compared, from however many addresses")
	assert.Equal(t, 4900, limited)
	require.NoError(t, l.Admit(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/login", nil), l.Link()[len("/login?token="):], false))
	now = now.Add(time.Minute)
	assert.NoError(t, try(l, "192.0.2.1:9", token), "it ends")
}

func TestOneAddressDoesNotUseUpTheGuessesOfOthers(t *testing.T) {
	const token = "correct-horse-battery"
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := access.NewLogin(token, func() time.Time { return now })
	for i := range 1000 {
		_ = try(l, fmt.Sprintf("[2001:db8::%x]:9", i), "guess") // one network of IPv6
	}
	assert.ErrorIs(t, try(l, "[2001:db8::ffff]:9", token), access.ErrTooMany)
	assert.NoError(t, try(l, "192.0.2.1:9", token))
}

func TestSessionsAndLinksAreBounded(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := access.NewLogin("", func() time.Time { return now })
	first := l.Link()
	for range 100 {
		now = now.Add(time.Second)
		l.Link()
	}
	r := httptest.NewRequest(http.MethodGet, "/login", nil)
	assert.ErrorIs(t, l.Admit(httptest.NewRecorder(), r, first[len("/login?token="):], false), access.ErrWrong, "the oldest gave way")
	var cookies []*http.Cookie
	for range 1001 {
		now = now.Add(time.Second)
		w := httptest.NewRecorder()
		require.NoError(t, l.Admit(w, r, l.Link()[len("/login?token="):], false))
		cookies = append(cookies, w.Result().Cookies()...)
	}
	known := func(c *http.Cookie) bool {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(c)
		return l.Known(r)
	}
	assert.False(t, known(cookies[0]))
	assert.True(t, known(cookies[1]))
	assert.True(t, known(cookies[1000]))
}
