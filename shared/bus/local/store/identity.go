package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Identity is whom a target is for, told by what reads the target's parameters.
// It stays the same wherever on the bus the target stands.
type Identity struct {
	// Owner is whose rule it is: rules of two documents may have one key. It is
	// empty where the target does not say.
	Owner string
	// Rule is the key of the document's rule, and RuleName its name for people.
	Rule, RuleName string
	// Receiver is the key of the receiver in the rule, with its type before it:
	// "dingtalk/oncall".
	Receiver string
	// Address is a digest of where the messages go: a target that gets another
	// key and keeps it is for the receiver that it was for. Nothing is known of
	// one without.
	Address string
	// Sender is Address for a platform that counts messages: targets with the
	// same one share its rates. It is empty for others.
	Sender string
}

// identify tells whom a target is for. One that nobody knows is known by the
// names of its rule and of itself.
func (s *Store) identify(rule string, t Target) []Identity {
	if s.who != nil {
		if ids := s.who(t); len(ids) > 0 {
			return ids
		}
	}
	return []Identity{{Rule: rule, RuleName: rule, Receiver: t.ID}}
}

// same tells whether two identities have one key.
func (id Identity) same(other Identity) bool {
	return id.Owner == other.Owner && id.Rule == other.Rule && id.Receiver == other.Receiver
}

// movedTo tells whether a target that gets another key is for the same receiver
// as before: it goes to the same address, or only says now whose it is.
func (id Identity) movedTo(other Identity) bool {
	if id.same(other) {
		return false
	}
	said := id
	said.Owner = other.Owner
	return id.Owner == "" && said.same(other) || id.Address != "" && id.Address == other.Address
}

// Destination is whom notifications are for.
type Destination struct {
	Number int64
	// Owner is whose the rule is; "" where nobody said. Rule and Target are keys,
	// of a rule and of a receiver in it, and Name is what the rule is called today.
	Bus, Owner, Rule, Name, Target string
}

func (s *Store) destinations(ctx context.Context, where string, args ...any) ([]Destination, error) {
	var list []Destination
	err := s.query(ctx, "SELECT number, bus, owner, rule, name, target FROM destinations d WHERE "+where+" ORDER BY target, owner", args, func(scan func(...any) error) error {
		var d Destination
		err := scan(&d.Number, &d.Bus, &d.Owner, &d.Rule, &d.Name, &d.Target)
		list = append(list, d)
		return err
	})
	return list, err
}

// Destination returns where what waits at one goes: there, or where the one goes
// that it follows.
func (s *Store) Destination(ctx context.Context, number int64) (Destination, error) {
	list, err := s.destinations(ctx, "number = (SELECT CASE follows WHEN 0 THEN number ELSE follows END FROM destinations WHERE number = ?)", number)
	if err != nil || len(list) == 0 {
		return Destination{Number: number}, err
	}
	return list[0], nil
}

// Destinations returns the destinations of a rule, by its name or else by its key,
// to which targets send.
func (s *Store) Destinations(ctx context.Context, bus, rule string) ([]Destination, error) {
	const sent = "bus = ? AND EXISTS (SELECT 1 FROM targets WHERE destination = d.number) AND "
	list, err := s.destinations(ctx, sent+"name = ?", bus, rule)
	if err == nil && len(list) == 0 {
		list, err = s.destinations(ctx, sent+"rule = ?", bus, rule)
	}
	return list, err
}

// PutTarget adds a target to a rule or replaces the one with its id. What waits
// for a receiver of that one follows when it is the same by another key.
//
// A target has a row for each of its receivers; the first holds the settings, and
// the others are named by its id, a slash and a number.
func (tx *Tx) PutTarget(bus, rule string, t Target) {
	settings, err := json.Marshal(t)
	if err != nil {
		tx.failed = err
		return
	}
	ids := tx.store.identify(rule, t)
	moved := tx.moved(bus, rule, t.ID, ids)
	for before, id := range moved {
		// By its number, which is what notifications know; a key that is taken
		// stays with who has it.
		tx.exec("UPDATE OR IGNORE destinations SET owner = ?, rule = ?, target = ? WHERE number = ?", id.Owner, id.Rule, id.Receiver, before)
	}
	tx.exec("DELETE FROM targets WHERE bus = ?1 AND rule = ?2 AND settings = '' AND substr(id, 1, length(?3)) = ?3", bus, rule, t.ID+"/")
	for i, id := range ids {
		row := t.ID
		if i > 0 {
			row, settings = fmt.Sprintf("%s/%d", t.ID, i+1), nil
		}
		tx.exec("INSERT INTO destinations (bus, owner, rule, target, name) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, follows = 0",
			bus, id.Owner, id.Rule, id.Receiver, id.RuleName)
		tx.exec(`INSERT INTO targets (bus, rule, id, position, destination, settings)
			SELECT ?1, ?2, ?3, (SELECT coalesce(max(position), 0) + 1 FROM targets WHERE bus = ?1 AND rule = ?2), number, ?4
			FROM destinations WHERE bus = ?1 AND owner = ?5 AND rule = ?6 AND target = ?7
			ON CONFLICT DO UPDATE SET settings = excluded.settings, destination = excluded.destination`, bus, rule, row, string(settings), id.Owner, id.Rule, id.Receiver)
	}
	for before, id := range moved {
		tx.follow(before, bus, id)
	}
}

