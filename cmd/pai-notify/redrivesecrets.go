package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/target"
)

// secretsOf asks a running bus for the secrets of the receivers of redriven
// notifications, once for each receiver. The zero value knows of none missing,
// as does one whose bus cannot be asked: the notification then tells itself.
type secretsOf struct {
	cloud provision.Cloud
	rules map[string]provision.State
	said  map[[3]string]error
}

func secretsOn(ctx context.Context, a archive) secretsOf {
	s := secretsOf{rules: map[string]provision.State{}, said: map[[3]string]error{}}
	if r, ok := a.(remote); ok {
		if c, err := r.cloud(ctx); err == nil {
			s.cloud = c
		}
	}
	return s
}

// missing is why the receiver that a notification goes to would fail again; nil
// when nothing is known to be missing.
func (s secretsOf) missing(ctx context.Context, r local.Redriven) error {
	key := [3]string{r.Bus, r.ToRule, r.ToTarget}
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
	for _, rule := range state.Rules {
		for _, t := range rule.Targets {
			if t.Rule.Name != r.ToRule || t.Receiver.Type+"/"+t.Receiver.Name != r.ToTarget {
				continue
			}
			if missing, err := s.cloud.Missing(ctx, t.Function, target.References(t.Receiver.Parameters)); err == nil {
				return lackingOf(missing)
			}
			return nil
		}
	}
	return nil
}

// lackingOf is the error of what is missing for sure.
func lackingOf(missing []target.Missing) error {
	var reasons []string
	for _, m := range missing {
		if !m.Unknown {
			reasons = append(reasons, m.Reason)
		}
	}
	if reasons == nil {
		return nil
	}
	return fmt.Errorf("its receiver has no secret there and would be given up again: %s", strings.Join(reasons, "; "))
}
