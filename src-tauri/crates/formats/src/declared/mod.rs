//! Formats as data: a TOML file says how a log's lines look, what their parts mean, and holds samples that are its
//! tests. The built-in ones stand in [`FORMATS`]; a user's own come as text through [`own`]. How the file is written
//! is [`spec`]'s, how it is made ready [`compile`]'s, how lines are read by it [`read`]'s.

pub mod check;
pub mod compile;
pub mod draft;
mod guess;
mod kinds;
mod read;
pub mod spec;
#[cfg(test)]
mod tests;

use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use compile::Compiled;
pub(crate) use kinds::host_port;
use rustc_hash::FxHashMap;
use spec::Spec;
use std::io::Read;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};
use timberline_model::{ProblemKind, Sink};

/// The built-in ones, as the text of their files.
pub const TEXTS: &[&str] = &[
    include_str!("built_in/activemq.toml"),
    include_str!("built_in/android_logcat.toml"),
    include_str!("built_in/apt_history.toml"),
    include_str!("built_in/bash_history.toml"),
    include_str!("built_in/bitbucket_audit.toml"),
    include_str!("built_in/cri.toml"),
    include_str!("built_in/docker_compose.toml"),
    include_str!("built_in/dpkg.toml"),
    include_str!("built_in/elasticsearch_text.toml"),
    include_str!("built_in/game_server.toml"),
    include_str!("built_in/health_app.toml"),
    include_str!("built_in/icinga.toml"),
    include_str!("built_in/ios_log.toml"),
    include_str!("built_in/kafka.toml"),
    include_str!("built_in/klog.toml"),
    include_str!("built_in/logfmt.toml"),
    include_str!("built_in/macos_wifi.toml"),
    include_str!("built_in/mcafee_access.toml"),
    include_str!("built_in/minecraft.toml"),
    include_str!("built_in/mongodb_text.toml"),
    include_str!("built_in/mssql_errorlog.toml"),
    include_str!("built_in/mysql_error.toml"),
    include_str!("built_in/mysql_slow.toml"),
    include_str!("built_in/nagios.toml"),
    include_str!("built_in/oracle_audit.toml"),
    include_str!("built_in/popularity_contest.toml"),
    include_str!("built_in/postgresql.toml"),
    include_str!("built_in/powershell_transcript.toml"),
    include_str!("built_in/rabbitmq.toml"),
    include_str!("built_in/redis.toml"),
    include_str!("built_in/santa.toml"),
    include_str!("built_in/sccm.toml"),
    include_str!("built_in/setupapi.toml"),
    include_str!("built_in/strace.toml"),
    include_str!("built_in/teamviewer.toml"),
    include_str!("built_in/weblogic.toml"),
    include_str!("built_in/xorg.toml"),
    include_str!("built_in/zookeeper_audit.toml"),
];

/// What is wrong with a format's file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct BadFormat {
    /// The line of the file, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// One sentence.
    pub message: String,
    /// For a wrong regular expression: the place in it, in bytes.
    pub at: Option<usize>,
}

/// A format that a file declares.
pub struct Declared {
    spec: Spec,
    about: About,
    /// Whether it is a user's own.
    own: bool,
    text: Box<str>,
    compiled: OnceLock<Result<Compiled, BadFormat>>,
}

impl std::fmt::Debug for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Declared").field("id", &self.about.id).field("own", &self.own).finish()
    }
}

impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.own == other.own && self.text == other.text
    }
}

impl Declared {
    /// From the text of a file; its regular expressions are not looked at yet.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, own: bool) -> Result<Self, BadFormat> {
        let spec = Spec::parse(text)?;
        // Formats live as long as the program: there are few, and a format is `&'static` everywhere.
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let about = About { id: leak(spec.id.get_ref()), title: leak(&spec.title), about: leak(&spec.about) };
        Ok(Self { spec, about, own, text: text.into(), compiled: OnceLock::new() })
    }

    /// Whether it is a user's own.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As the file has it.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Ready to read with.
    ///
    /// # Errors
    /// What is wrong with a regular expression or a field, and where.
    pub fn compiled(&self) -> Result<&Compiled, &BadFormat> {
        self.compiled.get_or_init(|| compile::compile(&self.spec, &self.text)).as_ref()
    }
}

