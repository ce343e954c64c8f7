package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

// The parameters and secrets extension of Lambda listens on this port of the
// sandbox unless PARAMETERS_SECRETS_EXTENSION_HTTP_PORT says otherwise, and
// wants the session token in a header (AWS Lambda developer guide).
const extensionPort = "2773"

// A parameter is at most 8 KB and a secret 64 KB; both come wrapped in JSON.
const extensionAnswerLimit = 256 << 10

func fetchParameter(ctx context.Context, scheme, name string) (string, error) {
	token := os.Getenv("AWS_SESSION_TOKEN")
	if token == "" {
		return "", Permanent(fmt.Errorf("target: %s:%s can be read on Lambda only: use env:NAME elsewhere", scheme, name))
	}
	port := os.Getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT")
	if port == "" {
		port = extensionPort
	}
	path := "/systemsmanager/parameters/get?withDecryption=true&name="
	if scheme == "secretsmanager" {
		path = "/secretsmanager/get?secretId="
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost:"+port+path+url.QueryEscape(name), nil) //nolint:gosec // loopback; the port is the platform's own setting
	if err != nil {
		return "", Permanent(fmt.Errorf("target: cannot ask for %s:%s", scheme, name))
	}
	req.Header.Set("X-Aws-Parameters-Secrets-Token", token)
	res, err := http.DefaultClient.Do(req) //nolint:gosec // see above
	if err != nil {
		if uerr, ok := errors.AsType[*url.Error](err); ok {
			err = uerr.Err
		}
		return "", fmt.Errorf("target: the parameters and secrets extension does not answer on port %s (is its layer attached?): %w", port, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, extensionAnswerLimit))
	if err != nil {
		return "", fmt.Errorf("target: reading %s:%s: %w", scheme, name, err)
	}
	if res.StatusCode != http.StatusOK {
		err := fmt.Errorf("target: %s:%s: the parameters and secrets extension answered HTTP %d: check the name and the function's permissions", scheme, name, res.StatusCode)
		if res.StatusCode >= 400 && res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests {
			return "", Permanent(err)
		}
		return "", err
	}
	var answer struct {
		Parameter    struct{ Value string }
		SecretString string
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("target: %s:%s: the parameters and secrets extension answered something that is not JSON", scheme, name)
	}
	return answer.Parameter.Value + answer.SecretString, nil
}
