//! A first draft of a format from one line: the time, level, thread and logger in front become groups, and in the
//! message addresses, users, quoted texts, numbers and `key=value`. A person edits it then.

use super::draft::Sketch;
use crate::coded::app_text;
use crate::normalise::entities::is_ip;
use crate::normalise::severity;
use crate::normalise::time::shapes;

/// Groups are numbered from the second of a name on.
#[derive(Default)]
struct Groups {
    used: Vec<String>,
}

impl Groups {
    fn open(&mut self, name: &str) -> String {
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let plain = if plain.starts_with(|c: char| c.is_ascii_digit() || c == '_') {
            format!("f{plain}")
        } else {
            plain
        };
        let same = self.used.iter().filter(|u| **u == plain).count();
        self.used.push(plain.clone());
        let name = if same == 0 { plain } else { format!("{plain}{}", same + 1) };
        format!("(?<{name}>")
    }
}

/// A draft for lines like this one.
#[must_use]
pub fn guess(line: &str) -> Sketch {
    let line = line.lines().next().unwrap_or_default();
    let mut groups = Groups::default();
    let mut pattern = String::from("^");
    let mut rest = line;
    if let Some(at) = app_text::written(line.as_bytes()).filter(|at| line.is_char_boundary(*at)) {
        let len = shapes::at_start(&line.as_bytes()[at..]).map_or(0, |w| w.len);
        if let Some(time) = line.get(at..at + len) {
            head(&line[..at], &mut pattern, &mut groups);
            pattern.push_str(&groups.open("time"));
            pattern.push_str(&shape(time));
            pattern.push(')');
            rest = &line[at + len..];
        }
    }
    let message = front(rest, &mut pattern, &mut groups);
    pattern.push_str("(?<message>.*)$");
    let mut detail = String::new();
    let found = words(message, &mut detail, &mut groups);
    Sketch {
        id: "my_format".to_owned(),
        title: "My format".to_owned(),
        pattern,
        detail: if found { format!("^{detail}$") } else { String::new() },
        joins: true,
        sample: line.to_owned(),
        ..Sketch::default()
    }
}

/// What stands before the time: words become `\S+`.
fn head(text: &str, pattern: &mut String, groups: &mut Groups) {
    for (n, piece) in text.split_inclusive(' ').enumerate() {
        let (word, gap) = piece.strip_suffix(' ').map_or((piece, ""), |w| (w, " "));
        if word.chars().any(char::is_alphanumeric) {
            let core = word.trim_matches(|c: char| !c.is_alphanumeric());
            let (before, after) = word.split_once(core).unwrap_or((word, ""));
            pattern.push_str(&regex::escape(before));
            if severity::level(core.as_bytes()).is_some() {
                pattern.push_str(&format!("{}[A-Za-z]+)", groups.open("level")));
            } else {
                pattern.push_str(&format!("{}\\S+?)", groups.open(if n == 0 { "host" } else { "word" })));
            }
            pattern.push_str(&regex::escape(after));
        } else {
            pattern.push_str(&regex::escape(word));
        }
        pattern.push_str(gap);
    }
}

/// Brackets and words between the time and the message: level, thread, logger. Gives the message.
fn front<'t>(text: &'t str, pattern: &mut String, groups: &mut Groups) -> &'t str {
    let mut rest = text;
    let mut levelled = false;
    for _ in 0..8 {
        let gap: usize = rest
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t' | '|' | ':' | '-' | ',' | ']'))
            .map(char::len_utf8)
            .sum();
        let (before, after) = rest.split_at(gap);
        let word_end = after.find([' ', '\t']).unwrap_or(after.len());
        let word = &after[..word_end];
        let bracket = after.chars().next().and_then(|open| match open {
            '[' => Some(']'),
            '(' => Some(')'),
            '<' => Some('>'),
            _ => None,
        });
        if let Some(close) = bracket
            && let Some(end) = after.find(close).filter(|e| *e < 120)
        {
            let inside = &after[1..end];
            spaces(before, pattern);
            let name = if !levelled && severity::level(inside.trim().as_bytes()).is_some() {
                levelled = true;
                "level"
            } else if inside.chars().all(|c| c.is_ascii_digit()) {
                "pid"
            } else if groups.used.iter().any(|u| u == "thread") {
                "logger"
            } else {
                "thread"
            };
            let (open, shut) = (regex::escape(&after[..1]), regex::escape(&close.to_string()));
            pattern.push_str(&format!("{open}{}[^{shut}]*){shut}", groups.open(name)));
            rest = &after[end + close.len_utf8()..];
            continue;
        }
        let bare = word.trim_end_matches([':', ',', '|']);
        if !levelled && severity::level(bare.as_bytes()).is_some() {
            spaces(before, pattern);
            pattern.push_str(&format!(
                "{}[A-Za-z]+){}",
                groups.open("level"),
                regex::escape(&word[bare.len()..])
            ));
            levelled = true;
            rest = &after[word_end..];
            continue;
        }
        let dotted = bare.contains('.')
            && bare.len() > 3
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$' | '-'))
            && bare.starts_with(|c: char| c.is_ascii_alphabetic());
        if levelled && dotted && !groups.used.iter().any(|u| u == "logger") {
            spaces(before, pattern);
            pattern.push_str(&format!(
                "{}[\\w.$-]+){}",
                groups.open("logger"),
                regex::escape(&word[bare.len()..])
            ));
            rest = &after[word_end..];
            continue;
        }
        spaces(before, pattern);
        return after;
    }
    spaces("", pattern);
    rest
}

