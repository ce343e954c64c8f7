package store

import (
	"context"
	"strings"
	"time"
)

// Search is what people look for in the history. A zero field selects all.
type Search struct {
	// About is the id of what events are about, or the beginning of its name, as far
	// as [Store.FillJobs] has looked at them.
	About string
	// Words must all be found in the event, the rule, the receiver or the outcome, each
	// as one of several texts, in any case.
	Words [][]string
	// Named is the event's id, its type, or what the outcome calls its type: one of
	// these.
	Named []string
	// Receiver is the receiver's key, its type or its name, or the id of a target that
	// nobody has identified.
	Receiver string
}

// blocks begins a query of jobs with their blocks, the newest first.
const blocks = `WITH RECURSIVE blocks (block) AS (
	SELECT max(block) FROM jobs UNION ALL SELECT block - 1 FROM blocks WHERE block > (SELECT min(block) FROM jobs))
	SELECT j.event FROM blocks CROSS JOIN jobs j WHERE j.block = blocks.block AND `

// aboutMost is from how many events on those about something are not gathered before
// they are read: they are many, and among the newest ones.
const aboutMost = 5000

// about selects the events about an id, or about what has a name that begins so.
func (s *Store) about(ctx context.Context, w *where, text string) error {
	name := named + strings.ToLower(text)
	of := []any{text, name, name + "\U0010FFFF"}
	const is, begins = "j.job = ?", "j.job >= ? AND j.job < ?"
	either := "SELECT event FROM (" + blocks + is + ") UNION ALL SELECT event FROM (" + blocks + begins + ")"
	many := false
	err := s.query(ctx, "SELECT count(*) = ? FROM ("+either+" LIMIT ?)", append(append([]any{aboutMost}, of...), aboutMost), func(scan func(...any) error) error { return scan(&many) })
	if many {
		w.and("EXISTS (SELECT 1 FROM jobs j WHERE j.block = n.event >> 12 AND j.event = n.event AND ("+is+" OR "+begins+"))", of...)
	} else {
		w.and("n.event IN ("+either+")", of...)
	}
	return err
}

// haystack is all text in which words are looked for.
const haystack = "d.name || ' ' || d.target || ' ' || e.id || ' ' || " + lastOutcome + " || ' ' || CAST(e.body AS TEXT)"

var likeable = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

func (s *Store) search(ctx context.Context, w *where, q Search) error {
	if q.Receiver != "" {
		_, name, _ := strings.Cut(q.Receiver, "/")
		w.and(`(? IN (d.target, substr(d.target, instr(d.target, '/') + 1), substr(d.target, 1, instr(d.target, '/') - 1)) OR
			instr(d.target, '/') = 0 AND CASE WHEN json_valid(`+lastOutcome+`) AND instr(json_extract(`+lastOutcome+`, '$.target'), '/') > 0
				THEN '/' || json_extract(`+lastOutcome+`, '$.target') || '/' LIKE ? ESCAPE '\' ELSE d.target = ? END)`,
			q.Receiver, "%/"+likeable.Replace(q.Receiver)+"/%", name)
	}
	if len(q.Named) > 0 {
		list := "(?" + strings.Repeat(", ?", len(q.Named)-1) + ")"
		var args []any
		for range 2 {
			for _, name := range q.Named {
				args = append(args, name)
			}
		}
		outcomes := strings.Repeat(` OR instr(`+lastOutcome+`, ?) > 0`, len(q.Named))
		for _, name := range q.Named {
			args = append(args, `"event_type":"`+name+`"`)
		}
		w.and("(e.id IN "+list+" OR e.type IN "+list+outcomes+")", args...)
	}
	for _, word := range q.Words {
		var args []any
		for _, text := range word {
			args = append(args, "%"+likeable.Replace(text)+"%")
		}
		w.and("("+strings.TrimPrefix(strings.Repeat(` OR `+haystack+` LIKE ? ESCAPE '\'`, len(word)), " OR ")+")", args...)
	}
	if q.About != "" {
		return s.about(ctx, w, q.About)
	}
	return nil
}

// Reach returns the notification that is the last of the newest ones, at most so
// many, from after one on and of events since a time; with how many there are. The
// zero Key is none.
func (s *Store) Reach(ctx context.Context, after Key, since, until time.Time, most int) (last Key, count int, err error) {
	var w where
	if err := s.between(ctx, &w, "event", since, until); err != nil {
		return last, 0, err
	}
	if after != (Key{}) {
		w.and("(event, destination) < (?, ?)", after.Event, after.Destination)
	}
	err = s.query(ctx, "SELECT event, destination FROM notifications"+w.text.String()+" ORDER BY event DESC, destination DESC LIMIT ?", append(w.args, most), func(scan func(...any) error) error {
		count++
		return scan(&last.Event, &last.Destination)
	})
	return last, count, err
}

// End is the state of a notification, and when its event was accepted.
type End struct {
	Accepted time.Time
	State    State
}

// Ends returns the states of the notifications that a query selects.
func (s *Store) Ends(ctx context.Context, q Query) (list []End, err error) {
	err = s.selected(ctx, "e.accepted, n.state", q, func(scan func(...any) error) error {
		var accepted int64
		var end End
		err := scan(&accepted, &end.State)
		end.Accepted = moment(accepted)
		list = append(list, end)
		return err
	})
	return list, err
}
