-- What happened to the prompts of this case, each thing once: what the memory of all cases counts.
CREATE TABLE prompt_act (
    prompt TEXT NOT NULL,
    act TEXT NOT NULL, -- shown, taken, dismissed, starred, confirmed, useful, false_positive
    kind TEXT NOT NULL, -- log/finding/question
    card TEXT, -- the card it came from
    turn INTEGER, -- the turn of the chat in which it was asked
    at_us INTEGER NOT NULL,
    PRIMARY KEY (prompt, act)
) STRICT;

-- Events with a star.
CREATE TABLE mark (
    event INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL
) STRICT;

-- What each import, removal and run of the detectors did.
CREATE TABLE effect (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    body TEXT NOT NULL -- as JSON
) STRICT;
