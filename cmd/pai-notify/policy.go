package main

import (
	"fmt"

	"github.com/pai-notify/pai-notify/functions/provision"
)

type policyCommand struct {
	Bus       string `enum:"aliyun,aws" default:"aliyun" help:"Whose policy: ${enum}." placeholder:"aliyun|aws"`
	Workspace string `short:"w" type:"path" help:"Limit the policy to the bus of this document's workspace." placeholder:"FILE"`
	Region    string `help:"Limit the policy to a region, which also tells the partition of AWS it is in." placeholder:"REGION"`
	Account   string `help:"Limit the policy to an account." placeholder:"ID"`
	Functions string `help:"What the names of the functions begin with." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
}

// Run prints the policy that who provisions a workspace needs.
func (c *policyCommand) Run(s streams) error {
	o := provision.PolicyOptions{Region: c.Region, Account: c.Account, Prefix: c.Functions}
	if c.Workspace != "" {
		w, err := readWorkspace(c.Workspace, nil, s)
		if err != nil {
			return err
		}
		o.Bus, o.Least = w.Bus(), true
	}
	fmt.Fprintln(s.out, provision.Policy(c.Bus, o))
	return nil
}
