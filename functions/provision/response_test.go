package provision_test

import (
	fn "github.com/pai-notify/pai-notify/functions/provision"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const bucket = "cloudformation-custom-resource-response-"

func TestOnlyCloudFormationIsAnswered(t *testing.T) {
	s := newStack(t)
	id := s.ask(cfn.RequestCreate, "", properties(document(ruleOf("died", 1)))).PhysicalResourceID
	asked := false
	attacker := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(attacker.Close)
	t.Setenv("AWS_REGION", "eu-central-1")
	t.Setenv("AWS_ENDPOINT_URL", "")
	for name, address := range map[string]string{
		"somebody's own":             attacker.URL + "/attacker-chosen",
		"the metadata of an account": "http://169.254.169.254/latest/meta-data",
		"another port of S3's":       "http://127.0.0.1:1/",
		"another scheme":             strings.Replace(s.server.URL, "http:", "https:", 1),
		"with a user":                strings.Replace(s.server.URL, "http://", "http://a:b@", 1),
		"a user that looks like S3":  "https://" + bucket + "eucentral1.s3.amazonaws.com@evil.example/",
		"no bucket":                  "https://s3.eu-central-1.amazonaws.com/" + bucket + "eucentral1/x",
		"a bucket of similar name":   "https://" + bucket + "eucentral1x.s3.amazonaws.com/x",
		"a bucket of dashes":         "https://" + bucket + "eu-central-1.s3.amazonaws.com/x",
		"another region's bucket":    "https://" + bucket + "useast1.s3.amazonaws.com/x",
		"another region's endpoint":  "https://" + bucket + "eucentral1.s3.us-east-1.amazonaws.com/x",
		"another partition":          "https://" + bucket + "eucentral1.s3.amazonaws.com.cn/x",
		"a host that goes on":        "https://" + bucket + "eucentral1.s3.amazonaws.com.evil.example/x",
		"a host that ends so":        "https://evil." + bucket + "eucentral1.s3.amazonaws.com/x",
		"a website of a bucket":      "https://" + bucket + "eucentral1.s3-website.eu-central-1.amazonaws.com/x",
		"without TLS":                "http://" + bucket + "eucentral1.s3.amazonaws.com/x",
		"another port":               "https://" + bucket + "eucentral1.s3.amazonaws.com:8443/x",
		"no address":                 "::",
		"a file":                     "file:///etc/passwd",
	} {
		t.Run(name, func(t *testing.T) {
			calls := s.m.Number
			err := s.send(cfn.RequestDelete, address, id, nil)
			require.Error(t, err)
			assert.Contains(t, err.Error(), "nothing was done")
			assert.NotContains(t, err.Error(), "attacker-chosen")
			assert.Equal(t, calls, s.m.Number, "the bus was not asked for anything")
			assert.Contains(t, s.m.Rules, busName+"/died")
			assert.False(t, asked)
		})
	}
}

func TestTheBucketsOfCloudFormationAreAnswered(t *testing.T) {
	for region, domains := range map[string][]string{
		"eu-central-1":   {"s3.amazonaws.com", "s3.eu-central-1.amazonaws.com", "s3-eu-central-1.amazonaws.com"},
		"us-gov-west-1":  {"s3.amazonaws.com", "s3.us-gov-west-1.amazonaws.com", "s3-us-gov-west-1.amazonaws.com"},
		"cn-northwest-1": {"s3.amazonaws.com.cn", "s3.cn-northwest-1.amazonaws.com.cn"},
		"eusc-de-east-1": {"s3.eusc-de-east-1.amazonaws.eu"},
	} {
		t.Setenv("AWS_REGION", region)
		for _, domain := range domains {
			host := bucket + strings.ReplaceAll(region, "-", "") + "." + domain
			for _, form := range []string{host, host + ":443", strings.ToUpper(host)} {
				assert.NoError(t, fn.Answerable("https://"+form+"/arn%3Aaws%3Acloudformation?X-Amz-Signature=x"), form)
			}
		}
	}
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	assert.Error(t, fn.Answerable("https://"+bucket+".s3.amazonaws.com/x"), "without a region there is no bucket")
}

func TestAnAnswerGoesNoFurtherThanItsAddress(t *testing.T) {
	s := newStack(t)
	reached := false
	attacker := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(attacker.Close)
	moved := httptest.NewServer(http.RedirectHandler(attacker.URL, http.StatusTemporaryRedirect))
	t.Cleanup(moved.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", moved.URL)
	err := s.send(cfn.RequestCreate, moved.URL+"/secret-signature", "", properties(document(ruleOf("died", 1))))
	require.ErrorContains(t, err, "CloudFormation did not take the answer")
	assert.NotContains(t, err.Error(), "secret-signature")
	assert.False(t, reached)
}
