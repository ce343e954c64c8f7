// Package tablestoretest is a stand-in of Tablestore for tests: an HTTP server that
// speaks the protocol of the official SDK, checks its signature, and refuses what
// the service refuses. Its rows are in memory.
//
// What the service does is taken from its documentation. The words of a refusal are
// the documented ones where there are any, and otherwise made up.
package tablestoretest

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the protocol knows no other
	"crypto/sha1" //nolint:gosec // the protocol knows no other
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore/otsprotocol"
	"github.com/golang/protobuf/proto" //nolint:staticcheck // the SDK's messages are of its form
)

// Modes are the service's bad days. Chances are from 0 to 1.
type Modes struct {
	// Lost is the chance that a request takes effect and its connection is reset
	// in place of an answer, Cut that it is reset in the middle of the answer, and
	// Reset that it is reset before the request takes effect.
	Lost, Cut, Reset float64
	// Throttled is the chance that the service says that it is busy, and RowFails
	// that it says so of one row of several that are asked for at once.
	Throttled, RowFails float64
	// Down makes every request fail with status 503.
	Down bool
	// Slow is how long each answer takes.
	Slow time.Duration
	// Lag is how long a write takes to reach the indexes.
	Lag time.Duration
}

// Config says what is served.
type Config struct {
	// Instance is its name; "" for "pai-notify". Others can be made.
	Instance string
	// Empty means that there is no instance until one is made.
	Empty bool
	// Key and Secret are the access key that requests are signed with, and Token the
	// security token that they carry; "" for none.
	Key, Secret, Token string
	// Denied are the operations that the key may not do, such as "PutRow"; "*" for
	// all.
	Denied []string
	// Loading is how long a new table cannot be used.
	Loading time.Duration
	// Seed makes chances repeatable.
	Seed uint64
	// Now is the service's clock; nil for the system's.
	Now func() time.Time
}

// Peer is the stand-in. It is safe for concurrent use.
type Peer struct {
	config Config

	mu        sync.Mutex
	random    *rand.Rand
	modes     Modes
	instances map[string]bool
	tables    map[string]*table
	units     Units
	calls     map[string]int
}

// Units are the capacity units that requests and indexes took, by the documented
// rules: one for each 4 KB, rounded up for each row.
type Units struct {
	// Read and Write are those of requests.
	Read, Write int
	// IndexWrite are those of rows of indexes that were inserted or moved.
	IndexWrite int
	// IndexRewrite are those of rows of indexes that a put wrote again as they
	// were. Whether the service counts these, its documentation does not say.
	IndexRewrite int
}

// New returns a stand-in without tables, whose key is "id", with the secret
// "secret", unless the configuration has another.
func New(c Config) *Peer {
	if c.Instance == "" {
		c.Instance = "pai-notify"
	}
	if c.Key == "" {
		c.Key, c.Secret = "id", "secret"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	instances := map[string]bool{c.Instance: !c.Empty}
	random := rand.New(rand.NewPCG(c.Seed, 1)) //nolint:gosec // chances are to be repeatable
	return &Peer{config: c, random: random, instances: instances, tables: map[string]*table{}, calls: map[string]int{}}
}

// Set sets the modes.
func (p *Peer) Set(m Modes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.modes = m
}

// Units returns the capacity units since the last call of Reset.
func (p *Peer) Units() Units {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.units
}

// Calls returns how often each operation was asked for, such as "PutRow", since
// the last call of Reset.
func (p *Peer) Calls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := map[string]int{}
	for name, n := range p.calls {
		calls[name] = n
	}
	return calls
}

// Reset forgets what was counted.
func (p *Peer) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.units, p.calls = Units{}, map[string]int{}
}

// ModesPath is where the modes are set from another process: by a POST with them as
// JSON, without a signature.
const ModesPath = "/-/modes"

// ServeHTTP serves the protocol.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	if r.URL.Path == ModesPath {
		var m Modes
		if json.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.Set(m)
		return
	}
	if controls(r) {
		p.control(w, r, body)
		return
	}
	day := p.day()
	if day.slow > 0 {
		time.Sleep(day.slow)
	}
	switch {
	case day.down:
		http.Error(w, "<html>Service Unavailable</html>", http.StatusServiceUnavailable)
		return
	case day.reset:
		reset(w, nil)
	case day.throttled:
		p.answer(w, refuse(503, "OTSServerBusy", "Server is busy."))
		return
	}
	answer, refused := p.handle(r, body)
	switch {
	case refused != nil:
		p.answer(w, refused)
	case day.lost:
		reset(w, nil)
	case day.cut:
		reset(w, answer)
	default:
		w.Header().Set("X-Ots-Requestid", "0000")
		_, _ = w.Write(answer) //nolint:gosec // no browser reads it; the client may have gone
	}
}

