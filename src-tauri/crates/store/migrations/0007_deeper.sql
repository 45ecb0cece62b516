-- What was found by looking deeper at a card.
CREATE TABLE deeper (
    card TEXT PRIMARY KEY,
    at_us INTEGER NOT NULL,
    body TEXT NOT NULL -- the rows as JSON
) STRICT;
