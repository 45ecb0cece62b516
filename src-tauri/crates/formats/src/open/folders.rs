//! Which files a drop means: folders are walked, sorted by name, and what is no ordinary file is refused.

use super::Refusal;
use std::fs;
use std::path::{Path, PathBuf};
use timberline_model::ProblemKind;

/// Folders within folders are followed this deep.
const DEEPEST: usize = 64;

/// The files under these paths, in the order given and sorted by name within each folder, each once, and
/// what was refused. Links inside folders, devices, FIFOs and sockets are refused; a link that the user
/// names himself is followed.
#[must_use]
pub fn discover(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Refusal>) {
    let mut walk = Walk::default();
    for path in paths {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => walk.folder(path, 0),
            Ok(found) => walk.file(path, &found),
            Err(why) => walk.refuse(path, ProblemKind::Unreadable, format!("cannot be opened: {why}")),
        }
    }
    (walk.files, walk.refused)
}

#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    seen: rustc_hash::FxHashSet<PathBuf>,
    refused: Vec<Refusal>,
}

impl Walk {
    fn refuse(&mut self, path: &Path, kind: ProblemKind, message: String) {
        let bytes = path.symlink_metadata().map_or(0, |m| m.len());
        self.refused.push(Refusal { path: path.to_owned(), bytes, kind, message });
    }

    fn file(&mut self, path: &Path, found: &fs::Metadata) {
        if let Some(what) = not_a_file(found.file_type()) {
            self.refuse(path, ProblemKind::Refused, format!("not read: it is {what}"));
        } else if self.seen.insert(path.to_owned()) {
            self.files.push(path.to_owned());
        }
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        if depth >= DEEPEST {
            return self.refuse(
                path,
                ProblemKind::Limit,
                format!("not read: folders are nested more than {DEEPEST} deep"),
            );
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(why) => {
                return self.refuse(
                    path,
                    ProblemKind::Unreadable,
                    format!("the folder cannot be read: {why}"),
                );
            }
        };
        let mut inside = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => inside.push(entry.path()),
                Err(why) => {
                    self.refuse(
                        path,
                        ProblemKind::Unreadable,
                        format!("the folder cannot be read on: {why}"),
                    );
                    break;
                }
            }
        }
        inside.sort();
        for path in inside {
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => self.folder(&path, depth + 1),
                Ok(found) => self.file(&path, &found),
                Err(why) => self.refuse(&path, ProblemKind::Unreadable, format!("cannot be opened: {why}")),
            }
        }
    }
}

/// Opens a file to be read. What waits for somebody (a pipe that took the file's place, a log of the kernel) does not
/// make us wait.
pub(super) fn open(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}

/// What a thing is that is no ordinary file.
pub(super) fn not_a_file(kind: fs::FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_symlink() {
        return Some("a link");
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    Some("no ordinary file")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_sorted_and_links_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        for name in ["b.log", "a.log", "sub/c.log"] {
            fs::write(at(name), "x").unwrap();
        }
        std::os::unix::fs::symlink("/", at("link")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(at("sock")).unwrap();
        let (files, refused) = discover(&[dir.path().to_owned(), at("a.log"), at("missing")]);
        drop(socket);
        assert_eq!(files, [at("a.log"), at("b.log"), at("sub/c.log")]);
        let said: Vec<_> = refused.iter().map(|r| (r.path.clone(), r.kind)).collect();
        assert_eq!(
            said,
            [
                (at("link"), ProblemKind::Refused),
                (at("sock"), ProblemKind::Refused),
                (at("missing"), ProblemKind::Unreadable)
            ]
        );
    }
}
