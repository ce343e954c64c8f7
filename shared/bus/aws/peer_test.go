package aws

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
)

const (
	region  = "ap-southeast-1"
	account = "111122223333"
	keyID   = "AKIDPEEREXAMPLE"
	secret  = "secret-of-the-peer"
	token   = "token-of-the-peer"
)

// peer answers as the documentation of EventBridge says that it does, where
// this project depends on it: limits, refusals and what is taken in silence.
type peer struct {
	url string

	mu     sync.Mutex
	calls  map[string]int
	buses  map[string]*peerBus
	answer func(action string) (status int, body string) // in place of the peer's own; 0 for none
}

type peerBus struct {
	Name, Description, Arn string
	rules                  map[string]*peerRule
	events                 []string
	invoked                []string // payloads of functions
}

type peerRule struct {
	Name, Description, EventPattern, State, EventBusName string
	ManagedBy                                            string `json:",omitempty"`
	targets                                              map[string]json.RawMessage
}

func newPeer(t bustest.T) *peer {
	p := &peer{calls: map[string]int{}, buses: map[string]*peerBus{"default": {Name: "default", rules: map[string]*peerRule{}}}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *peer) config() Config {
	return Config{
		Region: region, Account: account, Endpoint: p.url,
		Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, token), Retryer: eager,
		DeadLetter: "arn:aws:sqs:" + region + ":" + account + ":undelivered",
	}
}

// refusal is an error of the service.
type refusal struct{ code, text string }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

