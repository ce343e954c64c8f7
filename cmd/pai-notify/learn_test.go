package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/traffic"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

const learnDocument = `workspace: lab # ours
rules:
  # the night shift
  - name: died
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, webhook: "https://oapi.dingtalk.com/robot/send?access_token=Hunter7"}
`

// newLearnAccount is an account on whose bus PAI's events have other names than
// the catalogue has.
func newLearnAccount(t *testing.T, events ...string) *aliyunAccount {
	t.Helper()
	o := policy.Options{Types: functions.Register()}
	a := newAliyunAccount(t, local.Options{}, policy.Provision(provision.Aliyun, o), policy.Learn(provision.Aliyun, o))
	a.write(learnDocument)
	require.NoError(t, a.bus.CreateEventBus(t.Context(), local.EventBus{Name: "pai-system-lab"}))
	for _, e := range events {
		parsed, err := event.Parse([]byte(e))
		require.NoError(t, err)
		_, err = a.bus.Publish(t.Context(), "pai-system-lab", parsed)
		require.NoError(t, err)
	}
	return a
}

func paiEvent(id, typ, data string) string {
	name, _ := json.Marshal(typ)
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.pai.dlc","type":%s,"data":%s}`, id, name, data)
}

const failedJob = `{"JobId":"dlc1x9qk7e2w5mzt","DisplayName":"zhangwei-train","JobType":"PyTorchJob","Status":"Failed","UserId":"201457962310948521"}`

func TestLearnTellsWhatPassedAndAdoptsIt(t *testing.T) {
	a := newLearnAccount(t, paiEvent("1", "Dlc:Job:Failed", failedJob), paiEvent("2", "Dlc:Job:Failed", failedJob), paiEvent("3", "Dlc:Job:Dreaming", `"text"`))
	r := a.run("", "learn", "--since", "1h")
	assert.Equal(t, 1, r.code, r.err)
	assert.Contains(t, r.out, ": 3 events, the first at ")
	assert.Contains(t, r.out, `     2 acs.pai.dlc Dlc:Job:Failed   unknown, like dlc none: died: source is "acs.pai.dlc", wanted "acs.paidlc"`)
	assert.Contains(t, r.out, "Enabled rules that fire for none of this: died.")
	assert.Contains(t, r.out, `dlc source: {"source":["acs.paidlc","acs.pai.dlc"]}`)
	assert.Contains(t, r.out, "data has DisplayName, JobId, JobType")
	assert.Contains(t, r.out, "With them, rule died fires for 1 kind more.")
	text, err := os.ReadFile(a.document)
	require.NoError(t, err)
	assert.Equal(t, learnDocument, string(text), "nothing is written that was not asked for")

	r = a.run("", "learn", "--since", "1h", "--write")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, `+       pattern: {source: ["acs.paidlc", "acs.pai.dlc"]}`)
	assert.NotContains(t, r.out, "Hunter7")
	text, err = os.ReadFile(a.document)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), learnDocument), "comments and all other lines stay")
	info, err := os.Stat(a.document)
	require.NoError(t, err)
	assert.EqualValues(t, 0o600, info.Mode().Perm())

	r = a.run("", "learn", "--since", "1h")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "dlc.job-failed")
	assert.NotContains(t, r.out, "Proposed")

	require.Equal(t, 0, a.run("", "apply", "--yes").code)
	r = a.run("", "learn", "--since", "1h", "--json")
	assert.Equal(t, 0, r.code, r.err)
	var l traffic.Learned
	require.NoError(t, json.Unmarshal([]byte(r.out), &l))
	assert.Equal(t, 3, l.Events)
	require.Len(t, l.Targets, 1)
	assert.True(t, l.Targets[0].Ours)
	assert.NotContains(t, r.out, "Hunter7")
	assert.NotContains(t, r.out, "zhangwei", "events are not printed")
	r = a.run("", "learn")
	assert.Contains(t, r.out, "1 target as pai-notify writes them: acs:fc:{region}:{account}:functions/{function} functionName={function}")
}

