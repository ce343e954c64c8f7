//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// project is a folder with template.yaml and packages, which sam is run in.
type project struct {
	folder string
	p      receivingEnd
}

func newProject(t *testing.T, p receivingEnd, document []byte) project {
	t.Helper()
	folder := filepath.Dir(packed(t, document))
	template, err := os.ReadFile(root + "template.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "template.yaml"), template, 0o600))
	return project{folder, p}
}

// sam prepares a command of the SAM CLI with what the template demands.
func (o project) sam(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Getenv(samVariable), arguments...) //nolint:gosec // the path is the tester's own setting
	c.Dir = o.folder
	c.Env = append(os.Environ(), "HOME="+t.TempDir(), "SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=ap-southeast-1",
		"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true")
	return c
}

// localFlags are those of sam local: the image is there, and the receivers are
// not on the public internet.
func (o project) localFlags() []string {
	return []string{"--skip-pull-image", "--parameter-overrides", "Workspace=llm_lab AllowedReceivers=" + o.p.host}
}

// invoke runs sam local invoke, which exits with 0 also when the function fails.
func (o project) invoke(t *testing.T, function string, payload []byte, flags ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "event.json")
	require.NoError(t, os.WriteFile(file, payload, 0o600))
	c := o.sam(t, append([]string{"local", "invoke", logical(function), "-e", file}, append(o.localFlags(), flags...)...)...)
	var log strings.Builder
	c.Stderr = &log
	answer, err := c.Output()
	require.NoError(t, err, "%s", &log)
	require.NotEmpty(t, answer, "%s", &log)
	return answer
}

// logical is what template.yaml calls a function.
func logical(function string) string {
	return strings.ToUpper(function[:1]) + function[1:] + "Function"
}

func TestFunctionsInContainersOfSAM(t *testing.T) {
	if os.Getenv(samVariable) == "" {
		t.Skip(samVariable + " is not set: make containers sets it")
	}
	certificate, authority := certified(t, net.ParseIP(engineHost), awsHosts...)
	startEngine(t, authority)
	p := newReceivingEnd(t, engineHost, certificate)
	o := newProject(t, p, p.document(t))
	out, err := o.sam(t, "validate", "--lint").CombinedOutput()
	require.NoError(t, err, "%s", out)

	for _, name := range functionNames() {
		if name == "provision" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := ended(t, o.invoke(t, name, p.eventFile(t, bareFor(name), p.known)))
			assert.Equal(t, outcome.Sent, r.Status, r.Reason)
			assert.Equal(t, 1, p.accepted(name))
		})
	}
	t.Run("provision", func(t *testing.T) {
		apply := p.eventFile(t, "provision-apply.json", p.known)
		answer := string(o.invoke(t, "provision", apply))
		assert.Contains(t, answer, "function:BusDeadLetters", "sam makes up what other resources are")
		assert.Contains(t, answer, `"errorType": "Permanent"`)
		variables := filepath.Join(t.TempDir(), "variables.json")
		require.NoError(t, os.WriteFile(variables, []byte(`{"ProvisionFunction": {"PAI_NOTIFY_FUNCTIONS_PREFIX": "pai-notify-", "PAI_NOTIFY_DEAD_LETTER": "arn:aws:sqs:ap-southeast-1:123456789012:pai-notify-undelivered"}}`), 0o600))
		flags := append([]string{"--env-vars", variables}, p.aws(t, certificate)...)
		answer = string(o.invoke(t, "provision", apply, flags...))
		assert.Contains(t, answer, `"bus": "pai-system-llm_lab"`)
		assert.Contains(t, answer, `"changed": true`)
		assert.NotContains(t, answer, "errorType")
	})
	for _, name := range functionNames() {
		require.NoError(t, os.Remove(filepath.Join(o.folder, "build", packageOf(name), "workspace.json")))
	}
	t.Run("a bare event without a document", func(t *testing.T) {
		r := ended(t, o.invoke(t, "dingtalk", p.eventFile(t, "dlc-job-failed.json", p.known)))
		assert.Equal(t, outcome.Permanent, r.Class)
		assert.Contains(t, r.Reason, "json -w workspace.yaml > build/dingtalk/workspace.json")
	})
	t.Run("start-lambda", func(t *testing.T) { o.startLambda(t, p.aws(t, certificate)) })
}

// awsHosts are those that the functions speak to.
var awsHosts = []string{"dynamodb.ap-southeast-1.amazonaws.com", "events.ap-southeast-1.amazonaws.com", "lambda.ap-southeast-1.amazonaws.com", "sts.ap-southeast-1.amazonaws.com"}

// aws has moto stand in for AWS at the engine's host, and returns the flags of
// sam that lead there.
func (p receivingEnd) aws(t *testing.T, certificate tls.Certificate) (flags []string) {
	t.Helper()
	moto, err := url.Parse(mototest.Start(t))
	require.NoError(t, err)
	listener, err := tls.Listen("tcp", net.JoinHostPort(p.host, "443"), &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	server := &http.Server{Handler: httputil.NewSingleHostReverseProxy(moto), ReadHeaderTimeout: input.FunctionTimeout}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	for _, host := range awsHosts {
		flags = append(flags, "--add-host", host+":"+p.host)
	}
	return flags
}

// startLambda invokes every function at the address of sam local start-lambda
// with what a bus hands over. The account has no ledger.
func (o project) startLambda(t *testing.T, flags []string) {
	address := free(t)
	port := address[strings.LastIndex(address, ":")+1:]
	c := o.sam(t, append([]string{"local", "start-lambda", "--port", port, "--warm-containers", "LAZY"}, append(o.localFlags(), flags...)...)...)
	var log strings.Builder
	c.Stdout, c.Stderr = &log, &log
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait() // it was stopped
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for _, name := range functionNames() {
		if name == "provision" {
			continue
		}
		at := "http://" + address + strings.Replace(invocation, "functions/function", "functions/"+logical(name), 1)
		before := o.p.accepted(name)
		r := ended(t, post(t, at, o.p.eventFile(t, name+".json", o.p.unknown)))
		if name == "sms" || name == "voice" {
			assert.Equal(t, outcome.Transient, r.Class, name)
			assert.Contains(t, r.Reason, "there is no such table", "an old event may have been sent, which only the ledger knows")
		} else {
			assert.Contains(t, []outcome.Class{outcome.Permanent, outcome.Gone}, r.Class, "%s: %s", name, r.Reason)
		}
		assert.Equal(t, before, o.p.accepted(name))
		if name == "lark" {
			r = ended(t, post(t, at, o.p.eventFile(t, name+".json", o.p.known)))
			assert.Equal(t, outcome.Sent, r.Status, r.Reason)
			assert.Equal(t, before+1, o.p.accepted(name))
		}
	}
}

// certified returns a certificate for an address and names, and as PEM the authority that
// issued it, which is itself.
func certified(t *testing.T, address net.IP, names ...string) (certificate tls.Certificate, authority []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	is := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{address}, DNSNames: names, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, &is, &is, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
