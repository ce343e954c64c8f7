package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

type upCommand struct {
	Workspace string `short:"w" type:"path" help:"Workspace document; the demo's when left out." placeholder:"FILE"`
	Events    string `type:"path" help:"Folder of events to publish at the start. Left out, the demo gets the samples, and a workspace of your own nothing." placeholder:"DIR"`
	Listen    string `default:"127.0.0.1:0" help:"Loopback address of the inbox and of POST /events; port 0 takes a free one."`
	Once      bool   `help:"End when the events are published instead of serving on."`
	Logs      bool   `help:"Show the functions' log lines on standard error."`
}

// Run publishes the events, prints what became of them as it goes, and serves
// until it is interrupted. With Once the answer is no when a notification
// failed.
func (c *upCommand) Run(ctx context.Context, s streams) error {
	if err := loopback(c.Listen); err != nil {
		return err
	}
	d, err := startDemo(c.Listen)
	if err != nil {
		return err
	}
	defer d.close()
	w, err := readWorkspace(c.Workspace, d, s)
	if err != nil {
		return err
	}
	logs := io.Discard
	if c.Logs {
		logs = s.err
	}
	slog.SetDefault(slog.New(function.NewLogHandler(slog.NewJSONHandler(logs, nil))))
	u, err := newUp(context.WithoutCancel(ctx), w)
	if err != nil {
		return err
	}
	defer func() {
		if err := u.bus.Close(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(s.err, err)
		}
	}()
	d.mux.HandleFunc("POST /events", u.servePublish)

	samples, err := c.samples()
	if err != nil {
		return err
	}
	t := newTable(s.out)
	t.header(w, len(samples))
	for _, e := range samples {
		if ctx.Err() != nil {
			break
		}
		rows, err := u.publish(ctx, e)
		if err != nil && ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		t.print(rows)
	}
	t.footer(d)
	if c.Once {
		if t.failed > 0 {
			return errNo
		}
		return nil
	}
	fmt.Fprintf(s.out, "\nServing. Publish an event of your own, each with an id of its own:\n"+
		`  sed 's/"id": "[^"]*"/"id": "mine-1"/' events/dlc-job-failed.json | curl -H 'Content-Type: application/cloudevents+json' --data-binary @- %s/events`+
		"\nStop with Ctrl-C.\n", d.url)
	<-ctx.Done()
	fmt.Fprintln(s.out, "\nStopped.")
	return nil
}

