package hold_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/hold"
)

var (
	nights = hold.Interval{Name: "nights", From: "22:00", To: "08:00", Zone: "Asia/Shanghai"}
	night  = time.Date(2026, 11, 27, 19, 0, 0, 0, time.UTC) // 03:00 in Shanghai
	day    = night.Add(12 * time.Hour)
)

func TestEachChannelIsHeldAsItBears(t *testing.T) {
	quiet := &hold.Policy{Quiet: []hold.Interval{nights}}
	muted := []hold.Mute{{By: "alice", Why: "moving data", Until: night.Add(2 * time.Hour)}}
	dropped := []hold.Mute{{Until: night.Add(2 * time.Hour), Drop: true}}
	const (
		now     = ""
		morning = "held until 08:00 (nights)"
		noCall  = "no calls in quiet hours (nights), except critical ones"
		byAlice = "muted by alice until 2026-11-27 21:00 UTC: moving data"
		nobody  = "muted until 2026-11-27 21:00 UTC"
	)
	type what struct {
		action  hold.Action
		because string
	}
	for _, c := range []struct {
		channel                                            hold.Channel
		quiet, criticalInQuiet, muted, mutedCritical, drop what
	}{
		{hold.Chat, what{hold.Wait, morning}, what{hold.Send, now}, what{hold.Wait, byAlice}, what{hold.Wait, byAlice}, what{hold.Skip, nobody}},
		{hold.Mail, what{hold.Wait, morning}, what{hold.Send, now}, what{hold.Wait, byAlice}, what{hold.Wait, byAlice}, what{hold.Skip, nobody}},
		{hold.Text, what{hold.Wait, morning}, what{hold.Send, now}, what{hold.Skip, byAlice}, what{hold.Skip, byAlice}, what{hold.Skip, nobody}},
		{hold.Call, what{hold.Skip, noCall}, what{hold.Send, now}, what{hold.Skip, byAlice}, what{hold.Skip, byAlice}, what{hold.Skip, nobody}},
		{hold.Program, what{hold.Send, now}, what{hold.Send, now}, what{hold.Skip, byAlice}, what{hold.Skip, byAlice}, what{hold.Skip, nobody}},
	} {
		t.Run(string(c.channel), func(t *testing.T) {
			routine := hold.Notification{Channel: c.channel, Began: night}
			critical := routine
			critical.Critical = true
			decide := func(wanted what, n hold.Notification, p *hold.Policy, mutes []hold.Mute) {
				t.Helper()
				d := hold.Decide(n, p, mutes, night)
				assert.Equal(t, wanted, what{d.Action, d.Because})
				assert.Equal(t, d.Action == hold.Wait, d.Until.After(night), "until %s", d.Until)
			}
			decide(c.quiet, routine, quiet, nil)
			decide(c.criticalInQuiet, critical, quiet, nil)
			decide(c.muted, routine, nil, muted)
			decide(c.mutedCritical, critical, quiet, muted)
			decide(c.drop, critical, nil, dropped)
			decide(what{hold.Send, now}, routine, nil, nil)
			decide(what{hold.Send, now}, routine, &hold.Policy{Group: &hold.Grouping{By: hold.ByJob, Wait: 60}}, nil)
			assert.Equal(t, hold.Decision{}, hold.Decide(hold.Notification{Channel: c.channel, Began: day}, quiet, nil, day))
		})
	}
}

