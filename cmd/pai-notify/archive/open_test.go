package archive

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestTheLedgerAndTheBusAreThoseThatAreNamedOrOfTheDeployedFunctions(t *testing.T) {
	gone := &bus.Error{Kind: bus.NotFound}
	both := map[string]string{"PAI_NOTIFY_LEDGER": "dynamodb:d", "PAI_NOTIFY_SERVED_BUS": "pai-system-llm"}
	for name, c := range map[string]struct {
		at     Where
		set    map[string]string
		failed error
		want   [2]string
		says   string
		none   bool
	}{
		"both named":                {Where{Bus: onBus, Ledger: "dynamodb:t"}, nil, gone, [2]string{onBus, "dynamodb:t"}, "", false},
		"both of the functions":     {Where{}, both, nil, [2]string{"pai-system-llm", "dynamodb:d"}, "", false},
		"another workspace":         {Where{Bus: onBus}, both, nil, [2]string{onBus, "dynamodb:d"}, "", false},
		"another ledger":            {Where{Ledger: "dynamodb:t"}, both, nil, [2]string{"pai-system-llm", "dynamodb:t"}, "", false},
		"no function":               {Where{}, nil, gone, [2]string{}, "there is no function p-redeliver", true},
		"no ledger":                 {Where{Bus: onBus}, nil, nil, [2]string{}, "p-redeliver has no PAI_NOTIFY_LEDGER", true},
		"no workspace":              {Where{Ledger: "dynamodb:t"}, nil, nil, [2]string{}, "does not say which workspace it serves", false},
		"functions may not be read": {Where{}, nil, &bus.Error{Kind: bus.Denied, Action: "lambda:GetFunctionConfiguration"}, [2]string{}, "lambda:GetFunctionConfiguration", false},
	} {
		t.Run(name, func(t *testing.T) {
			var opened string
			cloud := provision.Cloud{
				Name: provision.AWS,
				Ledger: func(_ context.Context, reference string) (ledger.Store, error) {
					opened = reference
					return memory.New(), nil
				},
				Function: func(_ context.Context, function string, _ ...string) (map[string]string, error) {
					assert.Equal(t, "p-redeliver", function)
					return c.set, c.failed
				},
			}
			c.at.Prefix = "p-"
			a, err := Open(t.Context(), cloud, c.at)
			assert.Equal(t, c.none, errors.Is(err, ErrNone))
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, [2]string{a.bus, opened})
		})
	}
	_, err := Open(t.Context(), provision.Cloud{}, Where{Bus: onBus, Ledger: "dynamodb:t"})
	assert.Equal(t, bus.NotServed, bus.KindOf(err))
}