var signed = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/[0-9]{8}/` + region + `/events/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$`)

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AWSEvents.")
	var in request
	err := json.NewDecoder(r.Body).Decode(&in)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[action]++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if p.answer != nil {
		if status, body := p.answer(action); status != 0 {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return
		}
	}
	var out any
	no := (*refusal)(nil)
	signature := signed.FindStringSubmatch(r.Header.Get("Authorization"))
	switch {
	case signature == nil || !strings.Contains(signature[2], "x-amz-date") || !strings.Contains(signature[2], "x-amz-target"):
		no = refuse("IncompleteSignature", "the request is not signed")
	case signature[1] != keyID || r.Header.Get("X-Amz-Security-Token") != token:
		no = refuse("InvalidSignatureException", "The request signature we calculated does not match. The Canonical String should have been 'POST %s x-amz-security-token:%s'",
			r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"))
	case err != nil:
		no = refuse("SerializationException", "%v", err)
	default:
		out, no = p.do(action, in)
	}
	if no != nil {
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"__type": no.code, "message": no.text}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// request has the members of all actions.
type request struct {
	Name, EventBusName, Rule, Description, EventPattern, State, NamePrefix, NextToken string
	Limit                                                                             int
	Ids                                                                               []string
	Targets                                                                           []json.RawMessage
	Entries                                                                           []struct{ EventBusName, Source, DetailType, Detail string }
}

type object = map[string]any

var (
	busNames  = regexp.MustCompile(`^[/.\-_A-Za-z0-9]{1,256}$`)
	ruleNames = regexp.MustCompile(`^[.\-_A-Za-z0-9]{1,64}$`)
)

func (p *peer) do(action string, in request) (any, *refusal) {
	switch action {
	case "CreateEventBus":
		return p.createEventBus(in)
	case "ListEventBuses":
		return p.listEventBuses(in), nil
	case "DeleteEventBus":
		if b := p.buses[in.Name]; b != nil && len(b.rules) > 0 {
			return nil, refuse("ValidationException", "EventBus can't be deleted since it has rules.")
		}
		delete(p.buses, in.Name) // one that is not there is none the more
		return object{}, nil
	case "PutEvents":
		return p.putEvents(in)
	case "DescribeEventBus":
		in.EventBusName = in.Name
	}
	b := p.buses[in.EventBusName]
	if b == nil {
		return nil, refuse("ResourceNotFoundException", "Event bus %s does not exist.", in.EventBusName)
	}
	name := in.Name + in.Rule
	r := b.rules[name]
	switch action {
	case "DescribeEventBus":
		return b, nil
	case "ListRules":
		names := slices.Sorted(maps.Keys(b.rules))
		from, to, next := page100(in, len(names))
		rules := []*peerRule{}
		for _, name := range names[from:to] {
			rules = append(rules, b.rules[name])
		}
		return object{"Rules": rules, "NextToken": next}, nil
	case "PutRule":
		return b.putRule(in)
	}
	if r == nil && action == "DeleteRule" {
		return object{}, nil
	}
	if r == nil {
		return nil, refuse("ResourceNotFoundException", "Rule %s does not exist on EventBus %s.", name, in.EventBusName)
	}
	out, no := r.do(action, in)
	if action == "DeleteRule" && no == nil {
		delete(b.rules, name)
	}
	return out, no
}

// page100 tells which of n things an answer holds: 100 at most.
func page100(in request, n int) (from, to int, next *string) {
	from, _ = strconv.Atoi(in.NextToken)
	size := 100
	if in.Limit > 0 {
		size = min(size, in.Limit)
	}
	if to = min(n, from+size); to < n {
		token := strconv.Itoa(to)
		next = &token
	}
	return from, to, next
}

func (p *peer) createEventBus(in request) (any, *refusal) {
	switch {
	case p.buses[in.Name] != nil:
		return nil, refuse("ResourceAlreadyExistsException", "Event bus %s already exists.", in.Name)
	case !busNames.MatchString(in.Name), utf8.RuneCountInString(in.Description) > 512:
		return nil, refuse("ValidationException", "1 validation error detected")
	}
	p.buses[in.Name] = &peerBus{
		Name: in.Name, Description: in.Description, Arn: "arn:aws:events:" + region + ":" + account + ":event-bus/" + in.Name,
		rules: map[string]*peerRule{},
	}
	return object{}, nil
}

func (p *peer) listEventBuses(in request) any {
	var buses []*peerBus
	for _, name := range slices.Sorted(maps.Keys(p.buses)) {
		if strings.HasPrefix(name, in.NamePrefix) {
			buses = append(buses, p.buses[name])
		}
	}
	from, to, next := page100(in, len(buses))
	return object{"EventBuses": buses[from:to], "NextToken": next}
}

func (b *peerBus) putRule(in request) (any, *refusal) {
	old := b.rules[in.Name]
	_, err := rule.Compile(rule.AWS, []byte(in.EventPattern))
	switch {
	case old != nil && old.ManagedBy != "":
		return nil, refuse("ManagedRuleException", "Rule %s is managed by %s.", in.Name, old.ManagedBy)
	case err != nil:
		return nil, refuse("InvalidEventPatternException", "Event pattern is not valid. Reason: %v", err)
	case utf8.RuneCountInString(in.EventPattern) > 2048, old == nil && len(b.rules) == 300:
		return nil, refuse("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
	case !ruleNames.MatchString(in.Name), utf8.RuneCountInString(in.Description) > 512:
		return nil, refuse("ValidationException", "1 validation error detected")
	}
	r := &peerRule{
		Name: in.Name, Description: in.Description, EventPattern: in.EventPattern, State: in.State,
		EventBusName: b.Name, targets: map[string]json.RawMessage{},
	}
	if old != nil {
		r.targets = old.targets
	}
	b.rules[in.Name] = r
	return object{}, nil
}

// putEvents takes events as the service does: those for a bus that is not there are
// dropped in silence.
func (p *peer) putEvents(in request) (any, *refusal) {
	size := 0
	for _, e := range in.Entries {
		size += len(e.Source) + len(e.DetailType) + len(e.Detail)
	}
	if len(in.Entries) > 10 || size >= event.MaxEventBytes {
		return nil, refuse("ValidationException", "Total size of the entries in the request is over the limit.")
	}
	var results []object
	failed := 0
	for i, e := range in.Entries {
		if strings.HasPrefix(e.Source, "aws.") {
			results = append(results, object{"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."})
			failed++
			continue
		}
		results = append(results, object{"EventId": fmt.Sprintf("id-%d", i)})
		if b := p.buses[e.EventBusName]; b != nil {
			b.take(e.Source, e.DetailType, e.Detail)
		}
	}
	return object{"Entries": results, "FailedEntryCount": failed}, nil
}
