package aliyun

import (
	"net/http"
	"slices"
	"testing"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
)

func TestBusBehavesLikeEveryOther(t *testing.T) {
	bustest.Run(t, func(t bustest.T) bustest.Fixture {
		p := newPeer(t)
		const strangeID, strangeSecret = "LTAI5tExampleOfAStranger", "the-secret-of-a-stranger"
		return bustest.Fixture{
			Bus: p.bus(t, keyID, secret),
			Through: func(t bustest.T, transport http.RoundTripper) bus.Bus {
				return p.bus(t, keyID, secret, func(c *Config) { c.Transport = transport })
			},
			Foreign: func(_ bustest.T, on string) (string, string) {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.buses[on].rules["by-hand"] = &peerRule{pattern: `{"source":["acs.oss"]}`, status: "ENABLE", targets: []peerTarget{{
					ID: "KD20k9rpqDRXPq0SXXlqeT", Type: "acs.mns.queue", Endpoint: "acs:mns:cn-hangzhou:1:queues/q",
					ParamList: []peerParam{{ResourceKey: "queue", Form: "CONSTANT", Value: "q"}, {ResourceKey: "Body", Form: "ORIGINAL"}},
				}}}
				return "by-hand", "KD20k9rpqDRXPq0SXXlqeT"
			},
			Stranger: func(t bustest.T) bus.Bus { return p.bus(t, strangeID, strangeSecret) },
			Keys:     []string{keyID, secret, strangeID, strangeSecret},
			Watch: func(_ bustest.T, on string) func() []string {
				return func() []string {
					p.mu.Lock()
					defer p.mu.Unlock()
					return slices.Clone(p.buses[on].taken)
				}
			},
		}
	})
}