func (c *upCommand) samples() ([]event.Event, error) {
	var list []event.Event
	if c.Events == "" && c.Workspace != "" {
		return nil, nil // its targets may be real, and the samples are invented
	}
	if c.Events == "" {
		for _, name := range events.Story() {
			text, err := events.Files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			e, err := event.Parse(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			list = append(list, e)
		}
		return list, nil
	}
	files, err := filepath.Glob(filepath.Join(c.Events, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no .json file in %s", c.Events)
	}
	for _, file := range files {
		found, err := readEvents(file, streams{})
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// up is the system on one machine: the bus, and the functions in this process.
type up struct {
	workspace  *workspace.Workspace
	classifier *deliver.Classifier
	bus        *local.Bus
	wrote      map[string]workspace.Rule // by the name of the rule on the bus
}

func newUp(ctx context.Context, w *workspace.Workspace) (*up, error) {
	classifier, err := deliver.NewClassifier(w.Catalogue)
	if err != nil {
		return nil, err
	}
	handlers := map[string]func(context.Context, []byte) (json.RawMessage, error){}
	once := map[string]bool{}
	for _, spec := range functions.Register() {
		handlers[spec.Type], once[spec.Type] = deliver.Handler(spec), spec.AtMostOnce()
	}
	bus, err := local.Open(ctx, local.Options{
		Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			return handlers[function](ctx, payload)
		},
		AtMostOnce:     func(function string) bool { return once[function] },
		InvokeTimeout:  functionTimeout,
		RulesPerBus:    math.MaxInt,
		TargetsPerRule: math.MaxInt,
	})
	if err != nil {
		return nil, err
	}
	u := &up{w, classifier, bus, map[string]workspace.Rule{}}
	if err := u.furnish(ctx); err != nil {
		return nil, errors.Join(err, bus.Close(ctx))
	}
	return u, nil
}

// furnish puts the workspace's rules on the bus, one for each pattern of a rule.
func (u *up) furnish(ctx context.Context) error {
	if err := u.bus.CreateEventBus(ctx, local.EventBus{Name: u.workspace.Bus()}); err != nil {
		return err
	}
	for _, r := range u.workspace.Rules {
		var targets []local.Target
		for i, to := range r.Receivers() {
			wrapper, err := json.Marshal(map[string]any{"rule": event.Rule{Name: r.Name, Catalogue: u.workspace.Changes}, "target": to, "event": "$"})
			if err != nil {
				return err
			}
			targets = append(targets, local.Target{ID: fmt.Sprintf("target-%d", i+1), Type: local.FunctionType, Params: []local.Param{
				{ResourceKey: "functionName", Form: "CONSTANT", Value: to.Type},
				{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"event":"$"}`, Template: strings.Replace(string(wrapper), `"event":"$"`, `"event":${event}`, 1)},
			}})
		}
		for i, p := range r.Patterns() {
			name := r.Name
			if i > 0 {
				name = fmt.Sprintf("%s--%d", r.Name, i+1)
			}
			u.wrote[name] = r
			if err := u.bus.CreateRule(ctx, local.Rule{Name: name, Bus: u.workspace.Bus(), FilterPattern: p.String(), Enabled: r.Enabled, Targets: targets}); err != nil {
				return fmt.Errorf("rule %s: %w", r.Name, err)
			}
		}
	}
	return nil
}

// publish puts e on the bus and returns a row for each notification and for
// each rule of the event's source that did not match.
func (u *up) publish(ctx context.Context, e event.Event) ([]row, error) {
	source, typ := u.classifier.Classify(e)
	name := typ.Name
	if name == "" {
		name = e.Type()
	}
	puts, err := u.bus.Publish(ctx, u.workspace.Bus(), e)
	if err != nil {
		return nil, err
	}
	if puts[0].Text != "" {
		return nil, fmt.Errorf("event %q: %s", e.ID(), puts[0].Text)
	}
	if puts[0].Duplicate {
		return []row{{deliver.Outcome{Status: deliver.Skipped, Event: e.ID(), EventType: name, Reason: "an event with its source and id was published within the last day"}}}, nil
	}
	notifications, err := u.bus.Wait(ctx, u.workspace.Bus(), e)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range u.workspace.Rules {
		matched := false
		for _, n := range notifications {
			if u.wrote[n.Rule].Name == r.Name {
				matched = true
				rows = append(rows, rowOf(name, n))
			}
		}
		if matched || r.Source != source.Name {
			continue
		}
		why := "the rule is disabled"
		if r.Enabled {
			if why, err = r.Refusal(e.JSON()); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row{deliver.Outcome{Status: deliver.Skipped, Event: e.ID(), EventType: name, Rule: r.Name, Reason: whyNot(r, typ, why)}})
	}
	if rows == nil {
		rows = []row{{deliver.Outcome{Status: deliver.Skipped, Event: e.ID(), EventType: name, Reason: "no rule asks for events of its source, " + e.Source()}}}
	}
	return rows, nil
}

// whyNot says in the words of the document why a rule did not match, where the
// event's type decided it.
func whyNot(r workspace.Rule, t event.Type, refusal string) string {
	if t.Name == "" || !r.Enabled || slices.Contains(r.Events, "*") || slices.Contains(r.Events, t.What()) {
		return refusal
	}
	return "the rule asks for " + strings.Join(r.Events, ", ")
}

// rowOf reads a function's answer back into its outcome.
func rowOf(name string, n local.Notification) row {
	var o deliver.Outcome
	if err := json.Unmarshal(n.Answer, &o); err != nil || o.Rule == "" {
		o = deliver.Outcome{Status: deliver.Failed, EventType: name, Rule: n.Rule, Target: n.Target, Reason: n.Outcome.Reason}
	}
	return row{o}
}

// servePublish takes events over HTTP in any payload shape and answers with
// their outcomes, or with what is wrong with the payload.
func (u *up) servePublish(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, publishLimit))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Errorf("the body is larger than the %d bytes a bus takes at once", publishLimit))
		return
	}
	p, err := event.Decode(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	outcomes := []deliver.Outcome{}
	for _, item := range p.Items {
		if item.Test {
			item.Err = errTest
		}
		if item.Err != nil {
			refuse(w, http.StatusBadRequest, item.Err)
			return
		}
	}
	for _, item := range p.Items {
		rows, err := u.publish(r.Context(), item.Event)
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		for _, row := range rows {
			outcomes = append(outcomes, row.Outcome)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(outcomes)
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
