// Package document defines the shape of a workspace document: the structs that the
// parser reads into and that the editors' schema is generated from, so that both
// know the same keys.
//
// A key is required unless its json tag says omitempty or omitzero. Two more tags
// refine it: "format" names a [Format], and "doc" is what editors show.
package document

import (
	"cmp"
	"encoding/json"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Document is what people write about one workspace.
type Document struct {
	Workspace string              `json:"workspace" format:"workspace" doc:"Name of the PAI workspace. Its event bus is pai-system-<name>."`
	Owner     string              `json:"owner,omitempty" format:"owner" doc:"Whose the rules are that this document puts on an event bus: it tells them from those of other documents there. The workspace's name when absent."`
	Language  message.Language    `json:"language,omitempty" doc:"Language of messages where neither the target nor the contact names one; en when absent."`
	Quota     int                 `json:"quota,omitempty" format:"quota" doc:"Targets per rule granted to the account: 5 unless PAI raised it, at most 100. Each contact in each contact channel counts as one."`
	Quiet     map[string]Interval `json:"quiet,omitempty" doc:"Quiet hours, by a name that rules and contacts give. What is not critical then waits, and comes as one message when they end; nothing waits for more than 24 hours."`
	Prices    *Prices             `json:"prices,omitempty" doc:"What an hour costs, for the summaries of rules: with these prices they say about how much a job cost."`
	Contacts  []Contact           `json:"contacts,omitempty" doc:"People that rules reach by phone or email."`
	Receivers []Receiver          `json:"receivers,omitempty" doc:"Receivers that several rules notify, each written once: a rule refers to one by its name."`
	Rules     []Rule              `json:"rules" doc:"Events to notify about, and the targets to notify."`
	Catalogue event.Catalogue     `json:"catalogue,omitzero" doc:"Event sources and event types to add to the built-in catalogue or to change in it, entry by entry. An entry of a known name needs only the members it changes."`
}

// Interval is a time of day that comes again, such as the nights of a week.
type Interval struct {
	From string `json:"from" format:"clock" doc:"Time of day at which it begins, such as \"22:00\"."`
	To   string `json:"to" format:"clock" doc:"Time of day at which it ends, such as \"08:00\": on the next day when it is not later than from. \"24:00\" is the end of the day."`
	Zone string `json:"zone" doc:"Time zone by its IANA name, such as Asia/Shanghai or UTC."`
	Days []Day  `json:"days,omitempty" doc:"Days of the week on which it begins; every day when absent."`
}

// Day is a day of the week.
type Day string

// Values are the days from Monday on.
func (Day) Values() []string { return append(hold.Days[1:len(hold.Days):len(hold.Days)], hold.Days[0]) }

// Hours are the names of quiet hours. A document may write a single one without the
// list around it.
type Hours []string

// Prices are what an hour costs.
type Prices struct {
	Currency  string           `json:"currency" format:"currency" doc:"Currency of the prices by its ISO 4217 code, such as CNY."`
	GPUs      map[string]Price `json:"gpus,omitempty" doc:"Price of one GPU for an hour, with the CPUs and memory that belong to it, by the GPU type of the job; any is for every other type."`
	Instances map[string]Price `json:"instances,omitempty" doc:"Price of one instance for an hour by its type, such as ecs.gn7i-c8g1.2xlarge, for jobs that run on instances."`
}

// Price is that of an hour, from 0 to [Price.Most].
type Price float64

// Most is more than an hour of anything costs.
func (Price) Most() int { return 1_000_000 }

// Group folds what happens to one thing.
type Group struct {
	By   hold.By `json:"by" doc:"What the messages are about: job for dlc, flow for flow, model for model, instance for dsw, or rule for all that the rule asks for."`
	Wait string  `json:"wait,omitempty" format:"wait" doc:"How long what follows is collected, from 10s to 1h; 2m when absent."`
}

// Contact is a person.
type Contact struct {
	Name     string            `json:"name" format:"name" doc:"Name by which targets refer to the contact."`
	ID       string            `json:"id,omitempty" format:"name" doc:"What identifies the contact for good: the name when absent. Give the old name here before you change the name, and what waits for the contact still arrives."`
	Phone    string            `json:"phone,omitempty" format:"phone" doc:"Phone number in quotes: +<country code><number>, or 11 digits in mainland China."`
	Email    string            `json:"email,omitempty" format:"email" doc:"Email address."`
	UID      string            `json:"uid,omitempty" format:"id" doc:"Id, in quotes, of the person's account in PAI, for targets that notify or mention creator: whoever created what an event is about."`
	Mention  map[string]string `json:"mention,omitempty" doc:"How chats mention this person, by target type: user ids for dingtalk and wecom, an open id or user id for lark, such as {lark: ou_1}. DingTalk and WeCom find people by phone too."`
	Quiet    Hours             `json:"quiet,omitempty" format:"name" doc:"Quiet hours of this person, besides those of the rule: what is not critical waits until they end."`
	Language message.Language  `json:"language,omitempty" doc:"Language this person is written to in, unless the target names one."`
}

// Key is what identifies the contact: its id, or its name where it has none.
func (c Contact) Key() string { return cmp.Or(c.ID, c.Name) }

// Rule says which events go to which targets.
type Rule struct {
	Name        string   `json:"name" format:"rule" doc:"Name of the rule, unique in the document; also its name on the event bus when it is new there."`
	ID          string   `json:"id,omitempty" format:"rule id" doc:"What identifies the rule for good: the name when absent. Give the old name here before you change the name, and nothing moves on the event bus."`
	Description string   `json:"description,omitempty" format:"description" doc:"What the rule is for."`
	Enabled     *bool    `json:"enabled,omitempty" doc:"false keeps the rule and sends nothing; true when absent."`
	Source      string   `json:"source" doc:"Event source."`
	Events      []string `json:"events" doc:"Event types of the source, or [\"*\"] for everything it sends, types not yet known included."`
	Scope       Scope    `json:"scope,omitzero" doc:"Which of these events: all of the workspace when absent."`
	Title       Title    `json:"title,omitempty" format:"title" doc:"What stands after \"DLC job failed: \" in the title of the rule's messages, such as [name, {path: Envs.TEAM}]: several are joined by \" · \", and what an event lacks is left out. The name of what the event is about when absent, or when the event has none of them."`
	Fields      Shown    `json:"fields,omitempty" format:"fields" doc:"What the rule's messages show of an event: these facts and no others, in this order, but for the time and the link, which stay. What an event lacks is left out. The facts of the catalogue when absent."`
	Group       *Group   `json:"group,omitempty" doc:"Sends the first message about a thing at once, and what follows within the wait as one. Something more severe is sent at once; HTTP endpoints get every event."`
	Quiet       Hours    `json:"quiet,omitempty" format:"name" doc:"Names of quiet hours: what is not critical waits until they end, and comes as one message. Calls are left out then; HTTP endpoints get every event."`
	Recovered   bool     `json:"recovered,omitempty" doc:"true tells whoever got a failure when the same thing runs again or succeeds."`
	Summary     bool     `json:"summary,omitempty" doc:"true sums up in one line what has ended: how long it ran, how often it was restarted, its GPUs and, with prices, about what it cost."`
	Targets     []Target `json:"targets" doc:"Who receives the notification."`
}

// Part is a piece of an event, by the one or by the other. A document may write
// one that has a key as that key alone.
type Part struct {
	Key  string `json:"key,omitempty" doc:"Key of a field that messages know, such as name or reason."`
	Path string `json:"path,omitempty" format:"path" doc:"Way to a value inside the event's data: names joined by dots, where a number is the place in a list and * all of it, such as JobSpecs.*.Image."`
}

// Fact is a piece of an event with its label.
type Fact struct {
	Part
	Label Label `json:"label,omitzero" doc:"What the value is called: one text, or one for each language. The name that the field always has when absent, and for a path the path."`
}

// Label is a text in each language; another language stands for one that is
// absent. A document may write one text for all.
type Label struct {
	EN string `json:"en,omitempty" format:"label" doc:"The label in English."`
	ZH string `json:"zh,omitempty" format:"label" doc:"The label in Chinese."`
	JA string `json:"ja,omitempty" format:"label" doc:"The label in Japanese."`
}

// Title is the pieces that a title is made of. A document may write a single one
// without the list around it.
type Title []Part

// Shown are the facts below a title, a single one without the list around it too.
type Shown []Fact

// Scope narrows a rule. Its zero value, written as "workspace", does not. A
// document may name several keys: an event must then satisfy each.
type Scope struct {
	CreatedBy []string `json:"created_by,omitempty" format:"id" doc:"Ids, in quotes, of the users who created what the event is about."`
	Flows     []string `json:"flows,omitempty" format:"id" doc:"Ids, in quotes, of the flows; for the source flow."`
	Models    []string `json:"models,omitempty" format:"id" doc:"Ids, in quotes, of the models; for the source model."`
}

// WholeWorkspace is how a document writes the zero [Scope].
const WholeWorkspace = "workspace"

// Everything is the event type that stands for all events of a source.
const Everything = "*"

// Creator stands, among the contacts of a target, for whoever created what an event is
// about.
const Creator = "creator"

// Receiver is what rules refer to by its name. In a document the parameters stand
// flat beside these keys.
type Receiver struct {
	Name     string           `json:"name" format:"name" doc:"Name by which rules refer to the receiver."`
	ID       string           `json:"id,omitempty" format:"name" doc:"What identifies the receiver for good: the name when absent. Give the old name here before you change the name, and what waits for the receiver still arrives."`
	Type     string           `json:"type" doc:"Target type."`
	Language message.Language `json:"language,omitempty" doc:"Language of this receiver's messages, unless the rule names one."`
	// Contacts is a key of the types that are sent to contacts only.
	Contacts []string `json:"contacts,omitempty" doc:"Names of contacts, for the rules that name none. Each becomes a target of its own and counts as one. creator stands for whoever created what an event is about."`
	// Parameters are the keys of the type's configuration.
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
}

// Key is what identifies the receiver: its id, or its name where it has none.
func (r Receiver) Key() string { return cmp.Or(r.ID, r.Name) }

// Target is one receiver, or one per contact. In a document the parameters
// stand flat beside these keys.
type Target struct {
	// Receiver is the name of what stands under receivers; a target that has it has
	// only keys of [Target.Own].
	Receiver string           `json:"receiver,omitempty" format:"name" doc:"Name of a receiver under receivers. With it stand only contacts, language and mention, each in place of the receiver's own."`
	Type     string           `json:"type" doc:"Target type."`
	Name     string           `json:"name,omitempty" format:"name" doc:"Identifies the target within its rule, also when it leads elsewhere one day. When absent, its type and the reference to its webhook or URL do, or a digest of the address."`
	Language message.Language `json:"language,omitempty" doc:"Language of this target's messages."`
	// Contacts is a key of the types that are sent to contacts only.
	Contacts []string `json:"contacts,omitempty" doc:"Names of contacts. Each becomes a target of its own and counts as one. creator stands for whoever created what an event is about: each contact with a uid and the address needed counts as one then, and is told only of what it created."`
	// Parameters are the keys of the type's configuration.
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`

	// At is where what it refers to stands in the document; "" for one in place.
	At string `json:"-"`
}
