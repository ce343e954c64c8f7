package account

import (
	"bytes"
	"crypto/hmac"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// repeated are headers that RPC clients send beside the parameters, which are
// signed and say the same: the vendor's command line and the library of
// Terraform's provider send the first two, and its library for Node writes an
// action in the letters of its caller there. Other headers mean nothing here.
var repeated = map[string]string{
	"X-Acs-Action":            "Action",
	"X-Acs-Version":           "Version",
	"X-Acs-Accesskey-Id":      "AccessKeyId",
	"X-Acs-Security-Token":    "SecurityToken",
	"X-Acs-Signature-Method":  "SignatureMethod",
	"X-Acs-Signature-Nonce":   "SignatureNonce",
	"X-Acs-Signature-Version": "SignatureVersion",
}

// readRPC reads the older signature of RPC calls: a parameter among the others,
// in the query or in a form, made over all of them.
func readRPC(r *http.Request, body []byte) (claim, error) {
	parameters, err := Parameters(r, body)
	if err != nil {
		return claim{}, err
	}
	c := claim{keyID: parameters.Get("AccessKeyId"), nonce: parameters.Get("SignatureNonce")}
	signature := parameters.Get("Signature")
	switch {
	case c.keyID == "":
		return claim{}, &Error{Code: "MissingAccessKeyId", Status: http.StatusBadRequest, Text: "AccessKeyId is mandatory for this action: the request is not signed."}
	case r.URL.Path != "/":
		return claim{}, incomplete("With this signature a call goes to /: the path is not signed.")
	case signature == "" || c.nonce == "":
		return claim{}, incomplete("The parameters Signature and SignatureNonce are mandatory.")
	case parameters.Get("SignatureMethod") != "HMAC-SHA1" || parameters.Get("SignatureVersion") != "1.0":
		return claim{}, incomplete("SignatureMethod must be HMAC-SHA1 and SignatureVersion 1.0.")
	}
	for name, parameter := range repeated {
		for _, value := range r.Header.Values(name) {
			if !strings.EqualFold(value, parameters.Get(parameter)) {
				return claim{}, incomplete("The header " + strings.ToLower(name) + " is not what the parameter " + parameter + " says, which is signed.")
			}
		}
		r.Header.Del(name) // only what is signed counts
	}
	if c.date, err = time.Parse(time.RFC3339, parameters.Get("Timestamp")); err != nil {
		return claim{}, &Error{Code: "InvalidTimeStamp.Format", Status: http.StatusBadRequest, Text: "Timestamp must be a time such as 2026-01-02T15:04:05Z."}
	}
	parameters.Del("Signature")
	text := r.Method + "&%2F&" + escape(canonicalQuery(parameters))
	c.holds = func(secret string) bool {
		return hmac.Equal([]byte(hmacSHA1(secret+"&", text)), []byte(signature))
	}
	return c, nil
}

// InForm tells whether a call has its signature in a form, as far as its headers
// show: it may have everything there, its version as well.
func InForm(r *http.Request) bool {
	return r.URL.Path == "/" && r.Header.Get("Authorization") == "" && isForm(r)
}

func isForm(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "application/x-www-form-urlencoded")
}

// Parameters returns those of an RPC call: of the query and, when the body is a
// form, of the body. It fails with an [*Error] when they cannot be read or one
// of them comes twice, as nobody could tell which was meant.
func Parameters(r *http.Request, body []byte) (url.Values, error) {
	if strings.Count(r.URL.RawQuery, "&")+bytes.Count(body, []byte{'&'}) >= maxParameters {
		return nil, &Error{Code: "InvalidParameter", Status: http.StatusBadRequest, Text: "There are more parameters than any action has."}
	}
	parameters, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil && isForm(r) {
		var form url.Values
		form, err = url.ParseQuery(string(body))
		for name, values := range form {
			parameters[name] = append(parameters[name], values...)
		}
	}
	if err != nil {
		return nil, &Error{Code: "InvalidParameter", Status: http.StatusBadRequest, Text: "The parameters are not in the form name=value&name=value."}
	}
	for name, values := range parameters {
		if len(values) > 1 {
			return nil, &Error{Code: "InvalidParameter", Status: http.StatusBadRequest, Text: "The parameter " + name + " is given more than once."}
		}
	}
	return parameters, nil
}
