package tablestoretest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// controls reports whether a request is one of the API that makes instances.
func controls(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v2/openapi/") }

// Beside serves the stand-in at the address of another one, such as that of
// EventBridge: what is Tablestore's goes to it, and the rest to the other.
func (p *Peer) Beside(other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if controls(r) || r.Header.Get("X-Ots-Instancename") != "" {
			p.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// control serves the API that makes instances, version 2020-12-09, as far as a
// ledger needs it. All instances have the same tables. Signatures of this API are
// not checked.
func (p *Peer) control(w http.ResponseWriter, r *http.Request, body []byte) {
	answer := func(status int, members map[string]string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(members) // the client may have gone
	}
	action := r.Header.Get("X-Acs-Action")
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.modes.Down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if slices.Contains(p.config.Denied, action) || slices.Contains(p.config.Denied, "*") {
		answer(http.StatusForbidden, map[string]string{"Code": "NoPermission", "Message": "You are not authorized to do this action."})
		return
	}
	p.calls[action]++
	switch action + " " + r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v2/openapi/") {
	case "GetInstance GET getinstance":
		name := r.URL.Query().Get("InstanceName")
		if !p.instances[name] {
			answer(http.StatusNotFound, map[string]string{"Code": "InstanceNotFound", "Message": "The instance is not found."})
			return
		}
		answer(http.StatusOK, map[string]string{"InstanceName": name, "InstanceStatus": "normal"})
	case "CreateInstance POST createinstance":
		var m struct{ InstanceName, ClusterType string }
		switch err := json.Unmarshal(body, &m); {
		case err != nil || m.InstanceName == "" || m.ClusterType == "":
			answer(http.StatusBadRequest, map[string]string{"Code": "InvalidParameter", "Message": "A parameter is missing."})
		case p.instances[m.InstanceName]:
			answer(http.StatusConflict, map[string]string{"Code": "InstanceAlreadyExist", "Message": "The instance already exists."})
		default:
			p.instances[m.InstanceName] = true
			answer(http.StatusOK, map[string]string{"RequestId": "0000"})
		}
	default:
		answer(http.StatusNotFound, map[string]string{"Code": "InvalidAction.NotFound", "Message": action})
	}
}

// has reports whether an instance is there.
func (p *Peer) has(instance string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.instances[instance]
}
