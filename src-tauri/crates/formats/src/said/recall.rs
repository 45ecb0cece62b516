//! What earlier lines of one connection said, for programs that tell a login in several lines: slapd's bind and its result,
//! strongSwan's peer and its user. Bounded; the oldest half goes when it is full, so a result far away stays without.

use super::Said;
use crate::normalise::entities::SOURCE;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use timberline_model::{Value, known};

/// At most so many connections are kept in mind.
const MOST: usize = 4096;

/// Connections by program and number, in two generations.
#[derive(Debug, Default)]
pub struct Recall {
    now: RefCell<FxHashMap<u64, Known>>,
    before: RefCell<FxHashMap<u64, Known>>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    address: String,
    port: i64,
    user: String,
}

fn key(program: &str, host: Option<&str>, connection: &[u8]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    (program, host, connection).hash(&mut hasher);
    hasher.finish()
}

/// Keeps address and user of a connection where this line names them, and writes those that earlier lines named.
/// `forget` says that the connection ended.
pub fn connection(program: &str, connection: &[u8], forget: bool, said: &mut Said<'_>) {
    if connection.is_empty() || connection.len() > 128 {
        return;
    }
    let recall = &said.names.recall;
    let key = key(program, said.fields.get_text(known::HOST_NAME), connection);
    let old = recall.now.borrow().get(&key).or(recall.before.borrow().get(&key)).cloned();
    let mut kept = old.unwrap_or_default();
    match said.fields.get_text(known::SOURCE_ADDRESS) {
        Some(address) if address.len() < 256 => {
            address.clone_into(&mut kept.address);
            kept.port = match said.fields.get(known::SOURCE_PORT).map(|p| p.to_value()) {
                Some(Value::Int(port)) => port,
                _ => 0,
            };
        }
        Some(_) => {}
        None if !kept.address.is_empty() => {
            SOURCE.host(said.fields, kept.address.as_bytes());
            if kept.port > 0 {
                said.fields.int(known::SOURCE_PORT, kept.port);
            }
        }
        None => {}
    }
    match said.fields.get_text(known::USER_NAME) {
        Some(user) if user.len() < 256 => user.clone_into(&mut kept.user),
        Some(_) => {}
        None if !kept.user.is_empty() => said.user(kept.user.as_bytes()),
        None => {}
    }
    let mut now = recall.now.borrow_mut();
    if forget {
        now.remove(&key);
        recall.before.borrow_mut().remove(&key);
        return;
    }
    if now.len() >= MOST / 2 {
        *recall.before.borrow_mut() = std::mem::take(&mut *now);
    }
    now.insert(key, kept);
}
