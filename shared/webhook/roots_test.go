package webhook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// inDirectory is a root that stands in the operator's directory and in no
// file. crypto/x509 reads the system's roots once for a process.
var inDirectory *authority

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "roots")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		inDirectory = issue(panics{}, "in a directory", nil, nil)
		if err := os.WriteFile(filepath.Join(dir, "root.pem"), pemOf(inDirectory), 0o600); err != nil {
			panic(err)
		}
		for name, value := range map[string]string{"SSL_CERT_DIR": dir, "SSL_CERT_FILE": filepath.Join(dir, "none.pem")} {
			if err := os.Setenv(name, value); err != nil {
				panic(err)
			}
		}
		if _, err := x509.SystemCertPool(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// panics is a test outside of a test.
type panics struct{}

func (panics) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (panics) FailNow()                          { panic("failed") }

func issue(t require.TestingT, name string, by *authority, change func(*x509.Certificate)) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{parsed, key}
}

func leaf(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature
	c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
}

func pemOf(as ...*authority) []byte {
	var b []byte
	for _, a := range as {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})...)
	}
	return b
}

// receiver serves TLS with the chain, its own certificate first.
func receiver(t *testing.T, chain ...*authority) string {
	t.Helper()
	t.Setenv(AllowVariable, "127.0.0.1")
	c := tls.Certificate{PrivateKey: chain[0].key}
	for _, a := range chain {
		c.Certificate = append(c.Certificate, a.certificate.Raw)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{c}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// trust makes a file of roots the only one.
func trust(t *testing.T, roots []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(file, roots, 0o600))
	t.Setenv("SSL_CERT_FILE", file)
}

func TestCertificate(t *testing.T) {
	root := issue(t, "root", nil, nil)
	middle := issue(t, "middle", root, nil)
	other := issue(t, "other", nil, nil)
	namesake := issue(t, "root", nil, nil)
	junk := "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n"

	t.Run("holds when its root is in the operator's file", func(t *testing.T) {
		trust(t, append([]byte("# roots\n"+junk), pemOf(other, namesake, root)...))
		a, err := post(receiver(t, issue(t, "leaf", middle, leaf), middle))
		require.NoError(t, err)
		assert.NoError(t, a.Verdict())
	})
	t.Run("holds when its root is in the operator's directory", func(t *testing.T) {
		trust(t, pemOf(other))
		a, err := post(receiver(t, issue(t, "leaf", inDirectory, leaf)))
		require.NoError(t, err)
		assert.NoError(t, a.Verdict())
	})
	t.Run("does not hold", func(t *testing.T) {
		for name, c := range map[string]struct {
			roots []byte
			chain []*authority
		}{
			"when its root is not trusted":       {pemOf(other), []*authority{issue(t, "leaf", middle, leaf), middle}},
			"when a root has the name only":      {pemOf(namesake), []*authority{issue(t, "leaf", middle, leaf), middle}},
			"when it signed itself":              {pemOf(root), []*authority{issue(t, "leaf", nil, leaf)}},
			"when the one in between is missing": {pemOf(root), []*authority{issue(t, "leaf", middle, leaf)}},
			"when there are no roots":            {nil, []*authority{issue(t, "leaf", middle, leaf), middle}},
			"when it is for another address": {pemOf(root), []*authority{issue(t, "leaf", middle, func(c *x509.Certificate) {
				leaf(c)
				c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)}
			}), middle}},
			"when it is for a name only": {pemOf(root), []*authority{issue(t, "leaf", middle, func(c *x509.Certificate) {
				leaf(c)
				c.IPAddresses, c.DNSNames = nil, []string{"localhost"}
			}), middle}},
			"when it has expired": {pemOf(root), []*authority{issue(t, "leaf", middle, func(c *x509.Certificate) {
				leaf(c)
				c.NotAfter = time.Now().Add(-time.Minute)
			}), middle}},
			"when it is not for servers": {pemOf(root), []*authority{issue(t, "leaf", middle, func(c *x509.Certificate) {
				leaf(c)
				c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			}), middle}},
			"when a leaf issued it": {pemOf(root), []*authority{issue(t, "leaf", issue(t, "leaf", middle, leaf), leaf), middle}},
		} {
			t.Run(name, func(t *testing.T) {
				trust(t, c.roots)
				_, err := post(receiver(t, c.chain...))
				assert.True(t, target.IsPermanent(err), "%v", err)
				assert.ErrorContains(t, err, "certificate")
			})
		}
	})
	t.Run("does not hold without a host or a chain", func(t *testing.T) {
		assert.Error(t, verify("", []*x509.Certificate{root.certificate}))
		assert.Error(t, verify("a.example", nil))
	})
}

func TestIssuers(t *testing.T) {
	root := issue(t, "root", nil, nil)
	other := issue(t, "other", nil, nil)
	chain := []*x509.Certificate{issue(t, "leaf", root, leaf).certificate}
	t.Run("are those of the bundle that the chain names", func(t *testing.T) {
		pool := issuers(pemOf(other, root, other), chain)
		want := x509.NewCertPool()
		want.AddCert(root.certificate)
		assert.True(t, want.Equal(pool))
	})
	t.Run("are none in what is not a bundle", func(t *testing.T) {
		whole := pemOf(root)
		for _, bundle := range [][]byte{nil, []byte("x"), whole[:len(whole)-5], whole[10:], pemOf(other), []byte("-----BEGIN CERTIFICATE-----")} {
			assert.Nil(t, issuers(bundle, chain))
		}
	})
}

func BenchmarkIssuers(b *testing.B) {
	system := bundle()
	if system == nil {
		b.Skip("this system keeps no file of roots")
	}
	block, _ := pem.Decode(system)
	root, err := x509.ParseCertificate(block.Bytes)
	require.NoError(b, err)
	for b.Loop() {
		issuers(system, []*x509.Certificate{root})
	}
}
