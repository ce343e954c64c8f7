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
	// Newest is how many notifications are drawn, the newest, where there are more;
	// 0 for all.
	Newest   int
	From, To time.Time
}

// bar is one stretch of time.
type bar struct {
	X, W             int
	SentY, SentH     int
	FailedY, FailedH int
	Sent, Failed     int
	From             time.Time
}

// Chart draws the time from since to until.
func (h *Timeline) Chart(ctx context.Context, since, until time.Time) (Chart, error) {
	return h.drawn.Ask(ctx, until.Sub(since), func(ctx context.Context) (Chart, error) { return h.draw(ctx, since, until) })
}

func (h *Timeline) draw(ctx context.Context, since, until time.Time) (Chart, error) {
	width := until.Sub(since) / chartBars
	made := Chart{Width: chartWidth, Height: chartHeight, From: since, To: until}
	buckets, err := h.Options.History.Buckets(ctx, since, until, width)
	if err != nil {
		return made, err
	}
	made.Bars = make([]bar, chartBars)
	for i := range made.Bars {
		made.Bars[i] = bar{X: i*chartWidth/chartBars + 2, W: chartWidth/chartBars - 4, From: since.Add(time.Duration(i) * width)}
	}
	counted := 0
	for _, b := range buckets {
		for _, count := range b.States {
			counted += count
		}
		i := int((b.From.Sub(since) + width/2) / width) // stretches begin when it suits the bus
		i = min(i, chartBars-1)
		if i < 0 {
			continue
		}
		made.Bars[i].Sent += b.States[local.Sent]
		made.Bars[i].Failed += b.States[local.Dead] + b.States[local.Unknown]
	}
	if most := h.Options.HistoryMost; most > 0 && counted >= most {
		made.Newest = most
	}
	for _, b := range made.Bars {
		made.Sent += b.Sent
		made.Failed += b.Failed
		made.Most = max(made.Most, b.Sent+b.Failed)
	}
	for i := range made.Bars {
		b := &made.Bars[i]
		b.SentH, b.FailedH = barHeight(b.Sent, made.Most), barHeight(b.Failed, made.Most)
		b.SentY = made.Height - b.SentH
		b.FailedY = b.SentY - b.FailedH
	}
	return made, nil
}

// barHeight is the height of a bar; what is there can be seen.
func barHeight(n, most int) int {
	if n == 0 || most == 0 {
		return 0
	}
	return max(2, n*(chartHeight-6)/most)
}
