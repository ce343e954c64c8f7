package edit

import (
	"reflect"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// Words are the keys and values that the schema itself knows.
type Words struct {
	// Keys tells of each key whether what stands under it may be a secret.
	Keys map[string]bool
	// Values are the texts that some values are limited to.
	Values map[string]bool
}

// Vocabulary returns the words of documents over the target types. The names of
// a catalogue are not among them.
func Vocabulary(specs ...target.Spec) Words {
	w := Words{map[string]bool{}, map[string]bool{document.WholeWorkspace: true, document.Everything: true}}
	w.learn(document.Fields(reflect.TypeFor[document.Document]()))
	for _, spec := range specs {
		w.Values[spec.Type] = true
		w.learn(document.Target{}.Fields(spec))
	}
	for _, f := range (document.Target{}).Own(target.Spec{}) {
		if _, known := w.Keys[f.Name]; !known {
			w.Keys[f.Name] = false
		}
	}
	return w
}

func (w Words) learn(fields []document.Field) {
	for _, f := range fields {
		t := document.Indirect(f.Type)
		for _, value := range document.Values(t) {
			w.Values[value] = true
		}
		for document.KindOf(t) == document.List {
			t = document.Indirect(t.Elem())
		}
		secret := t == reflect.TypeFor[target.Secret]() || document.KindOf(t) == document.Map
		w.Keys[f.Name] = w.Keys[f.Name] || secret
		if document.KindOf(t) == document.Object && t != reflect.TypeFor[document.Target]() {
			w.learn(document.Fields(t))
		}
	}
}
