package functions_test

import (
	"encoding/json"
	"maps"
	"net"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack/standin"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// types are those of the register and the one that only tests know: what holds
// for each of them without a line about it holds for the next one, too.
func types() []target.Spec { return append(functions.Register(), slack.Spec) }

func platforms() []inbox.Platform { return append(standins.All(), standin.Platform) }

func specOf(t *testing.T, typ string) target.Spec {
	t.Helper()
	i := slices.IndexFunc(types(), func(s target.Spec) bool { return s.Type == typ })
	require.GreaterOrEqual(t, i, 0, "no type is called %s", typ)
	return types()[i]
}

func platformOf(t *testing.T, typ string) inbox.Platform {
	t.Helper()
	i := slices.IndexFunc(platforms(), func(p inbox.Platform) bool { return p.Type == typ })
	require.GreaterOrEqual(t, i, 0, "nothing stands in for %s", typ)
	return platforms()[i]
}

// served is an inbox of all platforms that listens.
func served(t *testing.T, o inbox.Options) (*inbox.Inbox, inbox.Place) {
	t.Helper()
	in := inbox.New(o, platforms()...)
	s := httptest.NewServer(in)
	t.Cleanup(s.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	mail := in.SMTPServer("", "")
	go func() { _ = mail.Serve(l) }()
	t.Cleanup(func() { _ = mail.Close() })
	return in, inbox.Place{URL: s.URL, SMTP: l.Addr().String()}
}

// wanted are the parameters that a target of a type needs besides what its
// stand-in sets.
func wanted(t *testing.T, typ string) inbox.Parameters {
	t.Helper()
	p, own := platformOf(t, typ), inbox.Parameters{}
	for _, f := range edit.Parameters(specOf(t, typ)) {
		if about := p.Parameters[f.Name]; f.Kind == edit.Text && (f.Required || about.Wanted) {
			own[f.Name] = about.Example.EN
		}
	}
	return own
}

// leadTo are the parameters of a target of a type that sends to a place, with
// some more of its own; those that are nil are left out.
func leadTo(t *testing.T, typ string, to inbox.Place, more inbox.Parameters) inbox.Parameters {
	t.Helper()
	own := wanted(t, typ)
	maps.Copy(own, more)
	maps.DeleteFunc(own, func(_ string, v any) bool { return v == nil })
	switch specOf(t, typ).Contact {
	case target.ContactPhone:
		own["contact"] = map[string]any{"name": "a", "phone": to.Receiver}
	case target.ContactEmail:
		own["contact"] = map[string]any{"name": "a", "email": to.Receiver}
	case target.NoContact:
	}
	platformOf(t, typ).Route.Lead(own, to)
	return own
}

// addressOf is a receiver's address for types that are sent to contacts, and its
// name for others.
func addressOf(t *testing.T, typ, name, number string) string {
	t.Helper()
	switch specOf(t, typ).Contact {
	case target.ContactPhone:
		return number
	case target.ContactEmail:
		return name + "@example.com"
	case target.NoContact:
	}
	return name
}

// styles are the variants of how a type may write a message, as parameters.
func styles(t *testing.T, typ string) []inbox.Parameters {
	t.Helper()
	for _, f := range edit.Parameters(specOf(t, typ)) {
		if f.Name == "style" || f.Name == "content_mode" {
			var all []inbox.Parameters
			for _, value := range f.Values {
				all = append(all, inbox.Parameters{f.Name: value})
			}
			return all
		}
	}
	return []inbox.Parameters{{}}
}

// has tells whether a type has a parameter.
func has(t *testing.T, typ, key string) bool {
	t.Helper()
	return slices.ContainsFunc(edit.Parameters(specOf(t, typ)), func(f edit.Field) bool { return f.Name == key })
}

func asJSON(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}
