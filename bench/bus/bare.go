package main

import (
	"database/sql"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// bare is the peer of the bus: a table, one writer that commits what is queued
// in one transaction, and nothing else.
type bare struct {
	db    *sql.DB
	queue chan bareWrite
	ended chan struct{}
}

type bareWrite struct {
	body []byte
	done chan error
}

func openBare(dir string) (*bare, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-8192)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE events (number INTEGER PRIMARY KEY, body BLOB NOT NULL)"); err != nil {
		return nil, err
	}
	insert, err := db.Prepare("INSERT INTO events (body) VALUES (?)")
	if err != nil {
		return nil, err
	}
	b := &bare{db, make(chan bareWrite, 1024), make(chan struct{})}
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
		if _, err := st.Exec(w.body); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

func (b *bare) put(body []byte) error {
	done := make(chan error, 1)
	b.queue <- bareWrite{body, done}
	return <-done
}

func (b *bare) close() error {
	close(b.queue)
	<-b.ended
	return b.db.Close()
}
