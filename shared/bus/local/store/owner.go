package store

import (
	"fmt"
	"slices"
)

// ownAll gives the destinations of a database in which they had no owners those of
// the targets that stand there. One that targets of several owners send to becomes
// one for each of them.
func (tx *Tx) ownAll() {
	rules, err := readRules("", "", func(query string, args []any, each func(scan func(...any) error) error) error {
		tx.each(query, args, each)
		return tx.failed
	})
	if err != nil {
		tx.failed = err
		return
	}
	// What was for several went to the first that was enabled.
	slices.SortStableFunc(rules, func(a, b Rule) int { return rank(a) - rank(b) })
	type of struct {
		number int64
		owner  string
	}
	now, first := map[of]int64{}, map[int64]string{}
	shared := map[int64][]int64{} // with those that it has become
	owners := map[string]map[string]bool{}
	for _, r := range rules {
		for _, t := range r.Targets {
			ids := tx.store.identify(r.Name, t)
			if len(ids) != len(t.Destinations) {
				continue // it is put anew when the rules are loaded
			}
			for i, d := range t.Destinations {
				owner := ids[i].Owner
				if owners[r.Bus] == nil {
					owners[r.Bus] = map[string]bool{}
				}
				owners[r.Bus][owner] = true
				if _, known := first[d]; !known {
					first[d], now[of{d, owner}] = owner, d
					tx.exec("UPDATE destinations SET owner = ? WHERE number = ?", owner, d)
				}
				own, known := now[of{d, owner}]
				if !known {
					own = tx.split(d, owner, ids[i].RuleName)
					now[of{d, owner}], shared[d] = own, append(shared[d], own)
				}
				if own == d {
					continue
				}
				row := t.ID
				if i > 0 {
					row = fmt.Sprintf("%s/%d", t.ID, i+1)
				}
				tx.exec("UPDATE targets SET destination = ? WHERE bus = ? AND rule = ? AND id = ?", own, r.Bus, r.Name, row)
				t.Destinations[i] = own
			}
		}
	}
	for d, others := range shared {
		tx.divide(d, others, rules)
	}
	// Where all targets that say so have one owner, so had those that are gone.
	for bus, list := range owners {
		delete(list, "")
		for owner := range list {
			if len(list) == 1 {
				tx.exec(`UPDATE destinations SET owner = ? WHERE bus = ? AND owner = '' AND instr(target, '/') > 0
					AND NOT EXISTS (SELECT 1 FROM targets WHERE destination = destinations.number)`, owner, bus)
			}
		}
	}
}

func rank(r Rule) int {
	if r.Enabled {
		return 0
	}
	return 1
}

// split makes a destination like another one for an owner and returns its number.
func (tx *Tx) split(number int64, owner, name string) (own int64) {
	tx.exec("INSERT INTO destinations (bus, owner, rule, target, name) SELECT bus, ?, rule, target, ? FROM destinations WHERE number = ?", owner, name, number)
	tx.row("SELECT last_insert_rowid()", nil, &own)
	return own
}

// divide gives what has not been sent of a destination that several owners shared
// to those whose rules want its event, each its own. What was sent, or may have
// been, stays with the one that it went to.
func (tx *Tx) divide(number int64, others []int64, rules []Rule) {
	all := append([]int64{number}, others...)
	type taker struct {
		wants   func([]byte) ([]int64, error)
		enabled bool
	}
	var takers []taker
	for _, r := range rules {
		if !slices.ContainsFunc(r.Targets, func(t Target) bool {
			return slices.ContainsFunc(t.Destinations, func(d int64) bool { return slices.Contains(all, d) })
		}) {
			continue
		}
		wants, err := tx.store.wants(r)
		if err != nil {
			tx.failed = err
			return
		}
		takers = append(takers, taker{wants, r.Enabled})
	}
	type kept struct {
		event int64
		body  []byte
	}
	var list []kept
	tx.each(`SELECT n.event, e.body FROM notifications n CROSS JOIN events e ON e.number = n.event
		WHERE n.destination = ? AND n.state IN (0, 4, 6)`, []any{number}, func(scan func(...any) error) error {
		var k kept
		err := scan(&k.event, &k.body)
		list = append(list, k)
		return err
	})
	for _, k := range list {
		var to []int64
		for _, one := range takers { // of enabled rules first
			wanting, err := one.wants(k.body)
			if err != nil {
				continue // it did not match then either
			}
			for _, d := range wanting {
				if slices.Contains(all, d) && !slices.Contains(to, d) && (one.enabled || len(to) == 0) {
					to = append(to, d)
				}
			}
		}
		if len(to) == 0 {
			continue // the rules have changed since
		}
		for _, d := range to {
			if d != number {
				tx.copyTo(k.event, number, d)
			}
		}
		if !slices.Contains(to, number) {
			tx.exec("UPDATE moves SET destination = ? WHERE event = ? AND destination = ?", to[0], k.event, number)
			for _, table := range []string{"notifications", "attempts"} {
				tx.exec("DELETE FROM "+table+" WHERE event = ? AND destination = ?", k.event, number)
			}
		}
	}
}

// copyTo makes a notification, with its attempts, one for another destination too.
func (tx *Tx) copyTo(event, from, to int64) {
	tx.exec(`INSERT INTO notifications (event, destination, state, attempts, retries, since, due, ended, outcome)
		SELECT event, ?, state, attempts, retries, since, due, ended, outcome FROM notifications WHERE event = ? AND destination = ?`, to, event, from)
	tx.exec(`INSERT INTO attempts (event, destination, number, started, ended, outcome)
		SELECT event, ?, number, started, ended, outcome FROM attempts WHERE event = ? AND destination = ?`, to, event, from)
}
