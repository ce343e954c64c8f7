package running

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPagesOfOtherSitesReachNothing(t *testing.T) {
	s, err := Listen("127.0.0.1:0")
	require.NoError(t, err)
	reached := 0
	s.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(func() { _ = s.HTTP.Close() })
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for name, c := range map[string]struct {
		method, host, origin, site string
		status                     int
	}{
		"a program":                             {"POST", "", "", "", http.StatusOK},
		"a program that says localhost":         {"POST", "localhost" + port, "", "", http.StatusOK},
		"a program that says it in IPv6":        {"POST", "[::1]" + port, "", "", http.StatusOK},
		"its own page":                          {"POST", "127.0.0.1" + port, "http://127.0.0.1" + port, "same-origin", http.StatusOK},
		"another site's form":                   {"POST", "127.0.0.1" + port, "http://evil.example", "cross-site", http.StatusForbidden},
		"another port's form":                   {"POST", "127.0.0.1" + port, "http://127.0.0.1:1", "", http.StatusForbidden},
		"a site whose name leads here, writing": {"POST", "evil.example" + port, "http://evil.example" + port, "same-origin", http.StatusMisdirectedRequest},
		"a site whose name leads here, reading": {"GET", "evil.example" + port, "", "same-origin", http.StatusMisdirectedRequest},
		"a name that only looks like this one":  {"GET", "127.0.0.1.evil.example" + port, "", "", http.StatusMisdirectedRequest},
	} {
		t.Run(name, func(t *testing.T) {
			before := reached
			req, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+"/", nil)
			require.NoError(t, err)
			req.Host = c.host
			if c.origin != "" {
				req.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				req.Header.Set("Sec-Fetch-Site", c.site)
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, c.status, res.StatusCode)
			assert.Equal(t, c.status == http.StatusOK, reached > before)
		})
	}
}
