package rules

import (
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/vault"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// Policy is the command policy.
type Policy struct {
	Role       string `help:"Print the policy for this function's role: a target type such as dingtalk, or provision or redeliver (with -w)." placeholder:"FUNCTION"`
	Learn      bool   `help:"Print the policy for the command learn."`
	Trust      bool   `help:"Print the trust policy of the functions' roles."`
	Bus        string `enum:"aliyun,aws" default:"aliyun" help:"Which EventBridge to use (default: ${default})." placeholder:"aliyun|aws"`
	Workspace  string `short:"w" type:"path" help:"Limit the policy to the bus of this document's workspace." placeholder:"FILE"`
	Region     string `help:"Limit the policy to a region. On AWS, it also sets the partition." placeholder:"REGION"`
	Account    string `help:"Limit the policy to an account." placeholder:"ID"`
	Functions  string `help:"Function name prefix." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
	Name       string `help:"Secret that the function reads (default: pai-notify; on AWS pai-notify/<stack>)." placeholder:"NAME"`
	Store      string `enum:"kms,secretsmanager,file," help:"Where the function reads its secrets: the cloud's own store, or file for a file in its package, which needs no permission." env:"PAI_NOTIFY_SECRET_STORE" default:"" placeholder:"kms|secretsmanager|file"`
	Key        string `help:"Id of the key that encrypts the secret, if it is your own." placeholder:"ID"`
	LogGroup   string `help:"With --learn on AWS: log group that a rule of the bus writes to (default: /aws/events/<bus>)." placeholder:"NAME"`
	Ledger     string `help:"The functions' ledger: tablestore:ENDPOINT/TABLE, or dynamodb:TABLE on AWS. redeliver needs one." env:"PAI_NOTIFY_LEDGER" placeholder:"LEDGER"`
	Alarms     string `help:"With -w on Alibaba Cloud: also what it takes to make the alarms that plan and apply are given." env:"PAI_NOTIFY_ALARMS" placeholder:"NAME"`
	DeadLetter string `help:"ARN of the queue for notifications that the function cannot deliver (default: <prefix>undelivered; on AWS without a ledger <function>-undelivered)." placeholder:"ARN"`
}

// Run prints the policy for whoever provisions a workspace, or for the role of a
// function.
func (c *Policy) Run(s terminal.Streams) error {
	if c.Learn && (c.Trust || c.Role != "") {
		return errors.New("--learn goes with neither --role nor --trust")
	}
	if c.Trust {
		fmt.Fprintln(s.Out, policy.Trust(c.Bus))
		return nil
	}
	o := policy.Options{Types: functions.Register(), Region: c.Region, Account: c.Account, Prefix: c.Functions, DeadLetter: c.DeadLetter, Secret: c.Name, Key: c.Key, NoSecret: c.Store == vault.FileStore, LogGroup: c.LogGroup, Ledger: c.Ledger, Alarms: c.Alarms != ""}
	if err := (provision.Options{Prefix: c.Functions}).Check(); err != nil {
		return fmt.Errorf("--functions: %w", err)
	}
	if err := cloud.CheckDeadLetter(c.Bus, c.Region, c.Account, c.DeadLetter); err != nil {
		return err
	}
	if err := o.CheckLedger(c.Bus); err != nil {
		return fmt.Errorf("--ledger: %w", err)
	}
	if c.Workspace != "" {
		w, err := input.ReadWorkspace(c.Workspace, nil, s)
		if err != nil {
			return err
		}
		o.Bus, o.Least = w.Bus(), true
	}
	if c.Learn {
		fmt.Fprintln(s.Out, policy.Learn(c.Bus, o))
		return nil
	}
	if c.Role == "" {
		fmt.Fprintln(s.Out, policy.Provision(c.Bus, o))
		return nil
	}
	text, err := policy.Role(c.Bus, c.Role, o)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, text)
	c.explain(s)
	return nil
}

// explain says on standard error how a role is made of what is printed.
func (c *Policy) explain(s terminal.Streams) {
	name := c.Functions + c.Role
	if c.Region == "" || c.Account == "" {
		fmt.Fprintln(s.Err, "This policy holds for every region or account: limit it with --region and --account.")
	}
	if c.Bus == provision.AWS {
		fmt.Fprintf(s.Err, `Save it as %[2]s.json, and make the role with it (template.yaml makes its own):
  build/pai-notify policy --trust --bus aws > trust.json
  aws iam create-role --role-name %[1]s --assume-role-policy-document file://trust.json
  aws iam put-role-policy --role-name %[1]s --policy-name %[1]s --policy-document file://%[2]s.json
`, name, c.Role)
		return
	}
	fmt.Fprintf(s.Err, `Save it as %[2]s.json, and make the role with it:
  build/pai-notify policy --trust > trust.json
  aliyun ram CreateRole --RoleName %[1]s --AssumeRolePolicyDocument "$(cat trust.json)"
  aliyun ram CreatePolicy --PolicyName %[1]s --PolicyDocument "$(cat %[2]s.json)"
  aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName %[1]s --RoleName %[1]s
`, name, c.Role)
}
