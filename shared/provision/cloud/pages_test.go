package cloud_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the service signs with it
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms/kmstest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/alarms/alarmstest"
	"github.com/pai-notify/pai-notify/shared/secretstore"
)

// pagesVariable names the folder in which .ci/pages/aliyun keeps an account for
// the commands of a page. Without it there is nobody to serve.
const pagesVariable = "PAI_NOTIFY_PAGES"

// pagesAccount is an account of Alibaba Cloud that begins empty, for a page to be
// walked in: EventBridge, Function Compute, KMS, alarms, and what of RAM and MNS
// the page asks for, all at one address of loopback, with a robot of DingTalk. Its functions
// are those that s has deployed, run as they are under the runtime API.
type pagesAccount struct {
	t       *testing.T
	folder  string
	url     string
	ledger  string // where that of the functions really is
	account *account.Account
	secrets http.Handler
	bus     http.Handler
	alarms  *alarmstest.Peer

	mu sync.Mutex
	// made is what the page made, such as "CreateQueue pai-notify-undelivered".
	made     []string
	messages []string // of the queue
	received int
	told     string // what the robot answered, a line each
}

const pagesID = "1234567890123456"

// pagesLog is the log project that s makes.
const pagesLog = "serverless-cn-hangzhou-pages"

func TestServeAnAccountForThePages(t *testing.T) {
	folder := os.Getenv(pagesVariable)
	if folder == "" {
		t.Skip("make pages sets " + pagesVariable)
	}
	p := &pagesAccount{t: t, folder: folder}
	store, err := url.Parse(kmstest.Start(t).URL)
	require.NoError(t, err)
	p.secrets = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(store)
		r.Out.Host = r.In.Host // which is signed
	}}
	bus, err := local.Open(t.Context(), local.Options{Invoke: func(ctx context.Context, name string, payload []byte) (json.RawMessage, error) {
		answer, err := p.invoke(ctx, name, payload)
		if failure, ok := errors.AsType[*runtimeapi.FunctionError](err); ok {
			p.keep(payload, failure)
			return nil, failedAs{failure}
		}
		return answer, err
	}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = bus.Close(context.Background()) })
	p.account = &account.Account{
		ID: pagesID, Region: "cn-hangzhou", LogProject: pagesLog, LogStore: "default-logs", Keys: []account.Key{{ID: kmstest.KeyID, Secret: kmstest.Key}},
		Invoke: func(ctx context.Context, name string, payload []byte) ([]byte, error) {
			answer, err := p.invoke(ctx, name, payload)
			if failure, ok := errors.AsType[*runtimeapi.FunctionError](err); ok {
				text, _ := json.Marshal(failure) // texts can always be written
				return nil, &account.FunctionError{Payload: text}
			}
			return answer, err
		},
	}
	p.bus = openapi.New(bus, p.account)
	p.alarms = alarmstest.New(alarmstest.Config{Key: kmstest.KeyID, Secret: kmstest.Key, Authorize: func(w http.ResponseWriter, r *http.Request) bool {
		_, _, err := p.account.Receive(w, r, func(account.Key) (int64, error) { return 1 << 20, nil })
		if err != nil {
			account.WriteError(w, account.NewRequestID(), err)
		}
		return err == nil
	}})
	server := httptest.NewServer(p.alarms.Beside(p))
	t.Cleanup(server.Close)
	p.url = server.URL
	tables := httptest.NewServer(tablestoretest.New(tablestoretest.Config{Key: kmstest.KeyID, Secret: kmstest.Key}))
	t.Cleanup(tables.Close)
	p.ledger = "tablestore:" + tables.URL + "/pai_notify"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ledger"), []byte(p.ledger), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "address.new"), []byte(p.url), 0o600))
	require.NoError(t, os.Rename(filepath.Join(folder, "address.new"), filepath.Join(folder, "address")))
	_, err = io.Copy(io.Discard, os.Stdin) // until the page is over
	require.NoError(t, err)
}

// failedAs is a function's failure as the local bus takes it.
type failedAs struct{ *runtimeapi.FunctionError }

func (f failedAs) Error() string       { return f.Message }
func (f failedAs) FailureType() string { return f.Type }

