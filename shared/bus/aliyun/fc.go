package aliyun

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// How a target addresses a function is inferred, and stands in this file alone.
//
// Documented is the form of FC 2.0: an ARN with a service in it, and a
// parameter serviceName that is listed as required. Functions of FC 3.0 have no
// service; their ARN is documented, and so is that parameters which the list
// calls required have defaults in practice. So the endpoint is the function's
// ARN, and serviceName is left out. An account where it is otherwise says so:
// see [ParseFunctionForm].

// functionType is a target that is a function of Function Compute.
const functionType = "acs.fc.function"

// The parameters of a function target. An asynchronous invocation is queued
// and retried by Function Compute, and its failure destination keeps what
// failed for good; EventBridge retries the queueing.
const (
	functionName = "functionName"
	body         = "Body"
)

// InferredForm is how targets address functions when nothing else is said.
const InferredForm = "acs:fc:{region}:{account}:functions/{function} functionName={function} Qualifier=LATEST InvocationType=Async DataFormat=Object"

// FunctionForm is how targets address functions: an endpoint, and parameters
// that are constants.
type FunctionForm struct {
	endpoint string
	params   []param
}

var inferred, _ = ParseFunctionForm(InferredForm)

// ParseFunctionForm reads a form such as [InferredForm]: an endpoint, and
// name=value for each parameter, with blanks between. {region}, {account} and
// {function} stand for those of each target. "" is the inferred form.
func ParseFunctionForm(text string) (FunctionForm, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		words = strings.Fields(InferredForm)
	}
	f := FunctionForm{endpoint: words[0]}
	if strings.Contains(f.endpoint, "=") || strings.Count(f.endpoint, "{function}") != 1 {
		return f, errors.New("aliyun: how targets address functions: it must begin with an endpoint that has {function} in it once, such as acs:fc:{region}:{account}:functions/{function}")
	}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		switch {
		case !ok || key == "" || value == "":
			return f, fmt.Errorf("aliyun: how targets address functions: %q is not name=value", word)
		case key == body:
			return f, errors.New("aliyun: how targets address functions: Body is what functions are given, and not for you to set")
		case key == "InvocationType" && value != "Async":
			return f, errors.New("aliyun: how targets address functions: InvocationType must be Async: what a function could not deliver is kept by its failure destination, which synchronous invocations do not have")
		case key == "DataFormat" && value != "Object":
			return f, errors.New("aliyun: how targets address functions: DataFormat must be Object, because a function answers for one event")
		case slices.ContainsFunc(f.params, func(p param) bool { return p.Key == key }):
			return f, fmt.Errorf("aliyun: how targets address functions: %s is given twice", key)
		}
		f.params = append(f.params, param{Key: key, Form: constant, Value: value})
	}
	for _, word := range words {
		rest := strings.NewReplacer("{region}", "", "{account}", "", "{function}", "").Replace(word)
		if strings.ContainsAny(rest, "{}") {
			return f, fmt.Errorf("aliyun: how targets address functions: %q: only {region}, {account} and {function} may stand in braces", word)
		}
	}
	if !slices.ContainsFunc(f.params, func(p param) bool { return p.Key == "InvocationType" }) {
		return f, errors.New("aliyun: how targets address functions: InvocationType=Async is missing")
	}
	return f, nil
}

// of returns the endpoint and the parameters for a function.
func (f FunctionForm) of(c Config, function string) (string, []param) {
	filled := strings.NewReplacer("{region}", c.Region, "{account}", c.Account, "{function}", function)
	params := slices.Clone(f.params)
	for i := range params {
		params[i].Value = filled.Replace(params[i].Value)
	}
	return filled.Replace(f.endpoint), params
}

// function returns the function that a target invokes: what its parameter says,
// or else its endpoint.
func (f FunctionForm) function(c Config, t stored) string {
	for _, p := range t.Params {
		if p.Key == functionName {
			return p.Value
		}
	}
	before, after, _ := strings.Cut(strings.NewReplacer("{region}", c.Region, "{account}", c.Account).Replace(f.endpoint), "{function}")
	name, ok := strings.CutPrefix(t.Endpoint, before)
	if name, ended := strings.CutSuffix(name, after); ok && ended {
		return name
	}
	return ""
}

// asForm returns what a target's endpoint and constants would be as a form; ""
// when they name no function. It is what somebody's click in the console made.
func asForm(c Config, t stored) string {
	name := inferred.function(c, t)
	if i := strings.LastIndexByte(t.Endpoint, '/'); name == "" && i >= 0 {
		name = t.Endpoint[i+1:]
	}
	if name == "" || !strings.Contains(t.Endpoint, name) {
		return ""
	}
	general := func(s string) string {
		if s == name {
			return "{function}"
		}
		return s
	}
	i := strings.LastIndex(t.Endpoint, name)
	parts := strings.Split(t.Endpoint[:i], ":")
	for k, p := range parts {
		switch p {
		case c.Region:
			parts[k] = "{region}"
		case c.Account:
			parts[k] = "{account}"
		}
	}
	words := []string{strings.Join(parts, ":") + "{function}" + t.Endpoint[i+len(name):]}
	for _, p := range t.Params {
		switch {
		case p.Key == body || p.Key == "IsBase64Encode" || p.Form != constant || p.Value == "":
		case p.Key == "InvocationType" || p.Key == "DataFormat": // these two this project needs as they are
		default:
			words = append(words, p.Key+"="+general(p.Value))
		}
	}
	words = append(words, "InvocationType=Async", "DataFormat=Object")
	form := strings.Join(words, " ")
	// It is shown to be copied into a shell.
	if strings.ContainsFunc(form, func(r rune) bool {
		return r >= utf8.RuneSelf || r < ' ' || strings.ContainsRune("'\"\\`$;&|<>*?!#()~", r)
	}) {
		return ""
	}
	if _, err := ParseFunctionForm(form); err != nil {
		return ""
	}
	return form
}
