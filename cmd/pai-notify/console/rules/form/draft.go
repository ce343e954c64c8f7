package form

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Cover returns what a form holds with tokens in the place of what may be a secret, so
// that it can be kept in a file. The tokens mean nothing after a restart.
func Cover(posted url.Values, specs []target.Spec, c *censor.Censor) url.Values {
	made := url.Values{}
	for name, values := range posted {
		key := name[strings.LastIndex(name, ".")+1:]
		for _, v := range values {
			switch {
			case name == "text":
				v = c.Rehide([]byte(v)) // a document
			case key == "token", name == "draft", name == "base", name == "met", censor.IsToken(v):
			default:
				v = c.Cover(v, key)
			}
			made[name] = append(made[name], v)
		}
	}
	for i := 0; posted.Has("t" + strconv.Itoa(i) + ".type"); i++ {
		prefix := "t" + strconv.Itoa(i) + "."
		spec, ok := backend.SpecOf(specs, posted.Get(prefix+"type"))
		if !ok {
			for name := range made {
				if strings.HasPrefix(name, prefix) && name != prefix+"type" {
					made.Del(name) // nobody knows which of it is secret
				}
			}
			continue
		}
		t := NewTarget(spec, i, -1)
		t.At(i)
		t.read(posted, c)
		for _, f := range t.Fields {
			switch {
			case f.Kind == edit.Secret:
				made.Del(f.ID)
				made.Set(f.ID+".token", f.Token)
			case f.Secret:
				made.Set(f.ID, f.Value)
				made.Set(f.ID+".token", f.Token)
			}
		}
	}
	return made
}

// Forgotten takes out the secrets of a form that were pasted before a restart, and
// calls each with the field that each of them has to be pasted into again.
func (f *Rule) Forgotten(c *censor.Censor, each func(field string)) {
	for _, t := range f.Targets {
		for _, field := range t.Fields {
			if !strings.Contains(field.Token, censor.PendingToken) {
				continue
			}
			if field.Kind == edit.Secret {
				if _, there := c.Kept(field.Token); !there {
					field.Token = ""
					each(field.ID)
				}
				continue
			}
			var shown, tokens []string
			for name, token := range ordered(field.Token) {
				if _, there := c.Kept(token); !there && censor.IsToken(token) {
					each(field.ID)
					continue
				}
				tokens = append(tokens, name+": "+token)
			}
			for name, value := range ordered(field.Value) {
				if _, there := entries(strings.Join(tokens, "\n"))[name]; there || value != setMark {
					shown = append(shown, name+": "+value)
				}
			}
			field.Token, field.Value = strings.Join(tokens, "\n"), strings.Join(shown, "\n")
		}
	}
}