func TestLearnSavesSamplesOfUnknownTypesWithoutPeople(t *testing.T) {
	a := newLearnAccount(t, paiEvent("1", "Dlc:Job:Failed", failedJob), paiEvent("2", "../../Dlc:\x1b[2J", failedJob))
	dir := filepath.Join(t.TempDir(), "samples")
	r := a.run("", "learn", "--samples", dir)
	require.Equal(t, 1, r.code, r.err)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		for _, p := range []string{"zhangwei", "201457962310948521", "dlc1x9qk7e2w5mzt"} {
			assert.NotContains(t, string(text), p)
		}
	}
	name := filepath.Join(dir, "acs-pai-dlc-job-failed.json")
	require.NoError(t, os.WriteFile(name, []byte("mine"), 0o600))
	r = a.run("", "learn", "--samples", dir)
	assert.Contains(t, r.err, "acs-pai-dlc-job-failed.json stays as it is")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))
}

func TestLearnSaysWhatIsMissing(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	r := a.run("", "learn")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, "eventbridge:QueryTracedEvents")
	assert.Contains(t, r.err, "pai-notify policy --learn -w "+a.document+" --bus aliyun")

	a = newLearnAccount(t)
	r = a.run("", "learn")
	assert.Equal(t, 1, r.code, r.err)
	assert.Contains(t, r.out, ": 0 events.")
	assert.Contains(t, r.out, "Event Tracking")

	reading := strings.ReplaceAll(policy.Learn(provision.Aliyun, policy.Options{Types: functions.Register()}), "eventbridge:QueryEvent\"", "eventbridge:GetRule\"")
	half := newAliyunAccount(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register()}), reading)
	half.write(learnDocument)
	require.NoError(t, half.bus.CreateEventBus(t.Context(), local.EventBus{Name: "pai-system-lab"}))
	parsed, err := event.Parse([]byte(paiEvent("1", "Dlc:Job:Failed", failedJob)))
	require.NoError(t, err)
	_, err = half.bus.Publish(t.Context(), "pai-system-lab", parsed)
	require.NoError(t, err)
	r = half.run("", "learn")
	assert.Equal(t, 1, r.code, r.err)
	assert.Contains(t, r.out, "Not every kind was judged with its data")
	assert.Contains(t, r.out, "pai-notify policy --learn")

	a.write(strings.Replace(learnDocument, "lab #", "elsewhere #", 1))
	r = a.run("", "learn")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, "the bus is not there")

	for _, since := range []string{"", "0001-01-01", "7d", "65535d"} {
		r = half.run("", "learn", "--since", since)
		assert.Equal(t, 1, r.code, r.err)
		assert.Contains(t, r.out, ": 1 event, the first at", since)
	}
	for _, arguments := range [][]string{{"--since", "-7d"}, {"--since", "d"}, {"--since", "soon"}, {"--until", "2020-01-01"}, {"--events", "0"}, {"--log-group", "x"}} {
		assert.Equal(t, 2, a.run("", append([]string{"learn"}, arguments...)...).code, arguments)
	}
}

func TestADocumentThatChangesWhileLearnReadsStays(t *testing.T) {
	a := newLearnAccount(t, paiEvent("1", "Dlc:Job:Failed", failedJob))
	changed := learnDocument + "# somebody was here\n"
	before := func(action string) {
		if action == "QueryEvent" {
			a.write(changed)
		}
	}
	a.before.Store(&before)
	r := a.run("", "learn", "--write")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, "changed meanwhile")
	text, err := os.ReadFile(a.document)
	require.NoError(t, err)
	assert.Equal(t, changed, string(text))
}

