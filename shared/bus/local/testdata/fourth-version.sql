-- A database of the fourth version, as that version made it. It knew a receiver by
-- its rule and its name, whosever the rule was: here team-a and team-b have a rule
-- train with a receiver oncall, of different addresses.
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
CREATE TABLE destinations (
  number INTEGER PRIMARY KEY,
  bus    TEXT NOT NULL,
  rule   TEXT NOT NULL,
  target TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', follows INTEGER NOT NULL DEFAULT 0,
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
CREATE TABLE progress (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  waiting INTEGER NOT NULL
, reckoned INTEGER NOT NULL DEFAULT 0, jobs INTEGER NOT NULL DEFAULT 0);
CREATE TABLE attempts (
  event       INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  started     INTEGER NOT NULL,
  ended       INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  PRIMARY KEY (event, destination, number)
) WITHOUT ROWID;
CREATE INDEX following ON destinations (follows) WHERE follows > 0;
CREATE TABLE moves (
  event       INTEGER NOT NULL,
  source      INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  PRIMARY KEY (event, source)
) WITHOUT ROWID;
CREATE TABLE marks (
  number   INTEGER PRIMARY KEY, -- of an event: those from it on came later
  reckoned INTEGER NOT NULL
);
CREATE INDEX traced ON events (bus, number, source, type);
CREATE INDEX named ON events (number >> 12, id);
CREATE TABLE jobs (
  block INTEGER NOT NULL,
  job   TEXT NOT NULL,
  event INTEGER NOT NULL,
  PRIMARY KEY (block, job, event)
) WITHOUT ROWID;
INSERT INTO buses VALUES ('b', '', 1795873263959);
INSERT INTO rules VALUES ('b', 'gpu', '', '{"type":["gpu"]}', 1, 1795873263978);
INSERT INTO rules VALUES ('b', 'night', '', '{"type":["old"]}', 1, 1795873263976);
INSERT INTO rules VALUES ('b', 'train', '', '{"type":["a","both"]}', 1, 1795873263971);
INSERT INTO rules VALUES ('b', 'train-b', '', '{"type":["b","both"]}', 1, 1795873263975);
INSERT INTO destinations VALUES (1, 'b', 'gone', 'chat/oncall', 'gone', 0);
INSERT INTO destinations VALUES (2, 'b', 'train', 'chat/oncall', 'train', 0);
INSERT INTO destinations VALUES (3, 'b', 'night', 'chat/duty', 'night', 0);
INSERT INTO destinations VALUES (4, 'b', 'night', 'foreign', 'night', 0);
INSERT INTO destinations VALUES (5, 'b', 'gpu', 'chat/oncall', 'gpu', 0);
INSERT INTO targets VALUES ('b', 'gpu', 'one', 1, 5, '{"id":"one","type":"acs.fc.function","params":[{"resource_key":"functionName","form":"CONSTANT","value":"f"},{"resource_key":"Body","form":"CONSTANT","value":"gpu/gpu/oncall/d/team-a"}]}');
INSERT INTO targets VALUES ('b', 'night', 'foreign', 2, 4, '{"id":"foreign","type":"acs.fc.function","params":[{"resource_key":"functionName","form":"CONSTANT","value":"foreign"},{"resource_key":"Body","form":"JSONPATH","value":"$.id"}]}');
INSERT INTO targets VALUES ('b', 'night', 'one', 1, 3, '{"id":"one","type":"acs.fc.function","params":[{"resource_key":"functionName","form":"CONSTANT","value":"f"},{"resource_key":"Body","form":"CONSTANT","value":"night/night/duty/c"}]}');
INSERT INTO targets VALUES ('b', 'train', 'one', 1, 2, '{"id":"one","type":"acs.fc.function","params":[{"resource_key":"functionName","form":"CONSTANT","value":"f"},{"resource_key":"Body","form":"CONSTANT","value":"train/train/oncall/a/team-a"}]}');
INSERT INTO targets VALUES ('b', 'train-b', 'one', 1, 2, '{"id":"one","type":"acs.fc.function","params":[{"resource_key":"functionName","form":"CONSTANT","value":"f"},{"resource_key":"Body","form":"CONSTANT","value":"train/train/oncall/b/team-b"}]}');
INSERT INTO events VALUES (1, 1795873263980, 1795873263980, 1, 'b', 's', 'a-sent', 'a', CAST('{"id":"a-sent","source":"s","type":"a"}' AS BLOB));
INSERT INTO events VALUES (2, 1795873263983, 1795873263983, 1, 'b', 's', 'b-sent', 'b', CAST('{"id":"b-sent","source":"s","type":"b"}' AS BLOB));
INSERT INTO events VALUES (3, 1795873263991, 1795873263991, 2, 'b', 's', 'both-sent', 'both', CAST('{"id":"both-sent","source":"s","type":"both"}' AS BLOB));
INSERT INTO events VALUES (4, 1795873264009, 1795873264009, 1, 'b', 's', 'old-sent', 'old', CAST('{"id":"old-sent","source":"s","type":"old"}' AS BLOB));
INSERT INTO events VALUES (5, 1795873264015, 1795873264015, 1, 'b', 's', 'gpu-sent', 'gpu', CAST('{"id":"gpu-sent","source":"s","type":"gpu"}' AS BLOB));
INSERT INTO events VALUES (6, 1795873264529, 1795873264529, 1, 'b', 's', 'a-dead', 'a', CAST('{"id":"a-dead","source":"s","type":"a"}' AS BLOB));
INSERT INTO events VALUES (7, 1795873264532, 1795873264532, 1, 'b', 's', 'b-dead', 'b', CAST('{"id":"b-dead","source":"s","type":"b"}' AS BLOB));
INSERT INTO events VALUES (8, 1795873264536, 1795873264536, 2, 'b', 's', 'both-dead', 'both', CAST('{"id":"both-dead","source":"s","type":"both"}' AS BLOB));
INSERT INTO events VALUES (9, 1795873264537, 1795873264537, 1, 'b', 's', 'old-dead', 'old', CAST('{"id":"old-dead","source":"s","type":"old"}' AS BLOB));
INSERT INTO events VALUES (10, 1795873264538, 1795873264538, 1, 'b', 's', 'gpu-dead', 'gpu', CAST('{"id":"gpu-dead","source":"s","type":"gpu"}' AS BLOB));
INSERT INTO events VALUES (11, 1795873264540, 1795873264540, 1, 'b', 's', 'gone-dead', 'gone', CAST('{"id":"gone-dead","source":"s","type":"gone"}' AS BLOB));
INSERT INTO events VALUES (12, 1795873265051, 1795873265051, 1, 'b', 's', 'a-waiting', 'a', CAST('{"id":"a-waiting","source":"s","type":"a"}' AS BLOB));
INSERT INTO events VALUES (13, 1795873265062, 1795873265062, 1, 'b', 's', 'b-waiting', 'b', CAST('{"id":"b-waiting","source":"s","type":"b"}' AS BLOB));
INSERT INTO events VALUES (14, 1795873265068, 1795873265068, 2, 'b', 's', 'both-waiting', 'both', CAST('{"id":"both-waiting","source":"s","type":"both"}' AS BLOB));
INSERT INTO events VALUES (15, 1795873265074, 1795873265074, 1, 'b', 's', 'old-waiting', 'old', CAST('{"id":"old-waiting","source":"s","type":"old"}' AS BLOB));
INSERT INTO events VALUES (16, 1795873265080, 1795873265080, 1, 'b', 's', 'gpu-waiting', 'gpu', CAST('{"id":"gpu-waiting","source":"s","type":"gpu"}' AS BLOB));
INSERT INTO fingerprints VALUES (1, 1795873263980, x'2404fded7b6d891d');
INSERT INTO fingerprints VALUES (2, 1795873263983, x'fff5df8ebf7c6f19');
INSERT INTO fingerprints VALUES (3, 1795873263991, x'e0c2fa6e2f01ff90');
INSERT INTO fingerprints VALUES (4, 1795873264009, x'9a706e26fb40c2d8');
INSERT INTO fingerprints VALUES (5, 1795873264015, x'd79145565c0027f5');
INSERT INTO fingerprints VALUES (6, 1795873264529, x'ac920e57dcfcfe23');
INSERT INTO fingerprints VALUES (7, 1795873264532, x'678829fd0dbc0b92');
INSERT INTO fingerprints VALUES (8, 1795873264536, x'a889a237d6404b16');
INSERT INTO fingerprints VALUES (9, 1795873264537, x'4ac8eeeb4351197b');
INSERT INTO fingerprints VALUES (10, 1795873264538, x'8f382c74aedfc7ee');
INSERT INTO fingerprints VALUES (11, 1795873264540, x'c8b59bf4ba9bf3c3');
INSERT INTO fingerprints VALUES (12, 1795873265051, x'd5b58b236efda87c');
INSERT INTO fingerprints VALUES (13, 1795873265062, x'e85ea3b5dfa45f8b');
INSERT INTO fingerprints VALUES (14, 1795873265068, x'c17c019516d03d36');
INSERT INTO fingerprints VALUES (15, 1795873265074, x'5b1648e621b27dce');
INSERT INTO fingerprints VALUES (16, 1795873265080, x'10002b6ad4ce434c');
INSERT INTO notifications VALUES (1, 2, 2, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (2, 2, 2, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (3, 2, 2, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (4, 3, 2, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (4, 4, 2, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (5, 5, 2, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (6, 2, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (7, 2, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (8, 2, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (9, 3, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (9, 4, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (10, 5, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (11, 1, 4, 1, 0, 0, 0, 0, '');
INSERT INTO notifications VALUES (12, 2, 0, 1, 1, 1795873265062, 1795873283529, 0, '');
INSERT INTO notifications VALUES (13, 2, 0, 1, 1, 1795873265067, 1795873276638, 0, '');
INSERT INTO notifications VALUES (14, 2, 0, 1, 1, 1795873265074, 1795873278466, 0, '');
INSERT INTO notifications VALUES (15, 3, 0, 1, 1, 1795873265080, 1795873282621, 0, '');
INSERT INTO notifications VALUES (15, 4, 0, 1, 1, 1795873265080, 1795873283354, 0, '');
INSERT INTO notifications VALUES (16, 5, 0, 1, 1, 1795873265083, 1795873280174, 0, '');
INSERT INTO attempts VALUES (1, 2, 1, 1795873263983, 1795873263983, '{"status":"sent"}');
INSERT INTO attempts VALUES (2, 2, 1, 1795873263991, 1795873263991, '{"status":"sent"}');
INSERT INTO attempts VALUES (3, 2, 1, 1795873264009, 1795873264009, '{"status":"sent"}');
INSERT INTO attempts VALUES (4, 3, 1, 1795873264015, 1795873264015, '{"status":"sent"}');
INSERT INTO attempts VALUES (4, 4, 1, 1795873264015, 1795873264015, '{"status":"sent"}');
INSERT INTO attempts VALUES (5, 5, 1, 1795873264028, 1795873264028, '{"status":"sent"}');
INSERT INTO attempts VALUES (6, 2, 1, 1795873264531, 1795873264531, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (7, 2, 1, 1795873264535, 1795873264535, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (8, 2, 1, 1795873264537, 1795873264537, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (9, 3, 1, 1795873264538, 1795873264538, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (9, 4, 1, 1795873264538, 1795873264538, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (10, 5, 1, 1795873264540, 1795873264540, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (11, 1, 1, 1795873264541, 1795873264541, '{"status":"failed","class":"permanent","reason":"no such robot"}');
INSERT INTO attempts VALUES (12, 2, 1, 1795873265062, 1795873265062, '{"status":"failed","class":"transient","reason":"away"}');
INSERT INTO attempts VALUES (13, 2, 1, 1795873265067, 1795873265067, '{"status":"failed","class":"transient","reason":"away"}');
INSERT INTO attempts VALUES (14, 2, 1, 1795873265074, 1795873265074, '{"status":"failed","class":"transient","reason":"away"}');
INSERT INTO attempts VALUES (15, 3, 1, 1795873265080, 1795873265080, '{"status":"failed","class":"transient","reason":"away"}');
INSERT INTO attempts VALUES (15, 4, 1, 1795873265080, 1795873265080, '{"status":"failed","class":"transient","reason":"away"}');
INSERT INTO attempts VALUES (16, 5, 1, 1795873265083, 1795873265083, '{"status":"failed","class":"transient","reason":"away"}');
INSERT INTO progress VALUES (1, 12, 1795873265080, 0);
INSERT INTO marks VALUES (1, 1795873263980);
PRAGMA user_version = 4;
COMMIT;
