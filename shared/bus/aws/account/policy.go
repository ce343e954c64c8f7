package account

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// words is one text or a list of texts, as policies have them.
type words []string

// UnmarshalJSON reads either form.
func (w *words) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		*w = make(words, 1)
		return json.Unmarshal(text, &(*w)[0])
	}
	return json.Unmarshal(text, (*[]string)(w))
}

// letsRules reports whether a function's policy allows the rules of a bus to
// invoke it: an Allow statement applies whose conditions are all known to hold,
// and no Deny applies.
func letsRules(policy, region, account, busName string) bool {
	var p struct {
		Statement []struct {
			Effect    string
			Principal any
			Action    words
			Condition map[string]map[string]words
		}
	}
	if json.Unmarshal([]byte(policy), &p) != nil {
		return false
	}
	lets := false
	for _, s := range p.Statement {
		principal, _ := json.Marshal(s.Principal) // a text, or an object of texts
		named := strings.Contains(string(principal), `"events.amazonaws.com"`) || string(principal) == `"*"`
		if !named || !slices.ContainsFunc(s.Action, invokes) {
			continue
		}
		holds := true
		for operator, condition := range s.Condition {
			for key, values := range condition {
				holds = holds && conditionHolds(operator, key, values, region, account, busName)
			}
		}
		switch {
		case s.Effect == "Deny" && (holds || len(s.Condition) == 0):
			return false
		case s.Effect == "Allow":
			lets = lets || holds
		}
	}
	return lets
}

func invokes(action string) bool {
	matches, err := path.Match(strings.ToLower(action), "lambda:invokefunction")
	return err == nil && matches
}

// conditionHolds reports whether a condition is known to hold for the rules of a
// bus; an unknown condition is not assumed to.
func conditionHolds(operator, key string, values words, region, account, busName string) bool {
	operator = strings.TrimSuffix(operator, "IfExists")
	if !slices.Contains([]string{"ArnLike", "ArnEquals", "StringLike", "StringEquals"}, operator) {
		return false
	}
	return slices.ContainsFunc(values, func(value string) bool {
		switch strings.ToLower(key) {
		case "aws:sourcearn":
			return coversRules(value, region, account, busName)
		case "aws:sourceaccount":
			return account == "" || value == account
		}
		return false
	})
}

// coversRules reports whether an ARN pattern covers the rules of a bus.
func coversRules(pattern, region, account, busName string) bool {
	parts := strings.SplitN(pattern, ":", 6)
	is := []string{"arn", "aws", "events", region, account, "rule/" + busName + "/rule"}
	for prefix, partition := range map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov"} {
		if strings.HasPrefix(region, prefix) {
			is[1] = partition
		}
	}
	if len(parts) < len(is) {
		return strings.HasSuffix(pattern, "*") && strings.HasPrefix(strings.Join(is, ":"), strings.TrimSuffix(pattern, "*"))
	}
	// In a policy, an asterisk matches slashes too; in package path it does not.
	flat := strings.NewReplacer("/", "|")
	for i, part := range parts {
		if is[i] == "" { // not known here
			continue
		}
		if matches, err := path.Match(flat.Replace(part), flat.Replace(is[i])); err != nil || !matches {
			return false
		}
	}
	return true
}
