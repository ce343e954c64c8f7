package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target"
)

// platform is what of a platform the benchmark knows. The stand-ins of the target
// types judge what comes, for the peers' policies too.
type platform struct {
	typ, path string
	// rates are how many messages it takes in a time, the longest first, and penalty
	// for how long it takes none after one more.
	rates   []target.Rate
	penalty time.Duration
	// body is a short message, and longest the most bytes of one.
	body    string
	longest int
}

var platforms = []platform{
	{"dingtalk", "/robot/send?access_token=", []target.Rate{{Messages: 20, Per: time.Minute}}, 10 * time.Minute, `{"msgtype":"markdown","markdown":{"title":"x","text":"x"}}`, 20000},
	{"wecom", "/cgi-bin/webhook/send?key=", []target.Rate{{Messages: 20, Per: time.Minute}}, 0, `{"msgtype":"markdown","markdown":{"content":"x"}}`, 4096},
	{"lark", "/open-apis/bot/v2/hook/", []target.Rate{{Messages: 100, Per: time.Minute}, {Messages: 5, Per: time.Second}}, 0, `{"msg_type":"text","content":{"text":"x"}}`, 20 << 10},
}

const robotName = "team"

func (p platform) limits() string {
	var list []string
	for _, r := range p.rates {
		list = append(list, fmt.Sprintf("%d messages in %v", r.Messages, r.Per))
	}
	if p.penalty > 0 {
		list = append(list, fmt.Sprintf("%v of penalty", p.penalty))
	}
	return strings.Join(list, ", ")
}

// earliest is how long after the first of some messages the last can go.
func (p platform) earliest(messages int) (after time.Duration) {
	for _, r := range p.rates {
		after = max(after, time.Duration(max(0, messages-1)/r.Messages)*r.Per)
	}
	return after
}

func (p platform) standIn() inbox.Platform {
	list := standins.All()
	return list[slices.IndexFunc(list, func(s inbox.Platform) bool { return s.Type == p.typ })]
}

// robot judges what a peer's policy sends.
type robot struct {
	inbox.Receiver
	request *http.Request
	body    []byte
	got     []told
}

func (p platform) robot(t context.Context) *robot {
	r := httptest.NewRequestWithContext(t, http.MethodPost, "http://127.0.0.1"+p.path+robotName, nil)
	r.Header.Set("Content-Type", "application/json")
	return &robot{Receiver: p.standIn().New(inbox.Keys{}, 20), request: r, body: []byte(p.body)}
}

// takes reports whether the robot takes a message that names some events.
func (r *robot) takes(at time.Time, names ...string) bool {
	m := inbox.Message{Time: at}
	r.Receive(r.request, r.body, &m)
	r.got = append(r.got, told{at: at, taken: m.Accepted, names: names})
	return m.Accepted
}

// peer is the stand-in that our own code sends to over HTTP, outside of simulated
// time. It closes each connection, because one that stays open would keep time from
// passing.
type peer struct {
	platform
	inbox *inbox.Inbox
	url   string
	now   atomic.Int64
}

func newPeer(t *testing.T, p platform) *peer {
	t.Helper()
	in := &peer{platform: p}
	in.inbox = inbox.New(inbox.Options{Keep: 1 << 20, Now: func() time.Time { return time.Unix(0, in.now.Load()) }}, standins.All()...)
	in.inbox.Add(p.typ, robotName, inbox.Keys{})
	server := httptest.NewUnstartedServer(in.inbox)
	server.Config.SetKeepAlivesEnabled(false)
	server.Start()
	t.Cleanup(server.Close)
	in.url = server.URL
	return in
}

// The way to a platform and back, which counts when a message comes.
const there, back = 100 * time.Millisecond, 50 * time.Millisecond

// spec is the target type, as far away as a platform is.
func (in *peer) spec(t *testing.T) target.Spec {
	spec, ok := functions.Lookup(in.typ)
	require.True(t, ok)
	return spec.OpenedBy(func(config json.RawMessage) (target.Target, error) {
		opened, err := spec.Open(config)
		if err != nil {
			return nil, err
		}
		return far{opened.(counted), in}, nil
	})
}

type counted interface {
	target.Target
	target.Metered
}

type far struct {
	counted
	peer *peer
}

// Send sends, and takes the time that it takes.
func (f far) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	time.Sleep(there)
	f.peer.now.Store(time.Now().UnixNano())
	receipt, err := f.counted.Send(ctx, n)
	time.Sleep(back)
	return receipt, err
}

// told is a message and the events that it names.
type told struct {
	at    time.Time
	taken bool
	names []string
}

var nameOfEvent = regexp.MustCompile(`job\d{6}x`)

// told returns what the robot was sent.
func (in *peer) told() (list []told) {
	for _, m := range in.inbox.Received() {
		text := bytes.Join([][]byte{[]byte(m.Title), []byte(m.Text)}, []byte("\n"))
		var names []string
		for _, name := range nameOfEvent.FindAll(text, -1) {
			names = append(names, string(name))
		}
		slices.Sort(names)
		list = append(list, told{at: m.Time, taken: m.Accepted, names: slices.Compact(names)})
	}
	return list
}
