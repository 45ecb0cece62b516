//! Tables and what their columns mean: what would be made of a file, and what the analyst says of it.

use crate::error::usage;
use crate::session::Engine;
use crate::tables;
use crate::wire::{ApiError, CsvColumn, CsvColumnSaid, CsvKept, CsvMapping, CsvMappingAsk, CsvMappingSet};

use timberline_formats::coded::csv::{Mapping, Said};
use timberline_formats::open::{ReadOptions, find};
use timberline_model::ProblemKind;

/// What would be made of the columns of a table.
///
/// # Errors
/// `not_found` when there is no such file; `failed` when it cannot be read or is no table.
pub fn get(engine: &Engine, ask: CsvMappingAsk) -> Result<CsvMapping, ApiError> {
    let mappings = tables::load(&engine.shared.dirs.data);
    let options = ReadOptions { format: Some("csv".to_owned()), mappings, ..ReadOptions::default() };
    let opened = find(&ask.path, &options).map_err(|refusal| match refusal.kind {
        ProblemKind::Unreadable => ApiError::not_found(format!("{}: {}", ask.path, refusal.message)),
        _ => ApiError::failed(refusal.message),
    })?;
    let guess =
        opened.table().ok_or_else(|| ApiError::failed(format!("no table was found in {}", ask.path)))?;
    Ok(CsvMapping {
        delimiter: char::from(guess.delimiter).to_string(),
        header: guess.header,
        fingerprint: guess.fingerprint,
        product: guess.product.map(str::to_owned),
        mapped: guess.mapped,
        columns: guess
            .columns
            .into_iter()
            .map(|c| CsvColumn { name: c.name, said: c.said, examples: c.examples })
            .collect(),
    })
}

/// Keeps what was said of the columns of tables with these names, for all imports from now on.
///
/// # Errors
/// `usage` for a word that is no field; `failed` when it cannot be written.
pub fn set(engine: &Engine, ask: CsvMappingSet) -> Result<CsvKept, ApiError> {
    let mut columns = Vec::with_capacity(ask.columns.len());
    for CsvColumnSaid { name, said } in ask.columns {
        if !ask.header.contains(&name) {
            return Err(usage(&format!("there is no column \"{name}\" among the names")));
        }
        let said = Said::parse(&said).map_err(|why| usage(&format!("column \"{name}\": {why}")))?;
        columns.push((name, said));
    }
    keep(engine, &Mapping { header: ask.header, delimiter: None, columns })
}

/// Keeps a mapping.
///
/// # Errors
/// As [`set`].
pub fn keep(engine: &Engine, mapping: &Mapping) -> Result<CsvKept, ApiError> {
    let path = tables::keep(&engine.shared.dirs.data, mapping)?;
    engine.changed(&["settings"]);
    Ok(CsvKept {
        path: path.display().to_string(),
        fingerprint: mapping.fingerprint().unwrap_or_default(),
        kept: !mapping.columns.is_empty(),
    })
}
