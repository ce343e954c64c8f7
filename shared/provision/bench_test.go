package provision_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// BenchmarkPlan plans a thousand rules against a thousand that stand there:
// a tenth is new, a tenth has to go, a tenth has changed. The limit is 50 ms of
// CPU, which cpu-ms/op shows whatever else the machine does; 100 ms where the
// rules share the 50 that a bus of Alibaba Cloud has.
func BenchmarkPlan(b *testing.B) {
	var before, after []string
	for i := range 1000 {
		before = append(before, ruleOf(fmt.Sprintf("rule-%d", i), robots(i%3, i%3+3)))
		changed := 0
		if i%10 == 0 {
			changed = 1
		}
		after = append(after, ruleOf(fmt.Sprintf("rule-%d", i+100), robots((i+100)%3+changed, (i+100)%3+3)))
	}
	for name, most := range map[string]int{"plain": 0, "packed": 50} {
		b.Run(name, func(b *testing.B) {
			m := bustest.NewMemory()
			m.Quotas.RulesPerBus = most
			require.NoError(b, apply(b.Context(), m, parse(b, strings.Join(before, ",")), provision.Options{}))
			have, err := provision.Read(b.Context(), m, busName)
			require.NoError(b, err)
			w := parse(b, strings.Join(after, ","))
			computed := cpu(b)
			for b.Loop() {
				want, err := provision.Wanted(w, have, provision.Options{}, m.Limits())
				require.NoError(b, err)
				p, err := provision.Compare(have, want)
				require.NoError(b, err)
				require.False(b, p.Empty())
			}
			b.ReportMetric(float64((cpu(b)-computed).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpu returns the time that the process has computed, on all cores together.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
