package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/pai-notify/pai-notify/shared/bus"
	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	localaccount "github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

const (
	keyID, keySecret = "LTAItorture", "tortureSecret"
	region           = "ap-southeast-1"
	awsAccount       = "123456789012" // moto answers for it
	ledgerTable      = "pai_notify"
)

// invoker invokes a function and waits. failed tells that the function answered
// with an error.
type invoker func(ctx context.Context, function string, payload []byte) (answer []byte, failed bool, err error)

// stood is a cloud that stands in for a real one.
type stood struct {
	platform runtimeapi.Platform
	bus      bus.Bus
	// sure is the ledger over a network that works.
	sure ledger.Store
	// environment is what the functions are given.
	environment []string
	bad         *badNetwork
	closers     []func()
}

func (c *stood) close() {
	for i := len(c.closers) - 1; i >= 0; i-- {
		c.closers[i]()
	}
}

// serve serves a handler until the cloud is closed.
func (c *stood) serve(h http.Handler) string {
	s := httptest.NewServer(h)
	c.closers = append(c.closers, s.Close)
	return s.URL
}

// badNetwork stands between the functions and their ledger.
type badNetwork struct {
	next     http.Handler
	chance   func() float64
	behaving atomic.Bool
	away     atomic.Bool
	// counts are of answers lost, requests late, and requests that failed.
	lost, late, failed, gone atomic.Int64
}

func (n *badNetwork) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if n.behaving.Load() {
		n.next.ServeHTTP(w, r)
		return
	}
	if n.away.Load() {
		n.gone.Add(1)
		reset(w)
		return
	}
	switch p := n.chance(); {
	case p < 0.08: // it happens, and the answer is lost
		n.lost.Add(1)
		n.next.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
		reset(w)
	case p < 0.10: // it happens when nobody waits any more
		n.late.Add(1)
		late := r.Clone(context.WithoutCancel(r.Context()))
		late.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(time.Second, func() { n.next.ServeHTTP(httptest.NewRecorder(), late) })
		select {
		case <-r.Context().Done():
		case <-time.After(2 * time.Second):
		}
		reset(w)
	case p < 0.12:
		n.failed.Add(1)
		reset(w)
	default:
		n.next.ServeHTTP(w, r)
	}
}

func (n *badNetwork) summary() string {
	return fmt.Sprintf("%d answers lost, %d requests late, %d failed, %d while it was away", n.lost.Load(), n.late.Load(), n.failed.Load(), n.gone.Load())
}

// functionCompute is Function Compute with the local bus, whose API is that of
// EventBridge, and the stand-in of Tablestore.
func functionCompute(ctx context.Context, chance func() float64, invoke invoker) (c *stood, err error) {
	c = &stood{platform: runtimeapi.FunctionCompute}
	peer := tablestoretest.New(tablestoretest.Config{Key: keyID, Secret: keySecret})
	c.bad = &badNetwork{next: peer, chance: chance}
	open := func(address string) (*tablestore.Store, tablestore.Reference, error) {
		reference, err := tablestore.Parse("tablestore:" + address + "/" + ledgerTable)
		return tablestore.New(tablestore.Config{Reference: reference, Key: func(context.Context) (tablestore.Key, error) {
			return tablestore.Key{ID: keyID, Secret: keySecret}, nil
		}}), reference, err
	}
	sure, _, err := open(c.serve(peer))
	if err != nil {
		return c, err
	}
	if err := sure.Create(ctx); err != nil {
		return c, err
	}
	c.sure = sure
	_, reference, err := open(c.serve(c.bad))
	if err != nil {
		return c, err
	}
	served, err := local.Open(ctx, local.Options{})
	if err != nil {
		return c, err
	}
	c.closers = append(c.closers, func() { _ = served.Close(context.WithoutCancel(ctx)) })
	policy, err := localaccount.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return c, err
	}
	address := c.serve(openapi.New(served, &localaccount.Account{
		Keys: []localaccount.Key{{ID: keyID, Secret: keySecret, User: "torture", Policies: []localaccount.Policy{policy}}},
		Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, error) {
			answer, failed, err := invoke(ctx, function, payload)
			if failed {
				text, _ := json.Marshal(map[string]string{"errorMessage": string(answer)})
				return nil, &localaccount.FunctionError{Payload: text}
			}
			return answer, err
		},
	}))
	keys, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId(keyID).SetAccessKeySecret(keySecret))
	if err != nil {
		return c, err
	}
	c.bus, err = busaliyun.New(busaliyun.Config{Region: "local", Account: localaccount.DefaultID, Endpoint: address, Credentials: keys})
	c.environment = []string{
		"FC_REGION=local", "FC_ACCOUNT_ID=" + localaccount.DefaultID, "PAI_NOTIFY_ENDPOINT=" + address,
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + keyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + keySecret, ledger.Variable + "=" + reference.String(),
	}
	return c, err
}

