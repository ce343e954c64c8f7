package hold_test

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
)

// at reads a time such as "2026-03-29 01:30 +0100".
func at(t *testing.T, text string) time.Time {
	t.Helper()
	is, err := time.Parse("2006-01-02 15:04 -0700", text)
	require.NoError(t, err)
	return is
}

func TestAnIntervalEndsWhenClocksShowIt(t *testing.T) {
	const berlin, losAngeles, lordHowe = "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe"
	for name, c := range map[string]struct {
		from, to, zone, days string
		at, end              string // no end: it is not quiet
	}{
		"in the evening of a night":            {"22:00", "08:00", "Asia/Shanghai", "", "2026-11-27 23:00 +0800", "2026-11-28 08:00 +0800"},
		"in the morning of a night":            {"22:00", "08:00", "Asia/Shanghai", "", "2026-11-28 07:59 +0800", "2026-11-28 08:00 +0800"},
		"as it begins":                         {"22:00", "08:00", "Asia/Shanghai", "", "2026-11-27 22:00 +0800", "2026-11-28 08:00 +0800"},
		"as it ends":                           {"22:00", "08:00", "Asia/Shanghai", "", "2026-11-28 08:00 +0800", ""},
		"by day":                               {"22:00", "08:00", "Asia/Shanghai", "", "2026-11-27 12:00 +0800", ""},
		"asked in another zone":                {"22:00", "08:00", "Asia/Shanghai", "", "2026-11-27 15:00 +0000", "2026-11-28 08:00 +0800"},
		"within a day":                         {"12:00", "13:00", "UTC", "", "2026-11-27 12:30 +0000", "2026-11-27 13:00 +0000"},
		"until the end of a day":               {"18:00", "24:00", "UTC", "", "2026-11-27 23:59 +0000", "2026-11-28 00:00 +0000"},
		"a whole day":                          {"00:00", "24:00", "UTC", "sat", "2026-11-28 00:00 +0000", "2026-11-29 00:00 +0000"},
		"after a whole day":                    {"00:00", "24:00", "UTC", "sat", "2026-11-29 00:00 +0000", ""},
		"from the end of a day":                {"24:00", "06:00", "UTC", "fri", "2026-11-28 05:00 +0000", "2026-11-28 06:00 +0000"},
		"before the end of a day":              {"24:00", "06:00", "UTC", "fri", "2026-11-27 05:00 +0000", ""},
		"from a time to the same: 24 hours":    {"08:00", "08:00", "UTC", "fri", "2026-11-28 07:59 +0000", "2026-11-28 08:00 +0000"},
		"from midnight to midnight: 24 hours":  {"00:00", "00:00", "UTC", "fri", "2026-11-27 12:00 +0000", "2026-11-28 00:00 +0000"},
		"from 24:00 to 24:00: 24 hours":        {"24:00", "24:00", "UTC", "fri", "2026-11-28 12:00 +0000", "2026-11-29 00:00 +0000"},
		"a night that begins on a wanted day":  {"22:00", "08:00", "UTC", "fri", "2026-11-28 03:00 +0000", "2026-11-28 08:00 +0000"},
		"a night that ends on a wanted day":    {"22:00", "08:00", "UTC", "sat", "2026-11-28 03:00 +0000", ""},
		"on a day of several":                  {"12:00", "13:00", "UTC", "mon fri", "2026-11-27 12:30 +0000", "2026-11-27 13:00 +0000"},
		"on another day":                       {"12:00", "13:00", "UTC", "mon tue", "2026-11-27 12:30 +0000", ""},
		"over the new year":                    {"22:00", "08:00", "UTC", "thu", "2027-01-01 03:00 +0000", "2027-01-01 08:00 +0000"},
		"a night that is an hour shorter":      {"22:00", "08:00", berlin, "", "2026-03-28 22:00 +0100", "2026-03-29 08:00 +0200"},
		"a night that is an hour longer":       {"22:00", "08:00", berlin, "", "2026-10-24 22:00 +0200", "2026-10-25 08:00 +0100"},
		"an end that is left out":              {"22:00", "02:30", berlin, "", "2026-03-29 01:30 +0100", "2026-03-29 03:00 +0200"},
		"a beginning that is left out":         {"02:30", "08:00", berlin, "", "2026-03-29 03:00 +0200", "2026-03-29 08:00 +0200"},
		"before a beginning that is left out":  {"02:30", "08:00", berlin, "", "2026-03-29 01:59 +0100", ""},
		"all of it left out":                   {"02:15", "02:45", berlin, "", "2026-03-29 03:00 +0200", ""},
		"an end that comes twice, first":       {"22:00", "02:30", berlin, "", "2026-10-25 02:29 +0200", "2026-10-25 02:30 +0100"},
		"an end that comes twice, between":     {"22:00", "02:30", berlin, "", "2026-10-25 02:45 +0200", "2026-10-25 02:30 +0100"},
		"an end that comes twice, second":      {"22:00", "02:30", berlin, "", "2026-10-25 02:30 +0100", ""},
		"a beginning that comes twice, first":  {"02:30", "08:00", berlin, "", "2026-10-25 02:30 +0200", "2026-10-25 08:00 +0100"},
		"a beginning that comes twice, second": {"02:30", "08:00", berlin, "", "2026-10-25 02:15 +0100", "2026-10-25 08:00 +0100"},
		"forward in Los Angeles":               {"23:00", "02:00", losAngeles, "", "2026-03-08 01:59 -0800", "2026-03-08 03:00 -0700"},
		"back in Los Angeles":                  {"23:00", "01:30", losAngeles, "", "2026-11-01 01:45 -0700", "2026-11-01 01:30 -0800"},
		"half an hour forward":                 {"22:00", "02:15", lordHowe, "", "2026-10-04 01:59 +1030", "2026-10-04 02:30 +1100"},
		"half an hour back":                    {"22:00", "01:45", lordHowe, "", "2026-04-05 01:50 +1100", "2026-04-05 01:45 +1030"},
		"midnight that comes twice":            {"18:00", "24:00", "America/Havana", "", "2026-11-01 00:30 -0400", "2026-11-01 00:00 -0500"},
		"midnight that is left out":            {"18:00", "24:00", "Asia/Beirut", "", "2026-03-28 23:59 +0200", "2026-03-29 01:00 +0300"},
	} {
		t.Run(name, func(t *testing.T) {
			i := hold.Interval{Name: "x", From: c.from, To: c.to, Zone: c.zone, Days: strings.Fields(c.days)}
			require.NoError(t, i.Check())
			end, in := i.End(at(t, c.at))
			if c.end == "" {
				assert.False(t, in, "quiet until %s", end)
				return
			}
			require.True(t, in)
			assert.WithinDuration(t, at(t, c.end), end, 0)
			assert.Equal(t, c.zone, end.Location().String())
		})
	}
}

