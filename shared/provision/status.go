package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// Verdict is what a check-up found about one thing.
type Verdict string

// The verdicts. Unknown means that it could not be checked, never that all is
// well.
const (
	OK      Verdict = "ok"
	Missing Verdict = "missing"
	Unknown Verdict = "unknown"
)

// Finding is one line of a check-up.
type Finding struct {
	// Check is what was checked, such as "role AliyunServiceRoleForPAIWorkspace"
	// or "eventbridge:CreateRule".
	Check   message.Statement
	Verdict Verdict
	// Text is what was found, and Remedy what to do about it.
	Text, Remedy message.Statement
	// Permission is true when Check is an action. Traffic is true when it is
	// about events that passed the bus, which not everybody has to be allowed to
	// read.
	Permission, Traffic bool
	// Attention is true when somebody should look although nothing is missing, such
	// as at notifications that were given up. Since is since when it is so; zero
	// where nobody knows.
	Attention bool
	Since     time.Time
}

// Code names what was checked and found, such as "bus.absent". It is the same in
// every version.
func (f Finding) Code() string {
	return f.Check.Code + "." + cmp.Or(f.Text.Code, string(f.Verdict))
}

// MarshalJSON writes codes and arguments for programs, and the English text for
// people.
func (f Finding) MarshalJSON() ([]byte, error) {
	arguments := maps.Clone(f.Check.Arguments)
	if arguments == nil {
		arguments = map[string]any{}
	}
	maps.Copy(arguments, f.Text.Arguments)
	return json.Marshal(struct {
		Code       string             `json:"code"`
		Arguments  map[string]any     `json:"arguments,omitempty"`
		Check      string             `json:"check"`
		Verdict    Verdict            `json:"verdict"`
		Text       string             `json:"text,omitempty"`
		Remedy     string             `json:"remedy,omitempty"`
		Advice     *message.Statement `json:"advice,omitempty"`
		Permission bool               `json:"permission,omitempty"`
		Traffic    bool               `json:"traffic,omitempty"`
		Attention  bool               `json:"attention,omitempty"`
		Since      time.Time          `json:"since,omitzero"`
	}{f.Code(), arguments, f.Check.String(), f.Verdict, f.Text.String(), f.Remedy.String(), given(f.Remedy), f.Permission, f.Traffic, f.Attention, f.Since.UTC()})
}

func given(s message.Statement) *message.Statement {
	if s.Code == "" {
		return nil
	}
	return &s
}

// CheckUp is whether a workspace is set up.
type CheckUp struct {
	Cloud  string `json:"cloud"`
	Region string `json:"region,omitempty"`
	Bus    string `json:"bus"`
	Owner  string `json:"owner"`
	// OK is true when nothing is missing, and nothing unknown except permissions
	// and what passed the bus.
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
	// Readable is true when the bus is there and could be read.
	Readable bool `json:"-"`
	// Health is what the findings about receivers were made of; nil where nothing
	// keeps what became of notifications, or it could not be read.
	Health *health.Report `json:"-"`
}

// Missing reports whether something is missing.
func (c CheckUp) Missing() bool {
	return slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Verdict == Missing })
}

// Status checks whether everything that a workspace needs exists, and whether rules
// match what passed the bus. It changes nothing. It fails when the account cannot be
// asked at all: without credentials, or without an answer.
func (pr Provisioner) Status(ctx context.Context) (CheckUp, error) {
	c, err := pr.SetUp(ctx)
	if err == nil && c.Readable {
		c = c.With(pr.Passed(ctx).Findings(pr.Workspace))
	}
	return c, err
}

// SetUp is [Provisioner.Status] without what passed the bus, which takes longest.
func (pr Provisioner) SetUp(ctx context.Context) (CheckUp, error) {
	c := CheckUp{Cloud: pr.Cloud.Name, Region: pr.Cloud.Region, Bus: pr.Workspace.Bus(), Owner: pr.Owner(), Findings: []Finding{}}
	have, err := Read(ctx, pr.Cloud.Bus, pr.Workspace.Bus())
	switch bus.KindOf(err) {
	case bus.NoCredentials, bus.Unavailable, bus.Throttled:
		return c, err
	}
	if pr.Cloud.Name != AWS {
		c.Findings = append(c.Findings, pr.activated(err))
	}
	c.Findings = append(c.Findings, pr.roles(ctx)...)
	if bus.KindOf(err) != bus.NotActivated {
		c.Findings = append(c.Findings, pr.permissions(ctx, have, err)...)
		c.Findings = append(c.Findings, pr.found(have, err)...)
	}
	functions, recording := pr.functions(ctx)
	c.Findings = append(c.Findings, functions...)
	findings, kept := pr.recorded(ctx, recording)
	c.Findings = append(c.Findings, findings...)
	findings, own := pr.kept(ctx)
	c.Findings = append(c.Findings, findings...)
	c.Health = cmp.Or(kept, own)
	c.Findings = append(c.Findings, pr.muted(ctx, pr.Cloud.Update)...)
	c.Findings = append(c.Findings, pr.alarms(ctx)...)
	c.Findings = append(c.Findings, pr.secrets(ctx)...)
	c.Readable = err == nil && have.Exists
	return c.With(nil), nil
}

// With returns the check-up with more findings, such as those of [Passed.Findings].
func (c CheckUp) With(more []Finding) CheckUp {
	c.Findings = append(slices.Clip(c.Findings), more...)
	c.OK = !slices.ContainsFunc(c.Findings, func(f Finding) bool {
		// Some permissions cannot be checked without changing something, and a
		// quiet bus is no fault.
		return f.Verdict == Missing || f.Verdict == Unknown && !f.Permission && !f.Traffic
	})
	return c
}