func (p *pagesAccount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parameters := r.URL.Query()
	switch version, action := account.Version(r, parameters), account.Action(r, parameters); {
	case strings.HasPrefix(r.URL.Path, "/invoke/"): // s, which signs in its own way
		payload, _ := io.ReadAll(r.Body)
		answer, err := p.invoke(r.Context(), strings.TrimPrefix(r.URL.Path, "/invoke/"), payload)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = w.Write(answer)
	case r.URL.Path == "/robot/send":
		said := `{"errcode":0,"errmsg":"ok"}`
		if _, err := os.Stat(filepath.Join(p.folder, "robot-refuses")); err == nil {
			said = `{"errcode":300001,"errmsg":"token is not exist"}`
		}
		_, _ = io.WriteString(w, said)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told += said + "\n"
		_ = os.WriteFile(filepath.Join(p.folder, "robot"), []byte(p.told), 0o600)
	case strings.HasPrefix(r.URL.Path, "/queues/"):
		p.queue(w, r)
	case version == "2016-01-20":
		p.secrets.ServeHTTP(w, r)
	case version == "2022-01-19", version == "2020-03-31", version == "2015-05-01" && action != "GetRole":
		p.make(w, r, action)
	default:
		p.mu.Lock()
		p.account.Roles, p.account.Functions = p.named("CreateRole", "CreateServiceLinkedRole"), p.deployed()
		p.mu.Unlock()
		p.bus.ServeHTTP(w, r)
	}
}

// make takes what the page makes and removes by the vendor's command. A name that
// was not made cannot be removed.
func (p *pagesAccount) make(w http.ResponseWriter, r *http.Request, action string) {
	id := account.NewRequestID()
	_, _, err := p.account.Receive(w, r, func(account.Key) (int64, error) { return 1 << 20, nil })
	parameters := r.URL.Query()
	name := ""
	for _, key := range []string{"RoleName", "PolicyName", "QueueName", "ServiceName"} {
		if name == "" {
			name = parameters.Get(key)
		}
	}
	if service, role := serviceRoles[name]; role {
		name = service
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	undone := map[string]string{"DeleteRole": "CreateRole", "DeletePolicy": "CreatePolicy", "DetachPolicyFromRole": "AttachPolicyToRole", "DeleteQueue": "CreateQueue"}
	did, undoes := undone[action]
	at := slices.Index(p.made, did+" "+name)
	switch {
	case err != nil:
	case name == "", !undoes && !slices.Contains([]string{"CreateRole", "CreateServiceLinkedRole", "CreatePolicy", "AttachPolicyToRole", "CreateQueue"}, action):
		err = &account.Error{Code: "InvalidAction.NotFound", Status: http.StatusNotFound, Text: "no action " + action + " is served here"}
	case undoes && at < 0:
		err = &account.Error{Code: "EntityNotExist", Status: http.StatusNotFound, Text: "there is no " + name}
	case undoes:
		p.made = slices.Delete(p.made, at, at+1)
	case slices.Contains(p.made, action+" "+name):
		err = &account.Error{Code: "EntityAlreadyExists", Status: http.StatusConflict, Text: name + " exists"}
	case action == "CreatePolicy":
		_, err = account.ParsePolicy([]byte(parameters.Get("PolicyDocument")))
	}
	if err != nil {
		account.WriteError(w, id, err)
		return
	}
	if !undoes {
		p.made = append(p.made, action+" "+name)
	}
	// s deploys only what has a role: its component reads them here.
	roles := strings.Join(p.named("CreateRole"), "\n")
	_ = os.WriteFile(filepath.Join(p.folder, "roles"), []byte(roles), 0o600)
	account.WriteJSON(w, http.StatusOK, id, map[string]any{"RequestId": id, "Success": true})
}

// serviceRoles are the roles by their services.
var serviceRoles = map[string]string{
	"aiworkspace.pai.aliyuncs.com": "AliyunServiceRoleForPAIWorkspace", "sendevent-fc.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSendToFC",
	"sendevent-mns.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSendToMNS",
}

func (p *pagesAccount) named(actions ...string) []string {
	var list []string
	for _, one := range p.made {
		if action, name, _ := strings.Cut(one, " "); slices.Contains(actions, action) {
			list = append(list, name)
		}
	}
	return list
}

// deployed are the functions that s has deployed: a file each, with its code and
// environment.
func (p *pagesAccount) deployed() []string {
	files, _ := filepath.Glob(filepath.Join(p.folder, "functions", "*"))
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	return files
}

func (p *pagesAccount) invoke(ctx context.Context, name string, payload []byte) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(p.folder, "functions", filepath.Base(name)))
	if err != nil {
		return nil, account.NoFunction(name)
	}
	var props struct {
		Code        string            `json:"code"`
		Environment map[string]string `json:"environmentVariables"`
	}
	if err := json.Unmarshal(text, &props); err != nil {
		return nil, err
	}
	environment := []string{
		"FC_REGION=cn-hangzhou", "FC_ACCOUNT_ID=" + pagesID, "ALIBABA_CLOUD_ACCESS_KEY_ID=" + kmstest.KeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + kmstest.Key,
		secretstore.KMSEndpointVariable + "=" + p.url, "PAI_NOTIFY_ENDPOINT=" + p.url,
	}
	_, without := os.Stat(filepath.Join(p.folder, "no-ledger"))
	for key, value := range props.Environment {
		if key == "PAI_NOTIFY_LEDGER" && value != "" {
			value = p.ledger
			if without == nil {
				value = ""
			}
		}
		environment = append(environment, key+"="+value)
	}
	process, err := runtimeapi.Start(runtimeapi.FunctionCompute, filepath.Join(props.Code, "bootstrap"), environment, os.Stderr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = process.Close() }()
	return process.Invoke(ctx, payload)
}

