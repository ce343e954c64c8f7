package provision

import (
	"context"
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// The roles that services of Alibaba Cloud act with.
const (
	workspaceRole = "AliyunServiceRoleForPAIWorkspace"
	sendRole      = "AliyunServiceRoleForEventBridgeSendToFC"
)

// Verdict is what a check-up found about one thing.
type Verdict string

// The verdicts. Unknown is what could not be told; it never means that all is
// well.
const (
	OK      Verdict = "ok"
	Missing Verdict = "missing"
	Unknown Verdict = "unknown"
)

// Finding is one line of a check-up.
type Finding struct {
	// Check is what was looked at, such as "EventBridge activated" or
	// "eventbridge:CreateRule".
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	// Text is what was found, and Remedy what to do about it.
	Text   string `json:"text,omitempty"`
	Remedy string `json:"remedy,omitempty"`
	// Permission tells that Check is an action, and Traffic that it is about
	// events that passed the bus, which no set-up has to let anybody read.
	Permission bool `json:"permission,omitempty"`
	Traffic    bool `json:"traffic,omitempty"`
}

// CheckUp is whether a workspace is set up.
type CheckUp struct {
	Cloud  string `json:"cloud"`
	Region string `json:"region,omitempty"`
	Bus    string `json:"bus"`
	Owner  string `json:"owner"`
	// OK tells that nothing is missing, and nothing unknown but permissions and
	// what passed the bus.
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
}

// Missing tells that something was found to be missing.
func (c CheckUp) Missing() bool {
	return slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Verdict == Missing })
}

// Status checks whether everything that a workspace needs is there. It changes
// nothing. It fails when the account cannot be asked at all: without
// credentials, or without an answer.
func (d Desk) Status(ctx context.Context) (CheckUp, error) {
	c := CheckUp{Cloud: d.Cloud.Name, Region: d.Cloud.Region, Bus: d.Workspace.Bus(), Owner: d.Owner(), Findings: []Finding{}}
	have, err := Read(ctx, d.Cloud.Bus, d.Workspace.Bus())
	switch bus.KindOf(err) {
	case bus.NoCredentials, bus.Unavailable, bus.Throttled:
		return c, err
	}
	if d.Cloud.Name != AWS {
		c.Findings = append(c.Findings, d.activated(err))
	}
	c.Findings = append(c.Findings, d.roles(ctx)...)
	if bus.KindOf(err) != bus.NotActivated {
		c.Findings = append(c.Findings, d.permissions(ctx, have, err)...)
		c.Findings = append(c.Findings, d.found(have, err)...)
	}
	c.Findings = append(c.Findings, d.functions(ctx)...)
	c.Findings = append(c.Findings, d.secrets(ctx)...)
	if err == nil && have.Exists {
		c.Findings = append(c.Findings, d.Passed(ctx).Findings(d.Workspace)...)
	}
	c.OK = !slices.ContainsFunc(c.Findings, func(f Finding) bool {
		// Some permissions nobody can tell without changing something, and a quiet
		// bus is no fault.
		return f.Verdict == Missing || f.Verdict == Unknown && !f.Permission && !f.Traffic
	})
	return c, nil
}

func (d Desk) activated(err error) Finding {
	f := Finding{Check: "EventBridge activated", Verdict: OK}
	if bus.KindOf(err) == bus.NotActivated {
		f.Verdict, f.Text, f.Remedy = Missing, "the service answers ServiceNotEnable", Remedy(err, d.Cloud)
	} else if err != nil {
		f.Verdict, f.Text = Unknown, err.Error()
	}
	return f
}

// roles are the two that Alibaba Cloud's services act with. Each is made by a
// grant in a console, or by a call that names its service.
func (d Desk) roles(ctx context.Context) []Finding {
	if d.Cloud.Role == nil {
		return nil
	}
	var list []Finding
	for _, role := range []struct{ name, lets, console, service string }{
		{workspaceRole, "lets PAI put events on the bus", "in the PAI console, open the workspace's event notifications and grant the permission it asks for", "aiworkspace.pai.aliyuncs.com"},
		{sendRole, "lets EventBridge invoke functions", "in the EventBridge console, start a rule with a Function Compute target and confirm the role it asks for", "sendevent-fc.eventbridge.aliyuncs.com"},
	} {
		f := Finding{Check: "role " + role.name, Verdict: OK, Text: role.lets}
		err := d.Cloud.Role(ctx, role.name)
		switch {
		case err == nil:
		case bus.KindOf(err) == bus.NotFound:
			f.Verdict, f.Text = Missing, role.lets+", and is not there"
			f.Remedy = role.console + "; or: aliyun resourcemanager CreateServiceLinkedRole --ServiceName " + role.service
		default:
			f.Verdict, f.Text = Unknown, err.Error()
			f.Remedy = "allow ram:GetRole, or look for the role in the RAM console"
		}
		list = append(list, f)
	}
	return list
}

