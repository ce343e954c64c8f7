package provision

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/cfn"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// ResourceType is the type that a template gives the custom resource.
const ResourceType = "Custom::PaiWorkspace"

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

// serveCustomResource does what a stack asks for and tells it how that ended. It
// does nothing when the answer would go somewhere else.
func serveCustomResource(ctx context.Context, open Open, e cfn.Event) (json.RawMessage, error) {
	if err := answerable(e.ResponseURL); err != nil {
		slog.ErrorContext(ctx, "provision", "action", "CloudFormation "+string(e.RequestType), "error", err.Error())
		return nil, failure{Answer{Error: err.Error()}}
	}
	answer := cfn.NewResponse(&e)
	answer.Status = cfn.StatusSuccess
	working, cancel := ctx, context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		working, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
	}
	defer cancel()
	id, data, err := resource{open}.try(working, e)
	if err != nil {
		slog.ErrorContext(ctx, "provision", "action", "CloudFormation "+string(e.RequestType), "error", err.Error())
		answer.Status, answer.Reason = cfn.StatusFailed, message.ClipCharacters(err.Error(), longestReason)
	}
	// An id is mandatory; that of the request names nothing of ours.
	answer.PhysicalResourceID, answer.Data = cmp.Or(id, e.PhysicalResourceID, e.RequestID), data
	if err := put(ctx, e.ResponseURL, answer); err != nil {
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
	return busName, owner, ok && strings.HasPrefix(busName, workspace.BusPrefix) && owner != ""
}

// try serves a request, also when that panics: a stack would wait for an hour.
func (r resource) try(ctx context.Context, e cfn.Event) (id string, data map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil {
			id, data, err = "", nil, fmt.Errorf("provision: panic: %v", p)
		}
	}()
	return r.serve(ctx, e)
}

func (r resource) serve(ctx context.Context, e cfn.Event) (id string, data map[string]any, err error) {
	switch e.RequestType {
	case cfn.RequestDelete:
		return e.PhysicalResourceID, nil, r.delete(ctx, e)
	case cfn.RequestCreate, cfn.RequestUpdate:
	default:
		return "", nil, fmt.Errorf("provision: there is no request %.40q of a custom resource", e.RequestType)
	}
	oldBus, oldOwner, _ := parsePhysicalID(e.PhysicalResourceID)
	provisioner, err := r.provisioner(ctx, e)
	if err != nil {
		// The old id stays, or none is given: nothing was made under it.
		return e.PhysicalResourceID, nil, err
	}
	id = physicalID(provisioner.Workspace.Bus(), provisioner.Owner())
	if oldBus == provisioner.Workspace.Bus() && oldOwner != provisioner.Owner() {
		trusted, err := payloadTrusted()
		if err == nil && !trusted {
			err = notTakenOver(ctx, provisioner, oldOwner)
		}
		if err != nil {
			return e.PhysicalResourceID, nil, err
		}
		if trusted {
			provisioner.Options.TakeOver = cmp.Or(provisioner.Options.TakeOver, oldOwner)
		}
	}
	p, err := provisioner.Plan(ctx)
	if err == nil {
		err = p.Stopped()
	}
	if err != nil {
		return e.PhysicalResourceID, nil, provisioner.Cloud.Explain(err)
	}
	if err := provisioner.Cloud.Apply(ctx, p, nil); err != nil {
		if id != e.PhysicalResourceID && p.Continues() {
			// CloudFormation deletes what a failed creation names, and some of
			// it was there before.
			return e.PhysicalResourceID, nil, provisioner.Cloud.Explain(err)
		}
		return id, nil, provisioner.Cloud.Explain(err)
	}
	return id, map[string]any{"Bus": provisioner.Workspace.Bus(), "Owner": provisioner.Owner(), "Rules": p.Rules()}, nil
}

// notTakenOver refuses a document of another owner as long as rules of the old one
// are on the bus.
func notTakenOver(ctx context.Context, provisioner provision.Provisioner, oldOwner string) error {
	have, err := provision.Read(ctx, provisioner.Cloud.Bus, provisioner.Workspace.Bus())
	if err == nil && have.Holds(oldOwner) {
		err = fmt.Errorf("provision: the rules of this resource are of the owner %q, and the document is of %q: whose rules are taken over is not taken from a payload; run pai-notify apply --take-over %[1]s with the new document first", oldOwner, provisioner.Owner())
	}
	return provisioner.Cloud.Explain(err)
}

func (r resource) provisioner(ctx context.Context, e cfn.Event) (provision.Provisioner, error) {
	p, err := readProperties(e.ResourceProperties)
	if err != nil {
		return provision.Provisioner{}, err
	}
	a := asked{document: []byte(p.WorkspaceDocument), documentKey: "WorkspaceDocument", deadLetter: p.DeadLetterArn,
		options: provision.Options{Prefix: p.FunctionPrefix, Owner: p.Owner, TakeOver: p.TakeOver}}
	switch p.AllowMissingSecrets {
	case "true":
		a.options.AllowMissing = true
	case "", "false":
	default:
		return provision.Provisioner{}, fmt.Errorf("provision: AllowMissingSecrets is %q: it is true or false", p.AllowMissingSecrets)
	}
	a.keys.prefix, a.keys.owner, a.keys.takeOver, a.keys.deadLetter = "FunctionPrefix", "Owner", "TakeOver", "DeadLetterArn"
	w, o, deadLetter, err := a.resolve()
	if err != nil {
		return provision.Provisioner{}, err
	}
	if p.Workspace != "" && p.Workspace != w.Name {
		return provision.Provisioner{}, fmt.Errorf("provision: the template's workspace is %q and the document's is %q: give the parameter Workspace the document's name, or pack the document that is meant", p.Workspace, w.Name)
	}
	cloud, err := r.open(ctx, deadLetter)
	return provision.Provisioner{Cloud: cloud, Workspace: w, Options: o}, err
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
// given to anything. Without [PayloadVariable] only the rules of the document's
// owner on the document's bus go: the id comes with the payload.
func (r resource) delete(ctx context.Context, e cfn.Event) error {
	busName, owner, ok := parsePhysicalID(e.PhysicalResourceID)
	if !ok {
		return nil
	}
	trusted, err := payloadTrusted()
	if err != nil {
		return err
	}
	cloud, err := r.open(ctx, "")
	if err != nil {
		return err
	}
	if !trusted {
		w, _, _, err := asked{}.resolve()
		if err != nil {
			return err
		}
		provisioner := provision.Provisioner{Cloud: cloud, Workspace: w}
		stays := fmt.Errorf("provision: this function keeps the bus %s for the owner %q: the rules of %q on %s stay; to remove them, run pai-notify delete with the earlier document", w.Bus(), provisioner.Owner(), owner, busName)
		switch {
		case busName != w.Bus():
			return stays
		case owner != provisioner.Owner():
			have, err := provision.Read(ctx, cloud.Bus, busName)
			if err != nil {
				return cloud.Explain(err)
			}
			if have.Holds(owner) {
				return stays
			}
			return nil // they were taken over
		}
	}
	provisioner := provision.Provisioner{Cloud: cloud, Workspace: &workspace.Workspace{Name: strings.TrimPrefix(busName, workspace.BusPrefix), Owner: owner, Types: functions.Register()}}
	p, err := provisioner.Removal(ctx, "")
	if err == nil {
		err = cloud.Apply(ctx, p, nil)
	}
	if err != nil && bus.KindOf(err) != bus.NotFound {
		return cloud.Explain(err)
	}
	return nil
}
