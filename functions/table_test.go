package functions_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
)

func TestTheTableOfTheTemplateIsTheOneOfTheStore(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	tables := s.of("AWS::DynamoDB::Table")
	require.Len(t, tables, 1)
	table := tables["Ledger"]
	assert.Equal(t, map[string]any{"AttributeName": dynamodb.ExpiryAttribute, "Enabled": "true"}, table["TimeToLiveSpecification"])
	delete(table, "TimeToLiveSpecification")
	said, err := json.Marshal(table)
	require.NoError(t, err)
	wanted, err := json.Marshal(dynamodb.Definition("pai-notify-ledger"))
	require.NoError(t, err)
	assert.JSONEq(t, string(wanted), string(said))
}

// A table that CloudFormation replaces is an empty one: what waits would be
// forgotten, and what was sent would be sent again.
func TestAnUpdateOfTheStackReplacesNoLedger(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	table := s.template.Resources["Ledger"]
	assert.Equal(t, "pai-notify-ledger", s.called("Ledger"), "a name of CloudFormation's own lets it replace the table")
	assert.Equal(t, []string{"Delete", "Retain"}, []string{table.DeletionPolicy, table.UpdateReplacePolicy})
}

func TestFunctionsOfTheTemplateRecordInTheLedgerOfTheStack(t *testing.T) {
	s := newStack(t, "lab-notify", map[string]string{"Workspace": "lab"})
	globals, _ := s.value(&s.template.Globals).(map[string]any)
	all := environment(globals["Function"])
	assert.Equal(t, "dynamodb:lab-notify-ledger", all["PAI_NOTIFY_LEDGER"])
	assert.Equal(t, "pai-system-lab", all["PAI_NOTIFY_SERVED_BUS"])
	for id, f := range s.of("AWS::Serverless::Function") {
		own := environment(f)
		assert.NotContains(t, own, "PAI_NOTIFY_LEDGER", "%s: SAM takes a function's own value", id)
		assert.NotContains(t, own, "PAI_NOTIFY_SERVED_BUS", id)
	}
}

func TestNobodyDeletesOrScansRowsOfTheLedger(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	for _, g := range s.granted() {
		for _, action := range g.actions {
			assert.NotRegexp(t, "^dynamodb:(Delete|Update|BatchWrite|Scan|PartiQL|Transact)", action, g.of)
		}
	}
}

// redeliver takes a minute and the queue six before it gives a record again, for as
// long as an outage of the ledger may last.
func TestWhatFailedWaitsForTheLedger(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	number := func(v any) time.Duration {
		text, _ := v.(string)
		n, err := strconv.Atoi(text)
		require.NoError(t, err, "%v", v)
		return time.Duration(n)
	}
	queue := s.of("AWS::SQS::Queue")["Undelivered"]
	visible := number(queue["VisibilityTimeout"]) * time.Second
	assert.GreaterOrEqual(t, visible, 6*number(s.of("AWS::Serverless::Function")["RedeliverFunction"]["Timeout"])*time.Second)
	assert.GreaterOrEqual(t, visible*number(at(queue, "RedrivePolicy", "maxReceiveCount")), 6*time.Hour)

	// SQS leaves a record that was received three times out of the age that the alarm
	// watches; one that comes back once, because its sender may still live, is none.
	age := number(s.of("AWS::CloudWatch::Alarm")["UndeliveredAlarm"]["Threshold"]) * time.Second
	assert.Greater(t, age, visible+2*time.Minute)
	assert.LessOrEqual(t, age, 2*visible-2*time.Minute)
}

func TestRedeliverIsInvokedEachMinuteAndMissedWhenItIsNot(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	schedule := s.of("AWS::Events::Rule")["EachMinute"]
	assert.Equal(t, "rate(1 minute)", schedule["ScheduleExpression"])
	assert.Equal(t, []any{map[string]any{"Id": "redeliver", "Arn": s.function("redeliver")}}, schedule["Targets"])
	permission := s.of("AWS::Lambda::Permission")["RedeliverPermission"]
	assert.True(t, s.is(permission["FunctionName"], "redeliver"))
	assert.Equal(t, s.attribute("EachMinute", "Arn"), permission["SourceArn"])

	alarm := s.of("AWS::CloudWatch::Alarm")["OverdueAlarm"]
	assert.Equal(t, "breaching", alarm["TreatMissingData"])
	for id, other := range s.of("AWS::CloudWatch::Alarm") {
		if id != "OverdueAlarm" {
			assert.Equal(t, "notBreaching", other["TreatMissingData"], id)
		}
	}
}

func TestEveryMetricOfTheLogHasAnAlarm(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	watched := map[any]bool{}
	for _, alarm := range s.of("AWS::CloudWatch::Alarm") {
		watched[alarm["MetricName"]] = true
	}
	names := metrics(t, s)
	assert.Len(t, names, 3)
	for _, name := range names {
		assert.True(t, watched[name], name)
	}
}

func TestWhatTheBusCouldNotHandOverIsTakenUp(t *testing.T) {
	for _, queues := range []string{"", "drained"} {
		parameters := map[string]string{"Workspace": "lab"}
		if queues != "" {
			parameters["RetryQueues"] = queues
		}
		assert.True(t, newStack(t, "pai-notify", parameters).takenUp("BusDeadLetters"), queues)
	}
}

// v0.1 had a retry queue for each function. CloudFormation deletes what a template
// does not have any more, with the messages in it.
func TestQueuesOfTheVersionBeforeAreEmptiedBeforeTheyGo(t *testing.T) {
	const role = "RedeliverFunctionRole"
	former := func(s *stack) (ids []string) {
		for id := range s.of("AWS::SQS::Queue") {
			if id != "Undelivered" && id != "BusDeadLetters" && s.may(role, s.attribute(id, "Arn"), "sqs:ReceiveMessage") {
				ids = append(ids, id)
			}
		}
		return ids
	}
	assert.Empty(t, former(newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})))
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab", "RetryQueues": "drained"})
	ids := former(s)
	assert.Len(t, ids, 7)
	for _, id := range ids {
		arn := s.attribute(id, "Arn")
		assert.True(t, s.takenUp(id), id)
		assert.True(t, s.may("WecomFunctionRole", arn, "sqs:SendMessage"), "%s: a function still has its old destination for a moment", id)
	}
}
