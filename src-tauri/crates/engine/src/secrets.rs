//! Secrets in the keyring of the machine: on Linux the Secret Service on D-Bus. The only user of
//! `keyring`. Secrets are never logged, never in settings and never in a case.

use crate::wire::ApiError;
use keyring::{Entry, Error};
use std::sync::mpsc;
use std::time::Duration;

/// Under this name the keyring lists what is Timberline's.
const SERVICE: &str = "timberline";
/// How long the question whether a keyring answers may take: a daemon may hang or be started first.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Keeps a secret under a name.
///
/// # Errors
/// `no_keyring` when none answers, `keyring_locked` when it does not let us in.
pub fn set(name: &str, secret: &str) -> Result<(), ApiError> {
    Entry::new(SERVICE, name).and_then(|entry| entry.set_password(secret)).map_err(|why| told(&why))
}

/// The secret under a name, if there is one.
///
/// # Errors
/// As [`set`].
pub fn get(name: &str) -> Result<Option<String>, ApiError> {
    match Entry::new(SERVICE, name).and_then(|entry| entry.get_password()) {
        Ok(secret) => Ok(Some(secret)),
        Err(Error::NoEntry) => Ok(None),
        Err(why) => Err(told(&why)),
    }
}

/// Forgets the secret under a name; none there is no error.
///
/// # Errors
/// As [`set`].
pub fn delete(name: &str) -> Result<(), ApiError> {
    match Entry::new(SERVICE, name).and_then(|entry| entry.delete_credential()) {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(why) => Err(told(&why)),
    }
}

/// Whether a keyring answers, in words. Looks for a name that is never kept, so nothing is unlocked.
#[must_use]
pub fn status() -> String {
    let (send, receive) = mpsc::channel();
    let asked = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        let _ = send.send(get("is-a-keyring-there"));
    });
    if asked.is_err() {
        return "Not known: the system gives no thread to ask".to_owned();
    }
    match receive.recv_timeout(ANSWERS_WITHIN) {
        Ok(Ok(_)) => "A keyring answers".to_owned(),
        Ok(Err(why)) => why.message,
        Err(_) => "The keyring does not answer in time".to_owned(),
    }
}

/// What the keyring said, in our words. Its own words may be long, and go to the detail.
fn told(why: &Error) -> ApiError {
    match why {
        Error::NoStorageAccess(inner) => {
            ApiError::new("keyring_locked", "The keyring is locked; unlock it and try again")
                .with_detail(inner.to_string())
        }
        Error::NoDefaultStore | Error::PlatformFailure(_) => {
            let detail = match (why, Entry::store_status()) {
                (Error::NoDefaultStore, Err(inner)) => inner.to_string(),
                _ => why.to_string(),
            };
            ApiError::new(
                "no_keyring",
                "No keyring answers on this machine; install and start one, such as gnome-keyring",
            )
            .with_detail(detail)
        }
        other => ApiError::failed("The keyring refused").with_detail(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_keyring_is_said_in_words() {
        assert_eq!(told(&Error::NoDefaultStore).code, "no_keyring");
        let locked = Error::NoStorageAccess("locked collection".into());
        assert_eq!(told(&locked).code, "keyring_locked");
        assert!(!status().is_empty());
    }

    /// Against a real daemon: `dbus-run-session`, an unlocked gnome-keyring, and TIMBERLINE_TEST_KEYRING=1.
    #[test]
    fn a_secret_goes_round() {
        let there = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        if !(there("DBUS_SESSION_BUS_ADDRESS") && there("TIMBERLINE_TEST_KEYRING")) {
            println!(
                "skipped: no keyring to test with (DBUS_SESSION_BUS_ADDRESS and TIMBERLINE_TEST_KEYRING)"
            );
            return;
        }
        let name = format!("test-{}", std::process::id());
        assert_eq!(get(&name).unwrap(), None);
        set(&name, "péché").unwrap();
        assert_eq!(get(&name).unwrap().as_deref(), Some("péché"));
        set(&name, "second").unwrap();
        assert_eq!(get(&name).unwrap().as_deref(), Some("second"));
        delete(&name).unwrap();
        assert_eq!(get(&name).unwrap(), None);
        delete(&name).unwrap();
        assert_eq!(status(), "A keyring answers");
    }
}
