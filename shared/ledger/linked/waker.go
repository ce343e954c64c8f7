package linked

import (
	"context"
	"os"
	"strings"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// woken is a ledger whose waker can be invoked before its minute.
type woken struct {
	ledger.Store
	wake func(ctx context.Context) error
}

// Wake invokes the function that sends what waits, and does not wait for its answer.
func (w woken) Wake(ctx context.Context) error { return w.wake(ctx) }

// wakerOf is what the function that sends what waits is called beside one of ours: in
// each installation all names differ in their ends alone. "" for another name.
func wakerOf(variable string) string {
	if i := strings.LastIndexByte(os.Getenv(variable), '-'); i >= 0 {
		return os.Getenv(variable)[:i+1] + "redeliver"
	}
	return ""
}

// invocation is what that function is invoked with: it looks for what is due.
const invocation = "{}"
