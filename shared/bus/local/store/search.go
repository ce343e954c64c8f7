package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// about returns a query for the events about what a query names, and its arguments:
// from its jobs block by block, the newest first.
func (q Query) about() (text string, args []any) {
	last, first := int64(math.MaxInt64), q.Down.Event>>12
	if q.After != (Key{}) {
		last = q.After.Event >> 12
	}
	blocks := fmt.Sprintf(`WITH RECURSIVE blocks (block) AS (
		SELECT min((SELECT max(block) FROM jobs), %d) UNION ALL SELECT block - 1 FROM blocks WHERE block > max((SELECT min(block) FROM jobs), %d))
		SELECT j.event FROM blocks CROSS JOIN jobs j WHERE j.block = blocks.block AND j.event >= %d AND `, last, first, q.Down.Event)
	if q.Job != "" {
		return blocks + "j.job = ?", []any{q.Job}
	}
	name := named + strings.ToLower(q.About)
	return "SELECT event FROM (" + blocks + "j.job = ?) UNION ALL SELECT event FROM (" + blocks + "j.job >= ? AND j.job < ?)", []any{q.About, name, name + "\U0010FFFF"}
}

// Few tells whether an index finds what a query asks for without reading many others:
// what it is about has less than so many events, or it asks for one event or for what
// is dead.
func (s *Store) Few(ctx context.Context, q Query, most int) (few bool, err error) {
	if q.Job == "" && q.About == "" {
		return q.Event != 0 || len(q.States) > 0 && !slices.ContainsFunc(q.States, func(s State) bool { return s < Dead }), nil
	}
	text, args := q.about()
	err = s.query(ctx, "SELECT count(*) < ? FROM ("+text+" LIMIT ?)", append(append([]any{most}, args...), most), func(scan func(...any) error) error { return scan(&few) })
	return few, err
}

// haystack is all text in which words are looked for.
const haystack = "d.name || ' ' || d.target || ' ' || e.id || ' ' || " + lastOutcome + " || ' ' || CAST(e.body AS TEXT)"

var likeable = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

func search(w *where, q Query) {
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
	if q.Job != "" || q.About != "" {
		text, args := q.about()
		w.and("n.event IN ("+text+")", args...)
	}
}

// Reach returns the last of so many notifications, the newest ones, from after one on
// and of events of a time; the zero Key when there are not so many.
func (s *Store) Reach(ctx context.Context, q Query, most int) (last Key, err error) {
	var w where
	if err := s.between(ctx, &w, "event", q.Since, q.Until); err != nil {
		return last, err
	}
	if q.After != (Key{}) {
		w.and("(event, destination) < (?, ?)", q.After.Event, q.After.Destination)
	}
	err = s.query(ctx, "SELECT event, destination FROM notifications"+w.text.String()+" ORDER BY event DESC, destination DESC LIMIT 1 OFFSET ?", append(w.args, most-1), func(scan func(...any) error) error {
		return scan(&last.Event, &last.Destination)
	})
	return last, err
}

// End is the state of a notification, and when its event was accepted.
type End struct {
	Key
	Accepted time.Time
	State    State
}

// Ends returns the states of the notifications that a query selects.
func (s *Store) Ends(ctx context.Context, q Query) (list []End, err error) {
	err = s.selected(ctx, "n.event, n.destination, e.accepted, n.state", q, func(scan func(...any) error) error {
		var accepted int64
		var end End
		err := scan(&end.Event, &end.Destination, &accepted, &end.State)
		end.Accepted = moment(accepted)
		list = append(list, end)
		return err
	})
	return list, err
}

// Those returns the notifications with these keys that there are, those of the newest
// events first.
func (s *Store) Those(ctx context.Context, keys []Key) (list []Notification, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var args []any
	for _, k := range keys {
		args = append(args, k.Event, k.Destination)
	}
	err = s.query(ctx, "SELECT "+notificationColumns+strings.Replace(notificationTables, "%s", "", 1)+" WHERE (n.event, n.destination) IN (VALUES (?, ?)"+strings.Repeat(", (?, ?)", len(keys)-1)+") ORDER BY n.event DESC, n.destination DESC", args, func(scan func(...any) error) error {
		n, err := scanNotification(scan)
		list = append(list, n)
		return err
	})
	return list, err
}

// Texts returns the JSON of events by their numbers.
func (s *Store) Texts(ctx context.Context, numbers []any) (map[int64][]byte, error) {
	bodies := map[int64][]byte{}
	err := s.query(ctx, "SELECT number, body FROM events WHERE number IN (NULL"+strings.Repeat(", ?", len(numbers))+")", numbers, func(scan func(...any) error) error {
		var number int64
		var body []byte
		err := scan(&number, &body)
		bodies[number] = body
		return err
	})
	return bodies, err
}
