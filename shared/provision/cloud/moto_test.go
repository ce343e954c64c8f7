package cloud_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func onMoto(t *testing.T, endpoint string, w *workspace.Workspace) provision.Provisioner {
	t.Helper()
	c, err := cloud.AWS(cloud.AWSConfig{
		Region: "ap-southeast-1", Account: mototest.Account, Endpoint: endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDMOTO", "secret-of-moto", ""),
		Retry: bus.Retry{
			Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			Random: func() float64 { return 0 },
		},
	})
	require.NoError(t, err)
	return provision.Provisioner{Cloud: c, Workspace: w}
}

func TestMotoFromAnEmptyAccountToNothingLeft(t *testing.T) {
	endpoint := mototest.Start(t)
	d := onMoto(t, endpoint, parse(t, died+","+approved))
	require.NoError(t, apply(t, d))
	settled(t, d)

	list, err := d.List(t.Context())
	require.NoError(t, err)
	var names []string
	for _, r := range list {
		names = append(names, r.Rule)
	}
	assert.Equal(t, []string{"approved", "died", "died--2"}, names)

	less := onMoto(t, endpoint, parse(t, died))
	require.NoError(t, apply(t, less))
	settled(t, less)

	c, err := less.Status(t.Context())
	require.NoError(t, err)
	for _, f := range c.Findings {
		switch f.Check.String() {
		case "bus " + busName, "rules of the document":
			assert.Equal(t, provision.OK, f.Verdict, "%+v", f)
		case "function pai-notify-dingtalk":
			assert.Equal(t, provision.Missing, f.Verdict, "%+v", f)
		case "events:DescribeEventBus", "events:ListRules":
			assert.Equal(t, provision.OK, f.Verdict, "%+v", f)
		}
	}

	p, err := d.Removal(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
	_, err = d.Cloud.Bus.GetEventBus(t.Context(), busName)
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
}
