package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// AddEventBus makes a bus; it tells whether there was none of that name.
func (tx *Tx) AddEventBus(b EventBus) bool {
	return tx.exec("INSERT INTO buses (name, description, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		b.Name, b.Description, millis(b.Created)) == 1
}

// SetEventBus replaces a bus's description and tells whether there is such a bus.
func (tx *Tx) SetEventBus(b EventBus) bool {
	return tx.exec("UPDATE buses SET description = ? WHERE name = ?", b.Description, b.Name) == 1
}

// CountEventBuses returns how many buses there are.
func (tx *Tx) CountEventBuses() (n int) {
	tx.row("SELECT count(*) FROM buses", nil, &n)
	return n
}

// HasEventBus tells whether there is a bus of that name.
func (tx *Tx) HasEventBus(name string) bool {
	var one int
	return tx.row("SELECT 1 FROM buses WHERE name = ?", []any{name}, &one)
}

// RemoveEventBus removes a bus, which must have no rules.
func (tx *Tx) RemoveEventBus(name string) bool {
	return tx.exec("DELETE FROM buses WHERE name = ?", name) == 1
}

// CountRules returns how many rules a bus has.
func (tx *Tx) CountRules(bus string) (n int) {
	tx.row("SELECT count(*) FROM rules WHERE bus = ?", []any{bus}, &n)
	return n
}

// HasRule tells whether a bus has a rule of that name.
func (tx *Tx) HasRule(bus, name string) bool {
	var one int
	return tx.row("SELECT 1 FROM rules WHERE bus = ? AND name = ?", []any{bus, name}, &one)
}

// AddRule makes a rule without its targets; it tells whether there was none of
// that name.
func (tx *Tx) AddRule(r Rule) bool {
	return tx.exec("INSERT INTO rules (bus, name, description, pattern, enabled, created) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		r.Bus, r.Name, r.Description, r.FilterPattern, r.Enabled, millis(r.Created)) == 1
}

// SetRule replaces what a rule has beside its targets, and tells whether there is
// such a rule.
func (tx *Tx) SetRule(r Rule) bool {
	return tx.exec("UPDATE rules SET description = ?, pattern = ?, enabled = ? WHERE bus = ? AND name = ?",
		r.Description, r.FilterPattern, r.Enabled, r.Bus, r.Name) == 1
}

// SetRuleEnabled switches a rule and tells whether there is such a rule.
func (tx *Tx) SetRuleEnabled(bus, name string, enabled bool) bool {
	return tx.exec("UPDATE rules SET enabled = ? WHERE bus = ? AND name = ?", enabled, bus, name) == 1
}

// RemoveRule removes a rule with its targets and tells whether there was one.
func (tx *Tx) RemoveRule(bus, name string) bool {
	tx.exec("DELETE FROM targets WHERE bus = ? AND rule = ?", bus, name)
	return tx.exec("DELETE FROM rules WHERE bus = ? AND name = ?", bus, name) == 1
}

// TargetIDs returns the ids of a rule's targets.
func (tx *Tx) TargetIDs(bus, rule string) map[string]bool {
	var list string
	tx.row("SELECT coalesce(json_group_array(id), '[]') FROM targets WHERE bus = ? AND rule = ? AND settings <> ''", []any{bus, rule}, &list)
	ids := map[string]bool{}
	var names []string
	if tx.failed == nil {
		tx.failed = json.Unmarshal([]byte(list), &names)
	}
	for _, name := range names {
		ids[name] = true
	}
	return ids
}

// RemoveTarget removes a target and tells whether there was one.
func (tx *Tx) RemoveTarget(bus, rule, id string) bool {
	return tx.exec("DELETE FROM targets WHERE bus = ?1 AND rule = ?2 AND (id = ?3 OR settings = '' AND substr(id, 1, length(?4)) = ?4)", bus, rule, id, id+"/") > 0
}

// Follows returns the destinations without a target whose work goes where that of
// another one goes.
func (s *Store) Follows(ctx context.Context) (map[int64]int64, error) {
	list := map[int64]int64{}
	err := s.query(ctx, "SELECT number, follows FROM destinations WHERE follows > 0", nil, func(scan func(...any) error) error {
		var from, to int64
		err := scan(&from, &to)
		list[from] = to
		return err
	})
	return list, err
}

// query calls each for every row.
func (s *Store) query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	if s.dir == inMemory {
		s.turns.RLock()
		defer s.turns.RUnlock()
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return s.problem(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return s.problem(err)
		}
	}
	return s.problem(rows.Err())
}

// EventBuses returns all buses, by name.
func (s *Store) EventBuses(ctx context.Context) ([]EventBus, error) {
	list := []EventBus{}
	err := s.query(ctx, "SELECT name, description, created FROM buses ORDER BY name", nil, func(scan func(...any) error) error {
		var b EventBus
		var created int64
		err := scan(&b.Name, &b.Description, &created)
		b.Created = moment(created)
		list = append(list, b)
		return err
	})
	return list, err
}

// Rules returns the rules of a bus, or of all buses when it is "", by name and
// with their targets in the order in which they were added; with a name, that one
// alone if it is there.
func (s *Store) Rules(ctx context.Context, bus, name string) ([]Rule, error) {
	return readRules(bus, name, func(query string, args []any, each func(scan func(...any) error) error) error {
		return s.query(ctx, query, args, each)
	})
}

func readRules(bus, name string, read func(query string, args []any, each func(scan func(...any) error) error) error) ([]Rule, error) {
	list := []Rule{}
	var w where
	w.equal("r.bus", bus)
	w.equal("r.name", name)
	err := read(`
		SELECT r.bus, r.name, r.description, r.pattern, r.enabled, r.created, coalesce(t.id, ''), coalesce(t.destination, 0), coalesce(t.settings, '')
		FROM rules r LEFT JOIN targets t ON t.bus = r.bus AND t.rule = r.name`+w.text.String()+` ORDER BY r.bus, r.name, t.position`, w.args, func(scan func(...any) error) error {
		var r Rule
		var created, destination int64
		var id, settings string
		if err := scan(&r.Bus, &r.Name, &r.Description, &r.FilterPattern, &r.Enabled, &created, &id, &destination, &settings); err != nil {
			return err
		}
		if n := len(list); n == 0 || list[n-1].Bus != r.Bus || list[n-1].Name != r.Name {
			r.Created = moment(created)
			list = append(list, r)
		}
		last := &list[len(list)-1]
		if settings == "" { // one of several receivers, or no target at all
			of, _, _ := strings.Cut(id, "/")
			for i := range last.Targets {
				if last.Targets[i].ID == of {
					last.Targets[i].Destinations = append(last.Targets[i].Destinations, destination)
				}
			}
			return nil
		}
		var t Target
		if err := json.Unmarshal([]byte(settings), &t); err != nil {
			return fmt.Errorf("target of rule %s: %w", r.Name, err)
		}
		t.Destinations = []int64{destination}
		last.Targets = append(last.Targets, t)
		return nil
	})
	return list, err
}
