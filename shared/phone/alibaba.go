package phone

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// The environment of a function with a role, and of the vendor's own tools.
const (
	keyIDVariable  = "ALIBABA_CLOUD_ACCESS_KEY_ID"
	keyVariable    = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
	tokenVariable  = "ALIBABA_CLOUD_SECURITY_TOKEN"
	alibabaDomain  = "aliyuncs.com"
	alibabaSuccess = "OK"
)

// Alibaba is one API of Alibaba Cloud and the account that calls it.
type Alibaba struct {
	// Platform is the target type; errors begin with it.
	Platform string
	// Host is the API's official endpoint, and Endpoint what a rule says
	// instead; empty when it says nothing.
	Host, Endpoint string
	// KeyID and Key are the rule's own; both empty for those of the
	// environment, with its security token.
	KeyID, Key target.Secret
	Codes      refusal.Table
}

// Check tells what is wrong with the account or the endpoint of a rule.
func (a Alibaba) Check() error {
	switch {
	case a.KeyID == "" && a.Key != "":
		return target.Invalid("access_key_id", "is missing: give it and access_key_secret, or neither for those of the environment")
	case a.KeyID != "" && a.Key == "":
		return target.Invalid("access_key_secret", "is missing: give it and access_key_id, or neither for those of the environment")
	}
	if a.Endpoint == "" {
		return nil
	}
	_, err := webhook.Endpoint(a.Endpoint, a.service(), alibabaDomain)
	return err
}

// Call makes one request and judges the answer: see [Alibaba.verdict]. send makes
// it with an SDK client of the configuration, whose result is left aside, because
// the exchange has the answer itself. number is what else errors do not show.
//
// SDK clients are made for each request: they take no context, so the one of
// the message is bound to the exchange. Making one costs a few microseconds.
func (a Alibaba) Call(ctx context.Context, l message.Language, number string, send func(*openapi.Config)) (Reply, *webhook.Exchange, error) {
	endpoint, err := webhook.Endpoint(cmp.Or(a.Endpoint, a.Host), a.service(), alibabaDomain)
	if err != nil {
		return Reply{}, nil, target.Permanent(fmt.Errorf("%s: %w", a.Platform, err))
	}
	id, key, token, err := a.keys(ctx, endpoint.String())
	if err != nil {
		return Reply{}, nil, err
	}
	exchange := webhook.NewExchange(ctx, webhook.Request{
		Platform: a.Platform, Language: l, Secrets: []string{id, key, token, number},
	})
	send((&openapi.Config{HttpClient: carrier{exchange}}).
		SetAccessKeyId(id).SetAccessKeySecret(key).SetSecurityToken(token).
		SetEndpoint(endpoint.Host).SetProtocol(endpoint.Scheme).SetUserAgent("pai-notify"))
	reply, err := a.verdict(exchange, l)
	return reply, exchange, err
}

func (a Alibaba) keys(ctx context.Context, endpoint string) (id, key, token string, err error) {
	if a.KeyID == "" {
		id, key, token = os.Getenv(keyIDVariable), os.Getenv(keyVariable), os.Getenv(tokenVariable)
		if id == "" || key == "" {
			return "", "", "", target.Permanent(fmt.Errorf("%s: no credentials: give the function a role, set %s and %s, or name access_key_id and access_key_secret in the rule", a.Platform, keyIDVariable, keyVariable))
		}
		return id, key, token, nil
	}
	if id, err = a.KeyID.RevealTo(ctx, endpoint); err != nil {
		return "", "", "", fmt.Errorf("%s: access_key_id: %w", a.Platform, err)
	}
	if key, err = a.Key.SignFor(ctx, endpoint); err != nil {
		return "", "", "", fmt.Errorf("%s: access_key_secret: %w", a.Platform, err)
	}
	return id, key, "", nil
}

// Shown is the id of the access key, which each request holds, and the endpoint.
func (a Alibaba) Shown() ([]target.Secret, string) {
	return []target.Secret{a.KeyID}, cmp.Or(a.Endpoint, a.Host)
}

// carrier lets the SDK send by an exchange instead of its own transport.
type carrier struct{ *webhook.Exchange }

// service is the first part of the official endpoint's name.
func (a Alibaba) service() string {
	name, _, _ := strings.Cut(a.Host, ".")
	return name
}

// Call is what the SDK wants of an HTTP client.
func (c carrier) Call(req *http.Request, _ *http.Transport) (*http.Response, error) {
	return c.Do(req)
}

// Reply is what Alibaba Cloud answers to a message.
type Reply struct {
	Code    string `json:"Code"`
	Message string `json:"Message"`
	BizID   string `json:"BizId"`
	CallID  string `json:"CallId"`
}

// verdict judges what the platform answered to a message. It is nil only for a
// 2xx whose code is "OK"; a [Doubt] when the platform may have taken the
// message; and classed by its table otherwise. It is judged from the answer and
// not from what the SDK made of it, which shows the request's URL and reads a page
// of HTML as an empty success.
func (a Alibaba) verdict(e *webhook.Exchange, l message.Language) (Reply, error) {
	answer, err := e.Answer()
	if err != nil {
		if !e.Reached() || target.IsPermanent(err) {
			return Reply{}, err
		}
		return Reply{}, doubt(a.Platform, l, err)
	}
	var r Reply
	unread := answer.JSON(&r)
	took := answer.Status >= 200 && answer.Status <= 299
	switch {
	case unread == nil && r.Code == alibabaSuccess && took:
		r.BizID, r.CallID = answer.Extract(r.BizID), answer.Extract(r.CallID)
		return r, nil
	case unread == nil && r.Code != "" && r.Code != alibabaSuccess:
		return r, a.refused(r, answer, l)
	case took || answer.Status >= 500:
		if unread == nil {
			unread = fmt.Errorf("%s: HTTP %d without a code", a.Platform, answer.Status)
		}
		return r, doubt(a.Platform, l, unread)
	}
	return r, answer.Verdict()
}

func (a Alibaba) refused(r Reply, answer *webhook.Answer, l message.Language) error {
	refused := &target.Refusal{Platform: a.Platform, Status: answer.Status, Code: answer.Extract(r.Code), Text: answer.Extract(r.Message)}
	row, ok := a.Codes.Find(r.Code, "")
	if !ok {
		row, ok = account.Find(r.Code, "")
	}
	if !ok {
		// What a code means that nobody knows, the records may tell. One of a
		// gateway says by its status, and one that gave up waiting does not know
		// what became of the request.
		row = refusal.Row{Mark: Doubtful, Advice: unknownAdvice}
		switch {
		case answer.Status >= 500:
			row = refusal.Row{Mark: unsure, Advice: doubtAdvice}
		case answer.Status == http.StatusTooManyRequests:
			row.Mark = refusal.Transient
		case answer.Status >= 400:
			row.Mark = nil
		}
	}
	return row.Refuse(refused, l)
}
