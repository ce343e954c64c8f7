package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/secret"
)

// SecretsQuestion asks a function which references of its targets lead to a value
// where it runs. Nothing is sent.
type SecretsQuestion struct {
	// Secrets are references such as "env:DINGTALK_WEBHOOK".
	Secrets []string `json:"secrets"`
}

// SecretsAnswer is a function's answer to a [SecretsQuestion].
type SecretsAnswer struct {
	// Missing are the references that lead to no value, in the order asked.
	Missing []secret.Missing `json:"missing"`
}

// askedForSecrets reports whether a payload is a [SecretsQuestion].
func askedForSecrets(payload []byte) (q SecretsQuestion, ok bool) {
	var members map[string]json.RawMessage
	if len(payload) > maxQuestion || !bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n{"), []byte(`"secrets"`)) || json.Unmarshal(payload, &members) != nil || len(members) != 1 || members["secrets"] == nil {
		return q, false
	}
	return q, exactjson.Unmarshal(payload, &q) == nil
}

// maxQuestion is longer than the references of any document.
const maxQuestion = 64 << 10

// answerSecrets answers for targets that come with an event: they may not name
// what only the function's own document declares.
func (f *Function) answerSecrets(ctx context.Context, q SecretsQuestion) (json.RawMessage, error) {
	a := SecretsAnswer{Missing: secret.Look(ctx, q.Secrets)}
	slog.InfoContext(ctx, "secrets looked up", "target", f.spec.Type, "asked", len(q.Secrets), "missing", len(a.Missing))
	return json.Marshal(a)
}

// ReadSecretsAnswer reads a function's answer to a [SecretsQuestion]. It fails for
// any other answer, such as that of a function too old to know the question.
func ReadSecretsAnswer(answer []byte) (SecretsAnswer, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(answer, &members) != nil || len(members) != 1 || !bytes.HasPrefix(members["missing"], []byte("[")) {
		return SecretsAnswer{}, errors.New("the answer does not tell about secrets")
	}
	var a SecretsAnswer
	return a, exactjson.Unmarshal(answer, &a)
}
