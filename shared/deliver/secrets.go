package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"

	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/target"
)

// SecretsQuestion asks a function which of the references of its targets lead
// to a value where it runs. Nothing is sent.
type SecretsQuestion struct {
	// Secrets are references such as "env:DINGTALK_WEBHOOK".
	Secrets []string `json:"secrets"`
}

// SecretsAnswer is what a function answers to a [SecretsQuestion].
type SecretsAnswer struct {
	// Missing are the references that lead to nothing, in their order.
	Missing []target.Missing `json:"missing"`
}

// askedForSecrets tells whether a payload is a question for secrets.
func askedForSecrets(payload []byte) (q SecretsQuestion, ok bool) {
	var members map[string]json.RawMessage
	if len(payload) > maxQuestion || !bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n{"), []byte(`"secrets"`)) || json.Unmarshal(payload, &members) != nil || len(members) != 1 || members["secrets"] == nil {
		return q, false
	}
	return q, exactjson.Unmarshal(payload, &q) == nil
}

// maxQuestion is longer than the references of any document.
const maxQuestion = 64 << 10

func (f *Function) answerSecrets(ctx context.Context, q SecretsQuestion) (json.RawMessage, error) {
	a := SecretsAnswer{Missing: target.Look(ctx, q.Secrets)}
	slog.InfoContext(ctx, "secrets looked up", "target", f.spec.Type, "asked", len(q.Secrets), "missing", len(a.Missing))
	return json.Marshal(a)
}
