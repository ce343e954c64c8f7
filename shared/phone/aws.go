package phone

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sms "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/smithy-go"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// TTL is how long, in seconds, AWS tries to hand a message over. Its own
// default is three days, when an alert is news no more.
const TTL = 600

// AWS is AWS End User Messaging, which sends texts and makes calls.
type AWS struct {
	// Platform is the target type; errors begin with it.
	Platform string
	// Region is the rule's; empty for that of the environment.
	Region string
	// Endpoint is the rule's; empty for the official one of the region.
	Endpoint string
	// Origination is the number, sender ID or pool that sends.
	Origination string
}

// awsService is the name of the API in its endpoints.
const awsService = "sms-voice"

var awsDomains = []string{"amazonaws.com", "amazonaws.com.cn"}

// Check tells what is wrong with the origination, region or endpoint of a rule.
func (a AWS) Check() error {
	if a.Origination == "" {
		return target.Invalid("origination_identity", "is missing: it is the number, sender ID or pool that sends or calls")
	}
	if !OneLine(a.Origination) || strings.Contains(a.Origination, " ") {
		return target.Invalid("origination_identity", "must be without spaces, such as +12065550100, a sender ID, or an id or ARN")
	}
	if a.Region != "" && !region(a.Region) {
		return target.Invalid("region", "%q is not the name of a region, such as ap-southeast-1", a.Region)
	}
	if a.Endpoint == "" {
		return nil
	}
	_, err := webhook.Endpoint(a.Endpoint, awsService, awsDomains...)
	return err
}

// region keeps anything but a region's name out of the host that it is part of.
func region(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && strings.Count(s, "-") >= 2
}

// Send makes one request by call, which returns the id of the message in the
// SDK's output; a test is checked by AWS and goes to nobody. AWS cannot be
// asked what it took, so a request that ends in doubt is [target.Unknown]. to
// is the number, which errors do not show.
func (a AWS) Send(ctx context.Context, n target.Notification, to string, call func(context.Context, *sms.Client) (id *string, err error)) (target.Receipt, error) {
	ctx, cancel := Attempt(ctx)
	defer cancel()
	client, exchange, err := a.open(ctx, n.Message.Language, strings.TrimPrefix(to, "+"))
	if err != nil {
		return target.Receipt{}, err
	}
	id, err := call(ctx, client)
	if err := a.verdict(exchange, err, aws.ToString(id), n); err != nil {
		return target.Receipt{}, Unknown(err)
	}
	return target.Receipt{Status: http.StatusOK, ID: aws.ToString(id)}, nil
}

// open returns a client for one request and the exchange that carries it. The
// credentials are those of the environment, where Lambda puts them: loading
// the SDK's whole configuration would read files and cost start-up time.
func (a AWS) open(ctx context.Context, l message.Language, number string) (*sms.Client, *webhook.Exchange, error) {
	id, key, token := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")
	if id == "" || key == "" {
		return nil, nil, target.Permanent(fmt.Errorf("%s: no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; Lambda sets them from the function's role", a.Platform))
	}
	in := cmp.Or(a.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if !region(in) {
		return nil, nil, target.Permanent(fmt.Errorf("%s: region: is missing: name it in the rule or set AWS_REGION", a.Platform))
	}
	exchange := webhook.NewExchange(ctx, webhook.Request{
		Platform: a.Platform, Language: l, Secrets: []string{id, key, token, number},
	})
	options := sms.Options{
		Region:     in,
		HTTPClient: exchange,
		Retryer:    aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: key, SessionToken: token}, nil
		}),
	}
	if a.Endpoint != "" {
		u, err := webhook.Endpoint(a.Endpoint, awsService, awsDomains...)
		if err != nil {
			return nil, nil, target.Permanent(fmt.Errorf("%s: %w", a.Platform, err))
		}
		options.BaseEndpoint = aws.String(u.String())
	}
	return sms.New(options), exchange, nil
}

// verdict judges how a request ended: err is what the SDK returned, id the
// message's id in its output, which a dry run has none of. It is nil only when
// AWS took the message; a [Doubt] when it may have. The answer must have come
// whole: the SDK is content with the beginning of one that was cut off.
func (a AWS) verdict(e *webhook.Exchange, err error, id string, n target.Notification) error {
	l := n.Message.Language
	answer, none := e.Answer()
	if none != nil {
		if !e.Reached() || target.IsPermanent(none) {
			return none
		}
		return doubt(a.Platform, l, none)
	}
	if answer.Status >= 200 && answer.Status <= 299 {
		unread := answer.JSON(new(json.RawMessage))
		switch {
		case unread != nil:
			return doubt(a.Platform, l, unread)
		case err != nil || id == "" && !n.Test:
			return doubt(a.Platform, l, fmt.Errorf("%s: HTTP %d without a message id", a.Platform, answer.Status))
		}
		return nil
	}
	api, ok := errors.AsType[smithy.APIError](err)
	switch {
	case !ok && answer.Status >= 500:
		return doubt(a.Platform, l, fmt.Errorf("%s: HTTP %d without a code", a.Platform, answer.Status))
	case !ok:
		return answer.Verdict() // something else than AWS answered
	}
	return a.refused(api, err, answer, l)
}

func (a AWS) refused(api smithy.APIError, err error, answer *webhook.Answer, l message.Language) error {
	code := api.ErrorCode()
	refused := &target.Refusal{Platform: a.Platform, Status: answer.Status, Code: answer.Extract(code), Text: answer.Extract(api.ErrorMessage())}
	row, known := awsCodes.Find(code+reason(err), "")
	if !known {
		row = refusal.Row{Advice: unknownAdvice}
		verdict := answer.Verdict()
		wait, waits := target.Wait(verdict)
		switch { // a code nobody knows means what its status does
		case answer.Status >= 500:
			return doubt(a.Platform, l, refused)
		case waits:
			row.Mark = refusal.Later(wait)
		case target.IsGone(verdict):
			row.Mark = refusal.Gone
		case !target.IsPermanent(verdict):
			row.Mark = refusal.Transient
		}
	}
	return row.Refuse(refused, l)
}
