-- How far the times of a source are moved when they are read; its segments stay as they were written.
ALTER TABLE source ADD COLUMN clock_offset_ns INTEGER NOT NULL DEFAULT 0;
