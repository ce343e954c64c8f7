package history

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestTheLedgerAndTheBusAreThoseThatAreNamedOrOfTheDeployedFunctions(t *testing.T) {
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte("workspace: lab\nrules:\n  - {name: a, source: dlc, events: [job-failed], targets: [{type: dingtalk, webhook: env:A}]}\n"), 0o600))
	gone := &bus.Error{Kind: bus.NotFound}
	for name, c := range map[string]struct {
		place  place
		set    map[string]string
		failed error
		want   [2]string
		says   string
	}{
		"both named":                {place{Workspace: document, Ledger: "dynamodb:t"}, nil, gone, [2]string{"pai-system-lab", "dynamodb:t"}, ""},
		"both of the functions":     {place{Functions: "p-"}, map[string]string{"PAI_NOTIFY_LEDGER": "dynamodb:d", "PAI_NOTIFY_BUS": "pai-system-llm"}, nil, [2]string{"pai-system-llm", "dynamodb:d"}, ""},
		"another workspace":         {place{Workspace: document, Functions: "p-"}, map[string]string{"PAI_NOTIFY_LEDGER": "dynamodb:d", "PAI_NOTIFY_BUS": "pai-system-llm"}, nil, [2]string{"pai-system-lab", "dynamodb:d"}, ""},
		"another ledger":            {place{Ledger: "dynamodb:t", Functions: "p-"}, map[string]string{"PAI_NOTIFY_LEDGER": "dynamodb:d", "PAI_NOTIFY_BUS": "pai-system-llm"}, nil, [2]string{"pai-system-llm", "dynamodb:t"}, ""},
		"no function":               {place{Functions: "p-"}, nil, gone, [2]string{}, "there is no function p-redeliver"},
		"no ledger":                 {place{Workspace: document, Functions: "p-"}, nil, nil, [2]string{}, "p-redeliver has no PAI_NOTIFY_LEDGER"},
		"no workspace":              {place{Ledger: "dynamodb:t", Functions: "p-"}, map[string]string{"PAI_NOTIFY_BUS": "aws"}, nil, [2]string{}, "does not say which workspace it serves"},
		"functions may not be read": {place{Functions: "p-"}, nil, &bus.Error{Kind: bus.Denied, Action: "lambda:GetFunctionConfiguration"}, [2]string{}, "lambda:GetFunctionConfiguration"},
		"no such document":          {place{Workspace: document + "x"}, nil, nil, [2]string{}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := provision.Cloud{
				Name: provision.AWS, Ledger: func(context.Context, string) (ledger.Store, error) { return nil, nil },
				Function: func(_ context.Context, function string, _ ...string) (map[string]string, error) {
					assert.Equal(t, "p-redeliver", function)
					return c.set, c.failed
				},
			}
			busName, reference, err := c.place.find(t.Context(), cloud, terminal.Streams{Err: os.Stderr})
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, [2]string{busName, reference})
		})
	}
}

func TestAHistoryIsOfOnePlace(t *testing.T) {
	for says, p := range map[string]place{
		"found by --data alone":  {Bus: "local", Workspace: "w.yaml"},
		"leave it out with":      {Bus: "aws", Data: "dir"},
		"no bus has kept":        {Bus: "local", Data: t.TempDir()},
		"name the region, such ": {Bus: "aliyun"},
	} {
		t.Setenv("ALIBABA_CLOUD_REGION_ID", "")
		_, err := p.open(t.Context(), terminal.Streams{})
		assert.ErrorContains(t, err, says)
	}
}