// moved returns the destinations of the target that is about to be replaced whose
// receivers get another key, with their new identities.
func (tx *Tx) moved(bus, rule, target string, now []Identity) map[int64]Identity {
	moved := map[int64]Identity{}
	var had string
	if !tx.row("SELECT settings FROM targets WHERE bus = ? AND rule = ? AND id = ?", []any{bus, rule, target}, &had) {
		return moved
	}
	var old Target
	if tx.failed = json.Unmarshal([]byte(had), &old); tx.failed != nil {
		return moved
	}
	before := tx.store.identify(rule, old)
	taken := make([]bool, len(now))
	for i, was := range before {
		if slices.ContainsFunc(now, was.same) {
			continue
		}
		for j, id := range now {
			// One of a list is told apart by its rule: several may send to one place.
			one := len(before) == 1 && len(now) == 1
			if taken[j] || slices.ContainsFunc(before, id.same) || !was.movedTo(id) || !one && was.Rule != id.Rule && was.RuleName != id.RuleName {
				continue
			}
			var number int64
			row := target
			if i > 0 {
				row = fmt.Sprintf("%s/%d", target, i+1)
			}
			if tx.row("SELECT destination FROM targets WHERE bus = ? AND rule = ? AND id = ?", []any{bus, rule, row}, &number) {
				moved[number], taken[j] = id, true
			}
			break
		}
	}
	return moved
}

// follow has what waits at a destination go where the one of a key goes, once no
// target is left at it.
func (tx *Tx) follow(number int64, bus string, id Identity) {
	var to int64
	if !tx.row("SELECT number FROM destinations WHERE bus = ? AND owner = ? AND rule = ? AND target = ?", []any{bus, id.Owner, id.Rule, id.Receiver}, &to) || to == number {
		return
	}
	tx.exec("UPDATE destinations SET follows = ?1 WHERE (number = ?2 OR follows = ?2) AND NOT EXISTS (SELECT 1 FROM targets WHERE destination = ?2)", to, number)
}

// identifyAll gives the destinations of a database that was written before there
// were identities those of the targets that stand there, and brings the
// notifications of those that are one together. Destinations without a target
// keep the names of what they were.
func (tx *Tx) identifyAll() {
	type key struct{ bus, rule, receiver string }
	type place struct {
		key
		name string
	}
	kept := map[key]int64{}
	places := map[int64]place{}
	merged := map[int64]int64{}
	note := func(number int64, k key, name string) {
		if into, taken := kept[k]; taken {
			merged[number] = into
			return
		}
		kept[k], places[number] = number, place{k, name}
	}
	tx.each("SELECT destination, bus, rule, settings FROM targets ORDER BY destination", nil, func(scan func(...any) error) error {
		var number int64
		var bus, rule, settings string
		if err := scan(&number, &bus, &rule, &settings); err != nil {
			return err
		}
		var t Target
		if err := json.Unmarshal([]byte(settings), &t); err != nil {
			return err
		}
		id := tx.store.identify(rule, t)[0] // no target had several then
		note(number, key{bus, id.Rule, id.Receiver}, id.RuleName)
		return nil
	})
	tx.each("SELECT number, bus, rule, target FROM destinations d WHERE NOT EXISTS (SELECT 1 FROM targets WHERE destination = d.number) ORDER BY number", nil, func(scan func(...any) error) error {
		var number int64
		var k key
		err := scan(&number, &k.bus, &k.rule, &k.receiver)
		note(number, k, k.rule)
		return err
	})
	for from, into := range merged {
		tx.exec("INSERT INTO merged (number, destination) VALUES (?, ?)", from, into)
		tx.exec("INSERT INTO merged (number, destination) VALUES (?1, ?1) ON CONFLICT DO NOTHING", into)
		tx.exec("UPDATE targets SET destination = ? WHERE destination = ?", into, from)
	}
	// Of an event that both had a notification for, the one that came furthest
	// stays: the message was one. What still waits may yet arrive, and what was
	// given up will not.
	tx.exec(`INSERT INTO moving (event, destination, becomes, place) SELECT * FROM (
		SELECT n.event, n.destination, m.destination AS becomes, row_number() OVER (PARTITION BY n.event, m.destination ORDER BY
			CASE n.state WHEN 2 THEN 0 WHEN 5 THEN 1 WHEN 1 THEN 2 WHEN 0 THEN 3 WHEN 3 THEN 4 ELSE 5 END, n.attempts DESC, n.destination) AS place
		FROM notifications n CROSS JOIN merged m ON m.number = n.destination) WHERE place > 1 OR destination <> becomes`)
	for _, table := range []string{"notifications", "attempts"} {
		tx.exec("DELETE FROM " + table + " WHERE (event, destination) IN (SELECT event, destination FROM moving WHERE place > 1)")
		tx.exec("UPDATE " + table + " SET destination = m.becomes FROM moving m WHERE m.event = " + table + ".event AND m.destination = " + table + ".destination")
	}
	tx.exec("DELETE FROM destinations WHERE number IN (SELECT number FROM merged WHERE number <> destination)")
	// In two steps: one may get the key that another has until then.
	for number := range places {
		tx.exec("UPDATE destinations SET target = char(0) || number WHERE number = ?", number)
	}
	for number, p := range places {
		tx.exec("UPDATE destinations SET rule = ?, target = ?, name = ? WHERE number = ?", p.rule, p.receiver, p.name, number)
	}
}
