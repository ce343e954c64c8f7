// Command sdk puts a workspace onto an event bus with nothing but the official
// SDK of Alibaba Cloud EventBridge. It reads from standard input what to put,
// and checks what the service says of it afterwards.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
)

type plan struct {
	Endpoint, ID, Secret string
	Bus                  string
	Rules                []rule
}

type rule struct {
	Name, Pattern string
	Targets       []target
}

type target struct{ ID, Endpoint, Value, Template string }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sdk:", err)
		os.Exit(1)
	}
}

func run() error {
	var p plan
	if err := json.NewDecoder(os.Stdin).Decode(&p); err != nil {
		return err
	}
	client, err := eventbridge.NewClient(&openapi.Config{
		AccessKeyId: &p.ID, AccessKeySecret: &p.Secret, Endpoint: &p.Endpoint, Protocol: tea.String("HTTP"),
	})
	if err != nil {
		return err
	}
	if _, err := client.CreateEventBus(&eventbridge.CreateEventBusRequest{EventBusName: &p.Bus}); err != nil {
		return err
	}
	for _, r := range p.Rules {
		if err := r.create(client, p.Bus); err != nil {
			return fmt.Errorf("rule %s: %w", r.Name, err)
		}
	}
	list, err := client.ListRules(&eventbridge.ListRulesRequest{EventBusName: &p.Bus})
	if err != nil {
		return err
	}
	if n := int(*list.Body.Data.Total); n != len(p.Rules) {
		return fmt.Errorf("the bus has %d rules where %d were made", n, len(p.Rules))
	}
	return nil
}

func (r rule) create(client *eventbridge.Client, bus string) error {
	// A rule is made switched off, so that no event passes half of its targets.
	_, err := client.CreateRule(&eventbridge.CreateRuleRequest{EventBusName: &bus, RuleName: &r.Name, FilterPattern: &r.Pattern, Status: tea.String("DISABLE")})
	if err != nil {
		return err
	}
	request := &eventbridge.PutTargetsRequest{EventBusName: &bus, RuleName: &r.Name}
	for _, t := range r.Targets {
		request.Targets = append(request.Targets, &eventbridge.PutTargetsRequestTargets{
			Id: &t.ID, Type: tea.String("acs.fc.function"), Endpoint: &t.Endpoint, PushRetryStrategy: tea.String("EXPONENTIAL_DECAY_RETRY"),
			ParamList: []*eventbridge.PutTargetsRequestTargetsParamList{{ResourceKey: tea.String("Body"), Form: tea.String("TEMPLATE"), Value: &t.Value, Template: &t.Template}},
		})
	}
	put, err := client.PutTargets(request)
	if err != nil {
		return err
	}
	if n := *put.Body.Data.ErrorEntriesCount; n > 0 {
		e := put.Body.Data.ErrorEntries[0]
		return fmt.Errorf("%d targets were not taken: %s %s", n, *e.ErrorCode, *e.ErrorMessage)
	}
	if _, err := client.EnableRule(&eventbridge.EnableRuleRequest{EventBusName: &bus, RuleName: &r.Name}); err != nil {
		return err
	}
	got, err := client.GetRule(&eventbridge.GetRuleRequest{EventBusName: &bus, RuleName: &r.Name})
	if err != nil {
		return err
	}
	if d := got.Body.Data; *d.Status != "ENABLE" || *d.FilterPattern != r.Pattern || len(d.Targets) != len(r.Targets) {
		return fmt.Errorf("the bus says of it: %s", d)
	}
	return nil
}
