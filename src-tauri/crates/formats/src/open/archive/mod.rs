//! Archives with members: zip, tar, 7z. Members are handed out as streams, never written to the disk; an archive inside
//! another that must be sought in is kept in memory or in a file without a name, both with a cap.

pub mod names;
pub mod sevenz;
pub mod spool;
pub mod tar;
pub mod zip;
pub mod zip_scan;

/// What a member is that is no log to read.
pub const LINK: &str = "a link inside an archive is not followed";

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Zip,
    Tar,
    SevenZ,
}

impl Kind {
    /// What these first bytes are an archive of, if any.
    pub fn of(b: &[u8]) -> Option<Self> {
        let is = |magic: &[u8]| b.starts_with(magic);
        if is(b"PK\x03\x04") || is(b"PK\x05\x06") || is(b"PK\x07\x08PK") || is(b"PK00PK\x03\x04") {
            Some(Self::Zip)
        } else if is(b"7z\xbc\xaf\x27\x1c") {
            Some(Self::SevenZ)
        } else {
            tar::is_tar(b).then_some(Self::Tar)
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::SevenZ => "7z",
        }
    }
}

/// A member of an archive as the archive describes it; untrusted.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name with `/` between the parts, without leading `/` and without parts that lead upwards.
    pub name: String,
    /// What was odd about the name as it stands in the archive.
    pub odd: Option<String>,
    /// When it was modified, ns since 1970, as far as the archive says.
    pub modified_ns: Option<i64>,
    /// Its size, unpacked.
    pub bytes: u64,
}
