// Package kmstest is a local stand-in for the secrets of Alibaba Cloud KMS. It
// checks signatures and handles versions as the API reference documents.
package kmstest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

// The access key that the service knows.
const (
	KeyID = "LTAIkmstest"
	Key   = "secret-of-kmstest"
)

// Service keeps secrets. It is safe for concurrent use.
type Service struct {
	URL string
	// Refuse, when it is set, answers instead for an action; it returns false to
	// leave the request to the service.
	Refuse func(w http.ResponseWriter, action string) bool

	account account.Account
	mu      sync.Mutex
	secrets map[string]*secret
	calls   map[string]int
}

type secret struct {
	current  string
	versions map[string]string
}

// Start serves until the test ends.
func Start(t testing.TB) *Service {
	t.Helper()
	s := &Service{secrets: map[string]*secret{}, calls: map[string]int{}}
	s.account.Keys = []account.Key{{ID: KeyID, Secret: Key}}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Set gives a secret a value.
func (s *Service) Set(name, version, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(name, version, value)
}

func (s *Service) put(name, version, value string) {
	if s.secrets[name] == nil {
		s.secrets[name] = &secret{versions: map[string]string{}}
	}
	s.secrets[name].versions[version], s.secrets[name].current = value, version
}

// Get returns the current value of a secret, and how many versions it has.
func (s *Service) Get(name string) (value string, versions int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.secrets[name]; one != nil {
		return one.versions[one.current], len(one.versions)
	}
	return "", 0
}

// Calls returns how often an action was asked for.
func (s *Service) Calls(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[action]
}

// maxBody is more than any call of this service has.
const maxBody = 1 << 20

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	id := account.NewRequestID()
	_, body, err := s.account.Receive(w, r, func(account.Key) (int64, error) { return maxBody, nil })
	if err != nil {
		account.WriteError(w, id, err)
		return
	}
	parameters, err := account.Parameters(r, body)
	if err != nil {
		account.WriteError(w, id, err)
		return
	}
	action := account.Action(r, parameters)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[action]++
	if s.Refuse != nil && s.Refuse(w, action) {
		return
	}
	name, version, value := parameters.Get("SecretName"), parameters.Get("VersionId"), parameters.Get("SecretData")
	one := s.secrets[name]
	refuse := func(code string, status int) {
		account.WriteError(w, id, &account.Error{Code: code, Status: status, Text: "refused"})
	}
	switch action {
	case "GetSecretValue":
		if one == nil {
			refuse("Forbidden.ResourceNotFound", http.StatusNotFound)
			return
		}
		account.WriteJSON(w, http.StatusOK, id, map[string]any{
			"RequestId": id, "SecretName": name, "VersionId": one.current, "SecretDataType": "text", "SecretData": one.versions[one.current],
		})
		return
	case "CreateSecret":
		if one != nil {
			refuse("Rejected.ResourceExist", http.StatusConflict)
			return
		}
	case "PutSecretValue":
		if one == nil {
			refuse("Forbidden.ResourceNotFound", http.StatusNotFound)
			return
		}
		if have, ok := one.versions[version]; ok {
			if have != value {
				refuse("Rejected.ResourceExist", http.StatusConflict)
				return
			}
			account.WriteJSON(w, http.StatusOK, id, map[string]any{"RequestId": id, "SecretName": name, "VersionId": version})
			return
		}
	default:
		refuse("InvalidAction", http.StatusBadRequest)
		return
	}
	s.put(name, version, value)
	account.WriteJSON(w, http.StatusOK, id, map[string]any{"RequestId": id, "SecretName": name, "VersionId": version})
}
