package schema

import (
	"reflect"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// ofFields returns the schema of an object with these keys and no others.
func ofFields(fields []document.Field) object {
	properties := object{}
	required := []string{}
	for _, f := range fields {
		s := ofType(f.Type, f.Format)
		if f.Doc != "" {
			s["description"] = f.Doc
		}
		properties[f.Name] = s
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// ofType returns the schema of the values that decode into t.
func ofType(t reflect.Type, format *document.Format) object {
	t = document.Indirect(t)
	if short := document.ShorthandOf(t); short != nil {
		return object{"anyOf": []object{ofType(short.Type, short.Format), ofLong(t, format)}}
	}
	return ofLong(t, format)
}

// ofLong returns the schema of the values that are written in full.
func ofLong(t reflect.Type, format *document.Format) object {
	switch document.KindOf(t) {
	case document.Object:
		s := ofFields(document.Fields(t))
		if t == reflect.TypeFor[document.Scope]() {
			s["minProperties"] = 1
			return object{"anyOf": []object{{"const": document.WholeWorkspace}, s}}
		}
		if t == reflect.TypeFor[document.Label]() {
			s["minProperties"] = 1
		}
		if t == reflect.TypeFor[document.Part]() || t == reflect.TypeFor[document.Fact]() {
			s["oneOf"] = []object{{"required": []string{"key"}}, {"required": []string{"path"}}}
		}
		return s
	case document.List:
		s := object{
			"type": "array", "minItems": 1, "items": ofType(t.Elem(), format),
			"uniqueItems": document.KindOf(t.Elem()) == document.Text,
		}
		if format != nil && format.MaxItems > 0 {
			s["maxItems"] = format.MaxItems
		}
		return s
	case document.Map:
		return object{"type": "object", "additionalProperties": ofType(t.Elem(), nil)}
	case document.Boolean:
		return object{"type": "boolean"}
	case document.Number:
		if t == reflect.TypeFor[document.Price]() {
			return object{"type": "number", "minimum": 0, "maximum": document.Price(0).Most()}
		}
		return object{"type": "number"}
	case document.Integer:
		s := object{"type": "integer"}
		if format != nil && format.Maximum > 0 {
			s["minimum"], s["maximum"] = format.Minimum, format.Maximum
		}
		return s
	case document.Text:
		return ofText(t, format)
	}
	return object{"not": object{"type": "null"}}
}

func ofText(t reflect.Type, format *document.Format) object {
	s := object{"type": "string", "minLength": 1}
	if values := document.Values(t); values != nil {
		s["enum"] = values
	}
	if t == reflect.TypeFor[target.Secret]() {
		s["not"] = object{"enum": document.EmptyReferences}
		s["examples"] = []string{"env:NAME", "kms:NAME#KEY", "secretsmanager:ID#KEY", "ssm:NAME"}
	}
	if format == nil {
		return s
	}
	if format.Pattern != "" {
		s["pattern"] = format.Pattern
		s["patternErrorMessage"] = "must be " + format.Wants.EN
	}
	if format.MaxLength > 0 {
		s["maxLength"] = format.MaxLength
	}
	return s
}
