package lark

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"
)

// signature stands in the body of a request, at its top.
type signature struct {
	Timestamp string `json:"timestamp,omitempty"`
	Sign      string `json:"sign,omitempty"`
}

// sign makes a signature for the given time, or none without a key: the key of
// HMAC-SHA256 is the timestamp in seconds with the signing key, and what is
// signed is empty. Lark takes it for an hour, so it is made when a message is
// sent and not when it is queued.
func sign(key string, at time.Time) signature {
	if key == "" {
		return signature{}
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(timestamp+"\n"+key))
	return signature{timestamp, base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}
