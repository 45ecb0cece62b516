//! What crosses the bridge about tables and the meaning of their columns.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// A table to look at.
    pub struct CsvMappingAsk {
        /// Its file.
        path: String,
    }

    /// What would be made of a table.
    pub struct CsvMapping {
        /// What divides its cells.
        delimiter: String,
        /// Whether its first row has names.
        header: bool,
        /// One short text for its names: tables with the same are mapped alike.
        fingerprint: String,
        /// The program that writes such tables, where it is known.
        product: Option<String>,
        /// Whether something that was said before was applied.
        mapped: bool,
        /// Its columns.
        columns: Vec<CsvColumn>,
    }

    /// A column of a table.
    pub struct CsvColumn {
        /// Its name.
        name: String,
        /// What it is: `time`, `keep`, `ignore`, `json`, or the field that it becomes.
        said: String,
        /// Its first values; untrusted.
        examples: Vec<String>,
    }

    /// What the analyst says of tables with these names; no columns take back what was said before.
    pub struct CsvMappingSet {
        /// The names, all of them in order.
        header: Vec<String>,
        /// What was said.
        columns: Vec<CsvColumnSaid>,
    }

    /// What the analyst says of a column.
    pub struct CsvColumnSaid {
        /// Its name.
        name: String,
        /// `time` (`time:filetime` and the like for numbers), `ignore`, `keep`, `json` or a field.
        said: String,
    }

    /// Where a mapping is kept.
    pub struct CsvKept {
        /// Its file.
        path: String,
        /// What it is kept under.
        fingerprint: String,
        /// Whether there is one now.
        kept: bool,
    }
}
