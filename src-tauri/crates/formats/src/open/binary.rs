//! Content that is no text: packings that are known by their first bytes, and data that no log is made of.

/// What a file is that is no log, or one that nothing here reads.
pub fn packed(b: &[u8]) -> Option<&'static str> {
    let is = |magic: &[u8]| b.starts_with(magic);
    Some(match b.first()? {
        b'R' if is(b"Rar!\x1a\x07") => "a rar archive",
        b'M' if is(b"MSCF\0\0\0\0") => "a Windows cabinet",
        0x1f if is(b"\x1f\x9d") => "a file packed by compress",
        b'!' if is(b"!<arch>\n") => "an ar archive",
        b'0' if is(b"070701") || is(b"070702") || is(b"070707") => "a cpio archive",
        b'S' if is(b"SQLite format 3\0") => "an SQLite database",
        b'L' if is(b"LPKSHHRH") => "a systemd journal",
        b'r' if is(b"regf") => "a Windows registry hive",
        0xd4 | 0xa1 | 0x4d
            if is(b"\xd4\xc3\xb2\xa1") || is(b"\xa1\xb2\xc3\xd4") || is(b"\x4d\x3c\xb2\xa1") =>
        {
            "a packet capture (pcap)"
        }
        0x0a if is(b"\x0a\x0d\x0d\x0a") => "a packet capture (pcapng)",
        b'%' if is(b"%PDF-") => "a PDF document",
        0x89 if is(b"\x89PNG\r\n\x1a\n") => "a picture (PNG)",
        0xff if is(b"\xff\xd8\xff") => "a picture (JPEG)",
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
