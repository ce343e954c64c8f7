package aliyun

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapitest"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/stretchr/testify/require"
)

const (
	keyID   = "LTAI5tExampleKeyOfTests"
	secret  = "a-secret-that-only-tests-know"
	region  = "cn-hangzhou"
	account = "1234567890123456"
)

// peer answers like EventBridge: it checks the signature of every request, keeps
// buses, rules and targets, and writes the documented bodies and error codes.
type peer struct {
	address string
	mu      sync.Mutex
	secrets map[string]string
	buses   map[string]*peerBus
	// calls are the actions that were called, and requests what they held.
	calls    []string
	requests []*http.Request
	// refuse answers instead, when it does not return zero.
	refuse func(action string) peerError
}

type peerBus struct {
	description string
	rules       map[string]*peerRule
	taken       []string
}

type peerRule struct {
	description, pattern, status string
	targets                      []peerTarget
}

type peerTarget struct {
	ID                string `json:"Id"`
	Type, Endpoint    string
	ParamList         []peerParam
	PushRetryStrategy string
	ErrorsTolerance   string
	DeadLetterQueue   *struct{ Arn string } `json:",omitempty"`
}

type peerParam struct {
	ResourceKey, Form string
	Value             string `json:",omitempty"`
	Template          string `json:",omitempty"`
}

// peerError is a refusal. Those of a status below 400 come in a body of
// HTTP 200, as the control plane's do.
type peerError struct {
	Status     int
	Code, Text string
}

func refusal(code string) *peerError { return &peerError{Code: code, Text: code + " it is."} }

func newPeer(t bustest.T) *peer {
	p := &peer{secrets: map[string]string{keyID: secret}, buses: map[string]*peerBus{}}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.address = s.URL
	return p
}

// bus returns a client of the peer.
func (p *peer) bus(t bustest.T, id, secret string, change ...func(*Config)) *Bus {
	t.Helper()
	c := Config{Region: region, Account: account, Endpoint: p.address, Credentials: static(t, id, secret, "")}
	for _, f := range change {
		f(&c)
	}
	b, err := New(c)
	require.NoError(t, err)
	return b
}

