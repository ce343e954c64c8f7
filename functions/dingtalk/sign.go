package dingtalk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

// signed returns the webhook with a signature made at the given time, or as it
// is for a robot without a key. DingTalk takes it for an hour, so it is made
// when a message is sent and not when it is queued.
func signed(hook *url.URL, key string, at time.Time) string {
	if key == "" {
		return hook.String()
	}
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	// The one place that percent-encodes: a signature encoded twice is refused
	// whenever it holds a plus or a slash. The webhook has its token as a query.
	return hook.String() + "&sign=" + url.QueryEscape(signature(key, timestamp)) + "&timestamp=" + timestamp
}

// signature is HMAC-SHA256 with the key over the timestamp in milliseconds and
// the key again, in base64.
func signature(key, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp + "\n" + key))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
