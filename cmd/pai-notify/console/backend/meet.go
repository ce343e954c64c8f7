package backend

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Snapshot writes what a form was made of into it, so that a change which somebody
// else made meanwhile is noticed. There must be no secret in it.
func Snapshot(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Meet puts a form together with what its subject is in the document by now, and says
// what somebody else changed since the snapshot; nothing when nobody did. A field that
// both changed stays as the form has it.
func Meet[T any](l message.Language, snapshot string, mine, now T) (T, string) {
	text, err := base64.RawURLEncoding.DecodeString(snapshot)
	var base any
	if err != nil || json.Unmarshal(text, &base) != nil {
		return mine, ""
	}
	base = compact(base)
	theirs := edit.Differences(base, state(now))
	if len(theirs) == 0 {
		return mine, ""
	}
	combined, _ := edit.Combine(base, state(mine), state(now))
	var made T
	if text, err = json.Marshal(combined); err == nil {
		err = json.Unmarshal(text, &made)
	}
	if err != nil {
		return mine, Book.Say(l, "put.changed")
	}
	var parts []string
	for _, d := range theirs {
		parts = append(parts, frame.Visible(fmt.Sprintf("%s: %s → %s", strings.ToLower(strings.Join(d.Path, ".")), plain(d.Base), plain(d.Theirs))))
	}
	return made, Book.Say(l, "meet.changed", strings.Join(parts, "; "))
}

// state is a value as decoded from JSON, without what is empty.
func state(v any) any {
	var made any
	text, err := json.Marshal(v)
	if err != nil || json.Unmarshal(text, &made) != nil {
		return nil
	}
	return compact(made)
}

func compact(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	made := map[string]any{}
	for key, one := range m {
		list, isList := one.([]any)
		if one = compact(one); one != nil && one != "" && !(isList && len(list) == 0) {
			made[key] = one
		}
	}
	return made
}

// plain is a value in a sentence.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case []any:
		return strings.Trim(fmt.Sprint(v...), "[]")
	}
	return fmt.Sprint(v)
}
