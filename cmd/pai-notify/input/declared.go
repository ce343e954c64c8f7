package input

import (
	"github.com/pai-notify/pai-notify/shared/secret"
	"os"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Declared returns what the operator declares; nil for nothing.
func Declared() (*secret.Declared, error) {
	if _, set := os.LookupEnv(secret.DeclaredVariable); !set {
		return nil, nil
	}
	return secret.ParseDeclared(os.Getenv(secret.DeclaredVariable))
}

// DeclaredFor returns what the targets of a document may name in this process: what
// the operator declares, or else what the document refers to.
func DeclaredFor(w *workspace.Workspace) (*secret.Declared, error) {
	list, err := Declared()
	if err != nil || list != nil {
		return list, err
	}
	return target.DeclaredBy(functions.Register(), w.Receivers()), nil
}

// CheckedBy returns the target types as documents are checked by them: held to the
// operator's list, if there is one, and to what others declares.
func CheckedBy(others func() *secret.Declared) ([]target.Spec, error) {
	list, err := Declared()
	specs := functions.Register()
	if list == nil {
		return specs, err
	}
	for i := range specs {
		specs[i] = specs[i].Keeping(func() *secret.Declared { return list.And(others()) })
	}
	return specs, nil
}

// Checked is heldTo of a document that nothing else is declared for.
func Checked() ([]target.Spec, error) {
	return CheckedBy(func() *secret.Declared { return &secret.Declared{} })
}
