package account

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- two of the signatures are defined with it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A request counts for this long before and after its date (the date of a
// signed request, Alibaba Cloud OpenAPI, "Request structure and signature").
const freshness = 15 * time.Minute

// dataPlanePrefix is where the data plane of EventBridge is served.
const dataPlanePrefix = "/openapi/"

// What a request may have before anything of it is believed. The SDKs send some
// ten headers, names of signed headers and parameters; none of them costs much
// to take apart then.
const (
	maxHeaders       = 256
	maxAuthorization = 8 << 10 // bytes
	maxParameters    = 256
	maxForm          = 1 << 20 // bytes, more than the largest rule
)

// claim is what a request says about who signed it, before anything of it is
// believed.
type claim struct {
	keyID, nonce string
	date         time.Time
	// hash is what was signed of the body, its SHA-256 in hex; "" when nothing
	// was.
	hash string
	// holds tells whether the signature is the one that secret makes.
	holds func(secret string) bool
}

// Receive returns the key that a request was signed with, and its body. It fails
// with an [*Error] when the request is not signed, its signature does not hold,
// it is older than 15 minutes or so much in the future, or was sent before. The
// body is read when the caller is known, and no more of it than limit says, which
// may refuse the caller. Only a form that holds the signature itself is read
// before, up to 1 MB.
//
// Three forms are known: ACS3-HMAC-SHA256, which the SDKs send; the older
// HMAC-SHA1 of RPC calls, in parameters; and that of EventBridge's data plane.
// A form counts only where all that a request asks for is signed: the second
// covers neither path nor headers, and the last no body.
func (a *Account) Receive(w http.ResponseWriter, r *http.Request, limit func(Key) (int64, error)) (Key, []byte, error) {
	if len(r.Header) > maxHeaders || len(r.Header.Get("Authorization")) > maxAuthorization || strings.Count(r.URL.RawQuery, "&") >= maxParameters {
		return Key{}, nil, incomplete("The request has more headers or parameters than any that the SDKs make.")
	}
	inForm := r.Header.Get("Authorization") == "" && isForm(r)
	var body []byte
	var err error
	if inForm {
		if body, err = readBody(w, r, maxForm); err != nil {
			return Key{}, nil, err
		}
	}
	c, err := read(r, body)
	if err != nil {
		return Key{}, nil, err
	}
	now := a.now()
	k, err := a.believe(c, now)
	if err != nil {
		return Key{}, nil, err
	}
	if !inForm {
		most, err := limit(k)
		if err != nil {
			return Key{}, nil, err
		}
		if body, err = readBody(w, r, most); err != nil {
			return Key{}, nil, err
		}
		if hash := sha256.Sum256(body); c.hash != "" && c.hash != hex.EncodeToString(hash[:]) {
			return Key{}, nil, otherBody
		}
	}
	return k, body, a.nonces.use(c.keyID+" "+c.nonce, now)
}

var otherBody = &Error{Code: "SignatureDoesNotMatch", Status: http.StatusForbidden, Text: "The header x-acs-content-sha256 is not the hash of the body."}

// believe returns the key of a claim whose signature holds and which is fresh.
func (a *Account) believe(c claim, now time.Time) (Key, error) {
	k, ok := a.key(c.keyID)
	if !ok {
		return Key{}, &Error{Code: "InvalidAccessKeyId", Status: http.StatusForbidden, Text: "Specified access key is not found."}
	}
	if !c.holds(k.Secret) {
		return Key{}, &Error{Code: "SignatureDoesNotMatch", Status: http.StatusForbidden,
			Text: "The signature we calculated does not match the one you provided. Check your AccessKey Secret and signing method."}
	}
	if age := now.Sub(c.date); age > freshness || age < -freshness {
		return Key{}, &Error{Code: "InvalidTimeStamp.Expired", Status: http.StatusBadRequest,
			Text: "Specified time stamp or date value is expired: the request is dated " + c.date.UTC().Format(time.RFC3339) + ", and it is " + now.UTC().Format(time.RFC3339) + " here."}
	}
	if c.date.Before(a.Since.Truncate(time.Second)) {
		return Key{}, &Error{Code: "InvalidTimeStamp.Expired", Status: http.StatusBadRequest,
			Text: "Specified time stamp or date value is expired: this endpoint was started after the request was dated. Sign it again."}
	}
	return k, nil
}

func read(r *http.Request, body []byte) (claim, error) {
	authorization := r.Header.Get("Authorization")
	switch scheme, _, _ := strings.Cut(authorization, " "); {
	case scheme == acs3:
		return readACS3(r, authorization)
	case strings.HasPrefix(authorization, "acs:") && !strings.HasPrefix(r.URL.Path, dataPlanePrefix):
		return claim{}, incomplete("The signature of the data plane counts below " + dataPlanePrefix + " only.")
	case strings.HasPrefix(authorization, "acs:"):
		return readDataPlane(r, authorization)
	case authorization != "":
		return claim{}, incomplete("The Authorization header begins with none of the known signature types: " + acs3 + ", acs.")
	}
	return readRPC(r, body)
}

func incomplete(text string) *Error {
	return &Error{Code: "IncompleteSignature", Status: http.StatusBadRequest, Text: text}
}

// hmacSHA1 is the older signature, in base64.
func hmacSHA1(secret, text string) string {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// escape is the percent-encoding of RFC 3986, which the signatures are made of.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
