package provision

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// ResourceType is the type that a template gives the custom resource.
const ResourceType = "Custom::PaiWorkspace"

// answerTime is kept of an invocation for its answer: a custom resource that
// does not answer holds its stack up for an hour.
const answerTime = 3 * time.Second

// longestReason keeps the answer within the 4 KB that CloudFormation takes.
const longestReason = 2000

// properties are those of the custom resource. CloudFormation makes texts of
// all scalars.
type properties struct {
	WorkspaceDocument string
	// Workspace is what the template calls the workspace, for whose bus alone it
	// gives permissions.
	Workspace      string
	FunctionPrefix string
	DeadLetterArn  string
	Owner          string
	TakeOver       string
	// AllowMissingSecrets is "true" to apply though secrets are missing where the
	// functions run.
	AllowMissingSecrets string
}

func customResource(payload []byte) (cfn.Event, bool) {
	var e cfn.Event
	if !bytes.Contains(payload, []byte(`"ResponseURL"`)) || json.Unmarshal(payload, &e) != nil {
		return e, false
	}
	return e, e.RequestType != "" && e.ResponseURL != ""
}

func serveCustomResource(ctx context.Context, open Open, e cfn.Event) (json.RawMessage, error) {
	_, err := cfn.LambdaWrap(func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
			defer cancel()
		}
		id, data, err := resource{open}.serve(ctx, e)
		if err != nil {
			err = errors.New(shortenedTo(err.Error(), longestReason))
		}
		return id, data, err
	})(ctx, e)
	if err != nil {
		// Lambda invokes again, and what was done is found done.
		return nil, fmt.Errorf("provision: CloudFormation did not take the answer: %w", err)
	}
	return json.RawMessage(`{}`), nil
}

// resource is the custom resource: a workspace's rules on their bus. Its
// physical id names both, so that a deletion needs no document, and a change
// of the workspace's name or of the owner makes another resource, after which
// CloudFormation deletes the old one.
type resource struct{ open Open }

const physicalPrefix = "pai-notify/"

func physicalID(busName, owner string) string { return physicalPrefix + busName + "/" + owner }

func parsePhysicalID(id string) (busName, owner string, ok bool) {
	rest, ok := strings.CutPrefix(id, physicalPrefix)
	if !ok {
		return "", "", false
	}
	busName, owner, ok = strings.Cut(rest, "/")
	return busName, owner, ok && busName != "" && owner != ""
}

func (r resource) serve(ctx context.Context, e cfn.Event) (id string, data map[string]any, err error) {
	if e.RequestType == cfn.RequestDelete {
		return e.PhysicalResourceID, nil, r.delete(ctx, e.PhysicalResourceID)
	}
	oldBus, oldOwner, _ := parsePhysicalID(e.PhysicalResourceID)
	desk, err := r.desk(ctx, e)
	if err != nil {
		// The old id stays, or none is given: nothing was made under it.
		return e.PhysicalResourceID, nil, err
	}
	id = physicalID(desk.Workspace.Bus(), desk.Owner())
	if oldBus == desk.Workspace.Bus() && oldOwner != desk.Owner() {
		desk.Options.TakeOver = cmp.Or(desk.Options.TakeOver, oldOwner)
	}
	have, err := Read(ctx, desk.Cloud.Bus, desk.Workspace.Bus())
	if err != nil {
		return e.PhysicalResourceID, nil, explain(err, desk.Cloud)
	}
	p, err := desk.compare(have)
	if err == nil {
		p = desk.withSecrets(ctx, p)
		err = p.Stopped()
	}
	if err != nil {
		return e.PhysicalResourceID, nil, explain(err, desk.Cloud)
	}
	if err := Apply(ctx, desk.Cloud.Bus, p, nil); err != nil {
		if id != e.PhysicalResourceID && holds(have, desk) {
			// CloudFormation deletes what a failed creation names, and some of
			// it was there before.
			return e.PhysicalResourceID, nil, explain(err, desk.Cloud)
		}
		return id, nil, explain(err, desk.Cloud)
	}
	return id, map[string]any{"Bus": desk.Workspace.Bus(), "Owner": desk.Owner(), "Rules": len(p.want.Rules)}, nil
}