// lambda is Lambda with moto's EventBridge and DynamoDB.
func lambda(ctx context.Context, chance func() float64, invoke invoker) (c *stood, err error) {
	c = &stood{platform: runtimeapi.Lambda}
	address, err := c.startMoto()
	if err != nil {
		return c, err
	}
	moto, err := url.Parse(address)
	if err != nil {
		return c, err
	}
	keys := awscredentials.NewStaticCredentialsProvider(keyID, keySecret, "")
	sure, err := dynamodb.New(dynamodb.Config{Table: ledgerTable, Region: region, Endpoint: address, Credentials: keys, HTTP: http.DefaultClient})
	if err != nil {
		return c, err
	}
	if err := sure.Create(ctx); err != nil {
		return c, err
	}
	c.sure = sure
	proxy := httputil.NewSingleHostReverseProxy(moto)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { reset(w) }
	c.bad = &badNetwork{next: proxy, chance: chance}
	table := c.serve(c.bad)
	functions := c.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, invoked := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
		if !invoked {
			proxy.ServeHTTP(w, r)
			return
		}
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		answer, failed, err := invoke(r.Context(), strings.TrimSuffix(name, "/invocations"), payload)
		if failed || err != nil {
			if err != nil {
				answer = []byte(err.Error())
			}
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			answer, _ = json.Marshal(map[string]string{"errorMessage": string(answer)})
		}
		_, _ = w.Write(answer)
	}))
	c.bus, err = busaws.New(busaws.Config{Region: region, Account: awsAccount, Endpoint: address, Credentials: keys})
	c.environment = []string{
		"AWS_REGION=" + region, "AWS_ACCOUNT_ID=" + awsAccount, "AWS_ENDPOINT_URL=" + functions, "AWS_ENDPOINT_URL_DYNAMODB=" + table,
		"AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + keySecret, ledger.Variable + "=dynamodb:" + ledgerTable,
	}
	return c, err
}

// motoVariable names the path of moto_server, which `make torture-cloud` sets.
const motoVariable = "PAI_NOTIFY_MOTO"

// startMoto starts moto on a free port.
func (c *stood) startMoto() (string, error) {
	path := os.Getenv(motoVariable)
	if path == "" {
		return "", errors.New(motoVariable + " is not set to the path of moto_server: make torture-cloud sets it")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return "", err
	}
	host, port, _ := net.SplitHostPort(address)
	moto := exec.Command(path, "-H", host, "-p", port) //nolint:gosec // the path is the caller's own setting
	if err := moto.Start(); err != nil {
		return "", err
	}
	c.closers = append(c.closers, func() {
		_ = moto.Process.Kill()
		_ = moto.Wait() // it was killed
	})
	for range 600 {
		res, err := http.Get("http://" + address + "/moto-api/")
		if err == nil {
			return "http://" + address, res.Body.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "", errors.New("moto does not answer")
}

// chances are random numbers for many at once.
func chances(seed uint64) func() float64 {
	lock := make(chan *rand.Rand, 1)
	lock <- rand.New(rand.NewPCG(seed, 2))
	return func() float64 {
		r := <-lock
		defer func() { lock <- r }()
		return r.Float64()
	}
}
