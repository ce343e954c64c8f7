package cloud

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pai-notify/pai-notify/functions/provision"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
)

// AWSConfig says whose account of AWS it is.
type AWSConfig struct {
	Region, Account string
	// Endpoint is the address of all services; "" for those of the region.
	Endpoint string
	// DeadLetter is the ARN of the queue that gets what a bus cannot deliver.
	DeadLetter  string
	Credentials aws.CredentialsProvider
	// Patience says how calls are repeated.
	Patience provision.Patience
}

// AWS returns an account of AWS in one region. It calls nobody.
func AWS(c AWSConfig) (provision.Cloud, error) {
	b, err := busaws.New(busaws.Config{
		Region: c.Region, Account: c.Account, Endpoint: c.Endpoint, Credentials: c.Credentials, DeadLetter: c.DeadLetter,
	})
	if err != nil {
		return provision.Cloud{}, err
	}
	f := newLambda(c)
	return provision.Cloud{
		Name: provision.AWS, Region: c.Region, Account: c.Account, Bus: provision.Patient(b, c.Patience), DeadLetter: c.DeadLetter,
		Invoke: f.invoke, Function: f.function, Variables: f.variables, Invocable: f.invocable,
	}, nil
}

func letsRules(policy, busName string) bool {
	var p struct {
		Statement []struct {
			Effect    string
			Principal any
			Condition map[string]map[string]any
		}
	}
	if json.Unmarshal([]byte(policy), &p) != nil {
		return false
	}
	for _, s := range p.Statement {
		principal, _ := json.Marshal(s.Principal) // a text, or an object of texts
		if s.Effect != "Allow" || !strings.Contains(string(principal), `"events.amazonaws.com"`) {
			continue
		}
		sources := 0
		for _, condition := range s.Condition {
			for key, value := range condition {
				if !strings.EqualFold(key, "aws:SourceArn") {
					continue
				}
				sources++
				if text, ok := value.(string); ok && coversRules(text, busName) {
					return true
				}
			}
		}
		if sources == 0 {
			return true
		}
	}
	return false
}

// coversRules tells whether a pattern of ARNs takes in the rules of a bus.
func coversRules(pattern, busName string) bool {
	_, resource, ok := strings.Cut(pattern, ":rule/")
	if !ok {
		return strings.HasSuffix(pattern, "*")
	}
	if resource == "*" {
		return true
	}
	// An asterisk of a policy takes in slashes too, those of package path do not.
	flat := strings.NewReplacer("/", "|")
	matches, err := path.Match(flat.Replace(resource), flat.Replace(busName+"/rule"))
	return err == nil && matches
}
