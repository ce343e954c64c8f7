package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/secret"
)

// Address is what of a contact a target needs.
type Address string

// The addresses a target that is sent to contacts may need.
const (
	NoContact    Address = ""
	ContactPhone Address = "phone"
	ContactEmail Address = "email"
)

// Spec describes one target type: its entry in the register of functions.
type Spec struct {
	// Type is the name in documents, in the register and of the folder.
	Type string
	// Sources are the event sources whose events may be sent to it, such as
	// "model"; nil means all of them.
	Sources []string
	// Contact tells which address of a contact it is sent to; NoContact for a
	// target that names its own receiver.
	Contact Address
	// Config is a zero value of its configuration, for schemas and checks of
	// key names.
	Config any
	// Rates are what the platform takes from one sender for one receiver; all
	// of them hold. One instance of a function keeps to them.
	Rates []Rate
	// Apart tells that events which arrive together are sent one by one and
	// not as a digest: a program reads them, or there is no room for a list.
	Apart bool
	// Spoken tells that a message is heard as it is sent, so that it is worth
	// nothing later.
	Spoken bool
	// Mention returns how the target mentions a person who has a phone number, an id on
	// the target's platform, or both; "" where it cannot. It fails for what is no id
	// there. nil is a target that mentions nobody by an account in PAI.
	Mention func(phone, id string) (string, error)
	// Advice returns what refusals of the target advise, in all languages, so that
	// advice can be read in another language than that of the message; nil for none.
	Advice func() []message.Text
	// Permissions returns what the role of the target's function may do in a
	// cloud ("aliyun" or "aws") beside reading its secrets; nil for nothing. arns
	// returns what the ARNs of a service of AWS begin with.
	Permissions func(cloud string, arns func(service string) string) (actions, resources []string)

	open func(config json.RawMessage) (Target, error)
	// undeclared finds what a list does not declare.
	undeclared func(config json.RawMessage, d *secret.Declared) error
	keeps      func() *secret.Declared
}

// Rate is a number of messages in a time.
type Rate struct {
	Messages int
	Per      time.Duration
}

// Long reports whether the rate is one that storms fill, and not of a few seconds or a
// day. What several rules tell a sender with such a rate in the same words goes once.
func (r Rate) Long() bool { return r.Per >= 30*time.Second && r.Per <= 10*time.Minute }

// Contact is the person a target of contacts is sent to, as its configuration
// holds it under the key "contact". A document's contacts have what the target
// needs, in one form: phones in E.164, such as "+8613800138000".
type Contact struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// Define makes the [Spec] of a target type whose configuration decodes into
// C. The constructor checks and stores: it starts nothing, dials nothing and
// reads no environment.
func Define[C any](typ string, construct func(C) (Target, error)) Spec {
	var zero C
	return Spec{
		Type:   typ,
		Config: zero,
		open: func(config json.RawMessage) (Target, error) {
			var c C
			if err := decodeStrictly(config, &c); err != nil {
				return nil, Permanent(fmt.Errorf("%s: configuration: %w", typ, err))
			}
			if wrong := misreferences(reflect.ValueOf(c), ""); len(wrong) > 0 {
				return nil, Permanent(fmt.Errorf("%s: configuration: %w", typ, wrong))
			}
			t, err := construct(c)
			if err != nil {
				return nil, Permanent(fmt.Errorf("%s: configuration: %w", typ, err))
			}
			return t, nil
		},
		undeclared: func(config json.RawMessage, d *secret.Declared) error {
			var c C
			if err := decodeStrictly(config, &c); err != nil {
				return err
			}
			if wrong := undeclaredIn(d, reflect.ValueOf(c)); len(wrong) > 0 {
				return Permanent(fmt.Errorf("%s: configuration: %w", typ, wrong))
			}
			return nil
		},
	}
}

// decodeStrictly refuses unknown keys and anything after the object. No text
// at all is an empty object: a target without parameters.
func decodeStrictly(config json.RawMessage, c any) error {
	if len(bytes.TrimSpace(config)) == 0 {
		config = json.RawMessage("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(config))
	dec.DisallowUnknownFields()
	err := dec.Decode(c)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return Invalid(parameterAt(wrong.Field), "has the JSON type %s; it must be %s", wrong.Value, jsonType(wrong.Type))
	}
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the object")
	}
	return nil
}

