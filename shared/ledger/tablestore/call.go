package tablestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// maxAnswer bounds an answer, in bytes. The service cuts ranges at 4 MB.
const maxAnswer = 64 << 20

// call makes one request about a table with the SDK.
//
// It makes an SDK client for each request, which costs microseconds: the client's
// methods take no context, so the request's context is bound to its transport. And
// the client repeats requests by itself, writes too, when a connection breaks or
// the service says that it is busy. It must not: our own write, repeated, would be
// refused as a conflict.
func (s *Store) call(ctx context.Context, action, table string, request func(*tablestore.TableStoreClient) error) error {
	return s.amended(ctx, action, table, nil, request)
}

// amended is call with a request that is amended before it is sent.
func (s *Store) amended(ctx context.Context, action, table string, amend func(*http.Request, Key) error, request func(*tablestore.TableStoreClient) error) error {
	about := &bus.Error{Kind: bus.Unavailable, Action: "ots:" + action, Resource: s.config.Instance + "/" + table}
	key, err := s.config.Key(ctx)
	if err != nil {
		about.Kind, about.Text, about.Cause = bus.NoCredentials, "there are no credentials", err
		return about
	}
	x := &exchange{ctx: ctx, transport: s.config.Transport, amend: amend, key: key}
	err = guarded(func() error {
		return request(tablestore.NewClientWithConfig(s.config.Endpoint, s.config.Instance, key.ID, key.Secret, key.Token, &tablestore.TableStoreConfig{Transport: x}))
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		about.Cause = ctx.Err()
		return about
	}
	if said, ok := errors.AsType[*tablestore.OtsError](err); ok {
		return refused(about, said, key)
	}
	about.Cause = plain(x, err)
	return about
}

// guarded turns a panic of the SDK into an error: it reads what an answer should
// have without looking whether it is there.
func guarded(request func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errUnreadable
		}
	}()
	return request()
}

var (
	errUnreadable = errors.New("the answer is not one of the service")
	errRepeated   = errors.New("tablestore: a call makes one request")
)

// plain returns an error without the request's address. What the SDK says about an
// answer that it cannot read says nothing.
func plain(x *exchange, err error) error {
	if call, ok := errors.AsType[*url.Error](err); ok {
		return call.Err
	}
	if x.answered {
		return errUnreadable
	}
	return err
}

// exchange carries the one request of a call. That the client is told to repeat
// nothing, by RetryTimes 0, is not enough: net/http follows redirects, which would
// carry the signature elsewhere. Below it net/http repeats a POST only when nothing
// of it was written.
type exchange struct {
	ctx       context.Context //nolint:containedctx // SDKs that take no context are bound by this one
	transport http.RoundTripper
	amend     func(*http.Request, Key) error
	key       Key
	used      bool
	answered  bool
}

// RoundTrip implements [http.RoundTripper].
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if x.used {
		return nil, errRepeated
	}
	x.used = true
	if x.amend != nil {
		if err := x.amend(req, x.key); err != nil {
			return nil, err
		}
	}
	res, err := x.transport.RoundTrip(req.WithContext(x.ctx))
	if err != nil {
		return nil, err
	}
	x.answered = true
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

// kinds are the codes of Tablestore's documentation, "Error codes".
var kinds = map[string]bus.Kind{
	"OTSObjectNotExist": bus.NotFound, "OTSObjectAlreadyExist": bus.Exists, "OTSNoPermissionAccess": bus.Denied,

	"OTSServerBusy": bus.Throttled, "OTSStorageServerBusy": bus.Throttled, "OTSNotEnoughCapacityUnit": bus.Throttled,
	"OTSCapacityUnitExhausted": bus.Throttled, "OTSTooFrequentReservedThroughputAdjustment": bus.Throttled,

	"OTSTableNotReady": bus.Unavailable, "OTSPartitionUnavailable": bus.Unavailable, "OTSServerUnavailable": bus.Unavailable,
	"OTSTimeout": bus.Unavailable, "OTSInternalServerError": bus.Unavailable, "OTSRequestTimeout": bus.Unavailable,
	"OTSRowOperationConflict": bus.Unavailable,

	"OTSParameterInvalid": bus.Invalid, "OTSInvalidPK": bus.Invalid, "OTSMetaNotMatch": bus.Invalid, "OTSOutOfColumnCountLimit": bus.Invalid,
	"OTSOutOfRowSizeLimit": bus.Invalid, "OTSRequestBodyTooLarge": bus.Invalid, "OTSUnsupportOperation": bus.Invalid,
}

// conflict is the code of a write whose condition does not hold.
const conflict = "OTSConditionCheckFail"

func refused(about *bus.Error, said *tablestore.OtsError, key Key) error {
	about.Code, about.Text = said.Code, shown(said.Message, key)
	kind, known := kinds[said.Code]
	switch {
	case known:
		about.Kind = kind
	case said.Code == "OTSAuthFailed":
		about.Kind = authentication(said.Message)
	case said.Code == "OTSQuotaExhausted":
		// It stands for too many tables, and for too many calls about tables.
		if about.Kind = bus.Quota; strings.Contains(said.Message, "frequent") {
			about.Kind = bus.Throttled
		}
	case said.Code == tablestore.OTS_CLIENT_UNKNOWN:
		// The SDK's own code: what came back is not in the service's form.
		about.Kind, about.Code = bus.NotServed, ""
		about.Text = fmt.Sprintf("HTTP %d %s, which is not an answer of the service: is the endpoint right?", said.HttpStatusCode, http.StatusText(said.HttpStatusCode))
	case said.HttpStatusCode >= http.StatusInternalServerError:
		about.Kind = bus.Unavailable
	case said.HttpStatusCode >= http.StatusBadRequest:
		about.Kind = bus.Invalid
	}
	if said.Code == tablestore.SERVER_UNAVAILABLE {
		// The SDK has a proxy's page come under this code, too.
		about.Text = fmt.Sprintf("HTTP %d %s", said.HttpStatusCode, http.StatusText(said.HttpStatusCode))
	}
	return about
}

// authentication tells apart what OTSAuthFailed stands for: a key that is not
// valid, and an instance that is not there or not the caller's. Only the text
// says which; the same word is in all of the latter.
func authentication(text string) bus.Kind {
	switch {
	case !strings.Contains(text, "instance"):
		return bus.NoCredentials
	case strings.Contains(text, "not found"), strings.Contains(text, "not exist"):
		return bus.NotFound
	case strings.Contains(text, "not running"):
		return bus.Unavailable
	}
	return bus.Denied
}

// maxText is how much of the service's words an error shows, in bytes.
const maxText = 400

// shown clips what the service said, and leaves out what may repeat the request:
// keys and addresses.
func shown(s string, key Key) string {
	for _, secret := range []string{key.ID, key.Secret, key.Token} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "<redacted>")
		}
	}
	words := strings.Fields(s)
	for i, word := range words {
		if strings.Contains(word, "://") {
			words[i] = "<url>"
		}
	}
	s = strings.Join(words, " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}