// day is what becomes of one request.
type day struct {
	down, reset, throttled, lost, cut bool
	slow                              time.Duration
}

func (p *Peer) day() day {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.modes
	chance := func(c float64) bool { return c > 0 && p.random.Float64() < c }
	return day{down: m.Down, slow: m.Slow, reset: chance(m.Reset), throttled: chance(m.Throttled), lost: chance(m.Lost), cut: chance(m.Cut)}
}

// reset breaks the connection, after half of an answer.
func reset(w http.ResponseWriter, answer []byte) {
	if answer != nil {
		w.Header().Set("Content-Length", fmt.Sprint(len(answer)+1))
		_, _ = w.Write(answer[:len(answer)/2])    //nolint:gosec // no browser reads it
		_ = http.NewResponseController(w).Flush() // it is broken anyway
	}
	panic(http.ErrAbortHandler)
}

// refusal is an answer with an error.
type refusal struct {
	status     int
	code, text string
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

func (p *Peer) answer(w http.ResponseWriter, r *refusal) {
	body, err := proto.Marshal(&otsprotocol.Error{Code: &r.code, Message: &r.text})
	if err != nil {
		panic(err) // texts can be marshalled
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body) // the client may have gone
}

// handle authenticates a request and does what it asks for.
func (p *Peer) handle(r *http.Request, body []byte) ([]byte, *refusal) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case r.Method != http.MethodPost:
		return nil, refuse(405, "OTSMethodNotAllowed", "Only POST method for requests is supported.")
	case len(body) > 5<<20:
		return nil, refuse(413, "OTSRequestBodyTooLarge", "The size of POST data is too large.")
	}
	if refused := p.authenticate(r, body); refused != nil {
		return nil, refused
	}
	if slices.Contains(p.config.Denied, name) || slices.Contains(p.config.Denied, "*") {
		return nil, refuse(403, "OTSNoPermissionAccess", "You have no permission to access the requested resource, please contact the resource owner.")
	}
	operation, ok := operations[name]
	if !ok {
		return nil, refuse(400, "OTSParameterInvalid", "Unsupported operation: %s.", name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[name]++
	answer, refused := operation(p, body)
	if refused != nil {
		return nil, refused
	}
	b, err := proto.Marshal(answer)
	if err != nil {
		panic(err) // what is required is there
	}
	return b, nil
}

// authenticate checks what signs a request, as the documentation says: the path,
// the method and all headers of the protocol.
func (p *Peer) authenticate(r *http.Request, body []byte) *refusal {
	get := func(name string) string { return r.Header.Get("X-Ots-" + name) }
	for _, name := range []string{"date", "apiversion", "accesskeyid", "contentmd5", "instancename", "signature"} {
		if get(name) == "" {
			return refuse(400, "OTSParameterInvalid", "Missing header: x-ots-%s.", name)
		}
	}
	date, err := time.Parse("2006-01-02T15:04:05", get("date")[:min(19, len(get("date")))])
	sum := md5.Sum(body) //nolint:gosec // the protocol knows no other
	var headers []string
	for name, values := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ots-") && name != "x-ots-signature" {
			headers = append(headers, name+":"+strings.TrimSpace(values[0])+"\n")
		}
	}
	slices.Sort(headers)
	mac := hmac.New(sha1.New, []byte(p.config.Secret))
	mac.Write([]byte(r.URL.Path + "\nPOST\n\n" + strings.Join(headers, "")))
	switch {
	case get("apiversion") != "2015-12-31":
		return refuse(400, "OTSParameterInvalid", "Unsupported version: %s.", get("apiversion"))
	case err != nil:
		return refuse(400, "OTSParameterInvalid", "Invalid date format: %s.", get("date"))
	case get("accesskeyid") != p.config.Key || get("ststoken") != p.config.Token:
		return refuse(403, "OTSAuthFailed", "The AccessKeyID does not exist.")
	case get("contentmd5") != base64.StdEncoding.EncodeToString(sum[:]):
		return refuse(403, "OTSAuthFailed", "Mismatch between MD5 value of request body and x-ots-contentmd5 in header.")
	case get("signature") != base64.StdEncoding.EncodeToString(mac.Sum(nil)):
		return refuse(403, "OTSAuthFailed", "Signature mismatch.")
	case time.Until(date).Abs() > 15*time.Minute:
		return refuse(403, "OTSAuthFailed", "Mismatch between system time and x-ots-date: %s.", get("date"))
	case !p.has(get("instancename")):
		return refuse(403, "OTSAuthFailed", "The instance is not found.")
	}
	return nil
}
