package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localfunctions"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// phone is one that gets texts, except of the events that its platform refuses.
type phone struct {
	refuses map[string]bool
	got     []string
}

type phoneConfig struct {
	Contact  target.Contact `json:"contact"`
	Sign     string         `json:"sign_name"`
	Template string         `json:"template_code"`
}

func (p *phone) Address() string { return "+8613800138000" }
func (p *phone) Messages() int   { return 1 }

func (p *phone) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	target.Reaching(ctx)
	if p.refuses[n.Event.ID()] {
		return target.Receipt{}, target.Permanent(errors.New("no such template"))
	}
	p.got = append(p.got, n.Event.ID())
	return target.Receipt{Code: "OK"}, nil
}

// byText is a bus whose only rule has a policy and sends texts to a phone.
func byText(t *testing.T, p *phone, policy string) *local.Bus {
	function := deliver.New(target.Define("sms", func(phoneConfig) (target.Target, error) { return p, nil }).To(target.ContactPhone).OneByOne(), nil)
	b, err := local.Open(t.Context(), local.Options{
		Identify: receivers.Identify, Split: receivers.Split, Storm: new(receivers.Storms).Of, AtMostOnce: input.AtMostOnce,
		Invoke: func(ctx context.Context, _ string, payload []byte) (json.RawMessage, error) {
			return function.Handle(localfunctions.CallerIn(ctx), payload)
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close(context.Background())) })
	function.HoldIn(localfunctions.Rows{Bus: b})
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "failed", Bus: "b", Enabled: true, FilterPattern: `{"source":["acs.paidlc"]}`, Targets: []local.Target{{
		ID: "alice", Type: local.FunctionType, PushRetryStrategy: "BACKOFF_RETRY", Params: []local.Param{
			{ResourceKey: "functionName", Form: "CONSTANT", Value: input.FunctionPrefix + "sms"},
			{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"data":"$"}`, Template: `{"rule":{"name":"failed","policy":` + policy +
				`},"target":{"type":"sms","name":"alice","language":"en","parameters":{"contact":{"name":"alice","phone":"+8613800138000"},"sign_name":"P","template_code":"SMS_1"}},"event":${data}}`},
		},
	}}}))
	return b
}

// happens publishes an event about one job, with a time or without one.
func happens(t *testing.T, b *local.Bus, id, what string, timed bool) {
	at := ""
	if timed {
		at = `,"time":"` + time.Now().UTC().Format(time.RFC3339) + `"`
	}
	e, err := event.Parse(fmt.Appendf(nil, `{"id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:%s"%s,"data":{"JobId":"job"}}`, id, what, at))
	require.NoError(t, err)
	puts, err := b.Publish(t.Context(), "b", e)
	require.NoError(t, err)
	require.Empty(t, puts[0].Text)
}

// became tells what the bus says of an event's notification.
func became(t *testing.T, b *local.Bus, id string) local.Notification {
	list, err := b.History(t.Context(), local.Query{EventID: id})
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0]
}

func TestOfSeveralTextsAboutOneJobOneIsSentAndNamedByTheOthers(t *testing.T) {
	quietly(t)
	for name, c := range map[string]struct {
		refuses string
		sent    []string
		states  []local.State
		speaks  string
	}{
		"the first is taken":        {"", []string{"e0"}, []local.State{local.Sent, local.Skipped, local.Skipped}, "e0"},
		"the first is refused":      {"e0", []string{"e1"}, []local.State{local.Dead, local.Sent, local.Skipped}, "e1"},
		"the first two are refused": {"e0 e1", []string{"e2"}, []local.State{local.Dead, local.Dead, local.Sent}, ""},
	} {
		for _, timed := range []bool{true, false} {
			t.Run(fmt.Sprint(name, map[bool]string{true: "", false: ", and the events have no time"}[timed]), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := phone{refuses: map[string]bool{}}
					for _, id := range strings.Fields(c.refuses) {
						p.refuses[id] = true
					}
					b := byText(t, &p, `{"group":{"by":"job","wait":120}}`)
					for n := range 3 {
						happens(t, b, fmt.Sprint("e", n), "JobFailed", timed)
						time.Sleep(time.Second)
					}
					synctest.Wait()
					if c.refuses == "" {
						assert.Equal(t, local.Waiting, became(t, b, "e2").State, "nothing is skipped before the group has ended")
					}
					time.Sleep(time.Hour)
					synctest.Wait()
					assert.Equal(t, c.sent, p.got)
					for n, state := range c.states {
						assert.Equal(t, state.String(), became(t, b, fmt.Sprint("e", n)).State.String())
					}
					if c.speaks != "" {
						assert.Equal(t, "grouped into "+became(t, b, c.speaks).ID, became(t, b, "e2").Outcome.Reason)
					}
				})
			})
		}
	}
}

func TestInTheMorningTheNewestTextOfAJobSpeaksForTheOlderOnes(t *testing.T) {
	quietly(t)
	for name, refused := range map[string]bool{"which is taken": false, "which is refused": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := phone{refuses: map[string]bool{"e2": refused}}
				b := byText(t, &p, `{"quiet":[{"name":"nights","from":"00:00","to":"08:00","zone":"UTC"}]}`)
				for n := range 3 {
					time.Sleep(time.Hour)
					happens(t, b, fmt.Sprint("e", n), "JobSucceeded", false)
				}
				synctest.Wait()
				require.Empty(t, p.got)
				time.Sleep(6 * time.Hour)
				synctest.Wait()
				if refused {
					assert.Equal(t, []string{"e0", "e1"}, p.got, "nobody was told, so the others are sent")
					return
				}
				assert.Equal(t, []string{"e2"}, p.got)
				for _, id := range []string{"e0", "e1"} {
					n := became(t, b, id)
					assert.Equal(t, []any{local.Skipped, "told by " + became(t, b, "e2").ID + ", which is newer"}, []any{n.State, n.Outcome.Reason})
				}
			})
		})
	}
}

func TestWhatHasNoTimeIsHeldForADayAtMost(t *testing.T) {
	quietly(t)
	synctest.Test(t, func(t *testing.T) {
		p := phone{}
		day := `{"quiet":[{"name":"always","from":"00:00","to":"00:00","zone":"UTC"}]}`
		b := byText(t, &p, day)
		time.Sleep(time.Hour)
		happens(t, b, "e0", "JobSucceeded", false)
		time.Sleep(23 * time.Hour)
		synctest.Wait()
		require.Empty(t, p.got)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		assert.Equal(t, []string{"e0"}, p.got)
	})
}