/// Blanks of any number, and marks as they are.
fn spaces(text: &str, pattern: &mut String) {
    let mut blank = false;
    for c in text.chars() {
        if matches!(c, ' ' | '\t') {
            if !blank {
                pattern.push_str("\\s+");
            }
            blank = true;
        } else {
            pattern.push_str(&regex::escape(&c.to_string()));
            blank = false;
        }
    }
}

/// A text by its classes: digits, letters and marks.
fn shape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let class = |c: char| {
            if c.is_ascii_digit() {
                'd'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                'x'
            }
        };
        let kind = class(c);
        let mut run = 1;
        while kind != 'x' && chars.peek().is_some_and(|n| class(*n) == kind) {
            chars.next();
            run += 1;
        }
        match kind {
            'd' if run <= 2 => out.push_str("\\d{1,2}"),
            'd' => out.push_str("\\d+"),
            'a' if run == 1 => out.push_str(&regex::escape(&c.to_string())),
            'a' => out.push_str("[A-Za-z]+"),
            _ if c == ' ' => out.push_str(" +"),
            _ => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out
}

/// The message's words: what varies becomes a group, the rest stays. Whether there was any.
fn words(text: &str, pattern: &mut String, groups: &mut Groups) -> bool {
    let mut found = false;
    let mut before = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let gap: usize = rest.chars().take_while(|c| matches!(c, ' ' | '\t')).map(char::len_utf8).sum();
        spaces(&rest[..gap], pattern);
        rest = &rest[gap..];
        // key="a value" or key=value
        let equals = rest.find('=').filter(|at| {
            *at > 0 && rest[..*at].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        });
        if let Some(at) = equals {
            let (key, value) = (&rest[..at], &rest[at + 1..]);
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let used = match quote {
                Some(q) => value[1..].find(q).map_or(value.len(), |e| e + 2),
                None => value.find([' ', '\t']).unwrap_or(value.len()),
            };
            let name = groups.open(key);
            let bare = value[..used].trim_end_matches([',', ';']);
            let tail = regex::escape(&value[bare.len()..used]);
            match quote {
                Some(q) => pattern.push_str(&format!("{}={q}{name}[^{q}]*){q}", regex::escape(key))),
                None => pattern.push_str(&format!("{}={name}\\S*?){tail}", regex::escape(key))),
            }
            found = true;
            rest = &value[used..];
            before = key.to_lowercase();
            continue;
        }
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        let word = &rest[..end];
        let core = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_'));
        let (left, right) =
            if core.is_empty() { (word, "") } else { word.split_once(core).unwrap_or((word, "")) };
        let port = core
            .rsplit_once(':')
            .filter(|(h, p)| is_ip(h.as_bytes()) && p.chars().all(|c| c.is_ascii_digit()));
        let name = if is_ip(core.as_bytes()) || port.is_some() {
            Some(if before == "to" { "dst" } else { "ip" })
        } else if matches!(before.as_str(), "user" | "username" | "account" | "login" | "for")
            && !core.is_empty()
            && !matches!(core.to_lowercase().as_str(), "user" | "account" | "invalid" | "the")
        {
            Some("user")
        } else if before == "port" && core.chars().all(|c| c.is_ascii_digit()) {
            Some("port")
        } else if !core.is_empty() && core.chars().all(|c| c.is_ascii_digit() || c == '.') {
            Some(if matches!(before.as_str(), "pid" | "status" | "code" | "line") { "" } else { "number" })
        } else {
            None
        };
        match name {
            Some(name) => {
                let name = if name.is_empty() { before.clone() } else { name.to_owned() };
                pattern.push_str(&regex::escape(left));
                match port {
                    Some(_) => {
                        let (host, port) = (
                            groups.open(&name),
                            groups.open(if name == "dst" { "dst_port" } else { "port" }),
                        );
                        pattern.push_str(&format!("{host}[\\d.a-fA-F:]+):{port}\\d+)"));
                    }
                    None if matches!(name.as_str(), "ip" | "dst") => {
                        pattern.push_str(&format!("{}[\\d.a-fA-F:]+)", groups.open(&name)));
                    }
                    None if core.chars().all(|c| c.is_ascii_digit()) => {
                        pattern.push_str(&format!("{}\\d+)", groups.open(&name)));
                    }
                    None => pattern.push_str(&format!("{}\\S+?)", groups.open(&name))),
                }
                pattern.push_str(&regex::escape(right));
                found = true;
            }
            None => pattern.push_str(&regex::escape(word)),
        }
        before = core.to_lowercase();
        rest = &rest[end..];
    }
    found
}
