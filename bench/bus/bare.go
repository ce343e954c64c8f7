package main

import (
	"database/sql"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/pai-notify/pai-notify/shared/event"
)

// bare is the peer of the bus: a table, one writer that commits what is queued
// in one transaction, and nothing else. It writes the row that the bus writes,
// or the event's text alone.
type bare struct {
	db    *sql.DB
	whole bool
	queue chan bareWrite
	ended chan struct{}
}

type bareWrite struct {
	event event.Event
	done  chan error
}

func openBare(dir string, whole bool) (*bare, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-8192)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	table, row := "number INTEGER PRIMARY KEY, body BLOB NOT NULL", "INSERT INTO events (body) VALUES (?)"
	if whole {
		table = "number INTEGER PRIMARY KEY, accepted INTEGER NOT NULL, time INTEGER NOT NULL, matched INTEGER NOT NULL, bus TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL"
		row = "INSERT INTO events (accepted, time, matched, bus, source, id, type, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	}
	if _, err := db.Exec("CREATE TABLE events (" + table + ")"); err != nil {
		return nil, err
	}
	insert, err := db.Prepare(row)
	if err != nil {
		return nil, err
	}
	b := &bare{db, whole, make(chan bareWrite, 1024), make(chan struct{})}
	go b.commitAll(insert)
	return b, nil
}

func (b *bare) commitAll(insert *sql.Stmt) {
	defer close(b.ended)
	var group []bareWrite
	for first := range b.queue {
		group = append(group[:0], first)
		for len(b.queue) > 0 && len(group) < 512 {
			group = append(group, <-b.queue)
		}
		err := b.commit(insert, group)
		for _, w := range group {
			w.done <- err
		}
	}
}

func (b *bare) commit(insert *sql.Stmt, group []bareWrite) error {
	tx, err := b.db.Begin()
	if err != nil {
		return err
	}
	st := tx.Stmt(insert)
	for _, w := range group {
		if _, err := st.Exec(b.row(w.event)...); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

func (b *bare) row(e event.Event) []any {
	if !b.whole {
		return []any{e.JSON()}
	}
	return []any{time.Now().UnixMilli(), e.Time().UnixMilli(), 0, "bus", e.Source(), e.ID(), e.Type(), e.JSON()}
}

func (b *bare) put(e event.Event) error {
	done := make(chan error, 1)
	b.queue <- bareWrite{e, done}
	return <-done
}

func (b *bare) close() error {
	close(b.queue)
	<-b.ended
	return b.db.Close()
}