// parameterAt returns the name of a parameter from the path that encoding/json
// gives it: names of embedded structs are in that too, as Go has them, and in
// upper case, which no parameter's name is.
func parameterAt(path string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(path, "."), token.IsExported), ".")
}

// jsonType is what JSON calls the values that decode into t.
func jsonType(t reflect.Type) string {
	switch kind := t.Kind(); {
	case kind == reflect.Bool:
		return "bool"
	case kind == reflect.String:
		return "string"
	case kind <= reflect.Float64:
		return "number"
	case kind == reflect.Slice || kind == reflect.Array:
		return "array"
	}
	return "object"
}

// Only returns the spec limited to the named event sources.
func (s Spec) Only(sources ...string) Spec {
	s.Sources = sources
	return s
}

// To returns the spec of a target that is sent to contacts, one at a time.
func (s Spec) To(address Address) Spec {
	s.Contact = address
	return s
}

// Within returns the spec of a target whose platform takes no more than the
// given rates.
func (s Spec) Within(rates ...Rate) Spec {
	s.Rates = rates
	return s
}

// AtMostOnce tells that a message must not be doubled: it costs money, or wakes
// somebody.
func (s Spec) AtMostOnce() bool { return s.Contact == ContactPhone }

// OneByOne returns the spec of a target that is sent each event on its own.
func (s Spec) OneByOne() Spec {
	s.Apart = true
	return s
}

// Aloud returns the spec of a target whose messages are heard as they are sent.
func (s Spec) Aloud() Spec {
	s.Spoken = true
	return s
}

// Mentioning returns the spec of a target that can mention whoever created what an
// event is about: by an id that user takes, or, with phones, by a mobile number.
func (s Spec) Mentioning(user func(id string) (string, error), phones bool) Spec {
	s.Mention = func(phone, id string) (string, error) {
		if id != "" {
			return user(id)
		}
		if mobile, err := Mobile(phone); phones && err == nil {
			return mainland + mobile, nil
		}
		return "", nil // nobody can be found so, which is no mistake
	}
	return s
}

// Advising returns the spec of a target whose refusals give that advice.
func (s Spec) Advising(advice ...func() []message.Text) Spec {
	s.Advice = func() (all []message.Text) {
		for _, some := range advice {
			all = append(all, some()...)
		}
		return all
	}
	return s
}

// Advised returns advice that a refusal gave in the language of its message in all
// languages, and as it is when it is not of this target.
func (s Spec) Advised(given string) message.Text {
	if s.Advice != nil && given != "" {
		for _, text := range s.Advice() {
			if given == text.EN || given == text.ZH || given == text.JA {
				return text
			}
		}
	}
	return message.Text{EN: given, ZH: given, JA: given}
}

// Permitted returns the spec of a target whose function calls services of the
// cloud that it runs in.
func (s Spec) Permitted(permissions func(cloud string, arns func(service string) string) (actions, resources []string)) Spec {
	s.Permissions = permissions
	return s
}

// Carries tells whether events of the source may be sent to this target.
func (s Spec) Carries(source string) bool {
	return s.Sources == nil || slices.Contains(s.Sources, source)
}

// Open makes a target from its configuration, a JSON object without the
// keys that every target has (type, name, language). Unknown keys, values that
// look like references where none is read ([Misreferences]) and values the type
// refuses are errors marked [Permanent].
func (s Spec) Open(config json.RawMessage) (Target, error) {
	return s.open(config)
}

// OpenedBy returns the spec whose targets open opens instead.
func (s Spec) OpenedBy(open func(config json.RawMessage) (Target, error)) Spec {
	s.open = open
	return s
}

// Keeping returns the spec of a target that [Spec.Check] lets refer to nothing
// but what declared returns, each for its receivers.
func (s Spec) Keeping(declared func() *secret.Declared) Spec {
	s.keeps = declared
	return s
}

// Check tells what is wrong with a configuration that a person writes: what
// [Spec.Open] refuses, what the target would leave out ([Checked]), and what is
// not declared ([Spec.Keeping]).
func (s Spec) Check(config json.RawMessage) error {
	t, err := s.open(config)
	if c, ok := t.(Checked); err == nil && ok {
		if err = c.Check(); err != nil {
			err = Permanent(fmt.Errorf("%s: configuration: %w", s.Type, err))
		}
	}
	if err != nil || s.keeps == nil {
		return err
	}
	d := s.keeps()
	if err := s.undeclared(config, d); err != nil {
		return err
	}
	return s.Allowed(d, config)
}
