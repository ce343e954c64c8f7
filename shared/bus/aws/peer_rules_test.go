package aws

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/rule"
)

var targetIDs = regexp.MustCompile(`^[.\-_A-Za-z0-9]{1,64}$`)

// peerTarget is what the peer looks at of a target.
type peerTarget struct {
	ID               string `json:"Id"`
	Arn              string
	InputTransformer *struct {
		InputTemplate string
		InputPathsMap map[string]string
	}
}

func (r *peerRule) do(action string, in request) (any, *refusal) {
	if r.ManagedBy != "" && action != "DescribeRule" && action != "ListTargetsByRule" {
		return nil, refuse("ManagedRuleException", "Rule %s is managed by %s.", r.Name, r.ManagedBy)
	}
	switch action {
	case "DescribeRule":
		return r, nil
	case "EnableRule":
		r.State = "ENABLED"
	case "DisableRule":
		r.State = "DISABLED"
	case "DeleteRule":
		if len(r.targets) > 0 {
			return nil, refuse("ValidationException", "Rule can't be deleted since it has targets.")
		}
	case "ListTargetsByRule":
		ids := slices.Sorted(maps.Keys(r.targets))
		from, to, next := page100(in, len(ids))
		list := []json.RawMessage{}
		for _, id := range ids[from:to] {
			list = append(list, r.targets[id])
		}
		return object{"Targets": list, "NextToken": next}, nil
	case "RemoveTargets":
		if len(in.Ids) == 0 || len(in.Ids) > 100 {
			return nil, refuse("ValidationException", "1 validation error detected: Value at 'ids'")
		}
		for _, id := range in.Ids {
			delete(r.targets, id)
		}
		return object{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
	case "PutTargets":
		return r.putTargets(in)
	default:
		return nil, refuse("UnknownOperationException", "%s", action)
	}
	return object{}, nil
}

var variables = regexp.MustCompile(`<([^<>]*)>`)

func (r *peerRule) putTargets(in request) (any, *refusal) {
	if len(in.Targets) == 0 || len(in.Targets) > 100 {
		return nil, refuse("ValidationException", "1 validation error detected: Value at 'targets'")
	}
	next := maps.Clone(r.targets)
	for _, text := range in.Targets {
		var t peerTarget
		if err := json.Unmarshal(text, &t); err != nil || !targetIDs.MatchString(t.ID) || !strings.HasPrefix(t.Arn, "arn:") {
			return nil, refuse("ValidationException", "1 validation error detected")
		}
		if i := t.InputTransformer; i != nil {
			filled := variables.ReplaceAllStringFunc(i.InputTemplate, func(v string) string {
				if _, ok := i.InputPathsMap[strings.Trim(v, "<>")]; ok || v == "<aws.events.event.json>" {
					return "0"
				}
				return v
			})
			if !json.Valid([]byte(filled)) || strings.ContainsAny(filled, "<>") || utf8.RuneCountInString(i.InputTemplate) > 8192 {
				return nil, refuse("ValidationException", "Invalid InputTemplate for target %s : %s.", t.ID, filled)
			}
		}
		next[t.ID] = text
	}
	if len(next) > 5 {
		return nil, refuse("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
	}
	r.targets = next
	return object{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
}

// take matches an event and notes what functions would be invoked with.
func (b *peerBus) take(source, detailType, detail string) {
	var named struct{ ID string }
	_ = json.Unmarshal([]byte(detail), &named)
	b.events = append(b.events, named.ID)
	envelope, _ := json.Marshal(object{
		"version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "source": source, "detail-type": detailType,
		"account": account, "region": region, "time": "2026-05-04T03:02:02Z", "resources": []string{}, "detail": json.RawMessage(detail),
	})
	for _, r := range b.rules {
		pattern, err := rule.Compile(rule.AWS, []byte(r.EventPattern))
		if err != nil || r.State == "DISABLED" {
			continue
		}
		if matched, err := pattern.Match(envelope); err != nil || !matched {
			continue
		}
		for _, text := range r.targets {
			var t peerTarget
			_ = json.Unmarshal(text, &t)
			payload := string(envelope)
			if t.InputTransformer != nil {
				payload = strings.ReplaceAll(t.InputTransformer.InputTemplate, "<aws.events.event.json>", payload)
			}
			b.invoked = append(b.invoked, payload)
		}
	}
}
