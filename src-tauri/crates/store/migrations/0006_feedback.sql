-- Verdicts that hold for similar cards too, until a time; applied when cards are asked for.
CREATE TABLE feedback_rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    act INTEGER NOT NULL, -- the act that made it
    gone INTEGER, -- the act that took it back; NULL while it is in force
    card TEXT NOT NULL, -- the card on which it was given
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    scope TEXT NOT NULL, -- which cards, as JSON
    at_us INTEGER NOT NULL,
    expires_us INTEGER
) STRICT;

-- What the analyst did to cards, in order, with the verdict that stood before: the last can be taken back.
CREATE TABLE feedback_act (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    card TEXT NOT NULL,
    verdict TEXT NOT NULL,
    said TEXT NOT NULL, -- what it did, in words
    undone INTEGER NOT NULL DEFAULT 0,
    before_status TEXT, -- NULL where there was no verdict
    before_reason TEXT,
    before_at_us INTEGER,
    before_kind TEXT
) STRICT;

-- The kind under which a verdict was counted in the memory of all cases; empty where it was not.
ALTER TABLE feedback ADD COLUMN kind TEXT NOT NULL DEFAULT '';