// A moment is quiet when a clock on the wall says so, except that a night is never
// cut in two; and what ends does so later, within a day and the hours that clocks
// are put back.
func TestAnIntervalIsWhatClocksShow(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Shanghai", "America/Havana"} {
		place, err := time.LoadLocation(zone)
		require.NoError(t, err)
		for _, i := range []hold.Interval{
			{From: "22:00", To: "08:00", Zone: zone}, {From: "09:00", To: "17:30", Zone: zone},
			{From: "22:00", To: "08:00", Zone: zone, Days: []string{"mon", "fri", "sat"}},
		} {
			for now := time.Date(2026, 1, 1, 0, 7, 0, 0, time.UTC); now.Year() == 2026; now = now.Add(47 * time.Minute) {
				local := now.In(place)
				shown := local.Format("15:04")
				day := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, place)
				wanted := shown >= i.From && shown < i.To
				if i.To < i.From {
					wanted = shown >= i.From || shown < i.To
					if shown < i.To {
						day = day.AddDate(0, 0, -1)
					}
				}
				wanted = wanted && (i.Days == nil || slices.Contains(i.Days, strings.ToLower(day.Format("Mon"))))
				end, in := i.End(now)
				require.Equal(t, wanted, in, "%v at %s", i, local)
				if in {
					require.True(t, end.After(now) && end.Sub(now) <= 25*time.Hour, "%v at %s ends %s", i, local, end)
					require.Equal(t, i.To, end.Format("15:04"))
				}
			}
		}
	}
}

