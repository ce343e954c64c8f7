package main

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

// receivers take every message, by plain http and over TLS with a certificate
// whose root stands at the end of a copy of the system's own bundle: a function
// has as many roots to get through as on a deployed machine.
type receivers struct {
	plain, tls string
	bundle     string
	servers    []*httptest.Server
}

func startReceivers(dir string) (*receivers, error) {
	accept := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	})
	plain := httptest.NewServer(accept)
	secure := httptest.NewUnstartedServer(accept)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	roots, err := systemBundle()
	if err != nil {
		return nil, err
	}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	bundle := filepath.Join(dir, "bundle.pem")
	if err := os.WriteFile(bundle, append(roots, own...), 0o600); err != nil {
		return nil, err
	}
	return &receivers{plain: plain.URL, tls: secure.URL, bundle: bundle, servers: []*httptest.Server{plain, secure}}, nil
}

func systemBundle() ([]byte, error) {
	for _, file := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"} {
		if text, err := os.ReadFile(file); err == nil {
			return append(text, '\n'), nil
		}
	}
	return nil, errors.New("the system has no bundle of CA certificates to measure with: install ca-certificates")
}

// environment is what the measured functions run with. SSL_CERT_DIR is left
// alone, so that the system's folder of roots counts as it does anywhere.
func (r *receivers) environment() []string {
	return append(runtimeapi.Environment(), "PAI_NOTIFY_ALLOW=127.0.0.1", "SSL_CERT_FILE="+r.bundle)
}

func (r *receivers) close() {
	for _, s := range r.servers {
		s.Close()
	}
}
