-- What left the machine, and what was decided about it: each record's hash covers the one before.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, -- 1, 2, 3, ... without gaps
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    sent INTEGER NOT NULL,  -- bytes that leave the machine with this record
    body TEXT NOT NULL,     -- the record as canonical JSON, the three above in it
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at_us, sent);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END;

-- What stands for what where the case is masked.
CREATE TABLE stand_in (
    value TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    stand_in TEXT NOT NULL UNIQUE
) STRICT;
