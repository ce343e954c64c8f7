package targettest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// certificates are what receivers on loopback may show.
type certificates struct {
	// valid is the only one that holds: its root is the one that the process
	// trusts.
	valid, ofUnknownAuthority, ofAnotherHost, expired *tls.Certificate
}

// newCertificates makes the certificates and an authority that the process
// trusts by SSL_CERT_FILE.
func newCertificates(t *testing.T) certificates {
	t.Helper()
	trusted, unknown := newAuthority(t), newAuthority(t)
	file := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.root.Raw}), 0o600))
	t.Setenv("SSL_CERT_FILE", file)
	now := time.Now()
	return certificates{
		valid:              trusted.issue(t, "127.0.0.1", now.Add(time.Hour)),
		ofUnknownAuthority: unknown.issue(t, "127.0.0.1", now.Add(time.Hour)),
		ofAnotherHost:      trusted.issue(t, "192.0.2.1", now.Add(time.Hour)),
		expired:            trusted.issue(t, "127.0.0.1", now.Add(-time.Minute)),
	}
}

type authority struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "authority " + serial.String()},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	root, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{root, key}
}

// issue returns a certificate for an address.
func (a authority) issue(t *testing.T, address string, until time.Time) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "receiver"}, IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, key.Public(), a.key)
	require.NoError(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
