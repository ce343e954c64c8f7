package main

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/emersion/go-smtp"

	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

// receiver takes every message, over HTTP and by mail.
type receiver struct{ url, smtp string }

// receivers are one without TLS, and one whose certificate has its root at the
// end of a copy of the system's own bundle: a function has as many roots to get
// through as on a deployed machine.
type receivers struct {
	plain, tls receiver
	bundle     string
	servers    []*httptest.Server
	mail       []*smtp.Server
}

func startReceivers(dir string) (*receivers, error) {
	plain, secure := httptest.NewServer(http.HandlerFunc(accept)), httptest.NewUnstartedServer(http.HandlerFunc(accept))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	r := &receivers{servers: []*httptest.Server{plain, secure}}
	r.plain.url, r.tls.url = plain.URL, secure.URL
	for _, m := range []struct {
		address *string
		tls     *tls.Config
	}{{&r.plain.smtp, nil}, {&r.tls.smtp, &tls.Config{Certificates: secure.TLS.Certificates, MinVersion: tls.VersionTLS12}}} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return acceptMail{}, nil }))
		server.TLSConfig = m.tls
		go func() { _ = server.Serve(listener) }()
		r.mail = append(r.mail, server)
		*m.address = listener.Addr().String()
	}
	roots, err := systemBundle()
	if err != nil {
		return nil, err
	}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	r.bundle = filepath.Join(dir, "bundle.pem")
	return r, os.WriteFile(r.bundle, append(roots, own...), 0o600)
}

// accept answers as the platforms do when they take a message.
func accept(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	switch {
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_"): // a table that takes every row
		_, _ = io.WriteString(w, "{}")
		return
	case r.Header.Get("X-Amz-Target") != "": // EventBridge of AWS, which has no such bus
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","message":"no such bus"}`)
		return
	case r.Header.Get("X-Acs-Action") == "GetEventBus": // nor has that of Alibaba Cloud
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"Code":"EventBusNotExist","Message":"no such bus","RequestId":"r","Success":false}`)
		return
	}
	if r.URL.Path == "/" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"Code":"OK","Message":"OK","RequestId":"r","BizId":"b","CallId":"c"}`)
		return
	}
	_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","code":0}`)
}

// acceptMail takes every mail, as quickly as accept does: what a receiver makes
// of it is not measured.
type acceptMail struct{}

func (acceptMail) Reset()                               {}
func (acceptMail) Logout() error                        { return nil }
func (acceptMail) Mail(string, *smtp.MailOptions) error { return nil }
func (acceptMail) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (acceptMail) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
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
	return append(runtimeapi.Environment(), "PAI_NOTIFY_ALLOW=127.0.0.1", "PAI_NOTIFY_PAYLOAD_DOCUMENT=yes", "SSL_CERT_FILE="+r.bundle,
		// What the platforms tell the function that provisions.
		"AWS_REGION=ap-southeast-1", "AWS_ACCOUNT_ID=123456789012", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=key", "AWS_ENDPOINT_URL="+r.plain.url,
		"FC_REGION=cn-hangzhou", "FC_ACCOUNT_ID=1234567890123456", "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=key", "PAI_NOTIFY_ENDPOINT="+r.plain.url)
}

func (r *receivers) close() {
	for _, s := range r.servers {
		s.Close()
	}
	for _, s := range r.mail {
		_ = s.Close()
	}
}
