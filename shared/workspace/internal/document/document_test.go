package document

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryKeyIsDocumentedAndNamesAFormatThatExists(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Document](), reflect.TypeFor[Contact](), reflect.TypeFor[Rule](), reflect.TypeFor[Scope](), reflect.TypeFor[Target](), reflect.TypeFor[Receiver](),
	} {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Name != "Parameters" && f.Tag.Get("json") != "-" {
				assert.NotEmpty(t, f.Tag.Get("doc"), "%s.%s", typ.Name(), f.Name)
			}
			if name, ok := f.Tag.Lookup("format"); ok {
				assert.Contains(t, formats, name, "%s.%s", typ.Name(), f.Name)
			}
		}
	}
}

func TestFieldsAreThoseThatJSONKnows(t *testing.T) {
	type inner struct {
		Deep string `json:"deep"`
	}
	type outer struct {
		inner
		Plain    string
		Optional int `json:"optional,omitempty"`
		Zero     int `json:"zero,omitzero"`
		Ignored  int `json:"-"`
		hidden   int
	}
	_ = outer{hidden: 1}
	var names []string
	var required []string
	for _, f := range Fields(reflect.TypeFor[*outer]()) {
		names = append(names, f.Name)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	assert.Equal(t, []string{"deep", "Plain", "optional", "zero"}, names)
	assert.Equal(t, []string{"deep", "Plain"}, required)
	assert.Nil(t, Fields(reflect.TypeFor[string]()))
}

func TestARuleNameLeavesRoomForASuffixOnBothClouds(t *testing.T) {
	// 64 characters on AWS, 127 on Alibaba Cloud.
	assert.LessOrEqual(t, formats["rule"].MaxLength+len("--siblings-9999"), 64)
	assert.False(t, formats["rule"].Accepts("a--b"))
	assert.False(t, formats["rule"].Accepts("a-"))
	assert.True(t, formats["rule"].Accepts("a-b-3"))
}
