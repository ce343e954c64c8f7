// Package schema generates the JSON Schema of workspace documents, for editors
// that complete and check while people type. It is made from the structs that the
// parser reads into and from the register of target types, so a new target type
// needs no change here.
//
// What a schema cannot express is left to the parser: whether a contact that a
// target names exists, duplicate names, the arithmetic of the quota, a target
// type's own checks, and, in a document that changes the catalogue, which sources,
// event types and scopes exist.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// Generate returns the schema, JSON Schema draft 2020-12, of documents over
// the catalogue and the target types: indented text without a final newline,
// the same for the same arguments. It fails when two specs have one type.
func Generate(catalogue *event.Catalogue, specs ...target.Spec) ([]byte, error) {
	definitions := object{
		"target": object{
			"if": object{"required": []string{"receiver"}}, "then": reference("reference"),
			"else": anyOf(specs, "target-"),
		},
		"reference": toReceiver(specs),
		"receiver":  anyOf(specs, "receiver-"),
		"builtin":   builtin(catalogue),
		// The keys of a title or of fields, however these are written.
		"keys": object{
			"if": object{"type": "string"}, "then": object{"enum": message.Keys()},
			"properties": object{"key": object{"enum": message.Keys()}}, "items": reference("keys"),
		},
	}
	for _, s := range specs {
		if _, again := definitions["target-"+s.Type]; again {
			return nil, fmt.Errorf("schema: target type %q is given twice", s.Type)
		}
		definitions["target-"+s.Type] = ofSpec(s, "Target", document.Target{}.Fields(s))
		definitions["receiver-"+s.Type] = ofSpec(s, "Receiver", document.Receiver{}.Fields(s))
	}
	root := ofType(reflect.TypeFor[document.Document](), nil)
	rule := properties(properties(root)["rules"].(object)["items"].(object))
	rule["targets"].(object)["items"] = reference("target")
	properties(root)["receivers"].(object)["items"] = reference("receiver")
	events := rule["events"].(object)
	events["if"], events["then"] = object{"contains": object{"const": document.Everything}}, object{"maxItems": 1}
	properties(root)["rules"].(object)["items"].(object)["allOf"] = carriers(catalogue, specs)

	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "pai-notify workspace"
	root["description"] = "Event notifications of one PAI workspace: rules, contacts and targets."
	root["$defs"] = definitions
	root["if"] = object{"required": []string{"catalogue"}}
	root["else"] = object{"properties": object{"rules": object{"items": reference("builtin")}}}

	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

type object map[string]any

func properties(schema object) object { return schema["properties"].(object) }

func reference(name string) object { return object{"$ref": "#/$defs/" + name} }

// carriers limits the target types of a rule by its source, known or not.
func carriers(catalogue *event.Catalogue, specs []target.Spec) []object {
	var known []string
	for _, s := range catalogue.Sources {
		known = append(known, s.Name)
	}
	for _, s := range specs {
		known = append(known, s.Sources...)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	limit := func(source string) object {
		types := []string{}
		for _, s := range specs {
			if s.Carries(source) {
				types = append(types, s.Type)
			}
		}
		return object{"properties": object{"targets": object{"items": object{"properties": object{"type": object{"enum": types}}}}}}
	}
	list := make([]object, 0, len(known)+1)
	for _, source := range known {
		list = append(list, object{"if": sourceIs(object{"const": source}), "then": limit(source)})
	}
	return append(list, object{"if": sourceIs(object{"not": object{"enum": known}}), "then": limit("")})
}

func sourceIs(what object) object {
	return object{"properties": object{"source": what}, "required": []string{"source"}}
}

// builtin is what holds for the rules of a document that leaves the catalogue
// as it is.
func builtin(catalogue *event.Catalogue) object {
	sources := []string{}
	conditions := []object{}
	for _, s := range catalogue.Sources {
		sources = append(sources, s.Name)
		events := []string{}
		for _, t := range catalogue.TypesOf(s.Name) {
			events = append(events, t.What())
		}
		scopes := []string{}
		for _, scope := range []struct{ key, path string }{{"created_by", s.CreatedBy}, {"flows", s.Flow}, {"models", s.Model}} {
			if scope.path != "" {
				scopes = append(scopes, scope.key)
			}
		}
		conditions = append(conditions, object{
			"if": sourceIs(object{"const": s.Name}),
			"then": object{"properties": object{
				"events": object{"items": object{"enum": append(events, document.Everything)}},
				"scope":  object{"propertyNames": object{"enum": scopes}},
			}},
		})
	}
	return object{"properties": object{"source": object{"enum": sources}, "title": reference("keys"), "fields": reference("keys")}, "allOf": conditions}
}

// anyOf sends each type to its own definition.
func anyOf(specs []target.Spec, prefix string) object {
	types := []string{}
	conditions := []object{}
	for _, s := range specs {
		types = append(types, s.Type)
		conditions = append(conditions, object{
			"if":   object{"properties": object{"type": object{"const": s.Type}}, "required": []string{"type"}},
			"then": reference(prefix + s.Type),
		})
	}
	return object{
		"type": "object", "required": []string{"type"}, "allOf": conditions,
		"properties": object{"type": object{"enum": types, "description": "Target type."}},
	}
}

// toReceiver is a target that refers to a receiver. How it mentions people depends on
// the receiver's type.
func toReceiver(specs []target.Spec) object {
	s := ofFields(document.Target{}.Own(target.Spec{}))
	mentions, key := []object{}, ""
	for _, spec := range specs {
		if f, takes := (document.Target{}).Mention(spec); takes {
			key = f.Name
			mentions = append(mentions, ofType(f.Type, f.Format))
		}
	}
	if len(mentions) > 0 {
		mention := properties(s)[key].(object)
		delete(mention, "not")
		mention["anyOf"] = mentions
	}
	s["description"] = "Target that is a receiver of the document."
	return s
}

func ofSpec(spec target.Spec, what string, fields []document.Field) object {
	s := ofFields(fields)
	description := []string{what + " of type " + spec.Type + "."}
	if spec.Sources != nil {
		description = append(description, "For events of "+strings.Join(spec.Sources, ", ")+" only.")
	}
	if spec.Contact != target.NoContact {
		description = append(description, "Sent to the "+string(spec.Contact)+" of each contact.")
	}
	s["description"] = strings.Join(description, " ")
	return s
}