func static(t bustest.T, id, secret, token string) credentials.Credential {
	config := (&credentials.Config{}).SetType("access_key").SetAccessKeyId(id).SetAccessKeySecret(secret)
	if token != "" {
		config.SetType("sts").SetSecurityToken(token)
	}
	c, err := credentials.NewCredential(config)
	require.NoError(t, err)
	return c
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	action := r.Header.Get("X-Acs-Action")
	data := r.URL.Path == putEventsPath
	if data {
		action = "PutEvents"
	}
	p.calls = append(p.calls, action)
	p.requests = append(p.requests, r)
	e, answer := p.authenticate(r, sent), any(nil)
	if e == nil && p.refuse != nil {
		if injected := p.refuse(action); injected != (peerError{}) {
			e = &injected
		}
	}
	switch {
	case e != nil:
	case data:
		answer, e = p.putEvents(r, sent)
	case r.Header.Get("X-Acs-Version") != "2020-04-01" || r.Method != http.MethodPost || r.URL.Path != "/":
		e = &peerError{404, "InvalidAction.NotFound", "Specified api is not found."}
	default:
		answer, e = p.act(action, r)
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	reply := map[string]any{"RequestId": "34AD682D-5B91-5773-8132-AA38C130****"}
	switch {
	case e != nil && data:
		w.WriteHeader(max(e.Status, 400))
		reply = map[string]any{"code": e.Code, "message": e.Text, "requestId": reply["RequestId"]}
	case e != nil:
		w.WriteHeader(max(e.Status, 200))
		reply["Code"], reply["Message"], reply["Success"] = e.Code, e.Text, false
	case data:
		maps.Copy(reply, answer.(map[string]any))
	default:
		reply["Code"], reply["Message"], reply["Success"] = "Success", "The call is successful.", true
		if answer != nil {
			reply["Data"] = answer
		}
	}
	_ = json.NewEncoder(w).Encode(reply)
}

func (p *peer) authenticate(r *http.Request, sent []byte) *peerError {
	id, ok := openapitest.SignedBy(r, sent, p.secrets)
	if _, known := p.secrets[id]; !known {
		return &peerError{404, "InvalidAccessKeyId.NotFound", "Specified access key " + id + " is not found."}
	}
	if !ok {
		return &peerError{400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:ACS3"}
	}
	return nil
}

// act carries out an action of the control plane.
func (p *peer) act(action string, r *http.Request) (any, *peerError) {
	q := r.URL.Query()
	name := q.Get("EventBusName")
	switch action {
	case "CreateEventBus":
		if p.buses[name] != nil {
			return nil, refusal("EventBusAlreadyExist")
		}
		if utf8.RuneCountInString(name) > 127 {
			return nil, refusal("EventBusNameInvalid")
		}
		p.buses[name] = &peerBus{description: q.Get("Description"), rules: map[string]*peerRule{}}
		return map[string]string{"EventBusARN": busARN(name)}, nil
	case "ListEventBuses":
		var buses []any
		for _, n := range slices.Sorted(maps.Keys(p.buses)) {
			if strings.HasPrefix(n, q.Get("NamePrefix")) {
				buses = append(buses, p.busOf(n))
			}
		}
		return paging("EventBuses", buses, r), nil
	}
	b := p.buses[name]
	if b == nil {
		return nil, refusal("EventBusNotExist")
	}
	switch action {
	case "GetEventBus":
		return p.busOf(name), nil
	case "DeleteEventBus":
		if len(b.rules) > 0 {
			return nil, refusal("EventBusRuleNotEmptyForDelete")
		}
		delete(p.buses, name)
		return nil, nil
	case "ListRules":
		var rules []any
		for _, n := range slices.Sorted(maps.Keys(b.rules)) {
			rules = append(rules, b.rules[n].answer(name, n, false))
		}
		return paging("Rules", rules, r), nil
	}
	return b.act(action, name, q.Get("RuleName"), r)
}

// act carries out an action on a rule.
func (b *peerBus) act(action, bus, name string, r *http.Request) (any, *peerError) {
	q := r.URL.Query()
	old := b.rules[name]
	if old == nil && action != "CreateRule" {
		return nil, refusal("EventRuleNotExisted")
	}
	switch action {
	case "CreateRule", "UpdateRule":
		pattern := q.Get("FilterPattern")
		if _, err := rule.Compile(rule.Alibaba, []byte(pattern)); err != nil {
			return nil, refusal("EventRuleFilterPatternSchemaError")
		}
		switch {
		case action == "CreateRule" && old != nil:
			return nil, refusal("EventRuleAlreadyExist")
		case action == "CreateRule" && len(b.rules) == 50:
			return nil, refusal("EventRuleCountExceedLimit")
		case utf8.RuneCountInString(name) > 127 || utf8.RuneCountInString(q.Get("Description")) > 255:
			return nil, refusal("EventRuleNameInvalid")
		}
		made := &peerRule{description: q.Get("Description"), pattern: pattern, status: q.Get("Status")}
		if old != nil {
			made.targets = old.targets
		}
		b.rules[name] = made
		if action == "UpdateRule" {
			return true, nil
		}
		return map[string]string{"RuleARN": busARN(bus) + "/rule/" + name}, nil
	case "GetRule":
		return old.answer(bus, name, true), nil
	case "EnableRule":
		old.status = "ENABLE"
	case "DisableRule":
		old.status = "DISABLE"
	case "DeleteRule":
		delete(b.rules, name)
	case "PutTargets":
		return old.put(q.Get("Targets"))
	case "DeleteTargets":
		return old.delete(q.Get("TargetIds"))
	default:
		return nil, &peerError{404, "InvalidAction.NotFound", "Specified api is not found."}
	}
	return nil, nil
}

func (r *peerRule) put(list string) (any, *peerError) {
	var targets []peerTarget
	if json.Unmarshal([]byte(list), &targets) != nil {
		return nil, &peerError{409, "RequestParameterInvalid", "Targets"}
	}
	var failed []any
	for _, t := range targets {
		i := slices.IndexFunc(r.targets, func(have peerTarget) bool { return have.ID == t.ID })
		long := slices.ContainsFunc(t.ParamList, func(p peerParam) bool {
			return max(utf8.RuneCountInString(p.Template), utf8.RuneCountInString(p.Value)) > 10240
		})
		switch {
		case long || t.Type == "" || t.Endpoint == "":
			failed = append(failed, map[string]string{"EntryId": t.ID, "ErrorCode": "EventTargetIneffectiveAttribute", "ErrorMessage": "see https://help.example.com"})
		case i >= 0:
			r.targets[i] = t
		case len(r.targets) == 5:
			failed = append(failed, map[string]string{"EntryId": t.ID, "ErrorCode": "EventTargetCountExceedLimit", "ErrorMessage": "The rule has too many targets."})
		default:
			r.targets = append(r.targets, t)
		}
	}
	return map[string]any{"ErrorEntriesCount": len(failed), "ErrorEntries": failed}, nil
}

func (r *peerRule) delete(list string) (any, *peerError) {
	var ids []string
	if json.Unmarshal([]byte(list), &ids) != nil {
		return nil, &peerError{409, "RequestParameterInvalid", "TargetIds"}
	}
	var failed []any
	for _, id := range ids {
		before := len(r.targets)
		r.targets = slices.DeleteFunc(r.targets, func(t peerTarget) bool { return t.ID == id })
		if len(r.targets) == before {
			failed = append(failed, map[string]string{"EntryId": id, "ErrorCode": "EventTargetNotExist", "ErrorMessage": "The target does not exist."})
		}
	}
	return map[string]any{"ErrorEntriesCount": len(failed), "ErrorEntries": failed}, nil
}

// answer is a rule as GetRule returns it, or without the parameters of its
// targets as ListRules does.
func (r *peerRule) answer(bus, name string, whole bool) any {
	targets := []any{}
	for _, t := range r.targets {
		if whole {
			t.ParamList = append(slices.Clone(t.ParamList), peerParam{ResourceKey: "IsBase64Encode", Form: "CONSTANT", Value: "false"})
			targets = append(targets, t)
			continue
		}
		targets = append(targets, map[string]string{"Id": t.ID, "Type": t.Type, "Endpoint": t.Endpoint, "PushSelector": "PARAM_TRANSFORMER"})
	}
	return map[string]any{
		"EventBusName": bus, "RuleName": name, "RuleARN": busARN(bus) + "/rule/" + name, "CreatedTimestamp": 1607071602000,
		"Description": r.description, "FilterPattern": r.pattern, "Status": r.status, "Targets": targets,
	}
}

func (p *peer) busOf(name string) any {
	return map[string]any{"EventBusName": name, "EventBusARN": busARN(name), "Description": p.buses[name].description, "CreateTimestamp": 1607071602000}
}

func busARN(name string) string {
	return "acs:eventbridge:" + region + ":" + account + ":eventbus/" + name
}

func paging(what string, all []any, r *http.Request) any {
	from, _ := strconv.Atoi(r.URL.Query().Get("NextToken"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("Limit"))
	to := min(from+min(max(limit, 1), 100), len(all))
	answer := map[string]any{what: all[from:to], "Total": len(all)}
	if to < len(all) {
		answer["NextToken"] = strconv.Itoa(to)
	}
	return answer
}

func (p *peer) putEvents(r *http.Request, sent []byte) (any, *peerError) {
	var events []map[string]any
	if json.Unmarshal(sent, &events) != nil || r.Header.Get("Content-Type") != batchType {
		return nil, &peerError{400, "RequestParameterInvalid", "not a batch"}
	}
	if len(events) > 16 || len(sent) > 1<<20 {
		return nil, &peerError{400, "EventSizeExceed", "too large"}
	}
	var entries []any
	failed := 0
	for _, e := range events {
		b := p.buses[fmt.Sprint(e["aliyuneventbusname"])]
		if b == nil {
			return nil, &peerError{409, "EventBusNotExist", "The event bus does not exist."}
		}
		entry := map[string]any{"EventId": e["id"], "TraceId": "t"}
		if e["data"] == nil {
			failed++
			entry["ErrorCode"], entry["ErrorMessage"] = "EventDataEmpty", "The data of the event is empty."
		} else {
			b.taken = append(b.taken, fmt.Sprint(e["id"]))
		}
		entries = append(entries, entry)
	}
	return map[string]any{"FailedEntryCount": failed, "EntryList": entries, "ResourceOwnerAccountId": account}, nil
}
