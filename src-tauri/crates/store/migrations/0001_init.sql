-- One case. Events live in immutable column segments; what people and detectors write lives in ordinary tables.

CREATE TABLE source (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: event numbers are made of it
    path TEXT NOT NULL,
    format TEXT NOT NULL,
    confidence REAL NOT NULL,
    why TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    decoded_bytes INTEGER NOT NULL DEFAULT 0,
    sha256 TEXT NOT NULL DEFAULT '',
    events INTEGER NOT NULL DEFAULT 0,
    problems INTEGER NOT NULL DEFAULT 0,
    undated INTEGER NOT NULL DEFAULT 0,
    first_ns INTEGER,
    last_ns INTEGER,
    zone TEXT NOT NULL,
    year_rule TEXT,
    seconds REAL NOT NULL DEFAULT 0,
    event_bytes INTEGER NOT NULL DEFAULT 0,
    problem_bytes INTEGER NOT NULL DEFAULT 0,
    filler_bytes INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('complete', 'incomplete', 'failed'))
) STRICT;

-- A segment's chunks have the numbers segment * 65536 + 0, 1, 2, ...; the directory says what is in which.
CREATE TABLE segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL REFERENCES source (id),
    first_ordinal INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    directory BLOB NOT NULL,
    UNIQUE (source, first_ordinal)
) STRICT;

CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

-- Tells readers that hold a catalogue of segments when it is out of date.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    segments INTEGER NOT NULL, -- grows with every change of segments or sources
    removals INTEGER NOT NULL  -- grows with every removal of segments
) STRICT;
INSERT INTO revision (id, segments, removals) VALUES (1, 0, 0);

CREATE TABLE problem (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source (id),
    line INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    excerpt TEXT NOT NULL
) STRICT;
CREATE INDEX problem_by_source ON problem (source, id);

CREATE TABLE finding (
    id TEXT PRIMARY KEY,
    score REAL NOT NULL,
    first_ns INTEGER,
    body TEXT NOT NULL -- the finding as JSON
) STRICT;

CREATE TABLE feedback (
    card TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE turn (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL -- the turn as JSON
) STRICT;

CREATE TABLE note (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
