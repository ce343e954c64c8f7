-- The database of the first version, as that version made it.
PRAGMA auto_vacuum = incremental;
PRAGMA journal_mode = wal;
BEGIN;
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
PRAGMA user_version = 1;
COMMIT;
