package rule_test

import (
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/rule"
)

func ExamplePattern_Match() {
	p, err := rule.Compile(rule.Alibaba, []byte(`{
		"source": ["acs.paidlc"],
		"data": {"Status": ["Failed", {"prefix": "Stop"}]}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ok, err := p.Match([]byte(`{"source":"acs.paidlc","data":{"JobId":"dlc1","Status":"Stopped"}}`))
	fmt.Println(ok, err)
	// Output: true <nil>
}

func ExampleSet_Match() {
	var patterns []*rule.Pattern
	for _, text := range []string{
		`{"detail":{"state":["failed"]}}`,
		`{"detail":{"state":[{"anything-but":"failed"}]}}`,
		`{"detail":{"attempts":[{"numeric":[">",2]}]}}`,
	} {
		p, err := rule.Compile(rule.AWS, []byte(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		patterns = append(patterns, p)
	}
	set := rule.NewSet(patterns...)
	matched, err := set.Match([]byte(`{"detail":{"state":"failed","attempts":3}}`), nil)
	fmt.Println(matched, err)
	// Output: [0 2] <nil>
}

func ExamplePattern_Explain() {
	p, err := rule.Compile(rule.Alibaba, []byte(`{"source":["acs.paidlc"],"data":{"Status":["Failed"],"Priority":[{"numeric":[">=",5]}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	conditions, err := p.Explain([]byte(`{"source":"acs.paidlc","data":{"Status":"Running"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range conditions {
		fmt.Printf("%-5t %s: wants %s, sees %s\n", c.Holds, c.Path, c.Want, c.Seen)
	}
	// Output:
	// true  source: wants "acs.paidlc", sees "acs.paidlc"
	// false data.Status: wants "Failed", sees "Running"
	// false data.Priority: wants numeric [">=",5], sees missing
}

func ExampleCompile_refused() {
	_, err := rule.Compile(rule.Alibaba, []byte(`{"data":{"Status":[{"prefix":""}]}}`))
	fmt.Println(err)
	var refusal *rule.Error
	fmt.Println(errors.As(err, &refusal), refusal.Path)
	// Output:
	// rule: data.Status[0].prefix: prefix does not name a string of at least one character; write {"prefix":"x"}
	// true data.Status[0].prefix
}

func ExamplePattern_Portable() {
	p, err := rule.Compile(rule.Alibaba, []byte(`{"data":{"Name":[{"contains":"train"}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Portable())
	// Output: rule: data.Name[0].contains: is refused by aws: the operator is unknown; this dialect knows exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, exists, numeric and cidr
}
