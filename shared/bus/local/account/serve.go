package account

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The versions of the APIs whose calls are answered.
const (
	stsVersion = "2015-04-01"
	ramVersion = "2015-05-01"
	fcVersion  = "2023-03-30"
)

// Serves tells whether calls of an API version are answered.
func Serves(version string) bool {
	return version == stsVersion || version == ramVersion || version == fcVersion
}

// Version returns the API version that a call names, in a header or in a
// parameter, and Action the action in the same way.
func Version(r *http.Request, parameters url.Values) string {
	return either(r, "X-Acs-Version", parameters, "Version")
}

// Action returns the action that a call names.
func Action(r *http.Request, parameters url.Values) string {
	return either(r, "X-Acs-Action", parameters, "Action")
}

func either(r *http.Request, header string, parameters url.Values, name string) string {
	if value := r.Header.Get(header); value != "" {
		return value
	}
	return parameters.Get(name)
}

// Serve answers a call of STS, RAM or Function Compute by a caller that was
// authenticated: GetCallerIdentity, GetRole, GetFunction and InvokeFunction.
func (a *Account) Serve(w http.ResponseWriter, r *http.Request, caller Key, body []byte, requestID string) {
	parameters, err := Parameters(r, body)
	if err != nil {
		WriteError(w, requestID, err)
		return
	}
	var answer any
	switch version, action := Version(r, parameters), Action(r, parameters); {
	case version == stsVersion && action == "GetCallerIdentity":
		answer = a.callerIdentity(caller, requestID)
	case version == ramVersion && action == "GetRole":
		answer, err = a.role(caller, parameters.Get("RoleName"), requestID)
	case version == fcVersion && strings.HasPrefix(r.URL.Path, invocationPrefix):
		a.function(w, r, caller, body, requestID)
		return
	default:
		err = &Error{Code: "InvalidAction.NotFound", Status: http.StatusNotFound,
			Text: "Specified api is not found: no action " + action + " of version " + version + " is served here."}
	}
	if err != nil {
		WriteError(w, requestID, err)
		return
	}
	WriteJSON(w, http.StatusOK, requestID, answer)
}

// callerIdentity is answered to everyone who has a key.
func (a *Account) callerIdentity(caller Key, requestID string) any {
	identity := struct {
		AccountId, Arn, IdentityType, PrincipalId, RequestId, UserId string
	}{AccountId: a.Number(), RequestId: requestID}
	if caller.User == "" {
		identity.IdentityType, identity.Arn = "Account", "acs:ram::"+a.Number()+":root"
		identity.PrincipalId, identity.UserId = a.Number(), a.Number()
		return identity
	}
	identity.IdentityType, identity.Arn = "RAMUser", "acs:ram::"+a.Number()+":user/"+caller.User
	identity.PrincipalId, identity.UserId = caller.User, caller.User
	return identity
}

func (a *Account) role(caller Key, name, requestID string) (any, error) {
	if err := caller.Authorize("ram:GetRole", "acs:ram:*:"+a.Number()+":role/"+name); err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Code = "NoPermission" // RAM's own word
		}
		return nil, err
	}
	if !slices.Contains(a.Roles, name) {
		return nil, &Error{Code: "EntityNotExist.Role", Status: http.StatusNotFound, Text: "The role not exists: " + name + " ."}
	}
	type role struct{ RoleName, Arn string }
	return struct {
		RequestId string
		Role      role
	}{requestID, role{name, "acs:ram::" + a.Number() + ":role/" + strings.ToLower(name)}}, nil
}
