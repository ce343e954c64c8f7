package handset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// AWS's limits of a body, in characters, and of the time to live, in seconds.
const (
	awsMaxText = 1600
	awsMaxCall = 3000
	awsMinTTL  = 5
	awsMaxTTL  = 259200
)

// awsMessage is the body of either operation.
type awsMessage struct {
	DestinationPhoneNumber string
	OriginationIdentity    string
	MessageBody            string
	MessageBodyTextType    string
	VoiceId                string
	TimeToLive             int
	Context                map[string]string
	DryRun                 bool
}

func awsNumber(body []byte) string {
	var m awsMessage
	_ = json.Unmarshal(body, &m)
	return m.DestinationPhoneNumber
}

func refusalAWS(code, reason, text string) inbox.Answer {
	return inbox.Reply(http.StatusBadRequest, map[string]string{"__type": code, "Reason": reason, "Message": text})
}

// receiveAWS judges a request of AWS.
func (h *Phone) receiveAWS(r *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	code, reason, text, id := h.judgeAWS(r, body, m)
	if code != "" {
		m.Code, m.Reason = code, text
		return refusalAWS(code, reason, text)
	}
	m.Accepted = m.Reason == ""
	return inbox.Reply(http.StatusOK, map[string]string{"MessageId": id})
}

// awsSkew is how far the time of a signature may be off.
const awsSkew = 5 * time.Minute

// judgeSignature makes the signature that the account's key gives the request
// and compares; state is how the inbox shows it.
func (h *Phone) judgeSignature(r *http.Request, body []byte, now time.Time) (code, text, state string) {
	if h.keys.ID == "" {
		return "", "", inbox.NotChecked
	}
	authorization := r.Header.Get("Authorization")
	scope, rest, ok := strings.Cut(strings.TrimPrefix(authorization, "AWS4-HMAC-SHA256 Credential="), ", SignedHeaders=")
	headers, _, signed := strings.Cut(rest, ", Signature=")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	parts := strings.Split(scope, "/") // key id, date, region, service, "aws4_request"
	switch {
	case !ok || !signed || err != nil || len(parts) != 5:
		return "MissingAuthenticationTokenException", "Missing Authentication Token", "none"
	case parts[0] != h.keys.ID || parts[3] != "sms-voice":
		return "UnrecognizedClientException", "The security token included in the request is invalid.", "of an unknown key"
	case at.Sub(now).Abs() > awsSkew:
		return "InvalidSignatureException", "Signature expired", "expired"
	}
	again, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body)) //nolint:gosec // it is signed to compare, and never sent
	if err != nil {
		return "InvalidSignatureException", "the request cannot be read", "wrong"
	}
	for name := range strings.SplitSeq(headers, ";") {
		if values := r.Header.Values(name); values != nil {
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	sum := sha256.Sum256(body)
	key := aws.Credentials{AccessKeyID: h.keys.ID, SecretAccessKey: h.keys.Secret, SessionToken: r.Header.Get("X-Amz-Security-Token")}
	if err := v4.NewSigner().SignHTTP(r.Context(), key, again, hex.EncodeToString(sum[:]), parts[3], parts[2], at); err != nil || again.Header.Get("Authorization") != authorization {
		return "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.", "wrong"
	}
	return "", "", "valid"
}

func (h *Phone) judgeAWS(r *http.Request, body []byte, m *inbox.Message) (code, reason, text, id string) {
	if code, text, m.Signature = h.judgeSignature(r, body, m.Time); code != "" {
		return code, "", text, ""
	}
	var sent awsMessage
	if json.Unmarshal(body, &sent) != nil {
		return "ValidationException", "CANNOT_PARSE", "cannot parse the request", ""
	}
	m.ID = sent.Context["notification"]
	m.Title, _, _ = strings.Cut(sent.MessageBody, "\n")
	m.Text = strings.ReplaceAll(Literal(sent.MessageBody), "\n", "\n\n")
	most := awsMaxText
	if h.kind.Spoken {
		most = awsMaxCall
	}
	switch n := len(utf16.Encode([]rune(sent.MessageBody))); {
	case sent.OriginationIdentity == "":
		return "ValidationException", "MISSING_PARAMETER", "OriginationIdentity is required", ""
	case n < 1 || n > most:
		return "ValidationException", "INVALID_PARAMETER", "MessageBody has an invalid length", ""
	case sent.TimeToLive < awsMinTTL || sent.TimeToLive > awsMaxTTL:
		return "ValidationException", "INVALID_PARAMETER", "TimeToLive is out of range", ""
	case h.kind.Spoken && (sent.MessageBodyTextType != "TEXT" || sent.VoiceId == ""):
		return "ValidationException", "INVALID_PARAMETER", "VoiceId and MessageBodyTextType are expected", ""
	}
	if sent.DryRun {
		m.Reason = "a dry run: checked and not sent"
	}
	return "", "", "", serial()
}