/// How sure a format is when all lines fit: a user's own is surer than any product that comes with Timberline.
const SURE: f64 = 0.95;
const SURE_OF_OWN: f64 = 0.9895;
/// How much of that depends on the share of lines that fit.
const BY_SHARE: f64 = 0.2;
const BY_SHARE_OF_OWN: f64 = 0.1;

impl Format for Declared {
    fn about(&self) -> About {
        self.about
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        // Cheaper than making regular expressions for a log of another kind.
        if !self.spec.contains.is_empty()
            && !self.spec.contains.iter().any(|w| memchr::memmem::find(head.bytes, w.as_bytes()).is_some())
        {
            return Confidence::none();
        }
        let Ok(compiled) = self.compiled() else { return Confidence::none() };
        let Some(fit) = read::fit(compiled, &self.spec, head) else { return Confidence::none() };
        let share = f64::from(fit.good) / f64::from(fit.all);
        let (sure, by_share) = if self.own {
            (SURE_OF_OWN, BY_SHARE_OF_OWN)
        } else {
            (self.spec.sure.unwrap_or(SURE), BY_SHARE)
        };
        let mut score = sure - by_share * (1.0 - share);
        if self.spec.names.iter().any(|n| head.name.contains(n.as_str())) {
            score += 0.0005;
        }
        let title = &self.spec.title;
        let why = if compiled.joins() {
            format!("{} records of {title} begin in the first {} lines", fit.good, fit.seen)
        } else {
            format!("{} of the first {} lines are of {title}", fit.good, fit.all)
        };
        Confidence { score, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        match self.compiled() {
            Ok(compiled) => read::read(self, compiled, input, ctx, out),
            Err(why) => {
                out.problem(
                    ProblemKind::UnknownFormat,
                    0,
                    0,
                    0,
                    &format!("the format {} is wrong: {why}", self.about.id),
                    &[],
                );
                crate::coded::plain_text::PlainText.parse(input, ctx, out)
            }
        }
    }
}

/// The built-in ones.
pub fn built_in() -> &'static [Declared] {
    static FORMATS: OnceLock<Vec<Declared>> = OnceLock::new();
    // A broken one is found by the test that runs all samples.
    FORMATS.get_or_init(|| TEXTS.iter().filter_map(|text| Declared::parse(text, false).ok()).collect())
}

fn loaded() -> &'static Mutex<FxHashMap<Box<str>, &'static Declared>> {
    static OWN: OnceLock<Mutex<FxHashMap<Box<str>, &'static Declared>>> = OnceLock::new();
    OWN.get_or_init(Mutex::default)
}

/// A user's own format from the text of its file. The same text gives the same format, so that a format that is
/// loaded before every import is kept in memory once.
///
/// # Errors
/// What is wrong with it, and where.
pub fn own(text: &str) -> Result<&'static Declared, BadFormat> {
    let mut loaded = loaded().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(format) = loaded.get(text) {
        return Ok(format);
    }
    let format = Declared::parse(text, true)?;
    if crate::FORMATS.iter().any(|f| f.about().id == format.about.id) {
        let message = format!("the id \"{}\" is a built-in format's; give it another", format.about.id);
        return Err(compile::place(text, format.spec.id.span().start, message));
    }
    format.compiled().map_err(Clone::clone)?;
    let format: &'static Declared = Box::leak(Box::new(format));
    loaded.insert(text.into(), format);
    Ok(format)
}

fn chosen() -> &'static RwLock<Vec<&'static Declared>> {
    static CHOSEN: RwLock<Vec<&'static Declared>> = RwLock::new(Vec::new());
    &CHOSEN
}

/// From now on these are the user's own formats, beside the built-in ones.
pub fn use_own(formats: Vec<&'static Declared>) {
    *chosen().write().unwrap_or_else(PoisonError::into_inner) = formats;
}

/// The user's own formats in use.
#[must_use]
pub fn own_in_use() -> Vec<&'static Declared> {
    chosen().read().unwrap_or_else(PoisonError::into_inner).clone()
}
