//! Tables on the command line: what would be made of their columns, and keeping what the user says of them.

use crate::print::Out;
use crate::{Failed, engine};
use std::path::Path;
use timberline_engine::ops;
use timberline_engine::tables::{Mapping, Said};
use timberline_engine::wire::CsvMappingAsk;

/// A mapping from its file.
pub fn mapping(file: &Path) -> Result<String, Failed> {
    let failed = |why: String| Failed::Usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|why| failed(why.to_string()))?;
    Mapping::parse(&text).map_err(failed)?;
    Ok(text)
}

/// `table`.
pub fn table(file: &Path, keep: Option<&Path>, out: &mut Out) -> Result<(), Failed> {
    let engine = engine();
    let found = ops::tables::get(&engine, CsvMappingAsk { path: file.display().to_string() })?;
    let names: Vec<String> = found.columns.iter().map(|c| c.name.clone()).collect();
    if let Some(keep) = keep {
        let mut said = Mapping::parse(&mapping(keep)?).map_err(Failed::Usage)?;
        said.header = names;
        let kept = ops::tables::keep(&engine, &said)?;
        return match out.json {
            true => Ok(out.json(&kept)?),
            false => {
                Ok(out.line(&format!("Kept as {}; it holds for every table with these names", kept.path))?)
            }
        };
    }
    if out.json {
        return Ok(out.json(&found)?);
    }
    let columns = found.columns.iter().filter_map(|c| Some((c.name.clone(), Said::parse(&c.said).ok()?)));
    let mapping = Mapping { header: names, delimiter: None, columns: columns.collect() };
    for line in mapping.write().lines() {
        let example = found.columns.iter().find(|c| line.starts_with(&format!("{} = ", toml_name(&c.name))));
        match example.and_then(|c| c.examples.first()) {
            Some(example) => out.line(&format!("{line}  # {}", crate::print::cut(example, 60)))?,
            None => out.line(line)?,
        }
    }
    Ok(())
}

/// A column's name as a mapping writes it.
fn toml_name(name: &str) -> String {
    let one = Mapping { columns: vec![(name.to_owned(), Said::Keep)], ..Mapping::default() };
    let text = one.write();
    let line = text.lines().last().unwrap_or_default();
    line.strip_suffix(" = \"keep\"").unwrap_or(line).to_owned()
}
