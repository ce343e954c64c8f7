// Package dynamodb is a ledger store in a table of Amazon DynamoDB.
//
// It calls the API through [awsapi], which signs a request and makes it once. The
// SDK's client repeats a write whose answer was lost, and would cost each cold
// start the tables of all its actions.
package dynamodb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Config says which table it is.
type Config struct {
	// Region is the name of the region, and Table that of a table in it.
	Region, Table string
	// Endpoint is the address of the service; "" for that of the region.
	Endpoint    string
	Credentials aws.CredentialsProvider
	// HTTP sends the requests. It must not follow redirects.
	HTTP *http.Client
	// Now is the clock that rows expire by; nil for [time.Now].
	Now func() time.Time
}

// Store is a ledger in a table. It is safe for concurrent use.
type Store struct {
	api   awsapi.Service
	table string
	now   func() time.Time
}

// New returns the store. It calls nobody, and fails when a part of c cannot be
// right.
func New(c Config) (*Store, error) {
	if c.Region == "" {
		return nil, errors.New("dynamodb: the region is not known: set AWS_REGION")
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
	if n := len(c.Table); n < 3 || n > 255 || strings.Trim(c.Table, letters) != "" {
		return nil, fmt.Errorf("dynamodb: %q is not the name of a table: it has 3 to 255 letters, digits, underscores, hyphens and dots", c.Table)
	}
	s := &Store{
		api:   awsapi.Service{Name: "dynamodb", Region: c.Region, Endpoint: c.Endpoint, Credentials: c.Credentials, HTTP: c.HTTP, JSON: "1.0"},
		table: c.Table, now: c.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Lasting is true.
func (*Store) Lasting() bool { return true }

// value is an attribute: a text, a number or bytes. None of ours is empty.
type value struct {
	S string `json:",omitempty"`
	N string `json:",omitempty"`
	B []byte `json:",omitempty"`
}

// item is a row as the service has it.
type item map[string]value

func text(s string) value          { return value{S: s} }
func number(n int64) value         { return value{N: strconv.FormatInt(n, 10)} }
func (v value) int() int64         { n, _ := strconv.ParseInt(v.N, 10, 64); return n }
func keyOf(pk string) item         { return item{"pk": text(pk)} }
func entryKey(id string) string    { return "n#" + id }
func controlKey(key string) string { return "c#" + key }

// call makes one call about the table or one of its indexes, and says what a
// person can do about a failure.
func (s *Store) call(ctx context.Context, action, index string, in, out any) error {
	resource := s.table
	if index != "" {
		resource += "/index/" + index
	}
	err := s.api.Call(ctx, "DynamoDB_20120810", action, resource, in, out)
	if e, ok := errors.AsType[*bus.Error](err); ok {
		switch e.Kind {
		case bus.NotFound:
			e.Text = "there is no such table in " + s.api.Region + ": deploy template.yaml, or correct PAI_NOTIFY_LEDGER"
		case bus.Invalid:
			e.Text = cmp.Or(e.Text, "the table does not have the keys and indexes of a ledger: deploy template.yaml again")
		}
	}
	return err
}

// get returns an item as last written; nil when there is none, or it has expired.
func (s *Store) get(ctx context.Context, pk string) (item, error) {
	var out struct{ Item item }
	err := s.call(ctx, "GetItem", "", map[string]any{"TableName": s.table, "Key": keyOf(pk), "ConsistentRead": true}, &out)
	if err != nil || s.expired(out.Item) {
		return nil, err
	}
	return out.Item, s.readable(out.Item)
}

// expired reports whether a row is as good as gone. The service may take days to
// delete it.
func (s *Store) expired(i item) bool {
	v, ok := i["expires"]
	return ok && v.int() < s.now().Unix()
}

// readable fails for a row of a later version than this one understands.
func (s *Store) readable(i item) error {
	if v := i["v"].int(); v > ledger.Version {
		return &bus.Error{Kind: bus.Invalid, Action: "dynamodb:GetItem", Resource: s.table,
			Text: fmt.Sprintf("the row %s has version %d, and this executable reads up to %d: deploy the functions again, all of one release", i["pk"].S, v, ledger.Version)}
	}
	return nil
}

// put stores a row in place of the one of the step before. A row that has expired
// is none.
func (s *Store) put(ctx context.Context, i item, step int64) error {
	i["v"], i["step"] = number(ledger.Version), number(step)
	condition := "#step = :step AND (attribute_not_exists(expires) OR expires >= :now)"
	names, values := map[string]string{"#step": "step"}, item{":now": number(s.now().Unix()), ":step": number(step - 1)}
	if step == 1 {
		condition, names = "attribute_not_exists(pk) OR expires < :now", nil
		delete(values, ":step")
	}
	in := struct {
		TableName, ConditionExpression string
		ExpressionAttributeNames       map[string]string `json:",omitempty"`
		ExpressionAttributeValues      item
		Item                           item
	}{s.table, condition, names, values, i}
	err := s.call(ctx, "PutItem", "", in, &struct{}{})
	if e, ok := errors.AsType[*bus.Error](err); ok && e.Code == "ConditionalCheckFailedException" {
		return ledger.ErrConflict
	}
	return err
}

// Get implements [ledger.Store].
func (s *Store) Get(ctx context.Context, id string) (ledger.Entry, error) {
	i, err := s.get(ctx, entryKey(id))
	if err != nil || i == nil {
		return ledger.Entry{}, err
	}
	return s.decode(i)
}

// Put implements [ledger.Store].
func (s *Store) Put(ctx context.Context, e ledger.Entry) error {
	i, err := s.encode(e)
	if err != nil {
		return err
	}
	return s.put(ctx, i, e.Step)
}

// Control implements [ledger.Store].
func (s *Store) Control(ctx context.Context, key string) (ledger.Control, error) {
	i, err := s.get(ctx, controlKey(key))
	if err != nil || i == nil {
		return ledger.Control{}, err
	}
	return ledger.Control{Key: key, Value: i["value"].B, Token: i["token"].S, Step: i["step"].int()}, nil
}

// PutControl implements [ledger.Store].
func (s *Store) PutControl(ctx context.Context, c ledger.Control) error {
	i := keyOf(controlKey(c.Key))
	if len(c.Value) > 0 {
		i["value"] = value{B: c.Value}
	}
	if c.Token != "" {
		i["token"] = text(c.Token)
	}
	return s.put(ctx, i, c.Step)
}

var _ ledger.Store = (*Store)(nil)