func TestAnIntervalThatCannotBeReadIsRefusedAndHoldsNothing(t *testing.T) {
	good := hold.Interval{Name: "nights", From: "00:00", To: "24:00", Zone: "UTC"}
	require.NoError(t, good.Check())
	for _, clock := range []string{"", "8:00", "08:0", "08:60", "24:01", "25:00", "-1:00", "+8:00", "08.00", "08:00:00", "８:00", "ab:cd", " 8:00"} {
		i := good
		i.From = clock
		require.ErrorContains(t, i.Check(), "is not a time of day", "%q", clock)
		_, in := i.End(time.Unix(0, 0))
		assert.False(t, in)
		i = good
		i.To = clock
		assert.ErrorContains(t, i.Check(), "is not a time of day", "%q", clock)
	}
	for _, zone := range []string{"", "Local", "Asia/Beijing", "asia/shanghai", "Asia/", "../etc/passwd", "+08:00", "CST", "Asia/Shanghai\n", "A\nB"} {
		i := good
		i.Zone = zone
		require.ErrorContains(t, i.Check(), "is not a known time zone", "%q", zone)
		_, in := i.End(time.Unix(0, 0))
		assert.False(t, in, "%q", zone)
	}
	for _, day := range []string{"", "Mon", "monday", "1"} {
		i := good
		i.Days = []string{"tue", day}
		require.ErrorContains(t, i.Check(), "is no day of the week", "%q", day)
	}
}

func TestEveryZoneThatIsNamedCanBeRead(t *testing.T) {
	for _, zone := range hold.Zones() {
		require.NoError(t, hold.Interval{From: "00:00", To: "01:00", Zone: zone}.Check(), zone)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	brought, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("this Go has no list of zones: ", err)
	}
	defer func() { _ = brought.Close() }()
	var names []string
	for _, f := range brought.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	for _, zone := range hold.Zones() {
		assert.Contains(t, names, zone, "Go does not bring it any more: take it out of zones.txt")
	}
}

func TestUnbrokenQuietIsTheLongestWithoutAPause(t *testing.T) {
	all := hold.Days
	nights := hold.Interval{From: "22:00", To: "08:00", Zone: "Asia/Shanghai"}
	for name, c := range map[string]struct {
		quiet   []hold.Interval
		longest time.Duration
		pauses  bool
	}{
		"none":                          {nil, 0, true},
		"nights":                        {[]hold.Interval{nights}, 10 * time.Hour, true},
		"24 hours from one day":         {[]hold.Interval{{From: "08:00", To: "08:00", Zone: "UTC", Days: []string{"sat"}}}, 24 * time.Hour, true},
		"a weekend":                     {[]hold.Interval{{From: "00:00", To: "24:00", Zone: "UTC", Days: []string{"sat", "sun"}}}, 48 * time.Hour, true},
		"a weekend and the night":       {[]hold.Interval{nights, {From: "00:00", To: "24:00", Zone: "Asia/Shanghai", Days: []string{"sat", "sun"}}}, 58 * time.Hour, true},
		"24 hours from every day":       {[]hold.Interval{{From: "08:00", To: "08:00", Zone: "UTC"}}, 15 * 24 * time.Hour, false},
		"every day by name":             {[]hold.Interval{{From: "00:00", To: "24:00", Zone: "UTC", Days: all}}, 15 * 24 * time.Hour, false},
		"nights and days":               {[]hold.Interval{nights, {From: "08:00", To: "22:00", Zone: "Asia/Shanghai"}}, 15 * 24 * time.Hour, false},
		"nights and days of two zones":  {[]hold.Interval{nights, {From: "00:00", To: "14:00", Zone: "UTC"}}, 15 * 24 * time.Hour, false},
		"nights and days, a minute off": {[]hold.Interval{nights, {From: "08:00", To: "21:59", Zone: "Asia/Shanghai"}}, 24*time.Hour - time.Minute, true},
		"one that cannot be read":       {[]hold.Interval{{From: "00:00", To: "24:00"}}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			longest, pauses := hold.Unbroken(c.quiet)
			assert.Equal(t, c.pauses, pauses)
			if c.pauses {
				assert.Equal(t, c.longest, longest)
			} else {
				assert.Greater(t, longest, 13*24*time.Hour)
			}
		})
	}
}
