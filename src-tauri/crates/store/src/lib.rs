//! One case, one SQLite file: column segments, and the only SQL in the house
