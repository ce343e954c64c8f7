package voice

import (
	"context"
	"net/http"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	dyvms "github.com/alibabacloud-go/dyvmsapi-20170525/v3/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

const host = "dyvmsapi.aliyuncs.com"

// alibaba embeds the configuration: secrets in a field that is not exported
// would show when it is printed.
type alibaba struct{ Config }

func newAlibaba(c Config) (target.Target, error) {
	switch {
	case c.TTSCode == "":
		return nil, target.Invalid("tts_code", "is missing: it is the code of the approved text-to-speech template")
	case !phone.TemplateCode("TTS_", c.TTSCode):
		return nil, target.Invalid("tts_code", "%q is not the code of a text-to-speech template: TTS_ and digits", c.TTSCode)
	case c.CallerID != "" && !phone.OneLine(c.CallerID):
		return nil, target.Invalid("caller_id", "must be a number or a service instance id, in one line")
	}
	national, ok := phone.Mainland(c.Contact.Phone)
	if !ok || len(national) < 9 || len(national) > 11 {
		return nil, target.Invalid("contact", "the phone of %q is not a number of the mainland, and Alibaba calls no others: use origination_identity of AWS", c.Contact.Name)
	}
	if c.TTSParams == nil {
		c.TTSParams = phone.Defaults()
	} else if err := phone.CheckParams("tts_params", c.TTSParams); err != nil {
		return nil, err
	}
	a := alibaba{c}
	return a, a.account().Check()
}

func (a alibaba) account() phone.Alibaba { return a.Alibaba(platform, host, codes) }

// number is the form the API documents: a mobile number as it is, a fixed one
// with its area code, which begins with 0 at home.
func (a alibaba) number() string {
	national, _ := phone.Mainland(a.Contact.Phone)
	if phone.Mobile(national) {
		return national
	}
	return "0" + national
}

// Send makes the call; "OK" means that it is queued. Calls can be asked about
// by the id of the answer only, so a request that ends in doubt is
// [target.Unknown].
func (a alibaba) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	ctx, cancel := phone.Attempt(ctx)
	defer cancel()
	reply, _, err := a.account().Call(ctx, n.Message.Language, a.number(), func(config *openapi.Config) {
		client, err := dyvms.NewClient(config)
		if err != nil {
			return
		}
		request := (&dyvms.SingleCallByTtsRequest{}).
			SetCalledNumber(a.number()).
			SetTtsCode(a.TTSCode).
			SetPlayTimes(int32(a.PlayTimes)). //nolint:gosec // 1 to 3
			SetOutId(n.ID)
		if a.CallerID != "" {
			request.SetCalledShowNumber(a.CallerID)
		}
		if params := phone.Params(n.Message, a.TTSParams, phone.Spoken); params != "" {
			request.SetTtsParam(params)
		}
		_, _ = client.SingleCallByTtsWithOptions(request, &util.RuntimeOptions{})
	})
	if err != nil {
		return target.Receipt{}, phone.Unknown(err)
	}
	return target.Receipt{Status: http.StatusOK, Code: reply.Code, ID: reply.CallID}, nil
}

// Shown is the account's, by whose key each request is signed.
func (a alibaba) Shown() ([]target.Secret, string) { return a.account().Shown() }

var (
	_ target.Target  = alibaba{}
	_ target.Showing = alibaba{}
)
