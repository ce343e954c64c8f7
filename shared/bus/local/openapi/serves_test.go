package openapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
)

func TestACallIsKnownWhereverItNamesItsVersion(t *testing.T) {
	call := func(url, header, contentType, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, url, strings.NewReader(body))
		r.Header.Set("X-Acs-Version", header)
		r.Header.Set("Content-Type", contentType)
		return r
	}
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		request *http.Request
		want    bool
	}{
		"in a header":                  {call("/", "2020-04-01", "", ""), true},
		"in the query":                 {call("/?Version=2020-04-01", "", form, "EventBusName=b"), true},
		"in a form":                    {call("/", "", form, "Version=2020-04-01"), true},
		"in a form, sent elsewhere":    {call("/events", "", form, "Version=2020-04-01"), false},
		"of another API, by a header":  {call("/", "2017-05-25", form, ""), false},
		"of another API, in the query": {call("/?Version=2017-05-25", "", form, ""), false},
		"no call":                      {call("/", "", "application/json", "{}"), false},
		"on the data plane":            {call("/openapi/putEvents", "", "application/json", "[]"), true},
	} {
		assert.Equal(t, c.want, openapi.Serves(c.request), name)
	}
}
