package provision_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/bustest"
)

const busName = "pai-system-lab"

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	os.Exit(m.Run())
}

// ruleOf writes a rule with that many DingTalk targets, and an SMS to each contact.
func ruleOf(name string, robots int, people ...string) string {
	targets := []any{}
	for i := range robots {
		targets = append(targets, map[string]any{
			"type": "dingtalk", "name": fmt.Sprintf("robot-%02d", i),
			"webhook": fmt.Sprintf("env:ROBOT_%02d", i), "signing_key": "env:DINGTALK_SIGNING_KEY",
		})
	}
	if len(people) > 0 {
		targets = append(targets, map[string]any{"type": "sms", "contacts": people, "sign_name": "PAI", "template_code": "SMS_1"})
	}
	text, _ := json.Marshal(map[string]any{"name": name, "source": "dlc", "events": []string{"job-failed"}, "targets": targets})
	return string(text)
}

// applied has a document applied for an owner.
func applied(t *testing.T, m *bustest.Memory, document, owner string) {
	t.Helper()
	_, err := invoke(t, on(m), fmt.Sprintf(`{"action":"apply","owner":%q,"workspace":%s}`, owner, document))
	require.NoError(t, err)
}
