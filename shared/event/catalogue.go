package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Severity says how urgent an event type is.
type Severity string

// The severities, from the least to the most urgent.
const (
	Info     Severity = "info"
	Success  Severity = "success"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Type is one entry of the catalogue: an event type that rules can name.
type Type struct {
	// Name is "<source>.<what>", such as "dlc.job-failed".
	Name string `json:"name"`
	// Severity is how urgent events of this type are; empty if the status in each
	// event decides.
	Severity Severity `json:"severity,omitempty"`
	// Decided is true when a document sets the severity, which then holds
	// whatever state an event reports. The built-in catalogue's severity is only
	// a default.
	Decided bool `json:"-"`
	// Pattern is the event pattern, in the Alibaba Cloud dialect, that events
	// of this type match.
	Pattern json.RawMessage `json:"pattern,omitempty"`
	// RecoveredBy are the names of the event types that tell that what failed so
	// runs again or has succeeded; nil for a type that tells of no failure.
	RecoveredBy []string `json:"recovered_by,omitempty" doc:"Names of the event types of the same source which tell that what failed so has recovered, such as dlc.job-running."`
	// Ends is true for a type that tells that a job or flow has ended.
	Ends bool `json:"ends,omitempty" doc:"true for events which tell that the job or flow they are about has ended, as a summary needs to know. A status that says otherwise counts more."`
}

// Source returns the part of the name before the dot; "" if there is no dot.
func (t Type) Source() string {
	source, _, _ := strings.Cut(t.Name, ".")
	return source
}

// What returns the part of the name after the dot, as rules name the type.
func (t Type) What() string {
	_, what, _ := strings.Cut(t.Name, ".")
	return what
}

// Field is a part of an event's data that messages show.
type Field struct {
	// Label is the key of the field's name in every language, such as "status".
	Label string `json:"label" doc:"Key of a field that messages know, such as reason, or a name of your own."`
	// Path leads to the value inside data, as in [Event.Lookup].
	Path string `json:"path" doc:"Way to the value inside the event's data: names joined by dots, where a number is the place in a list, counted from 0, and * all of it, such as Pods.0.PodId or JobSpecs.*.Image. Names are found in any case and in snake_case."`
}

// Source is one of PAI's services that send events, such as "dlc".
type Source struct {
	// Name is the source's name in rules and event type names.
	Name string `json:"name"`
	// Pattern matches every event of the source, known types or not.
	Pattern json.RawMessage `json:"pattern,omitempty"`
	// ID and Title are the paths of the identity and of the display name of
	// what the event is about, such as JobId and DisplayName.
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	// CreatedBy, Flow and Model are the paths that a rule's scope compares; empty
	// where the source has no such scope.
	CreatedBy string `json:"created_by,omitempty"`
	Flow      string `json:"flow,omitempty"`
	Model     string `json:"model,omitempty"`
	// Workspace is the path of the workspace's id.
	Workspace string `json:"workspace,omitempty"`
	// Console is the address of the page about the event's subject, with
	// {region}, {workspace} and {id} to fill in.
	Console string `json:"console,omitempty"`
	// Fields are shown in this order, if the event has them and they say more
	// than the title. Of several with one label, the first that the event has is
	// shown.
	Fields []Field `json:"fields,omitempty" doc:"What messages show of an event, in this order, but for what the title says already; of several with one label the first that the event has. A rule may choose other fields."`
}

// Catalogue lists the event sources and event types that rules can name. The zero
// value is empty. A catalogue does not change once made.
type Catalogue struct {
	Sources []Source `json:"sources,omitempty"`
	Types   []Type   `json:"types,omitempty"`
}

// Builtin returns the catalogue that comes with the program: this project's
// convention, not PAI's. It must not be changed.
func Builtin() *Catalogue { return &builtin }

// Source returns the source of that name.
func (c *Catalogue) Source(name string) (Source, bool) {
	i := slices.IndexFunc(c.Sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return c.Sources[i], true
}

// Type returns the event type of that name.
func (c *Catalogue) Type(name string) (Type, bool) {
	i := slices.IndexFunc(c.Types, func(t Type) bool { return t.Name == name })
	if i < 0 {
		return Type{}, false
	}
	return c.Types[i], true
}

// TypesOf returns the event types of a source in the catalogue's order.
func (c *Catalogue) TypesOf(source string) []Type {
	var types []Type
	for _, t := range c.Types {
		if t.Source() == source {
			types = append(types, t)
		}
	}
	return types
}

// With returns the catalogue with entries replaced or added. An entry with a known
// name needs only the members that it changes; the fields of a source are replaced
// as a whole. It fails for an entry without a name, and for a new entry that lacks
// a pattern or whose source is unknown.
func (c *Catalogue) With(changes Catalogue) (*Catalogue, error) {
	merged := Catalogue{Sources: slices.Clone(c.Sources), Types: slices.Clone(c.Types)}
	for _, s := range changes.Sources {
		if err := merged.putSource(s); err != nil {
			return nil, err
		}
	}
	for _, t := range changes.Types {
		if err := merged.putType(t); err != nil {
			return nil, err
		}
	}
	return &merged, nil
}

func (c *Catalogue) putSource(s Source) error {
	if s.Name == "" || strings.Contains(s.Name, ".") {
		return fmt.Errorf("event: catalogue: source %q: the name must be given and have no dot", s.Name)
	}
	i := slices.IndexFunc(c.Sources, func(o Source) bool { return o.Name == s.Name })
	if i < 0 {
		if len(s.Pattern) == 0 {
			return fmt.Errorf("event: catalogue: source %q is new and needs a pattern", s.Name)
		}
		c.Sources = append(c.Sources, s)
		return nil
	}
	old := &c.Sources[i]
	for _, m := range []struct{ to, from *string }{
		{&old.ID, &s.ID}, {&old.Title, &s.Title}, {&old.CreatedBy, &s.CreatedBy}, {&old.Flow, &s.Flow},
		{&old.Model, &s.Model}, {&old.Workspace, &s.Workspace}, {&old.Console, &s.Console},
	} {
		if *m.from != "" {
			*m.to = *m.from
		}
	}
	if len(s.Pattern) != 0 {
		old.Pattern = s.Pattern
	}
	if s.Fields != nil {
		old.Fields = s.Fields
	}
	return nil
}

func (c *Catalogue) putType(t Type) error {
	if t.Source() == "" || t.What() == "" {
		return fmt.Errorf("event: catalogue: event type %q: the name must be <source>.<what>", t.Name)
	}
	if _, ok := c.Source(t.Source()); !ok {
		return fmt.Errorf("event: catalogue: event type %q: there is no source %q", t.Name, t.Source())
	}
	switch t.Severity {
	case "", Info, Success, Warning, Critical:
	default:
		return fmt.Errorf("event: catalogue: event type %q: severity %q is none of info, success, warning, critical", t.Name, t.Severity)
	}
	i := slices.IndexFunc(c.Types, func(o Type) bool { return o.Name == t.Name })
	if i < 0 {
		if len(t.Pattern) == 0 {
			return fmt.Errorf("event: catalogue: event type %q is new and needs a pattern", t.Name)
		}
		t.Decided = t.Severity != ""
		c.Types = append(c.Types, t)
		return nil
	}
	if len(t.Pattern) != 0 {
		c.Types[i].Pattern = t.Pattern
	}
	if t.Severity != "" {
		c.Types[i].Severity, c.Types[i].Decided = t.Severity, true
	}
	if t.RecoveredBy != nil {
		c.Types[i].RecoveredBy = t.RecoveredBy
	}
	c.Types[i].Ends = c.Types[i].Ends || t.Ends
	return nil
}
