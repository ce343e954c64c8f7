package provision

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
)

// answerTime is kept of an invocation for its answer: a custom resource that
// does not answer holds its stack up for an hour.
const answerTime = 3 * time.Second

// longestReason keeps the answer within the 4 KB that CloudFormation takes.
const longestReason = 2000

// responseBucket begins the names of the buckets that CloudFormation takes the
// answers of custom resources in; the region follows, without dashes (AWS
// CloudFormation, VPC endpoints).
const responseBucket = "cloudformation-custom-resource-response-"

// answerable refuses an address that CloudFormation does not give: who may
// invoke the function could have it put something anywhere, from inside the
// network that it runs in. The name of the bucket has to be that of the
// function's own region to the letter, as anybody can have a bucket whose name is
// like it. An endpoint of AWS that the deployment itself names is S3's there.
func answerable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("provision: ResponseURL is no address of CloudFormation: nothing was done")
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if own, err := url.Parse(os.Getenv(name)); err == nil && own.Host != "" && own.Scheme == u.Scheme && own.Host == u.Host {
			return nil
		}
	}
	region := cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if u.Scheme == "https" && region != "" && slices.Contains(responseHosts(region), strings.TrimSuffix(strings.ToLower(u.Host), ":443")) {
		return nil
	}
	return fmt.Errorf("provision: ResponseURL leads to %.100q, where CloudFormation takes no answers of the region %q: nothing was done", u.Host, region)
}

// responseHosts are the hosts of the bucket of a region, in the forms that S3
// has for them.
func responseHosts(region string) []string {
	bucket, domain := responseBucket+strings.ReplaceAll(region, "-", ""), "amazonaws.com"
	switch { // the partitions whose names end otherwise (AWS SDK, partitions.json)
	case strings.HasPrefix(region, "cn-"):
		domain = "amazonaws.com.cn"
	case strings.HasPrefix(region, "eusc-"):
		domain = "amazonaws.eu"
	}
	return []string{bucket + ".s3." + domain, bucket + ".s3." + region + "." + domain, bucket + ".s3-" + region + "." + domain}
}

// put sends the answer. Package cfn would follow redirects, to wherever, and wait
// without end.
func put(ctx context.Context, address string, answer *cfn.Response) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(body)) //nolint:gosec // the address was checked
	if err != nil {
		return errors.New("the address is none")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which is signed
		}
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10)) // so that the connection can be used again
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it was answered with %s", response.Status)
	}
	return nil
}
