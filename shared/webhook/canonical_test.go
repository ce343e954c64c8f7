package webhook_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/webhook"
)

func TestOneAddressHasOneForm(t *testing.T) {
	robot := webhook.Robot{Hosts: []string{"oapi.example.com"}, Path: "/robot/send", Query: []string{"access_token"}, Drop: []string{"timestamp"}}
	slack := webhook.Robot{Hosts: []string{"hooks.slack.com"}, Path: "/services/{workspace}/{app}/{token}"}
	for _, c := range []struct {
		name, a, b string
		canonical  func(string) string
		same       bool
	}{
		{"scheme and host in capitals", "HTTPS://Hooks.Example.com/A", "https://hooks.example.com/A", webhook.Canonical, true},
		{"the port of the scheme", "https://h.example:443/a", "https://h.example/a", webhook.Canonical, true},
		{"another port", "https://h.example:8443/a", "https://h.example/a", webhook.Canonical, false},
		{"the other scheme's port", "http://h.example:443/a", "http://h.example/a", webhook.Canonical, false},
		{"no path and its root", "https://h.example", "https://h.example/", webhook.Canonical, true},
		{"a slash at the end of a path", "https://h.example/a", "https://h.example/a/", webhook.Canonical, false},
		{"paths in capitals", "https://h.example/a", "https://h.example/A", webhook.Canonical, false},
		{"an empty query", "https://h.example/a?", "https://h.example/a", webhook.Canonical, true},
		{"the order of a query", "https://h.example/a?x=1&y=2", "https://h.example/a?y=2&x=1", webhook.Canonical, false},
		{"references by their own case", "env:HOOK", "env:hook", webhook.Canonical, false},
		{"what people paste along with a robot", "https://oapi.example.com/robot/send?timestamp=1&access_token=t", " https://OAPI.example.com/robot/send?access_token=t", robot.Canonical, true},
		{"blanks around a path of several segments", " https://HOOKS.slack.com/services/T0/B0/XX\n", "https://hooks.slack.com/services/T0/B0/XX", slack.Canonical, true},
		{"two robots of one app", "https://hooks.slack.com/services/T0/B0/XX", "https://hooks.slack.com/services/T0/B0/XY", slack.Canonical, false},
		{"two robots", "https://oapi.example.com/robot/send?access_token=t", "https://oapi.example.com/robot/send?access_token=T", robot.Canonical, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.same, c.canonical(c.a) == c.canonical(c.b))
			assert.Equal(t, c.canonical(c.a), c.canonical(c.canonical(c.a)))
		})
	}
	assert.Equal(t, "env:HOOK", robot.Canonical("env:HOOK"))
}