// holds tells whether something of the owner's stands on the bus.
func holds(have State, d Desk) bool {
	o := d.options()
	mine := State{Owner: o.Owner, options: o}
	return mine.made(have.Bus) || slices.ContainsFunc(have.Rules, mine.owns)
}

func explain(err error, c Cloud) error {
	if remedy := Remedy(err, c); remedy != "" {
		return fmt.Errorf("%w: %s", err, remedy)
	}
	return err
}

func (r resource) desk(ctx context.Context, e cfn.Event) (Desk, error) {
	p, err := readProperties(e.ResourceProperties)
	if err != nil {
		return Desk{}, err
	}
	w, err := Request{Workspace: json.RawMessage(p.WorkspaceDocument)}.document()
	if err != nil {
		return Desk{}, err
	}
	if p.Workspace != "" && p.Workspace != w.Name {
		return Desk{}, fmt.Errorf("provision: the template's workspace is %q and the document's is %q: give the parameter Workspace the document's name, or pack the document that is meant", p.Workspace, w.Name)
	}
	o := Options{Prefix: p.FunctionPrefix, Owner: p.Owner, TakeOver: p.TakeOver}
	switch p.AllowMissingSecrets {
	case "true":
		o.AllowMissing = true
	case "", "false":
	default:
		return Desk{}, fmt.Errorf("provision: AllowMissingSecrets is %q: it is true or false", p.AllowMissingSecrets)
	}
	o, err = o.configured()
	if err != nil {
		return Desk{}, err
	}
	cloud, err := r.open(ctx, cmp.Or(p.DeadLetterArn, os.Getenv(DeadLetterVariable)))
	return Desk{Cloud: cloud, Workspace: w, Options: o}, err
}

func readProperties(given map[string]any) (p properties, err error) {
	fields := map[string]*string{
		"WorkspaceDocument": &p.WorkspaceDocument, "Workspace": &p.Workspace, "FunctionPrefix": &p.FunctionPrefix, "DeadLetterArn": &p.DeadLetterArn,
		"Owner": &p.Owner, "TakeOver": &p.TakeOver, "AllowMissingSecrets": &p.AllowMissingSecrets,
		// CloudFormation's own, and what a template changes to have the rules applied.
		"ServiceToken": new(string), "ServiceTimeout": new(string), "Package": new(string),
	}
	for name, value := range given {
		into, known := fields[name]
		text, isText := value.(string)
		switch {
		case !known:
			return p, fmt.Errorf("provision: %s has no property %s: use WorkspaceDocument, Workspace, FunctionPrefix, DeadLetterArn, Owner, TakeOver or AllowMissingSecrets", ResourceType, name)
		case !isText && name == "WorkspaceDocument":
			return p, errors.New("provision: WorkspaceDocument must be a text, the JSON form of a workspace document as pai-notify json prints it: CloudFormation would make texts of its numbers")
		case !isText:
			return p, fmt.Errorf("provision: the property %s must be a text", name)
		}
		*into = strings.TrimSpace(text)
	}
	return p, nil
}

// delete removes what a physical id names. An id that is not of ours was never
// given to anything.
func (r resource) delete(ctx context.Context, id string) error {
	busName, owner, ok := parsePhysicalID(id)
	if !ok {
		return nil
	}
	cloud, err := r.open(ctx, "")
	if err != nil {
		return err
	}
	p, err := removal(ctx, cloud.Bus, busName, Options{Owner: owner}, "")
	if err == nil {
		err = Apply(ctx, cloud.Bus, p, nil)
	}
	if err != nil && bus.KindOf(err) != bus.NotFound {
		return explain(err, cloud)
	}
	return nil
}
