//! Content that is no text: packings that are known by their first bytes, and data that no log is made of.

/// What a file is that must be unpacked, or decoded by its own reader, before there is text in it.
pub fn packed(b: &[u8]) -> Option<&'static str> {
    let is = |magic: &[u8]| b.starts_with(magic);
    Some(match b.first()? {
        b'P' if is(b"PK\x03\x04") || is(b"PK\x05\x06") => "a zip archive",
        b'B' if is(b"BZh")
            && b.get(3).is_some_and(|c| (b'1'..=b'9').contains(c))
            && b.len() > 10
            && b[4] == 0x31 =>
        {
            "a bzip2 file"
        }
        0xfd if is(b"\xfd7zXZ\0") => "an xz file",
        0x28 if is(b"\x28\xb5\x2f\xfd") => "a zstd file",
        0x04 if is(b"\x04\x22\x4d\x18") => "an lz4 file",
        b'7' if is(b"7z\xbc\xaf\x27\x1c") => "a 7z archive",
        b'R' if is(b"Rar!\x1a\x07") => "a rar archive",
        b'S' if is(b"SQLite format 3\0") => "an SQLite database",
        b'L' if is(b"LPKSHHRH") => "a systemd journal",
        0xd4 | 0xa1 | 0x4d
            if is(b"\xd4\xc3\xb2\xa1") || is(b"\xa1\xb2\xc3\xd4") || is(b"\x4d\x3c\xb2\xa1") =>
        {
            "a packet capture (pcap)"
        }
        0x0a if is(b"\x0a\x0d\x0d\x0a") => "a packet capture (pcapng)",
        _ if b.get(257..262) == Some(b"ustar") => "a tar archive",
        _ => return None,
    })
}

/// Whether these bytes begin a log that is binary by design and that a format reads as it is.
pub fn is_binary_log(b: &[u8]) -> bool {
    b.starts_with(b"ElfFile\0") || b.starts_with(b"ElfChnk\0")
}

/// Whether these bytes are data rather than text: control characters that no log writes make up a twentieth of them.
/// Colours (escape) and tabs are text; so is any byte from 0x80 on, which some code page gives a letter to.
pub fn looks_binary(head: &[u8]) -> bool {
    let odd = head.iter().filter(|b| matches!(b, 0..=6 | 14..=26 | 28..=31 | 0x7f)).count();
    odd * 20 > head.len()
}
