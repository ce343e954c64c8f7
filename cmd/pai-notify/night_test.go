package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/hold"
)

// inNights is a rule whose messages to the robot wait while it is night.
func inNights(name, zone string) local.Rule {
	to := toRobot(name, "")
	for i := range to.Params {
		to.Params[i].Template = strings.Replace(to.Params[i].Template, fmt.Sprintf(`{"name":%q}`, name),
			fmt.Sprintf(`{"name":%q,"policy":{"quiet":[{"name":"nights","from":"22:00","to":"08:00","zone":%q}]}}`, name, zone), 1)
	}
	return local.Rule{Name: name, FilterPattern: `{"source":["acs.paidlc"]}`, Targets: []local.Target{to}}
}

// until sleeps until a time that has a layout in a zone.
func until(t *testing.T, zone, at string) {
	in, err := time.LoadLocation(zone)
	require.NoError(t, err)
	when, err := time.ParseInLocation(time.DateTime, at, in)
	require.NoError(t, err)
	time.Sleep(time.Until(when))
	synctest.Wait()
}

func publishJob(t *testing.T, b *local.Bus, id, what string) {
	_, err := b.Publish(t.Context(), "b", jobEvent(t, id, what))
	require.NoError(t, err)
	synctest.Wait()
}

func TestANightIsHeldThroughStopsAndKillsAndToldInTheMorning(t *testing.T) {
	t.Parallel() // the slowest run beside each other
	quietly(t)
	for name, end := range map[string]func(t *testing.T, b *local.Bus, dir string) string{
		"a restart": func(t *testing.T, b *local.Bus, dir string) string {
			require.NoError(t, b.Close(t.Context()))
			return dir
		},
		"a kill": func(t *testing.T, b *local.Bus, dir string) string {
			copied := t.TempDir()
			require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
			require.NoError(t, b.Close(t.Context())) // sends nothing more
			return copied
		},
	} {
		for _, c := range []struct{ zone, evening, night, morning string }{
			{"Asia/Shanghai", "2000-01-03 23:00:00", "2000-01-04 02:00:00", "2000-01-04 08:00:00"},
			{"Europe/Berlin", "2000-03-25 23:00:00", "2000-03-26 04:00:00", "2000-03-26 08:00:00"}, // an hour shorter
			{"Europe/Berlin", "2000-10-28 23:00:00", "2000-10-29 02:30:00", "2000-10-29 08:00:00"}, // an hour longer
		} {
			if name == "a kill" && c.zone != "Asia/Shanghai" {
				continue // one is enough
			}
			t.Run(name+" "+c.morning, func(t *testing.T) {
				dir := t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					var r robot
					until(t, c.zone, c.evening)
					b := onRobot(t, &r, dir, inNights("train", c.zone))
					for i := range 30 {
						publishJob(t, b, fmt.Sprint("e", i), "JobRunning")
					}
					assert.Empty(t, r.got())
					list, err := b.History(t.Context(), local.Query{})
					require.NoError(t, err)
					for _, n := range list {
						assert.Equal(t, []any{local.Waiting, 0, "held until 08:00 (nights)"}, []any{n.State, n.Attempts, n.Outcome.Reason})
					}
					publishJob(t, b, "urgent", "JobFailed")
					time.Sleep(time.Second)
					synctest.Wait()
					require.Len(t, r.got(), 1, "what is critical passes")

					until(t, c.zone, c.night)
					b = onRobot(t, &r, end(t, b, dir))
					publishJob(t, b, "late", "JobRunning")
					until(t, c.zone, c.morning)
					synctest.Wait()
					assert.LessOrEqual(t, len(r.got()), 2, "nothing was sent in the night")
					time.Sleep(time.Minute)
					synctest.Wait()
					require.Len(t, r.got(), 3, "31 events are two digests")
					assert.Zero(t, b.Waiting())
					list, err = b.History(t.Context(), local.Query{States: []local.State{local.Sent}})
					require.NoError(t, err)
					assert.Len(t, list, 32)
					for _, n := range list {
						assert.Equal(t, 1, n.Attempts)
					}
				})
			})
		}
	}
}

func TestAMorningTakesNoMoreMessagesThanTheWindowAllows(t *testing.T) {
	if testing.Short() {
		t.Skip("writes thousands of notifications")
	}
	quietly(t)
	synctest.Test(t, func(t *testing.T) {
		var r robot
		until(t, "UTC", "2000-01-03 23:00:00")
		b := onRobot(t, &r, "", inNights("train", "UTC"))
		for i := range 2_000 {
			publishJob(t, b, fmt.Sprint("e", i), "JobRunning")
		}
		assert.Equal(t, 2_000, b.Waiting())
		until(t, "UTC", "2000-01-04 08:01:00")
		assert.LessOrEqual(t, len(r.got()), 18)
		publishJob(t, b, "urgent", "JobFailed")
		time.Sleep(time.Second)
		assert.Contains(t, r.got()[len(r.got())-1].Message.Title, "urgent", "it need not wait for the morning's messages")
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Zero(t, b.Waiting())
		assert.Zero(t, r.refused())
		assert.Len(t, r.got(), 101)
	})
}

func TestAMuteOfTheBusHoldsWhatItsFunctionsSend(t *testing.T) {
	quietly(t)
	synctest.Test(t, func(t *testing.T) {
		var r robot
		b := onRobot(t, &r, "", local.Rule{Name: "train", FilterPattern: `{"source":["acs.paidlc"]}`, Targets: []local.Target{toRobot("train", "")}})
		end := time.Now().Add(2 * time.Hour)
		_, err := b.Update(t.Context(), hold.MutesKey("b"), func([]byte) ([]byte, bool) {
			return hold.WriteMutes([]hold.Mute{{ID: "m1", By: "alice", Why: "moving data", From: time.Now(), Until: end}}), true
		})
		require.NoError(t, err)
		publishJob(t, b, "e1", "JobFailed")
		publishJob(t, b, "e2", "JobFailed")
		list, err := b.History(t.Context(), local.Query{})
		require.NoError(t, err)
		assert.Contains(t, list[0].Outcome.Reason, "muted by alice until")
		time.Sleep(time.Until(end) + time.Second)
		synctest.Wait()
		require.Len(t, r.got(), 1)
		assert.Contains(t, r.got()[0].Message.Title, "1 more")
	})
}
