package shared_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each of these would cost every cold start its initialisation.
func TestFunctionsDoNotLinkWhatOnlyDocumentsForPeopleNeed(t *testing.T) {
	for name, c := range map[string]struct{ functions, without string }{
		"the reader of YAML, because they read documents in JSON":                        {"functions/...", "go.yaml.in/yaml/v3"},
		"regular expressions, because formats are checked by hand, unless a vendor does": {"functions/dingtalk", "regexp"},
		"regular expressions to decide what is sent":                                     {"shared/deliver", "regexp"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", module+c.functions).Output()
			require.NoError(t, err)
			linked := strings.Fields(string(out))
			assert.Contains(t, linked, module+"shared/target")
			assert.NotContains(t, linked, c.without)
		})
	}
}

// What one cloud needs would cost each cold start on the other.
func TestExecutablesOfACloudDoNotLinkWhatTheOtherNeeds(t *testing.T) {
	const tablestore, kms = "github.com/aliyun/aliyun-tablestore-go-sdk/tablestore", "github.com/aliyun/credentials-go/credentials"
	for tags, c := range map[string]struct{ with, without []string }{
		"lambda.norpc":        {[]string{kms}, []string{tablestore, module + "shared/ledger/dynamodb"}},
		"lambda.norpc,lambda": {[]string{module + "shared/ledger/dynamodb"}, []string{tablestore, kms, "encoding/gob", "regexp"}},
		"lambda.norpc,fc":     {[]string{tablestore, kms}, []string{module + "shared/ledger/dynamodb"}},
	} {
		t.Run(tags, func(t *testing.T) {
			out, err := exec.Command("go", "list", "-deps", "-tags", tags, module+"functions/dingtalk/bootstrap").Output()
			require.NoError(t, err)
			linked := strings.Fields(string(out))
			for _, path := range c.with {
				assert.Contains(t, linked, path)
			}
			for _, path := range c.without {
				assert.NotContains(t, linked, path)
			}
		})
	}
}
