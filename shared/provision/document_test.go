package provision_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

const busName = "pai-system-lab"

// parse reads a document of the workspace lab with the given rules.
func parse(t testing.TB, rules string, more ...string) *workspace.Workspace {
	t.Helper()
	head := ""
	for _, m := range more {
		head += m + ", "
	}
	text := fmt.Sprintf(`{"workspace": "lab", "quota": 100, %s"contacts": [%s], "rules": [%s]}`, head, contacts, rules)
	w, err := workspace.Parse([]byte(text), "lab.json", functions.Register()...)
	require.NoError(t, err)
	return w
}

var contacts = func() string {
	list := `{"name": "张伟", "phone": "+8613800138000"}`
	for i := range 40 {
		list += fmt.Sprintf(`, {"name": "c%02d", "phone": "+86138001380%02d"}`, i, i)
	}
	return list
}()

// ruleOf writes a rule with one DingTalk target for each name, and an SMS to
// each contact.
func ruleOf(name string, robots []string, people ...string) string {
	var targets []any
	for _, r := range robots {
		webhook := "env:DINGTALK_WEBHOOK"
		if number, ok := strings.CutPrefix(r, "robot-"); ok && number > "01" {
			webhook = "env:ROBOT_" + number
		}
		targets = append(targets, map[string]any{"type": "dingtalk", "name": r, "webhook": webhook, "signing_key": "env:DINGTALK_SIGNING_KEY"})
	}
	if len(people) > 0 {
		targets = append(targets, map[string]any{"type": "sms", "contacts": people, "sign_name": "PAI", "template_code": "SMS_1"})
	}
	text, _ := json.Marshal(map[string]any{"name": name, "source": "dlc", "events": []string{"job-failed"}, "targets": targets})
	return string(text)
}

func robots(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("robot-%02d", i))
	}
	return list
}

// plan reads what stands on the bus and compares it with a document.
func plan(ctx context.Context, b bus.Bus, w *workspace.Workspace, o provision.Options) (provision.Plan, error) {
	have, err := provision.Read(ctx, b, w.Bus())
	if err != nil {
		return provision.Plan{}, err
	}
	want, err := provision.Wanted(w, have, o, b.Limits())
	if err != nil {
		return provision.Plan{}, err
	}
	return provision.Compare(have, want)
}

// apply brings a bus to what a document wants.
func apply(ctx context.Context, b bus.Bus, w *workspace.Workspace, o provision.Options) error {
	p, err := plan(ctx, b, w, o)
	if err != nil {
		return err
	}
	return provision.Cloud{Bus: b}.Apply(ctx, p, nil)
}

// settled requires that a bus is as a document wants it.
func settled(t *testing.T, b bus.Bus, w *workspace.Workspace, o provision.Options) {
	t.Helper()
	p, err := plan(t.Context(), b, w, o)
	require.NoError(t, err)
	require.Empty(t, p.Steps)
}

// random writes a document of the workspace lab with rules of all sizes.
func random(t testing.TB, r *rand.Rand) *workspace.Workspace {
	t.Helper()
	rules := ""
	for i := range 4 {
		if r.IntN(4) == 0 {
			continue
		}
		var targets []any
		for _, n := range r.Perm(12)[:1+r.IntN(12)] {
			target := map[string]any{"type": "dingtalk", "name": fmt.Sprintf("robot-%d", n), "webhook": "env:A"}
			if r.IntN(3) == 0 {
				target["signing_key"] = "env:B"
			}
			targets = append(targets, target)
		}
		one := map[string]any{
			"name": fmt.Sprintf("rule-%d", i), "source": "dlc", "targets": targets, "enabled": r.IntN(4) > 0,
			"events": [][]string{{"job-failed"}, {"*"}, {"job-failed", "job-timeout"}}[r.IntN(3)],
		}
		if n := r.IntN(12); n > 0 {
			var ids []string
			for _, id := range r.Perm(14)[:n] {
				ids = append(ids, fmt.Sprintf("20%02d", id))
			}
			one["scope"] = map[string]any{"created_by": ids}
		}
		text, err := json.Marshal(one)
		require.NoError(t, err)
		if rules != "" {
			rules += ","
		}
		rules += string(text)
	}
	if rules == "" {
		rules = ruleOf("rule-0", robots(0, 1))
	}
	return parse(t, rules)
}

// atOnce retries without waiting.
var atOnce = bus.Retry{
	Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	Random: func() float64 { return 0 },
}

var errCut = errors.New("the connection was cut")
