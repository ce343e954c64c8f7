package local

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// The codes of Alibaba Cloud EventBridge that the bus answers with. Those that
// its pages and samples do not show are the names that its open-source core,
// apache/rocketmq-eventbridge, uses.
const (
	codeNotEnabled        = "ServiceNotEnable"
	codeThrottled         = "TooManyRequests"
	codeInternal          = "InternalError"
	codeParameter         = "RequestParameterInvalid"
	codeBusUnknown        = "EventBusNotExist"
	codeBusName           = "EventBusNameInvalid"
	codeBusExists         = "EventBusAlreadyExist"
	codeBusQuota          = "EventBusCountExceedLimit"
	codeBusNotEmpty       = "EventBusRuleNotEmptyForDelete"
	codeRuleUnknown       = "EventRuleNotExisted"
	codeRuleName          = "EventRuleNameInvalid"
	codeRuleExists        = "EventRuleAlreadyExist"
	codeRuleQuota         = "EventRuleCountExceedLimit"
	codePatternEmpty      = "EventRuleFilterPatternEmpty"
	codePatternSchema     = "EventRuleFilterPatternSchemaError"
	codePatternSize       = "EventRuleFilterPatternExceedLimit"
	codeTargetDuplicate   = "EventRuleTargetIdDuplicate"
	codeTargetUnknown     = "EventTargetNotExist"
	codeTargetMissing     = "EventTargetMissingAttribute"
	codeTargetIneffective = "EventTargetIneffectiveAttribute"
	// codeTargetQuota is inferred from the others: no page names it.
	codeTargetQuota = "EventTargetCountExceedLimit"
	codeEventSize   = "EventSizeExceed"
	codeEventData   = "EventDataEmpty"
	codeEventSource = "EventSourceInvalid"
	codeEventType   = "EventTypeInvalid"
	codeEventID     = "EventIdEmpty"
	// codeEventUnknown is inferred from the others: no page names it.
	codeEventUnknown = "EventNotExist"
)

// refuse is a refusal, which the service answers with HTTP 409.
func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Status: http.StatusConflict, Text: fmt.Sprintf(format, args...)}
}

var errNotActivated = &Error{Code: codeNotEnabled, Status: http.StatusForbidden, Text: "Service not enable: activate the bus first"}

// errPaused refuses events before the rules are up to date.
var errPaused = &Error{Code: codeInternal, Status: http.StatusServiceUnavailable, RetryAfter: waitForStart,
	Text: "the bus is starting and takes no events yet: nothing was taken, publish again"}

// How long a publisher is asked to wait.
const (
	waitForStart = time.Second
	waitForQueue = time.Second
	waitForDisk  = 30 * time.Second
)

// failed converts an error of the store into an [*Error].
func failed(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	p, ok := errors.AsType[*store.Problem](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrBusy):
		return &Error{Code: codeThrottled, Status: http.StatusTooManyRequests, Text: "the disk cannot follow: publish again later", RetryAfter: waitForQueue, Cause: err}
	case ok && p.Kind == store.Full:
		return &Error{Code: codeThrottled, Status: http.StatusTooManyRequests, Text: p.Error(), RetryAfter: waitForDisk, Cause: err}
	case ok && p.Kind == store.Vanished:
		return &Error{Code: codeInternal, Status: http.StatusServiceUnavailable, Text: p.Error(), RetryAfter: waitForDisk, Cause: err}
	case ok && p.Kind == store.Closed:
		return &Error{Code: codeInternal, Status: http.StatusServiceUnavailable, Text: "the bus is closed", Cause: err}
	}
	return &Error{Code: codeInternal, Status: http.StatusInternalServerError, Text: err.Error(), Cause: err}
}
