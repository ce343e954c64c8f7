package local

import (
	"context"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// metrics are what the bus counts, by names that begin with pai_notify_bus_.
type metrics struct {
	registry                       *prometheus.Registry
	published, matched, duplicates prometheus.Counter
	sent, skipped, dead, unknown   prometheus.Counter
	cancelled                      prometheus.Counter
	failed                         *prometheus.CounterVec
	commit, acknowledge            prometheus.Histogram
	group                          prometheus.Histogram
	codes                          codes
}

// codes are those that are counted apart. A platform says what it likes: what is
// no code, and whatever comes after the first hundred, is counted as "other".
type codes struct {
	mu   sync.Mutex
	seen map[string]bool
}

const mostCodes = 100

var code = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}$`)

func (c *codes) known(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.seen[text] && (len(c.seen) >= mostCodes || !code.MatchString(text)) {
		return "other"
	}
	c.seen[text] = true
	return text
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), codes: codes{seen: map[string]bool{}}}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "pai_notify", Subsystem: "bus", Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	m.published = counter("events_published_total", "Events accepted.")
	m.matched = counter("events_matched_total", "Events that at least one rule matched.")
	m.duplicates = counter("events_duplicate_total", "Events that were accepted before and not delivered again.")
	m.sent = counter("notifications_sent_total", "Notifications that their platform took.")
	m.skipped = counter("notifications_skipped_total", "Notifications that were not sent on purpose.")
	m.dead = counter("notifications_dead_total", "Notifications that became dead letters.")
	m.unknown = counter("notifications_unknown_total", "Notifications that may have been taken and are not repeated.")
	m.cancelled = counter("notifications_cancelled_total", "Notifications that were not sent because their rule was disabled.")
	m.failed = prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "pai_notify", Subsystem: "bus", Name: "attempts_failed_total",
		Help: "Attempts that failed, by class and the platform's code."}, []string{"class", "code"})
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "pai_notify", Subsystem: "bus", Name: name, Help: help, Buckets: buckets})
		m.registry.MustRegister(h)
		return h
	}
	seconds := prometheus.ExponentialBuckets(0.0001, 2, 16)
	m.commit = histogram("commit_seconds", "Time of one commit to disk.", seconds)
	m.group = histogram("commit_writes", "Writes of one commit.", prometheus.ExponentialBuckets(1, 2, 10))
	m.acknowledge = histogram("acknowledge_seconds", "Time from a publication to its acknowledgement.", seconds)
	m.registry.MustRegister(m.failed)
	return m
}

// watch adds what is asked for when somebody looks.
func (m *metrics) watch(b *Bus) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "pai_notify", Subsystem: "bus", Name: name, Help: help}, value))
	}
	gauge("notifications_waiting", "Notifications that have not ended.", func() float64 { return float64(b.waiting.Load()) })
	gauge("senders_limited", "Robots, phones and other places that are sent nothing for now, because a platform's limit is reached.", func() float64 { return float64(b.lanes.limited()) })
	gauge("queue_age_seconds", "Age of the oldest event with a notification that has not ended.", func() float64 {
		oldest, err := b.store.Oldest(context.WithoutCancel(b.life))
		if err != nil || oldest.IsZero() {
			return 0
		}
		return max(b.options.Now().Sub(oldest).Seconds(), 0)
	})
}

func (m *metrics) committed(writes int, took time.Duration) {
	m.commit.Observe(took.Seconds())
	m.group.Observe(float64(writes))
}

func (m *metrics) acknowledged(took time.Duration) { m.acknowledge.Observe(took.Seconds()) }

func (m *metrics) attempted(state State, o outcome.Outcome) {
	if o.Status == outcome.Failed {
		m.failed.WithLabelValues(string(o.Class), m.codes.known(o.Code)).Inc()
	}
	switch state {
	case store.Sent:
		m.sent.Inc()
	case store.Skipped:
		m.skipped.Inc()
	case store.Dead:
		m.dead.Inc()
	case store.Unknown:
		m.unknown.Inc()
	case store.Cancelled:
		m.cancelled.Inc()
	}
}

// Metrics serves what the bus counts, in the text of OpenMetrics.
func (b *Bus) Metrics() http.Handler {
	return promhttp.HandlerFor(b.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}