// found tells of the bus and of its rules.
func (d Desk) found(have State, err error) []Finding {
	onBus := Finding{Check: "bus " + d.Workspace.Bus(), Verdict: OK}
	rules := Finding{Check: "rules of the document", Verdict: Unknown, Text: "they cannot be read"}
	switch {
	case err != nil:
		onBus.Verdict, onBus.Text, onBus.Remedy = Unknown, err.Error(), Remedy(err, d.Cloud)
		return []Finding{onBus, rules}
	case !have.Exists:
		onBus.Verdict, onBus.Text, onBus.Remedy = Missing, "it is not there", "pai-notify apply makes it; when PAI has made one already, the region or the workspace's name is wrong"
	}
	p, err := d.compare(have)
	if err != nil {
		rules.Verdict, rules.Text, rules.Remedy = Missing, "the document does not fit the bus", err.Error()
		return []Finding{onBus, rules}
	}
	creates, changes, deletes := p.Summary()
	rules.Verdict, rules.Text = OK, fmt.Sprintf("%d as wanted", p.Unchanged)
	if len(p.Foreign) > 0 {
		rules.Text += fmt.Sprintf(", beside %d that are not this document's", len(p.Foreign))
	}
	if how := p.Packing.String(); how != "" {
		rules.Text += "; " + how
	}
	if !p.Empty() {
		rules.Verdict = Missing
		rules.Text = fmt.Sprintf("%d to create, %d to change, %d to delete, %s", creates, changes, deletes, rules.Text)
		rules.Remedy = "pai-notify plan shows the differences, pai-notify apply makes them"
	}
	return []Finding{onBus, rules}
}

// functions tells of those that the document's targets need.
func (d Desk) functions(ctx context.Context) []Finding {
	if d.Cloud.Function == nil {
		return nil
	}
	var types []string
	for _, r := range d.Workspace.Rules {
		for _, receiver := range r.Receivers() {
			types = append(types, receiver.Type)
		}
	}
	slices.Sort(types)
	var list []Finding
	for _, typ := range slices.Compact(types) {
		name := prefixed(d.Options.Prefix, typ)
		f := Finding{Check: "function " + name, Verdict: OK}
		err := d.Cloud.Function(ctx, name)
		switch {
		case bus.KindOf(err) == bus.NotFound:
			f.Verdict, f.Text, f.Remedy = Missing, "it is not there", missingFunction(err)
		case err != nil:
			f.Verdict, f.Text, f.Remedy = Unknown, err.Error(), Remedy(err, d.Cloud)
		case d.Cloud.Invocable != nil:
			f = d.invocable(ctx, name, f)
		}
		list = append(list, f)
	}
	return list
}

func (d Desk) invocable(ctx context.Context, name string, f Finding) Finding {
	err := d.Cloud.Invocable(ctx, name, d.Workspace.Bus())
	switch {
	case err == nil:
		f.Text = "the bus's rules may invoke it"
	case bus.KindOf(err) == bus.NotFound:
		f.Verdict, f.Text = Missing, "its policy does not let the rules of the bus invoke it"
		f.Remedy = fmt.Sprintf("aws lambda add-permission --function-name %s --statement-id pai-notify --action lambda:InvokeFunction --principal events.amazonaws.com --source-arn 'arn:aws:events:%s:%s:rule/%s/*'", name, d.Cloud.Region, d.Cloud.Account, d.Workspace.Bus())
	default:
		f.Verdict, f.Text, f.Remedy = Unknown, "whether the bus's rules may invoke it: "+err.Error(), Remedy(err, d.Cloud)
	}
	return f
}
