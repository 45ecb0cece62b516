//! The memory of what paid off as the analyst handles it: look, change, give to a colleague, take a colleague's, wipe. What is
//! in it and what it means is `curiosity::memory`'s. And the case's threat model.

use crate::curiosity::kind::Kind;
use crate::curiosity::memory::{Counts, FILE, Memory};
use crate::curiosity::threats;
use crate::error::usage;
use crate::session::Engine;
use crate::wire::{
    self, ApiError, FileDone, FilePath, MemoryImport, MemorySet, Nothing, ThreatModel, ThreatModelSet,
};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// One at a time reads the file, changes it and writes it.
static FILE_LOCK: Mutex<()> = Mutex::new(());

/// The memory as it is.
#[must_use]
pub fn load(engine: &Engine) -> Memory {
    let _one = FILE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    Memory::load(&engine.shared.dirs.data)
}

/// Changes the memory and keeps it.
///
/// # Errors
/// Those of the change; `failed` when it cannot be written.
pub fn change<T>(
    engine: &Engine,
    act: impl FnOnce(&mut Memory) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let _one = FILE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let data = &engine.shared.dirs.data;
    let mut memory = Memory::load(data);
    let done = act(&mut memory)?;
    memory.save(data)?;
    Ok(done)
}

/// What is remembered.
///
/// # Errors
/// None.
pub fn get(engine: &Engine, _: Nothing) -> Result<wire::Memory, ApiError> {
    let memory = load(engine);
    Ok(wire::Memory {
        path: engine.shared.dirs.data.join(FILE).display().to_string(),
        entries: memory.entries(),
        problem: memory.problem().map(str::to_owned),
    })
}

/// Puts the analyst's own counts in the place of a kind's, or removes it.
///
/// # Errors
/// `usage` for a kind that there is not.
pub fn set(engine: &Engine, ask: MemorySet) -> Result<wire::Memory, ApiError> {
    let text = format!("{}/{}/{}", ask.kind.log, ask.kind.finding, ask.kind.question);
    let kind = Kind::parse(&text).ok_or_else(|| usage("there is no such kind of prompt"))?;
    change(engine, |memory| {
        memory.set(kind, ask.counts.as_ref().map(Counts::from_wire));
        Ok(())
    })?;
    engine.changed(&["memory"]);
    get(engine, Nothing {})
}

/// Writes the memory to a file for a colleague.
///
/// # Errors
/// `usage` without a path; `failed` when it cannot be written there.
pub fn export(engine: &Engine, ask: FilePath) -> Result<FileDone, ApiError> {
    if ask.path.trim().is_empty() {
        return Err(usage("say which file to write"));
    }
    let memory = load(engine);
    memory.export(Path::new(&ask.path))?;
    let said = format!("{} kinds with their counts; nothing of any log is in it", memory.len());
    Ok(FileDone { path: ask.path, said })
}

/// Adds a colleague's memory to one's own.
///
/// # Errors
/// `usage` for a weight that does not fit; `not_found`; `failed` for a file that is no memory.
pub fn import(engine: &Engine, ask: MemoryImport) -> Result<FileDone, ApiError> {
    let (kinds, left_out) = change(engine, |memory| memory.import(Path::new(&ask.path), ask.weight))?;
    engine.changed(&["memory"]);
    let mut said = format!("{kinds} kinds added with weight {}", ask.weight);
    if left_out > 0 {
        said.push_str(&format!("; {left_out} left out: no kinds that this version knows"));
    }
    Ok(FileDone { path: ask.path, said })
}

/// Forgets everything.
///
/// # Errors
/// `failed` when the file cannot be written.
pub fn wipe(engine: &Engine, _: Nothing) -> Result<wire::Memory, ApiError> {
    change(engine, |memory| {
        memory.wipe();
        Ok(())
    })?;
    engine.changed(&["memory"]);
    get(engine, Nothing {})
}

/// The case's threat model, as it was understood.
///
/// # Errors
/// `no_case`; what the case says.
pub fn threats_get(engine: &Engine, _: Nothing) -> Result<ThreatModel, ApiError> {
    threats::get(&*engine.case()?)
}

/// Keeps a threat model in the case.
///
/// # Errors
/// `no_case`; `usage` for one that is too long or a choice that there is not.
pub fn threats_set(engine: &Engine, ask: ThreatModelSet) -> Result<ThreatModel, ApiError> {
    let model = threats::set(&*engine.case()?, ask)?;
    engine.changed(&["memory"]);
    Ok(model)
}
