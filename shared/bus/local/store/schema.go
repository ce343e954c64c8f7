package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migrations take a database from one version, the number of those applied, to
// the next. They are never changed, only added to.
//
// Times are milliseconds since 1970. Events are numbered in the order in which
// they were accepted, and their time of acceptance never decreases with the
// number, so that a time is found by bisection and needs no index. A
// notification is known by its event and its destination; both are numbers, so
// that new ones are appended to the end of the table. Only what is dead has an
// index more: one of what waits would cost every notification two writes.
var migrations = []migration{{sql: `
CREATE TABLE buses (
  name        TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  created     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE rules (
  bus         TEXT NOT NULL REFERENCES buses (name),
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  pattern     TEXT NOT NULL,
  enabled     INTEGER NOT NULL,
  created     INTEGER NOT NULL,
  PRIMARY KEY (bus, name)
) WITHOUT ROWID;

-- A destination is a rule's target as notifications name it: it outlives the
-- target, and is the same again when the target is.
CREATE TABLE destinations (
  number INTEGER PRIMARY KEY,
  bus    TEXT NOT NULL,
  rule   TEXT NOT NULL,
  target TEXT NOT NULL,
  UNIQUE (bus, rule, target)
);

CREATE TABLE targets (
  bus         TEXT NOT NULL,
  rule        TEXT NOT NULL,
  id          TEXT NOT NULL,
  position    INTEGER NOT NULL,
  destination INTEGER NOT NULL REFERENCES destinations (number),
  settings    TEXT NOT NULL,
  PRIMARY KEY (bus, rule, id),
  FOREIGN KEY (bus, rule) REFERENCES rules (bus, name)
) WITHOUT ROWID;

CREATE TABLE events (
  number   INTEGER PRIMARY KEY,
  accepted INTEGER NOT NULL,
  time     INTEGER NOT NULL,
  matched  INTEGER NOT NULL,
  bus      TEXT NOT NULL,
  source   TEXT NOT NULL,
  id       TEXT NOT NULL,
  type     TEXT NOT NULL,
  body     BLOB NOT NULL
);

-- The fingerprints of the events from first on, 8 bytes each, one after the
-- other: they are read at once when the bus starts, to know what was published
-- before.
CREATE TABLE fingerprints (
  first    INTEGER PRIMARY KEY,
  accepted INTEGER NOT NULL,
  marks    BLOB NOT NULL
);

CREATE TABLE notifications (
  event       INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  state       INTEGER NOT NULL DEFAULT 0,
  attempts    INTEGER NOT NULL DEFAULT 0,
  retries     INTEGER NOT NULL DEFAULT 0, -- of the attempts, those that the retry strategy counts
  since       INTEGER NOT NULL DEFAULT 0, -- of the first attempt, while others follow
  due         INTEGER NOT NULL DEFAULT 0, -- of the next attempt
  ended       INTEGER NOT NULL DEFAULT 0, -- when it was given up without an attempt
  outcome     TEXT NOT NULL DEFAULT '',   -- and why
  PRIMARY KEY (event, destination)
) WITHOUT ROWID;
CREATE INDEX dead ON notifications (state) WHERE state > 3;

-- All notifications of events before this one have ended, or are none of the
-- bus's business any more: what waits is looked for from here on.
CREATE TABLE progress (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  waiting INTEGER NOT NULL
);
INSERT INTO progress (one, waiting) VALUES (1, 1);

-- How an attempt ended stands here and not with its notification, whose row
-- would grow by it and be moved.
CREATE TABLE attempts (
  event       INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  started     INTEGER NOT NULL,
  ended       INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  PRIMARY KEY (event, destination, number)
) WITHOUT ROWID;
`}, {sql: `
-- A destination is whom a notification is for: rule is the key of a document's
-- rule, name what it is called today, and target the key of a receiver in it. It
-- outlives the targets that send there. What waits at one that follows another
-- goes where that one's goes: its receiver has got another key.
ALTER TABLE destinations ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE destinations ADD COLUMN follows INTEGER NOT NULL DEFAULT 0;
CREATE INDEX following ON destinations (follows) WHERE follows > 0;

-- What was given up at one destination and was told to another one instead.
CREATE TABLE moves (
  event       INTEGER NOT NULL,
  source      INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  PRIMARY KEY (event, source)
) WITHOUT ROWID;

-- How much time has passed by the bus's own reckoning, whatever the machine's
-- clock said: until now, and until events were accepted.
ALTER TABLE progress ADD COLUMN reckoned INTEGER NOT NULL DEFAULT 0;
CREATE TABLE marks (
  number   INTEGER PRIMARY KEY, -- of an event: those from it on came later
  reckoned INTEGER NOT NULL
);

CREATE TABLE merged (number INTEGER PRIMARY KEY, destination INTEGER NOT NULL);
CREATE TABLE moving (event INTEGER, destination INTEGER, becomes INTEGER, place INTEGER, PRIMARY KEY (event, destination)) WITHOUT ROWID;
`, then: (*Tx).upgrade, last: `
DROP TABLE merged;
DROP TABLE moving;
`}, {sql: `
-- What passed a bus is read page by page. An event is found by its id in blocks
-- of 4,096, the newest first: ids have no order, and one index of all of them
-- would have each new event change another page of it.
CREATE INDEX traced ON events (bus, number, source, type);
CREATE INDEX named ON events (number >> 12, id);
`}, {sql: `
-- What events are about, in blocks as their ids. It is filled in when somebody
-- asks, and by the upkeep from then on: publishers do not wait for it.
CREATE TABLE jobs (
  block INTEGER NOT NULL,
  job   TEXT NOT NULL,
  event INTEGER NOT NULL,
  PRIMARY KEY (block, job, event)
) WITHOUT ROWID;
ALTER TABLE progress ADD COLUMN jobs INTEGER NOT NULL DEFAULT 0; -- the last event that was looked at
`}, {sql: `
-- Two documents on one bus may have a rule of one key with a receiver of one name:
-- whose the rule is tells their destinations apart.
CREATE TABLE owned (
  number  INTEGER PRIMARY KEY,
  bus     TEXT NOT NULL,
  owner   TEXT NOT NULL DEFAULT '', -- '' where the targets do not say
  rule    TEXT NOT NULL,
  target  TEXT NOT NULL,
  name    TEXT NOT NULL DEFAULT '',
  follows INTEGER NOT NULL DEFAULT 0,
  UNIQUE (bus, owner, rule, target)
);
INSERT INTO owned (number, bus, rule, target, name, follows) SELECT number, bus, rule, target, name, follows FROM destinations;
DROP TABLE destinations;
ALTER TABLE owned RENAME TO destinations;
CREATE INDEX following ON destinations (follows) WHERE follows > 0;
`, then: (*Tx).ownAll}, {sql: `
-- What functions and people remember together: what is muted, and what the groups
-- of a receiver have sent.
CREATE TABLE controls (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- How many of a notification's attempts only had it held, and whether a person has
-- asked for it to be sent whatever holds it.
ALTER TABLE notifications ADD COLUMN holds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
`}, {sql: `
-- Beside the ids of what events are about stand the names, in small letters behind a
-- tab: whoever asks next has all events looked at again.
UPDATE progress SET jobs = 0;
`}}

