// Package linked opens the ledger that an executable of a function links. Each
// cloud's executables link the client of its own store alone, by a build tag:
// lambda that of DynamoDB, fc that of Tablestore. Those without a tag link none.
package linked

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

type opener func(reference string) (ledger.Store, error)

// openers open the stores that are linked, by the scheme of their references.
var openers = map[string]opener{}

// folders are the folders of the executables that link the stores.
var folders = map[string]string{"dynamodb": "build/lambda", "tablestore": "build/fc"}

// Here opens the store that [ledger.Variable] names; nil where it names none. It calls
// nobody: it only begins to connect, because each first event needs the ledger. It
// fails when the executable does not link such a store: then somebody
// believes that there is a ledger, and there is none.
func Here() (ledger.Store, error) {
	reference := strings.TrimSpace(os.Getenv(ledger.Variable))
	if reference == "" {
		return nil, nil
	}
	scheme, _, _ := strings.Cut(reference, ":")
	if open := openers[scheme]; open != nil {
		store, err := open(reference)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", ledger.Variable, reference, err)
		}
		return store, nil
	}
	folder, known := folders[scheme]
	switch linked := slices.Sorted(maps.Keys(openers)); {
	case !known:
		return nil, fmt.Errorf("%s=%s names no ledger: it is dynamodb:TABLE on Lambda, and tablestore:ENDPOINT/TABLE on Function Compute", ledger.Variable, reference)
	case len(linked) == 0:
		return nil, fmt.Errorf("%s=%s: this executable has no ledger: deploy the one of the function in %s", ledger.Variable, reference, folder)
	default:
		return nil, fmt.Errorf("%s=%s: this executable has the ledger of %s: deploy the one of the function in %s", ledger.Variable, reference, strings.Join(linked, " and "), folder)
	}
}
