package openapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

// values are the parameters of a call.
type values struct{ url.Values }

// bus and rule are the names of what a call is about.
func (v values) bus() string  { return v.Get("EventBusName") }
func (v values) rule() string { return v.Get("RuleName") }

// require fails for the first of the parameters that is missing.
func (v values) require(names []string) error {
	for _, name := range names {
		if v.Get(name) == "" {
			return &account.Error{Code: "Missing" + name, Status: http.StatusBadRequest, Text: name + " is mandatory for this action."}
		}
	}
	return nil
}

// list decodes a parameter that is a JSON list, as the SDK sends them.
func (v values) list(name string, into any) error {
	if err := json.Unmarshal([]byte(v.Get(name)), into); err != nil {
		return invalid(name + " is not a JSON list of what this action takes.")
	}
	return nil
}

// limit returns how many entries a page may have: 100 at most, and when the
// caller does not say (Alibaba Cloud EventBridge API, ListRules).
func (v values) limit() (int, error) {
	const most = 100
	text := v.Get("Limit")
	if text == "" {
		return most, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, invalid("Limit must be a number from 1 to " + strconv.Itoa(most) + ".")
	}
	return n, nil
}

func invalid(text string) error {
	return &account.Error{Code: "RequestParameterInvalid", Status: http.StatusConflict, Text: text}
}
