//! Settings of the application and recently opened cases, in one JSON file of the data folder.
//! Secrets are never here: see [`crate::secrets`].

use crate::error::usage;
use crate::secrets;
use crate::session::{Engine, ZONE_NOTE, lock};
use crate::wire::{ApiError, ModelProfile, Nothing, Settings, SettingsPatch};
use crate::zone::DisplayZone;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "settings.json";
const THEMES: [&str; 3] = ["system", "dark", "light"];
const RECENTS_MAX: usize = 12;

/// The settings as they lie on the disk. Fields that this version does not know are lost on writing,
/// fields that are missing have their defaults.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsFile {
    zone: String,
    theme: String,
    recents: Vec<String>,
    /// Model endpoints, without their keys.
    pub(crate) models: Vec<ModelProfile>,
    /// The one that answers where a case says nothing; the built-in planner where absent.
    pub(crate) model: Option<String>,
    /// Days after which the leak test runs by itself; 0: never.
    pub(crate) canary_days: u32,
}

impl Default for SettingsFile {
    fn default() -> Self {
        Self {
            zone: "UTC".to_owned(),
            theme: "system".to_owned(),
            recents: Vec::new(),
            models: Vec::new(),
            model: None,
            canary_days: 30,
        }
    }
}

impl SettingsFile {
    /// From the data folder; defaults where there is no file or it cannot be understood.
    #[must_use]
    pub fn load(data: &Path) -> Self {
        let read = std::fs::read(data.join(FILE)).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Into the data folder, whole or not at all.
    fn save(&self, data: &Path) -> Result<(), ApiError> {
        crate::whole_file::keep_json(data, FILE, self)
            .map_err(|why| ApiError::failed(format!("the settings cannot be kept: {why}")))
    }
}

impl Engine {
    /// Puts a case first among the recent ones. A data folder that cannot be written is no reason not
    /// to open a case.
    pub(crate) fn remember(&self, path: &Path) {
        let path = path.display().to_string();
        let mut settings = lock(&self.shared.settings);
        if settings.recents.first() == Some(&path) {
            return;
        }
        settings.recents.retain(|p| *p != path);
        settings.recents.insert(0, path);
        settings.recents.truncate(RECENTS_MAX);
        let _ = settings.save(&self.shared.dirs.data);
    }

    /// Changes the settings on the disk and here, both or neither.
    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut SettingsFile)) -> Result<(), ApiError> {
        let mut settings = lock(&self.shared.settings);
        let mut new = settings.clone();
        change(&mut new);
        new.save(&self.shared.dirs.data)?;
        *settings = new;
        drop(settings);
        self.changed(&["settings"]);
        Ok(())
    }

    pub(crate) fn recents(&self) -> Vec<String> {
        lock(&self.shared.settings).recents.clone()
    }
}

/// Settings of the application. Asks the keyring of the machine whether it answers.
///
/// # Errors
/// None.
pub fn get(engine: &Engine, _: Nothing) -> Result<Settings, ApiError> {
    let settings = lock(&engine.shared.settings).clone();
    Ok(Settings { zone: settings.zone, theme: settings.theme, keyring: secrets::status() })
}

/// Changes settings. A new zone is also that of the open case.
///
/// # Errors
/// `usage` for a zone or theme that does not exist; `failed` when the file cannot be written.
pub fn set(engine: &Engine, patch: SettingsPatch) -> Result<Settings, ApiError> {
    if let Some(zone) = &patch.zone {
        DisplayZone::named(zone)?;
    }
    if let Some(theme) = &patch.theme
        && !THEMES.contains(&theme.as_str())
    {
        return Err(usage(&format!("there is no theme '{theme}'; there are {}", THEMES.join(", "))));
    }
    {
        let mut settings = lock(&engine.shared.settings);
        let mut new = settings.clone();
        new.zone = patch.zone.clone().unwrap_or(new.zone);
        new.theme = patch.theme.unwrap_or(new.theme);
        new.save(&engine.shared.dirs.data)?;
        *settings = new;
    }
    let mut tags = vec!["settings"];
    if let (Some(zone), Ok(open)) = (&patch.zone, engine.case()) {
        open.case.set_note(ZONE_NOTE, zone)?;
        tags.push("case");
    }
    engine.changed(&tags);
    get(engine, Nothing {})
}
