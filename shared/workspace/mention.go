package workspace

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// maxCreators is how many characters a target has for the people whom it may mention as
// creators: what it carries on a bus has 10,240 on Alibaba Cloud and 8,192 on AWS, with
// its rule and the event around it.
const maxCreators = 6000

// checkMentions checks how chats mention the contacts.
func (b *builder) checkMentions() {
	var types []string
	for _, s := range b.specs {
		if s.Mention != nil {
			types = append(types, s.Type)
		}
	}
	slices.Sort(types)
	for i, c := range b.document.Contacts {
		for _, typ := range slices.Sorted(maps.Keys(c.Mention)) {
			path := fmt.Sprintf("contacts[%d].mention", i)
			spec, ok := b.spec(typ)
			if !ok || spec.Mention == nil {
				if b.kept == "" { // or it is another function's business
					b.add(notOneOf, path, "values", strings.Join(types, ", "), "found", shown(typ))
				}
				continue
			}
			path += "." + typ
			if err := secret.CheckPlain(c.Mention[typ]); err != nil {
				b.add(misreference, path, "reason", err.Error())
			} else if _, err := spec.Mention("", c.Mention[typ]); err != nil {
				b.add(targetRefused, path, "reason", err.Error())
			}
		}
	}
}

// mentioning returns the parameters of a target, with how it mentions each contact that
// it may have to mention as the creator, and whether they are right.
func (b *builder) mentioning(c *event.Catalogue, r document.Rule, spec target.Spec, t document.Target, at string) (map[string]json.RawMessage, bool) {
	var wanted struct{ Creator bool }
	if text := t.Parameters["mention"]; spec.Mention == nil || text == nil || json.Unmarshal(text, &wanted) != nil || !wanted.Creator {
		return t.Parameters, true
	}
	at += ".mention.creator"
	if source, known := c.Source(r.Source); known && source.CreatedBy == "" {
		b.add(creatorUnfit, at, "source", source.Name)
		return nil, false
	}
	creators := target.Creators{}
	for i, one := range b.document.Contacts {
		if one.UID == "" || len(r.Scope.CreatedBy) > 0 && !slices.Contains(r.Scope.CreatedBy, one.UID) || b.failed(fmt.Sprintf("contacts[%d]", i)) {
			continue
		}
		if who, err := spec.Mention(one.Phone, one.Mention[spec.Type]); err == nil && who != "" {
			creators[one.UID] = who
		}
	}
	text := compact(creators)
	switch {
	case len(creators) == 0 && !b.failed("contacts"):
		b.add(creatorUnmentioned, at, "type", spec.Type)
		return nil, false
	case len(text) > maxCreators:
		b.add(creatorsMany, at, "count", len(creators), "size", len(text), "most", maxCreators)
		return nil, false
	}
	parameters := maps.Clone(t.Parameters)
	parameters[target.Creators(nil).Key()] = text
	return parameters, true
}
