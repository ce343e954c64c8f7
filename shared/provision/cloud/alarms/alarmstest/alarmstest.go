// Package alarmstest stands in for what keeps alarms on Alibaba Cloud: the alert rules
// of Simple Log Service and of CloudMonitor. It checks what the services check, and
// says which rules alarm for given lines and values.
package alarmstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Config is who may call.
type Config struct {
	// Key and Secret are the one access key, and Token goes with it when it is
	// temporary.
	Key, Secret, Token string
	// Authorize checks the signature of a call of CloudMonitor, which is that of most
	// services, and answers itself when it does not hold; nil checks none.
	Authorize func(http.ResponseWriter, *http.Request) bool
	// Denied are actions that nobody may do, such as "log:CreateAlert".
	Denied []string
}

// Peer is the stand-in. It is safe for concurrent use.
type Peer struct {
	config Config

	mu sync.Mutex
	// alerts are those of Simple Log Service by project and name, and rules those of
	// CloudMonitor by id.
	alerts map[string]alert
	rules  map[string]rule
	calls  map[string]int
}

// New returns a stand-in without alarms.
func New(c Config) *Peer {
	return &Peer{config: c, alerts: map[string]alert{}, rules: map[string]rule{}, calls: map[string]int{}}
}

// Beside serves the stand-in at the address of another one: what is of alarms goes to
// it, and the rest to the other.
func (p *Peer) Beside(other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Log-Apiversion") != "" || monitors(r) {
			p.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// ServeHTTP answers a call.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if monitors(r) {
		if p.config.Authorize == nil || p.config.Authorize(w, r) {
			p.monitor(w, r)
		}
		return
	}
	p.log(w, r)
}

// Calls counts the calls by their actions, such as "cms:PutResourceMetricRule".
func (p *Peer) Calls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counted := map[string]int{}
	for action, n := range p.calls {
		counted[action] = n
	}
	return counted
}

// Names returns the names of all alarms, in their order.
func (p *Peer) Names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, a := range p.alerts {
		names = append(names, a.Name)
	}
	for id := range p.rules {
		names = append(names, id)
	}
	slices.Sort(names)
	return names
}

// Drop removes an alarm, as a person does in a console.
func (p *Peer) Drop(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.rules, name)
	for key, a := range p.alerts {
		if a.Name == name {
			delete(p.alerts, key)
		}
	}
}

// Value is what a metric of CloudMonitor shows.
type Value struct {
	Namespace, Metric string
	Dimensions        map[string]string
	Value             float64
}

// Alarming returns the names of the alarms that a log's lines of the last ten minutes
// and values of the last period set off, and whom they tell.
func (p *Peer) Alarming(project, store string, lines []string, values ...Value) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := map[string]string{}
	for _, a := range p.alerts {
		if q := a.Configuration.QueryList[0]; q.Project == project && q.Store == store && a.alarms(lines) {
			told[a.Name] = a.Configuration.Policy.ActionPolicy
		}
	}
	for id, r := range p.rules {
		if slices.ContainsFunc(values, r.alarms) {
			told[id] = r.contacts
		}
	}
	return told
}

// call counts an action, and tells whether it may be done.
func (p *Peer) call(action string) bool {
	p.calls[action]++
	return !slices.Contains(p.config.Denied, action)
}

// found is what a phrase is in a search: # and a text in quotation marks, in which
// those of its own are escaped. Words that are looked for one by one are not served.
func phrase(query string) (text string, ok bool) {
	quoted, is := strings.CutPrefix(query, "#")
	if !is || json.Unmarshal([]byte(quoted), &text) != nil {
		return "", false
	}
	return text, text != ""
}
