package main

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what SQS gives
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	fn "github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// eventFiles is the folder of what a function can be invoked with by hand.
const eventFiles = root + "events/invoke/"

// bareEvents are the events in it that name no receiver, by the samples that
// they are, and which functions' files are made of them.
var bareEvents = map[string]string{"dlc-job-failed.json": "", "model-version-approved.json": "http"}

// actions has an action of provision in each of its event files.
var actions = map[string]fn.Request{
	"status": {}, "plan": {}, "apply": {}, "list": {},
	"enable": {Rule: "job-failed"}, "disable": {Rule: "job-failed"},
	"delete": {Yes: true}, "test": {Rule: "job-failed", Target: "dingtalk-oncall"},
}

// inASCII writes the names of the samples in ASCII. Serverless Devs garbles any
// other character of an event that a function is invoked with locally.
var inASCII = strings.NewReplacer("张伟", "Zhang Wei", "信贷风控", "credit-risk", "加入近 90 天还款行为特征", "Adds 90 days of repayments")

// TestEventFilesAreWhatFunctionsAreInvokedWith makes every file of the folder:
// what a bus hands over by the rules of the document there, what a retry queue
// does, bare events, and actions of provision.
//
//	go test ./cmd/pai-notify -run EventFiles -update
func TestEventFilesAreWhatFunctionsAreInvokedWith(t *testing.T) {
	document, err := input.ReadJSON(eventFiles+"workspace.yaml", nil, terminal.Streams{Err: io.Discard})
	require.NoError(t, err)
	w, err := workspace.Parse(withEveryType(t, document), "workspace.yaml", functions.Register()...)
	require.NoError(t, err)
	b, err := aws.New(aws.Config{Region: "ap-southeast-1", Account: "123456789012"})
	require.NoError(t, err)
	onBus := bustest.NewMemory()
	onBus.Quotas = b.Limits()
	p, err := provision.Provisioner{Cloud: provision.Cloud{Name: provision.AWS, Bus: onBus}, Workspace: w}.Plan(t.Context())
	require.NoError(t, err)
	require.NoError(t, provision.Cloud{Bus: onBus}.Apply(t.Context(), p, nil))
	want, err := provision.Read(t.Context(), onBus, w.Bus())
	require.NoError(t, err)

	made := map[string]bool{"workspace.yaml": true, "README.md": true}
	file := func(name string, text []byte) {
		t.Run(name, func(t *testing.T) {
			made[name] = true
			var indented bytes.Buffer
			require.NoError(t, json.Indent(&indented, text, "", "  "))
			targettest.Golden(t, "../"+eventFiles+name, append(indented.Bytes(), '\n'))
			for _, b := range text {
				assert.True(t, b >= ' ' && b <= '~' && b != '\'', "%q does not go through s local invoke", b)
			}
		})
	}
	for sample := range bareEvents {
		file(sample, bareEvent(t, sample))
	}
	covered := map[string]bool{}
	for _, r := range want.Rules {
		for _, to := range r.Targets {
			sample := "dlc-job-failed.json"
			if of := "model-version-approved.json"; bareEvents[of] == to.Receiver.Type {
				sample = of
			}
			covered[to.Receiver.Type] = true
			template, err := b.Limits().WrapperOf(to)
			require.NoError(t, err)
			wrapped := strings.Replace(template, "<aws.events.event.json>", string(bareEvent(t, sample)), 1)
			file(to.Receiver.Type+".json", []byte(wrapped))
			file(to.Receiver.Type+"-queue.json", queued(t, to.Function, wrapped))
			var parameters map[string]any
			require.NoError(t, json.Unmarshal(to.Receiver.Parameters, &parameters))
			for _, secret := range []string{"webhook", "signing_key", "password", "url", "secret", "access_key_id", "access_key_secret"} {
				if value, ok := parameters[secret]; ok {
					assert.Regexp(t, "^env:", value, "%s of %s", secret, to.Receiver.Type)
				}
			}
		}
	}
	for _, spec := range functions.Register() {
		assert.True(t, covered[spec.Type], "no event file for the function %s", spec.Type)
	}
	for action, r := range actions {
		r.Action = action
		text, err := json.Marshal(r)
		require.NoError(t, err)
		file("provision-"+action+".json", text)
	}
	files, err := os.ReadDir(eventFiles)
	require.NoError(t, err)
	for _, f := range files {
		assert.True(t, made[f.Name()], "%s is made by nothing", f.Name())
	}
}

// withEveryType adds a target of each type that the document has none of, with the
// secrets that it requires: a chat needs no line there.
func withEveryType(t *testing.T, document []byte) []byte {
	t.Helper()
	var d map[string]any
	require.NoError(t, json.Unmarshal(document, &d))
	first := d["rules"].([]any)[0].(map[string]any)
	w, err := workspace.Parse(document, "workspace.yaml", functions.Register()...)
	require.NoError(t, err)
	for _, spec := range functions.Register() {
		if slices.ContainsFunc(w.Receivers(), func(r target.Receiver) bool { return r.Type == spec.Type }) {
			continue
		}
		added := map[string]any{"type": spec.Type}
		for _, f := range edit.Parameters(spec) {
			if f.Required {
				added[f.Name] = "env:" + strings.ToUpper(spec.Type+"_"+f.Name)
			}
		}
		first["targets"] = append(first["targets"].([]any), added)
	}
	text, err := json.Marshal(d)
	require.NoError(t, err)
	return text
}

// bareEvent returns a sample in ASCII.
func bareEvent(t *testing.T, sample string) []byte {
	t.Helper()
	text, err := events.Files.ReadFile(sample)
	require.NoError(t, err)
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, []byte(inASCII.Replace(string(text)))))
	return compact.Bytes()
}

// queued returns the batch of a retry queue with one failure record, which
// Lambda puts there when it has given an invocation up.
func queued(t *testing.T, function, payload string) []byte {
	t.Helper()
	record, err := json.Marshal(map[string]any{
		"version": "1.0", "timestamp": "2026-11-19T19:16:02.101Z",
		"requestContext": map[string]any{"requestId": "b3f6a1d2-7a0c-4f0e-9d55-0d2c6f2b8e41", "functionArn": "arn:aws:lambda:ap-southeast-1:123456789012:function:" + function + ":$LATEST", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
		"requestPayload": json.RawMessage(payload),
	})
	require.NoError(t, err)
	sum := md5.Sum(record) //nolint:gosec // what SQS gives
	batch, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"messageId": "e84af65d-cf92-441b-a08c-f02700350a0f", "receiptHandle": "AQEB791AA12AF24ECA81E460AF0B43ED", "body": string(record),
		"attributes":        map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1795115762112", "SenderId": "AIDAJQR3PSVBUEXAMPLE", "ApproximateFirstReceiveTimestamp": "1795116362119"},
		"messageAttributes": map[string]any{}, "md5OfBody": hex.EncodeToString(sum[:]),
		"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:ap-southeast-1:123456789012:" + function + "-undelivered", "awsRegion": "ap-southeast-1",
	}}})
	require.NoError(t, err)
	return batch
}
