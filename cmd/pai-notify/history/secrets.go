package history

import (
	"context"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
)

// secretsOf asks a bus for the secrets of the receivers of redriven
// notifications, once for each receiver. The zero value knows of none missing,
// as does one whose bus cannot be asked: the notification then tells itself.
type secretsOf struct {
	cloud provision.Cloud
	rules map[string]provision.State
	said  map[[4]string]error
}

func secretsOn(ctx context.Context, a *running.Opened) secretsOf {
	s := secretsOf{rules: map[string]provision.State{}, said: map[[4]string]error{}}
	if a.Cloud != nil {
		if c, err := a.Cloud(ctx); err == nil {
			s.cloud = c
		}
	}
	return s
}

// missing is why the receiver that a notification goes to would fail again; nil
// when nothing is known to be missing.
func (s secretsOf) missing(ctx context.Context, r local.Redriven) error {
	key := [4]string{r.Bus, r.Owner, r.ToRule, r.ToTarget}
	if err, ok := s.said[key]; ok || s.cloud.Invoke == nil {
		return err
	}
	s.said[key] = s.ask(ctx, r)
	return s.said[key]
}

func (s secretsOf) ask(ctx context.Context, r local.Redriven) error {
	state, ok := s.rules[r.Bus]
	if !ok {
		var err error
		if state, err = provision.Read(ctx, s.cloud.Bus, r.Bus); err != nil {
			return nil //nolint:nilerr // what cannot be told stops nothing
		}
		s.rules[r.Bus] = state
	}
	function, to, ok := carriedTo(state, r)
	if !ok {
		return nil
	}
	missing, err := s.cloud.Missing(ctx, function, secret.References(to.Parameters))
	if err != nil {
		return nil //nolint:nilerr // what cannot be told stops nothing
	}
	return lackingOf(missing)
}

// carriedTo finds the receiver on a bus that a notification goes to, in whatever
// form a target carries it, and the function that sends to it.
func carriedTo(state provision.State, r local.Redriven) (function string, to target.Receiver, ok bool) {
	for _, on := range state.Rules {
		for _, t := range on.Targets {
			for _, c := range t.Carries() {
				for _, to := range c.Receivers {
					if (r.Owner == "" || r.Owner == c.Rule.Owner) && c.Rule.Name == r.ToRule && to.Type+"/"+to.Name == r.ToTarget {
						return t.Function, to, true
					}
				}
			}
		}
	}
	return "", target.Receiver{}, false
}

// lackingOf is the error of what is missing for sure.
func lackingOf(missing []secret.Missing) error {
	var reasons []string
	for _, m := range missing {
		if !m.Unknown {
			reasons = append(reasons, m.Reason)
		}
	}
	if reasons == nil {
		return nil
	}
	return fmt.Errorf("its receiver has no secret there and would fail again: %s", strings.Join(reasons, "; "))
}
