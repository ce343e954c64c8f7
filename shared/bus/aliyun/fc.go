package aliyun

import "fmt"

// How a target addresses a function is inferred, and stands in this file alone.
//
// Documented is the form of FC 2.0: an ARN with a service in it, and a
// parameter serviceName that is listed as required. Functions of FC 3.0 have no
// service; their ARN is documented, and so is that parameters which the list
// calls required have defaults in practice. So the endpoint is the function's
// ARN, and serviceName is left out.

// functionType is a target that is a function of Function Compute.
const functionType = "acs.fc.function"

// functionARN names a function of FC 3.0.
func functionARN(region, account, function string) string {
	return fmt.Sprintf("acs:fc:%s:%s:functions/%s", region, account, function)
}

// The parameters of a function target. An asynchronous invocation is queued
// and retried by Function Compute, and its failure destination keeps what
// failed for good; EventBridge retries the queueing.
const (
	functionName   = "functionName"
	qualifier      = "Qualifier"
	invocationType = "InvocationType"
	dataFormat     = "DataFormat"
	body           = "Body"
)

// functionParams are the constant parameters of a function target.
func functionParams(function string) []param {
	return []param{
		{Key: functionName, Form: constant, Value: function},
		{Key: qualifier, Form: constant, Value: "LATEST"},
		{Key: invocationType, Form: constant, Value: "Async"},
		{Key: dataFormat, Form: constant, Value: "Object"},
	}
}
