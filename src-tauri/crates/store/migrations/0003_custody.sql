-- How a source was written and packed, which archive it came out of, and which rotated set it is of.
ALTER TABLE source ADD COLUMN encoding TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN packing TEXT NOT NULL DEFAULT ''; -- outermost first, a space between
ALTER TABLE source ADD COLUMN archive_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN rotated_set TEXT NOT NULL DEFAULT '';