// migration is one step: SQL, what only this program can tell, and SQL again.
type migration struct {
	sql  string
	then func(*Tx)
	last string
}

func (s *Store) migrate(ctx context.Context) error {
	var version int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return s.problem(err)
	}
	if version > len(migrations) {
		return &Problem{Kind: newer, Dir: s.dir}
	}
	for ; version < len(migrations); version++ {
		if err := s.step(ctx, migrations[version], version+1); err != nil {
			return s.problem(err)
		}
	}
	// A directory that cannot be written is found now and not by the first event.
	if _, err := s.writer.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA user_version = %d; COMMIT", version)); err != nil {
		return s.problem(err)
	}
	return nil
}

// step takes the database to a version, as a whole or not at all.
func (s *Store) step(ctx context.Context, m migration, version int) error {
	tx := &Tx{store: s, ctx: ctx, conn: s.writer, prepared: map[string]*sql.Stmt{}}
	if _, err := s.writer.ExecContext(ctx, "BEGIN IMMEDIATE; "+m.sql); err != nil {
		return errors.Join(err, s.rollback(ctx))
	}
	if m.then != nil {
		m.then(tx)
	}
	tx.close() // before what they read is dropped
	err := tx.failed
	if err == nil {
		_, err = s.writer.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA user_version = %d; COMMIT", m.last, version))
	}
	if err != nil {
		return errors.Join(err, s.rollback(ctx))
	}
	return nil
}

func (s *Store) rollback(ctx context.Context) error {
	_, err := s.writer.ExecContext(ctx, "ROLLBACK")
	return err
}

// upgrade brings over what the first version left.
func (tx *Tx) upgrade() {
	tx.identifyAll()
	tx.reckonFirst()
}
