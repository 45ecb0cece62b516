//! Names of members. Nothing is ever written under them, but they are shown and stored, so what could mislead is taken
//! out and told.

/// A name as it is shown, and what was odd about it. Backslashes part folders, as Windows tools write them; a leading
/// `/` or drive and parts that lead upwards are left out.
pub fn shown(raw: &str) -> (String, Option<String>) {
    let text = raw.replace('\\', "/");
    let mut odd = None;
    let drive = text.as_bytes();
    let rest = match drive {
        [letter, b':', ..] if letter.is_ascii_alphabetic() => {
            odd = Some("an absolute path");
            &text[2..]
        }
        _ => &text,
    };
    if rest.starts_with('/') {
        odd = Some("an absolute path");
    }
    let mut parts = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => odd = Some("a path that leads out of the archive"),
            part => parts.push(part.trim_matches('\0')),
        }
    }
    let name = if parts.is_empty() { "(no name)".to_owned() } else { parts.join("/") };
    let odd = odd.map(|what| {
        let raw: String = raw.chars().take(200).collect();
        format!(
            "the archive gives this member {what} (\"{raw}\"); it was read as {name}, and nothing was written"
        )
    });
    (name, odd)
}

/// The text of a name whose encoding nobody states: UTF-8 where it is, else the code page of the first PCs.
pub fn decode(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => raw.iter().map(|b| cp437(*b)).collect(),
    }
}

fn cp437(b: u8) -> char {
    const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    match b {
        0..=0x7f => char::from(b),
        _ => HIGH.chars().nth(usize::from(b - 0x80)).unwrap_or('\u{fffd}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_and_what_was_odd_is_told() {
        let check = |raw: &str, expect: &str, odd: Option<&str>| {
            let (name, said) = shown(raw);
            assert_eq!(name, expect);
            match odd {
                None => assert_eq!(said, None),
                Some(part) => assert!(said.unwrap().contains(part)),
            }
        };
        check("a/b.log", "a/b.log", None);
        check("./a//b.log", "a/b.log", None);
        check("dir\\sub\\b.log", "dir/sub/b.log", None);
        check("../../etc/evil.log", "etc/evil.log", Some("out of the archive"));
        check("/var/log/auth.log", "var/log/auth.log", Some("absolute"));
        check("C:\\Windows\\x.evtx", "Windows/x.evtx", Some("absolute"));
        check("..", "(no name)", Some("out of the archive"));
    }

    #[test]
    fn old_names_are_in_the_code_page_of_the_first_pcs() {
        assert_eq!(decode("grün.log".as_bytes()), "grün.log");
        assert_eq!(decode(b"gr\x81n.log"), "grün.log");
        assert_eq!(decode(b"\xff\x80"), "\u{a0}Ç");
    }
}
