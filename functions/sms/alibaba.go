package sms

import (
	"context"
	"net/http"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	dysms "github.com/alibabacloud-go/dysmsapi-20170525/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
)

const host = "dysmsapi.aliyuncs.com"

// alibaba embeds the configuration: secrets in a field that is not exported
// would show when it is printed.
type alibaba struct {
	Config
	now func() time.Time
}

func newAlibaba(c Config) (target.Target, error) {
	switch {
	case c.SignName == "":
		return nil, target.Invalid("sign_name", "is missing: it is the approved signature")
	case !phone.OneLine(c.SignName) || strings.ContainsAny(c.SignName, "【】"):
		return nil, target.Invalid("sign_name", "must be the signature alone, without 【】 and spaces around it")
	case c.TemplateCode == "":
		return nil, target.Invalid("template_code", "is missing: it is the code of the approved template, SMS_ and digits")
	case !phone.TemplateCode("SMS_", c.TemplateCode):
		return nil, target.Invalid("template_code", "%q is not the code of a template: SMS_ and digits", c.TemplateCode)
	}
	if national, ok := phone.Mainland(c.Contact.Phone); ok && !phone.Mobile(national) {
		return nil, target.Invalid("contact", "the phone of %q is not a mobile number of the mainland: others get no texts", c.Contact.Name)
	}
	if c.TemplateParams == nil {
		c.TemplateParams = phone.Defaults()
	} else if err := phone.CheckParams("template_params", c.TemplateParams); err != nil {
		return nil, err
	}
	a := alibaba{Config: c, now: time.Now}
	return a, a.account().Check()
}

func (a alibaba) account() phone.Alibaba { return a.Alibaba(platform, host, codes) }

// number is the form the API documents: 11 digits in the mainland, country
// code and number abroad, without a plus.
func (a alibaba) number() string {
	if national, ok := phone.Mainland(a.Contact.Phone); ok {
		return national
	}
	return strings.TrimPrefix(a.Contact.Phone, "+")
}

// variables are what a template is filled with. They are made stricter when they
// are refused.
type variables struct {
	message message.Message
	params  map[string]string
	form    phone.Form
}

const stricter refusal.Fix = "make variables stricter"

// Body is the JSON of the variables.
func (v variables) Body() ([]byte, error) {
	return []byte(phone.Params(v.message, v.params, v.form)), nil
}

// Corrected makes a correction.
func (v variables) Corrected(refusal.Fix) (variables, bool) {
	v.form = phone.Strict
	return v, true
}

// Send sends the template. Variables that are refused are made stricter once.
// When the platform may have taken the message without our knowing, its
// records are asked; if they do not tell either, the end is
// [target.Unknown].
func (a alibaba) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	began := a.now()
	v := variables{n.Message, a.TemplateParams, phone.Written}
	receipt, _, err := refusal.Send(v, func(params []byte) (target.Receipt, error) {
		reply, err := a.post(ctx, n, string(params))
		return target.Receipt{Status: http.StatusOK, Code: reply.Code, ID: reply.BizID}, err
	})
	if doubt, ok := phone.AsDoubt(err); ok {
		return a.resolve(ctx, n, began, doubt)
	}
	return receipt, err
}

func (a alibaba) post(ctx context.Context, n target.Notification, params string) (phone.Reply, error) {
	ctx, cancel := phone.Attempt(ctx)
	defer cancel()
	reply, _, err := a.account().Call(ctx, n.Message.Language, a.number(), func(config *openapi.Config) {
		client, err := dysms.NewClient(config)
		if err != nil {
			return
		}
		request := (&dysms.SendSmsRequest{}).
			SetPhoneNumbers(a.number()).
			SetSignName(a.SignName).
			SetTemplateCode(a.TemplateCode).
			SetOutId(n.ID)
		if params != "" {
			request.SetTemplateParam(params)
		}
		_, _ = client.SendSmsWithOptions(request, &util.RuntimeOptions{})
	})
	return reply, err
}

// Shown is the account's, by whose key each request is signed.
func (a alibaba) Shown() ([]target.Secret, string) { return a.account().Shown() }

var (
	_ target.Target  = alibaba{}
	_ target.Showing = alibaba{}
)