func TestWhatPaiNotifyPublishedProvesNothing(t *testing.T) {
	ours := strings.Replace(paiEvent(events.PublishedPrefix+"1", "paidlc:JobStateChange:JobFailed", failedJob), "acs.pai.dlc", "acs.paidlc", 1)
	a := newLearnAccount(t, ours)
	r := a.run("", "learn")
	assert.Equal(t, 1, r.code, r.err)
	assert.Contains(t, r.out, ": 0 events; published with pai-notify and left out: 1.")
	assert.Contains(t, r.out, "nothing but what pai-notify published")

	a = newLearnAccount(t, ours, paiEvent("2", "Dlc:Job:StatusChange", failedJob))
	r = a.run("", "learn")
	assert.Contains(t, r.out, ": 1 event, the first at ")
	assert.Contains(t, r.out, `dlc.job-failed event type: {"data":{"Status":["Failed"]}`, "a sample is no proof that the pattern there is was right")
}

func TestAReadOnlyDocumentStays(t *testing.T) {
	a := newLearnAccount(t, paiEvent("1", "Dlc:Job:Failed", failedJob))
	require.NoError(t, os.Chmod(a.document, 0o400))
	r := a.run("", "learn", "--write")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, "is not a file that can be written")
	text, err := os.ReadFile(a.document)
	require.NoError(t, err)
	assert.Equal(t, learnDocument, string(text))
}

func TestAProposalThatDoesNotFitIsNotWritten(t *testing.T) {
	a := newLearnAccount(t, paiEvent("1", "Dlc:Job:Failed", `{"JobId":"a","DisplayName":"b","JobType":"c","userId":"7"}`))
	// A pattern of the document's own on the scope's field leaves no room for another.
	document := strings.Replace(learnDocument, "events: [job-failed]", "events: [job-failed, job-stopped]\n    scope: {created_by: [\"7\"]}", 1) +
		"catalogue:\n  types:\n    - {name: dlc.job-stopped, pattern: {source: [acs.paidlc], data: {userId: [\"7\"]}}}\n"
	a.write(document)
	r := a.run("", "learn")
	assert.Equal(t, 1, r.code, r.err)
	assert.Contains(t, r.err, "the document would not be right")
	assert.Contains(t, r.out, "Proposed for the catalogue")
	assert.Equal(t, 2, a.run("", "learn", "--write").code)
	text, err := os.ReadFile(a.document)
	require.NoError(t, err)
	assert.Equal(t, document, string(text))
}

func TestNamesOfEventsSteerNoTerminal(t *testing.T) {
	a := newLearnAccount(t, paiEvent("1", "\x1b]0;x\x07:\u202e:Job:Failed", failedJob))
	r := a.run("", "learn", "--write")
	require.Equal(t, 0, r.code, r.err)
	for _, c := range []string{"\x1b]", "\x07", "\u202e"} {
		assert.NotContains(t, r.out, c)
	}
}

func TestTheFormOfFunctionTargetsIsCheckedAtTheStart(t *testing.T) {
	a := newLearnAccount(t)
	a.environment = append(a.environment, "PAI_NOTIFY_FC_TARGET=acs:fc:{region}:{account}:functions/f")
	for _, name := range []string{"plan", "apply", "learn", "status"} {
		r := a.run("", name)
		assert.NotZero(t, r.code, name)
		assert.Contains(t, r.err, "PAI_NOTIFY_FC_TARGET", name)
	}
	a.environment[len(a.environment)-1] = "PAI_NOTIFY_FC_TARGET=acs:fc:{region}:{account}:functions/{function} serviceName=default functionName={function} InvocationType=Async"
	require.Equal(t, 0, a.run("", "apply", "--yes").code)
	r := a.run("", "plan", "--exit-code")
	assert.Equal(t, 0, r.code, r.out)
	assert.Contains(t, a.run("", "learn").out, "serviceName=default")
	a.environment = a.environment[:len(a.environment)-1]
	assert.Equal(t, 1, a.run("", "plan", "--exit-code").code, "the other form is a change")
}

func TestThePolicyForLearningIsPrinted(t *testing.T) {
	r := command(t, nil, "", "policy", "--learn", "--bus", "aliyun")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "eventbridge:QueryTracedEvents")
	assert.NotContains(t, command(t, nil, "", "policy", "--bus", "aliyun").out, "QueryTracedEvents")
	assert.Equal(t, 2, command(t, nil, "", "policy", "--learn", "--role", "sms").code)
}
