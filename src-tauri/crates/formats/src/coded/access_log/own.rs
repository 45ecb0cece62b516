//! The format's own field names, looked up when first met: a line of any log has few of them.

use rustc_hash::FxHashMap;
use timberline_model::{FieldId, Fields, Sink};

/// The address of a proxy, where the log gives the client that it speaks for first.
pub const PEER: usize = 0;
/// What is left of a line that has more columns than are told apart.
pub const EXTRA: usize = 1;
/// The container that `docker compose` names in front.
pub const CONTAINER: usize = 2;
/// Whom the server asked.
pub const UPSTREAM: usize = 3;
/// What a cache did.
pub const CACHE: usize = 4;
const NAMES: [&str; 5] = ["access.peer", "access.extra", "container.name", "access.upstream", "access.cache"];

/// Columns that are numbered; further ones are kept together.
pub const MOST_COLUMNS: usize = 24;

#[derive(Clone, Copy, Debug, Default)]
enum Id {
    #[default]
    NotMet,
    Found(Option<FieldId>),
}

/// Numbers of the names that were met.
#[derive(Debug, Default)]
pub struct Own {
    fixed: [Id; NAMES.len()],
    columns: [Id; MOST_COLUMNS],
    keys: FxHashMap<Box<[u8]>, Option<FieldId>>,
}

impl Own {
    /// Writes a value of one of the fixed names; `-` and nothing are no values.
    pub fn put(&mut self, name: usize, value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
        if matches!(value, b"-" | b"") {
            return;
        }
        let id = match self.fixed[name] {
            Id::Found(id) => id,
            Id::NotMet => {
                let id = out.field(NAMES[name]);
                self.fixed[name] = Id::Found(id);
                id
            }
        };
        if let Some(id) = id {
            fields.bytes(id, value);
        }
    }

    /// Writes the column with this number (from 0) of those that have no name.
    pub fn column(&mut self, number: usize, value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
        let id = match self.columns.get(number) {
            None => return self.put(EXTRA, value, fields, out),
            Some(Id::Found(id)) => *id,
            Some(Id::NotMet) => {
                let id = out.field(&format!("access.column{}", number + 1));
                self.columns[number] = Id::Found(id);
                id
            }
        };
        text_or_number(id, value, fields);
    }

    /// Writes the value of a key that the log names.
    pub fn key(&mut self, key: &[u8], value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
        let id = match self.keys.get(key) {
            Some(id) => *id,
            None => {
                let id = out.field(&format!("access.{}", String::from_utf8_lossy(key)));
                // A log whose every line brings new keys must not fill the memory.
                if self.keys.len() < 256 {
                    self.keys.insert(key.into(), id);
                }
                id
            }
        };
        text_or_number(id, value, fields);
    }
}

fn text_or_number(id: Option<FieldId>, value: &[u8], fields: &mut Fields) {
    let Some(id) = id else { return };
    if matches!(value, b"-" | b"") {
        return;
    }
    let plain = value.len() < 19 && (value == b"0" || !value.starts_with(b"0"));
    match crate::normalise::entities::whole(value).filter(|_| plain) {
        Some(n) => fields.int(id, n),
        None => fields.bytes(id, value),
    }
}
