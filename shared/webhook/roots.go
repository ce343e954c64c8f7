package webhook

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"runtime"
)

// bundles are the files in which Linux distributions keep all trusted roots,
// in the order in which crypto/x509 looks for them.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// certificateError is a certificate chain that does not hold for the host.
type certificateError struct{ cause error }

func (e *certificateError) Error() string { return e.cause.Error() }

func (e *certificateError) Unwrap() error { return e.cause }

// verify checks that chain leads from host to a root the system trusts. It
// accepts exactly what crypto/tls accepts: it first tries the few roots of the
// system's bundle that issued something in the chain, about 0.5 ms, and when
// these do not verify it lets crypto/x509 read all the system has, about 10 ms
// with a bundle and a directory of 140 roots. SSL_CERT_FILE and SSL_CERT_DIR
// mean what they mean to crypto/x509.
func verify(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 || host == "" {
		return &certificateError{fmt.Errorf("webhook: no certificate to verify")}
	}
	options := x509.VerifyOptions{DNSName: host, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	if options.Roots = issuers(bundle(), chain); options.Roots != nil {
		if _, err := chain[0].Verify(options); err == nil {
			return nil
		}
	}
	options.Roots = nil
	if _, err := chain[0].Verify(options); err != nil {
		return &certificateError{err}
	}
	return nil
}

// bundle returns the system's trusted roots as PEM text; nil where the system
// does not keep them in a file.
func bundle() []byte {
	if runtime.GOOS != "linux" {
		return nil
	}
	files := bundles
	if f := os.Getenv("SSL_CERT_FILE"); f != "" {
		files = []string{f}
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil { //nolint:gosec // the operator's setting, or a fixed path
			return text
		}
	}
	return nil
}

var (
	pemBegin = []byte("-----BEGIN CERTIFICATE-----")
	pemEnd   = []byte("-----END CERTIFICATE-----")
)

// issuers returns those certificates of a bundle whose name is an issuer in
// chain; nil when there are none. Only these are parsed. A certificate it
// cannot read, such as one with PEM headers, is left to the full reading.
func issuers(bundle []byte, chain []*x509.Certificate) *x509.CertPool {
	var pool *x509.CertPool
	var buffer []byte
	for {
		_, rest, ok := bytes.Cut(bundle, pemBegin)
		if !ok {
			return pool
		}
		var block []byte
		block, bundle, ok = bytes.Cut(rest, pemEnd)
		if !ok {
			return pool
		}
		der, err := base64.StdEncoding.AppendDecode(buffer[:0], block)
		buffer = der
		if err != nil || !mentionsIssuer(der, chain) {
			continue
		}
		// The certificate keeps what it was parsed from.
		if root, err := x509.ParseCertificate(bytes.Clone(der)); err == nil {
			if pool == nil {
				pool = x509.NewCertPool()
			}
			pool.AddCert(root)
		}
	}
}

func mentionsIssuer(der []byte, chain []*x509.Certificate) bool {
	for _, c := range chain {
		if bytes.Contains(der, c.RawIssuer) {
			return true
		}
	}
	return false
}
