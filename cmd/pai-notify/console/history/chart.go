package history

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// The chart's measures, in the units of its own drawing.
const (
	chartWidth  = 720
	chartHeight = 102
	chartBars   = 28
)

// Chart is sent and failed notifications over time, drawn on the server.
type Chart struct {
	Width, Height int
	Bars          []bar
	Sent, Failed  int
	Most          int
	// Scale are the lines across, the highest first.
	Scale []line
	// Newest is how many notifications are drawn, the newest, where there are more;
	// 0 for all.
	Newest   int
	From, To time.Time
	// Each is how long a bar stands for.
	Each time.Duration
}

// bar is one stretch of time.
type bar struct {
	X, W             int
	SentY, SentH     int
	FailedY, FailedH int
	Sent, Failed     int
	From             time.Time
}

// line is a number of notifications, and how high it is drawn.
type line struct{ Count, Y int }

// Chart draws the time from since to until.
func (h *Timeline) Chart(ctx context.Context, since, until time.Time) (Chart, error) {
	return h.drawn.Ask(ctx, until.Sub(since), func(ctx context.Context) (Chart, error) { return h.draw(ctx, since, until) })
}

func (h *Timeline) draw(ctx context.Context, since, until time.Time) (Chart, error) {
	made := emptyChart(since, until)
	buckets, err := h.Options.History.Buckets(ctx, made.From, until, made.Each)
	if err != nil {
		return made, err
	}
	counted := 0
	for _, b := range buckets {
		for state, count := range b.States {
			counted += count
			made.add(b.From.Add(made.Each/2), state, count) // stretches begin when it suits the bus
		}
	}
	if most := h.Options.HistoryMost; most > 0 && counted >= most {
		made.Newest = most
	}
	made.finish()
	return made, nil
}

// chartOf draws what a search has found.
func chartOf(f found, since, until time.Time) Chart {
	if since.IsZero() {
		since = until.Add(-24 * time.Hour)
		for _, end := range f.ends {
			if end.Accepted.Before(since) {
				since = end.Accepted
			}
		}
	}
	made := emptyChart(since, until)
	for _, end := range f.ends {
		made.add(end.Accepted, end.State, 1)
	}
	if made.Newest = f.looked; len(f.ends) >= searchMost {
		made.Newest = searchMost
	}
	made.finish()
	return made
}

// emptyChart has bars of whole hours or days, the last of which ends at until.
func emptyChart(since, until time.Time) Chart {
	bars := chartBars
	each := until.Sub(since) / chartBars
	for _, whole := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour} {
		if n := int((until.Sub(since) + whole - 1) / whole); n <= chartBars+2 {
			bars, each = n, whole
			break
		}
	}
	bars = max(bars, 1)
	made := Chart{Width: chartWidth, Height: chartHeight, To: until, From: until.Add(-time.Duration(bars) * each), Each: each, Bars: make([]bar, bars)}
	for i := range made.Bars {
		made.Bars[i] = bar{X: i*chartWidth/bars + 2, W: chartWidth/bars - 4, From: made.From.Add(time.Duration(i) * each)}
	}
	return made
}

// add counts notifications of events that were accepted at a time.
func (c *Chart) add(at time.Time, state local.State, count int) {
	i := min(int(at.Sub(c.From)/c.Each), len(c.Bars)-1)
	if at.Before(c.From) {
		return
	}
	switch state {
	case local.Sent:
		c.Bars[i].Sent += count
	case local.Dead, local.Unknown:
		c.Bars[i].Failed += count
	case local.Waiting, local.Started, local.Skipped, local.Cancelled, local.Moved:
	}
}

// finish makes sums and heights.
func (c *Chart) finish() {
	for _, b := range c.Bars {
		c.Sent += b.Sent
		c.Failed += b.Failed
		c.Most = max(c.Most, b.Sent+b.Failed)
	}
	top := roundUp(c.Most)
	if c.Scale = []line{{top, chartHeight - barHeight(top, top)}}; top%2 == 0 {
		c.Scale = append(c.Scale, line{top / 2, chartHeight - barHeight(top/2, top)})
	}
	for i := range c.Bars {
		b := &c.Bars[i]
		b.SentH, b.FailedH = barHeight(b.Sent, top), barHeight(b.Failed, top)
		b.SentY = c.Height - b.SentH
		b.FailedY = b.SentY - b.FailedH
	}
}

// roundUp is the next number that people count in: 1, 2, 4, 5, 6, 8 or 10 of a power
// of ten.
func roundUp(n int) int {
	for power := 1; ; power *= 10 {
		for _, of := range []int{1, 2, 4, 5, 6, 8} {
			if of*power >= n {
				return of * power
			}
		}
	}
}

// barHeight is the height of a bar; what is there can be seen.
func barHeight(n, most int) int {
	if n == 0 || most == 0 {
		return 0
	}
	return max(2, n*(chartHeight-6)/most)
}

// Hours are how many hours a bar stands for; 0 for parts of one.
func (c Chart) Hours() int {
	if c.Each%time.Hour != 0 {
		return 0
	}
	return int(c.Each / time.Hour)
}