func TestAHoldEndsWhenItsCauseDoes(t *testing.T) {
	morning := night.Add(5 * time.Hour)
	saturday := hold.Interval{Name: "saturdays", From: "08:00", To: "23:00", Zone: "Asia/Shanghai", Days: []string{"sat"}}
	for name, c := range map[string]struct {
		quiet  []hold.Interval
		mutes  []hold.Mute
		began  time.Time
		until  time.Time // zero: it is sent
		reason string
	}{
		"quiet hours":                       {[]hold.Interval{nights}, nil, night, morning, "held until 08:00 (nights)"},
		"quiet hours that follow others":    {[]hold.Interval{nights, saturday}, nil, night, night.Add(24 * time.Hour), "held until 03:00 (nights)"},
		"quiet hours after most of a day":   {[]hold.Interval{nights}, nil, night.Add(-23 * time.Hour), night.Add(time.Hour), "held until 04:00 (nights)"},
		"quiet hours after a day":           {[]hold.Interval{nights}, nil, night.Add(-24 * time.Hour), time.Time{}, ""},
		"a mute":                            {nil, []hold.Mute{{Until: night.Add(time.Hour)}}, night, night.Add(time.Hour), "muted until 2026-11-27 20:00 UTC"},
		"a mute of more than a day":         {nil, []hold.Mute{{Until: night.AddDate(1, 0, 0)}}, night, night.Add(24 * time.Hour), "muted until 2027-11-27 19:00 UTC"},
		"a mute after a day":                {nil, []hold.Mute{{Until: night.AddDate(1, 0, 0)}}, night.Add(-24 * time.Hour), time.Time{}, ""},
		"a mute that has ended":             {nil, []hold.Mute{{Until: night}}, night, time.Time{}, ""},
		"a mute that is still to begin":     {nil, []hold.Mute{{From: night.Add(time.Second), Until: morning}}, night, time.Time{}, ""},
		"a mute of another job":             {nil, []hold.Mute{{Job: "dlc2", Until: morning}}, night, time.Time{}, ""},
		"a mute of another rule":            {nil, []hold.Mute{{Rule: "r2", Until: morning}}, night, time.Time{}, ""},
		"a mute of another receiver":        {nil, []hold.Mute{{Receiver: "lark/a", Until: morning}}, night, time.Time{}, ""},
		"a mute of another of two":          {nil, []hold.Mute{{Rule: "r", Job: "dlc2", Until: morning}}, night, time.Time{}, ""},
		"a mute of all that it is":          {nil, []hold.Mute{{Rule: "r", Receiver: "lark/x", Job: "dlc1", Until: morning}}, night, morning, "muted until 2026-11-28 00:00 UTC"},
		"the first of two mutes":            {nil, []hold.Mute{{By: "a", Until: morning}, {By: "b", Until: night.Add(time.Hour), Drop: true}}, night, morning, "muted by a until 2026-11-28 00:00 UTC"},
		"quiet hours that cannot be read":   {[]hold.Interval{{Name: "x", From: "22:00", To: "08:00", Zone: "Mars/Olympus"}}, nil, night, time.Time{}, ""},
		"a mute that ends in quiet hours":   {[]hold.Interval{nights}, []hold.Mute{{Until: night.Add(time.Hour)}}, night, night.Add(time.Hour), "muted until 2026-11-27 20:00 UTC"},
		"quiet hours, none of them now":     {[]hold.Interval{saturday}, nil, night, time.Time{}, ""},
		"the quiet hours that end the last": {[]hold.Interval{{Name: "early", From: "00:00", To: "06:00", Zone: "Asia/Shanghai"}, nights}, nil, night, morning, "held until 08:00 (early)"},
	} {
		t.Run(name, func(t *testing.T) {
			n := hold.Notification{Rule: "r", Receiver: "lark/x", Job: "dlc1", Channel: hold.Chat, Began: c.began}
			d := hold.Decide(n, &hold.Policy{Quiet: c.quiet}, c.mutes, night)
			assert.Equal(t, c.reason, d.Because)
			if c.until.IsZero() {
				assert.Equal(t, hold.Decision{}, d)
				return
			}
			assert.Equal(t, hold.Wait, d.Action)
			assert.WithinDuration(t, c.until, d.Until, 0)
		})
	}
}

// Whoever takes up what is due asks again: in the end it is sent.
func TestNothingIsHeldForLongerThanADay(t *testing.T) {
	always := hold.Interval{Name: "always", From: "00:00", To: "24:00", Zone: "Australia/Lord_Howe"}
	p := &hold.Policy{Quiet: []hold.Interval{nights, always}}
	mutes := []hold.Mute{{Until: night.AddDate(9, 0, 0)}, {Job: "dlc1", Until: night.AddDate(9, 0, 0)}}
	for began := night; began.Before(night.AddDate(0, 0, 3)); began = began.Add(97 * time.Minute) {
		n := hold.Notification{Job: "dlc1", Channel: hold.Mail, Began: began}
		now := began
		for asked := 0; ; asked++ {
			d := hold.Decide(n, p, mutes, now)
			if d.Action == hold.Send {
				break
			}
			assert.True(t, d.Until.After(now))
			assert.Less(t, asked, 3)
			now = d.Until
		}
		assert.Equal(t, hold.Longest, now.Sub(began))
	}
}

func TestAGroupIsShownAsItIsWritten(t *testing.T) {
	for seconds, want := range map[int]string{10: "by job, 10s", 90: "by job, 1m30s", 120: "by job, 2m", 3600: "by job, 1h", 3599: "by job, 59m59s"} {
		assert.Equal(t, want, hold.Grouping{By: hold.ByJob, Wait: seconds}.String())
	}
}

func TestAPolicyWatchesWhatItNames(t *testing.T) {
	assert.True(t, (&hold.Policy{Watched: []string{"a.b"}}).Watches("a.b"))
	assert.False(t, (&hold.Policy{Watched: []string{"a.b"}}).Watches(""))
	assert.False(t, (*hold.Policy)(nil).Watches("a.b"))
}

func TestAPolicyIsZeroWhenItSaysNothing(t *testing.T) {
	assert.True(t, (*hold.Policy)(nil).IsZero())
	assert.True(t, (&hold.Policy{}).IsZero())
	for _, p := range []hold.Policy{{Quiet: []hold.Interval{nights}}, {Group: &hold.Grouping{}}, {Recovered: true}, {Summary: true}, {Watched: []string{"x"}}} {
		assert.False(t, p.IsZero())
	}
}
