package inbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf16"
)

// The operations of AWS End User Messaging that the inbox stands in for.
const (
	awsText = "PinpointSMSVoiceV2.SendTextMessage"
	awsCall = "PinpointSMSVoiceV2.SendVoiceMessage"
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

func awsRefusal(code, reason, text string) answer {
	return reply(http.StatusBadRequest, map[string]string{"__type": code, "Reason": reason, "Message": text})
}

// receiveAWS judges a request of AWS. The presence and the key of its
// signature are checked, the signature itself is not.
func (h *handset) receiveAWS(r *http.Request, body []byte, m *Message) answer {
	code, reason, text, id := h.judgeAWS(r, body, m)
	if code != "" {
		m.Code, m.Reason = code, text
		return awsRefusal(code, reason, text)
	}
	m.Accepted = m.Reason == ""
	return reply(http.StatusOK, map[string]string{"MessageId": id})
}

func (h *handset) judgeAWS(r *http.Request, body []byte, m *Message) (code, reason, text, id string) {
	authorization := r.Header.Get("Authorization")
	switch {
	case !strings.HasPrefix(authorization, "AWS4-HMAC-SHA256 ") || r.Header.Get("X-Amz-Date") == "" || !strings.Contains(authorization, "Signature="):
		m.Signature = "none"
		return "MissingAuthenticationTokenException", "", "Missing Authentication Token", ""
	case !strings.Contains(authorization, "Credential="+h.account.KeyID+"/") || !strings.Contains(authorization, "/sms-voice/aws4_request"):
		m.Signature = "of an unknown key"
		return "UnrecognizedClientException", "", "The security token included in the request is invalid.", ""
	}
	m.Signature = "present"
	var in awsMessage
	if json.Unmarshal(body, &in) != nil {
		return "ValidationException", "CANNOT_PARSE", "cannot parse the request", ""
	}
	m.ID = in.Context["notification"]
	m.Title, _, _ = strings.Cut(in.MessageBody, "\n")
	m.Text = strings.ReplaceAll(asText.Replace(in.MessageBody), "\n", "\n\n")
	most := awsMaxText
	if h.calls {
		most = awsMaxCall
	}
	switch n := len(utf16.Encode([]rune(in.MessageBody))); {
	case in.OriginationIdentity == "":
		return "ValidationException", "MISSING_PARAMETER", "OriginationIdentity is required", ""
	case n < 1 || n > most:
		return "ValidationException", "INVALID_PARAMETER", "MessageBody has an invalid length", ""
	case in.TimeToLive < awsMinTTL || in.TimeToLive > awsMaxTTL:
		return "ValidationException", "INVALID_PARAMETER", "TimeToLive is out of range", ""
	case h.calls && (in.MessageBodyTextType != "TEXT" || in.VoiceId == ""):
		return "ValidationException", "INVALID_PARAMETER", "VoiceId and MessageBodyTextType are expected", ""
	}
	if in.DryRun {
		m.Reason = "a dry run: checked and not sent"
	}
	return "", "", "", serial()
}