func (pr Provisioner) activated(err error) Finding {
	f := Finding{Check: aService.With(), Verdict: OK, Text: active.With()}
	if bus.KindOf(err) == bus.NotActivated {
		f.Verdict, f.Text, f.Remedy = Missing, notActivated.With(), pr.Cloud.remedy(err)
	} else if err != nil {
		f.Verdict, f.Text = Unknown, answered.With("error", err.Error())
	}
	return f
}

// roles checks the two roles that Alibaba Cloud's services act with. Each is
// created by a grant in a console, or by a call that names its service.
func (pr Provisioner) roles(ctx context.Context) []Finding {
	if pr.Cloud.Role == nil {
		return nil
	}
	var list []Finding
	for _, role := range []struct {
		name, service string
		lets, grant   message.Sentence
	}{
		{policy.WorkspaceRole, "aiworkspace.pai.aliyuncs.com", letsPublish, grantPAI},
		{policy.SendRole, "sendevent-fc.eventbridge.aliyuncs.com", letsInvoke, grantInvoke},
	} {
		f := Finding{Check: aRole.With("role", role.name), Verdict: OK, Text: role.lets.With()}
		err := pr.Cloud.Role(ctx, role.name)
		switch {
		case err == nil:
		case bus.KindOf(err) == bus.NotFound:
			f.Verdict, f.Text = Missing, absent.With()
			f.Remedy = role.grant.With("command", "aliyun resourcemanager CreateServiceLinkedRole --ServiceName "+role.service)
		default:
			f.Verdict, f.Text, f.Remedy = Unknown, answered.With("error", err.Error()), findRole.With()
		}
		list = append(list, f)
	}
	return list
}

// found returns the findings about the bus and its rules.
func (pr Provisioner) found(have State, err error) []Finding {
	onBus := Finding{Check: aBus.With("bus", pr.Workspace.Bus()), Verdict: OK}
	rules := Finding{Check: theRules.With(), Verdict: Unknown, Text: rulesUnread.With()}
	switch {
	case err != nil:
		onBus.Verdict, onBus.Text, onBus.Remedy = Unknown, answered.With("error", err.Error()), pr.Cloud.remedy(err)
		return []Finding{onBus, rules}
	case !have.Exists:
		onBus.Verdict, onBus.Text, onBus.Remedy = Missing, absent.With(), makeBus.With()
	}
	p, err := pr.compare(have)
	if err != nil {
		rules.Verdict, rules.Text = Missing, rulesUnfit.With("error", err.Error())
		return []Finding{onBus, rules}
	}
	creates, changes, deletes := p.Summary()
	var others, shares any
	if len(p.Foreign) > 0 {
		others = otherRules.With("count", len(p.Foreign))
	}
	if how := p.Packing.Statement(); how.Code != "" {
		shares = sharing.With("how", how)
	}
	rules.Verdict, rules.Text = OK, rulesSame.With("unchanged", p.Unchanged, "others", others, "sharing", shares)
	if !p.Empty() {
		rules.Verdict, rules.Remedy = Missing, applyDocument.With()
		rules.Text = rulesDiffer.With("create", creates, "change", changes, "delete", deletes, "rest", rules.Text)
	}
	return []Finding{onBus, rules}
}

// functions returns the findings about the functions that the document's targets
// need, and what those which exist name: their ledger, and the bus that they serve.
func (pr Provisioner) functions(ctx context.Context) (list []Finding, recording map[string]records) {
	if pr.Cloud.Function == nil {
		return nil, nil
	}
	recording = map[string]records{}
	var types []string
	for _, r := range pr.Workspace.Rules {
		for _, receiver := range r.Receivers() {
			types = append(types, receiver.Type)
		}
	}
	slices.Sort(types)
	for _, typ := range slices.Compact(types) {
		name := policy.FunctionName(pr.Options.Prefix, typ)
		f := Finding{Check: aFunction.With("function", name), Verdict: OK}
		set, err := pr.Cloud.Function(ctx, name, ledger.Variable, deliver.BusVariable)
		if err == nil {
			recording[name] = records{set[ledger.Variable], set[deliver.BusVariable]}
		}
		switch {
		case bus.KindOf(err) == bus.NotFound:
			f.Verdict, f.Text, f.Remedy = Missing, absent.With(), deployIt.With()
		case err != nil:
			f.Verdict, f.Text, f.Remedy = Unknown, answered.With("error", err.Error()), pr.Cloud.remedy(err)
		case pr.Cloud.Invocable != nil:
			f = pr.invocable(ctx, name, f)
		}
		list = append(list, f)
	}
	return list, recording
}

func (pr Provisioner) invocable(ctx context.Context, name string, f Finding) Finding {
	err := pr.Cloud.Invocable(ctx, name, pr.Workspace.Bus())
	switch {
	case err == nil:
		f.Text = invocable.With()
	case bus.KindOf(err) == bus.NotFound:
		f.Verdict, f.Text = Missing, notInvocable.With()
		f.Remedy = run.With("command", fmt.Sprintf("aws lambda add-permission --function-name %s --statement-id pai-notify --action lambda:InvokeFunction --principal events.amazonaws.com --source-arn 'arn:aws:events:%s:%s:rule/%s/*'", name, pr.Cloud.Region, pr.Cloud.Account, pr.Workspace.Bus()))
	default:
		f.Verdict, f.Text, f.Remedy = Unknown, unsureInvoke.With("error", err.Error()), pr.Cloud.remedy(err)
	}
	return f
}
