//! What crosses the bridge about model endpoints: profiles without their keys, and what a test found out.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The key of an endpoint on its way to the keyring. It is never shown and never written down.
#[derive(Clone, TS)]
#[ts(as = "String")]
pub struct ModelKey(String);

impl ModelKey {
    /// From what the user gave.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For the keyring.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ModelKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a key)")
    }
}

impl<'de> Deserialize<'de> for ModelKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

/// Writes nothing of it.
impl Serialize for ModelKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("")
    }
}

wire! {
    /// An endpoint for models.
    #[derive(Default, PartialEq)]
    #[serde(default)]
    pub struct ModelProfile {
        /// Its name for people; unique.
        name: String,
        /// Base URL, with or without `/v1` (`http://127.0.0.1:8080`).
        url: String,
        /// The model's name there; the first of its list where empty.
        model: String,
        /// More headers; no secrets, those go to the keyring.
        headers: BTreeMap<String, String>,
        /// The header that carries the key; `Authorization: Bearer` where empty (`api-key` for some gateways).
        key_header: String,
        /// A file with certificates of an authority of one's own, PEM.
        ca_file: Option<String>,
        /// A client certificate, PEM.
        client_cert_file: Option<String>,
        /// Its key, PEM.
        client_key_file: Option<String>,
        /// Tokens that fit; as the endpoint says, else 8,192, where 0.
        context: u32,
        /// `auto`, `tools`, `schema` or `words`; as the last test found where `auto` or empty.
        protocol: String,
        /// Seconds for one answer in all; 600 where 0.
        seconds: u32,
        /// Whether a key is in the keyring. Only told, never taken.
        has_key: bool,
        /// What the last test found.
        report: Option<ModelReport>,
    }

    /// What a test of an endpoint found.
    #[derive(Default, PartialEq)]
    #[serde(default)]
    pub struct ModelReport {
        /// Whether it can be used.
        works: bool,
        /// In sentences: what it can do, or what is wrong and what to do.
        text: String,
        /// What `/v1/models` lists.
        models: Vec<String>,
        /// The model that answered.
        model: String,
        /// Whether it calls tools by the protocol.
        tools: bool,
        /// Whether it keeps to a JSON schema.
        schema: bool,
        /// Whether it streams.
        streaming: bool,
        /// Tokens that fit, where it says so.
        context: Option<u32>,
        /// `tools`; `schema` (constrained planning with examples); `words` (the planner plans, the model only words).
        protocol: String,
        /// Seconds of the first call.
        seconds: f64,
    }

    /// A profile to be kept.
    pub struct ModelSave {
        /// The profile; one with the same name is replaced.
        profile: ModelProfile,
        /// Its key, to the keyring; absent leaves it, empty removes it.
        #[serde(default)] key: Option<ModelKey>,
        /// Make it the default.
        #[serde(default)] default: bool,
    }

    /// A profile by name.
    pub struct ModelRef {
        /// The name.
        name: String,
    }

    /// Which profile answers.
    pub struct ModelChoose {
        /// The name; `planner` for none, absent to take the choice back.
        #[serde(default)] name: Option<String>,
        /// For the open case only; else the default for all.
        #[serde(default)] case_only: bool,
    }

    /// The profiles.
    pub struct Models {
        /// By name.
        rows: Vec<ModelProfile>,
        /// The default's name, if there is one.
        default: Option<String>,
        /// The open case's choice, if it has one.
        case: Option<String>,
        /// Who answers now: a profile's name or `planner`.
        answering: String,
    }
}