// keep is the failure destination: the record that Function Compute puts into the
// queue, of which the page reads its payload.
func (p *pagesAccount) keep(payload []byte, failure *runtimeapi.FunctionError) {
	record, _ := json.Marshal(map[string]any{ // texts can always be written
		"requestContext": map[string]any{"condition": "RetriesExhausted", "approximateInvokeCount": 9},
		"requestPayload": json.RawMessage(payload), "responseContext": map[string]any{"functionError": "UnhandledInvocationError"}, "responsePayload": failure,
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, string(record))
}

// queue is the data plane of MNS: ReceiveMessage and DeleteMessage of one queue.
func (p *pagesAccount) queue(w http.ResponseWriter, r *http.Request) {
	signed := hmac.New(sha1.New, []byte(kmstest.Key))
	fmt.Fprintf(signed, "%s\n%s\n%s\n%s\nx-mns-version:%s\n%s", r.Method, r.Header.Get("Content-Md5"), r.Header.Get("Content-Type"), r.Header.Get("Date"), r.Header.Get("X-Mns-Version"), r.RequestURI)
	p.mu.Lock()
	defer p.mu.Unlock()
	refuse := func(code string, status int) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `<?xml version="1.0"?><Error xmlns="http://mns.aliyuncs.com/doc/v1/"><Code>%s</Code><Message>refused</Message></Error>`, code)
	}
	name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/queues/"), "/messages")
	handle := "1-handle/of==" + strconv.Itoa(p.received)
	switch {
	case r.Header.Get("Authorization") != "MNS "+kmstest.KeyID+":"+base64.StdEncoding.EncodeToString(signed.Sum(nil)):
		refuse("SignatureDoesNotMatch", http.StatusForbidden)
	case !slices.Contains(p.made, "CreateQueue "+name):
		refuse("QueueNotExist", http.StatusNotFound)
	case r.Method == http.MethodDelete && r.URL.Query().Get("ReceiptHandle") != handle:
		refuse("ReceiptHandleError", http.StatusBadRequest)
	case r.Method == http.MethodDelete:
		p.messages = p.messages[1:]
		w.WriteHeader(http.StatusNoContent)
	case len(p.messages) == 0:
		refuse("MessageNotExist", http.StatusNotFound)
	default:
		p.received++
		body, _ := xml.Marshal(struct {
			XMLName       xml.Name `xml:"http://mns.aliyuncs.com/doc/v1/ Message"`
			MessageID     string   `xml:"MessageId"`
			ReceiptHandle string
			MessageBody   string
		}{MessageID: "1", ReceiptHandle: "1-handle/of==" + strconv.Itoa(p.received), MessageBody: p.messages[0]})
		_, _ = w.Write(body)
	}
}
