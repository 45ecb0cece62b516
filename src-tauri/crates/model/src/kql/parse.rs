//! Text to [`Filter`]: recursive descent over the characters, so that every error knows its place.

use super::{KqlError, names_events};
use crate::event::EventId;
use crate::field::virtual_field::TIMESTAMP;
use crate::filter::{Filter, Op, Pattern};
use crate::time::{self, DAY, HOUR, MINUTE, SECOND, TimeRange};
use crate::value::Value;
use ipnet::{IpNet, Ipv4Net};

/// How deep parentheses and `not` may nest.
pub const DEPTH_MAX: usize = 64;
/// How many bytes a query may have.
pub const LENGTH_MAX: usize = 16 * 1024;

/// Reads a query; an empty one is every event.
///
/// # Errors
/// What was expected, and the byte where.
pub fn parse(text: &str) -> Result<Filter, KqlError> {
    if text.len() > LENGTH_MAX {
        let mut at = LENGTH_MAX;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        return Err(KqlError::new(
            at,
            format!("the query is longer than {LENGTH_MAX} bytes; make it shorter"),
        ));
    }
    let mut reader = Reader { text, at: 0 };
    reader.space();
    if reader.rest().is_empty() {
        return Ok(Filter::All);
    }
    let filter = reader.any(&Values::Terms, 0)?;
    reader.space();
    match reader.peek() {
        None => Ok(filter),
        Some(')') => Err(reader.wrong("this ')' has no '(' before it")),
        Some(_) => Err(reader.wrong("expected 'and' or 'or' here")),
    }
}

/// What the leaves of an expression are.
enum Values<'f> {
    /// `field : value`, words and phrases.
    Terms,
    /// Values of this field, inside `field : ( ... )`.
    Of(&'f str),
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

/// An unquoted word: its literal pieces between stars.
struct Word {
    at: usize,
    end: usize,
    pieces: Vec<String>,
    escaped: bool,
}

impl Word {
    fn exact(&self) -> Option<&str> {
        match &self.pieces[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Glues a word typed after this one to it, with the white space between them.
    fn append(&mut self, between: &str, next: Word) {
        let mut pieces = next.pieces.into_iter();
        if let (Some(last), Some(first)) = (self.pieces.last_mut(), pieces.next()) {
            last.push_str(between);
            last.push_str(&first);
        }
        self.pieces.extend(pieces);
        self.end = next.end;
        self.escaped |= next.escaped;
    }

    fn pattern(&self) -> Pattern {
        match self.exact() {
            Some(text) => Pattern::exact(text),
            None => Pattern::wild(self.pieces.clone()),
        }
    }
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    fn wrong(&self, message: impl Into<String>) -> KqlError {
        KqlError::new(self.at, message)
    }

    fn keyword(&self, word: &str) -> bool {
        let rest = self.rest();
        rest.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word))
            && rest.get(word.len()..).and_then(|r| r.chars().next()).is_none_or(ends_word)
    }

    fn eat_keyword(&mut self, word: &str) -> bool {
        self.space();
        let there = self.keyword(word);
        if there {
            self.at += word.len();
        }
        there
    }

    fn at_keyword(&self) -> bool {
        ["and", "or", "not"].iter().any(|k| self.keyword(k))
    }

    fn any(&mut self, values: &Values<'_>, depth: usize) -> Result<Filter, KqlError> {
        let mut parts = vec![self.all(values, depth)?];
        while self.eat_keyword("or") {
            parts.push(self.all(values, depth)?);
        }
        Ok(join_or(parts))
    }

    fn all(&mut self, values: &Values<'_>, depth: usize) -> Result<Filter, KqlError> {
        let mut parts = vec![self.negated(values, depth)?];
        while self.eat_keyword("and") {
            parts.push(self.negated(values, depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn negated(&mut self, values: &Values<'_>, depth: usize) -> Result<Filter, KqlError> {
        self.space();
        if depth > DEPTH_MAX {
            return Err(self.wrong(format!("nested deeper than {DEPTH_MAX} levels; make the query flatter")));
        }
        if self.eat_keyword("not") {
            return Ok(self.negated(values, depth + 1)?.negate());
        }
        if self.peek() == Some('(') {
            let open = self.at;
            self.at += 1;
            self.space();
            if self.peek() == Some(')') {
                return Err(self.wrong("expected something between '(' and ')'"));
            }
            let inner = self.any(values, depth + 1)?;
            self.space();
            if !self.eat(')') {
                return Err(self.unclosed(open));
            }
            return Ok(inner);
        }
        match values {
            Values::Terms => self.term(depth),
            Values::Of(field) => self.value(field, true),
        }
    }

    /// The place is where `)` is missing; at the end of the text that is its end.
    fn unclosed(&self, open: usize) -> KqlError {
        if self.rest().is_empty() {
            self.wrong(format!("expected ')' for the '(' at character {}", open + 1))
        } else {
            self.wrong("expected 'and', 'or' or ')' here")
        }
    }

    /// What stands where a term or a value should begin, if it cannot begin one.
    fn refuse_start(&self, wanted: &str) -> Result<(), KqlError> {
        match self.peek() {
            None => Err(self.wrong(format!("expected {wanted} here, but the query ends"))),
            Some(')') => Err(self.wrong(format!("expected {wanted} before ')'"))),
            Some(':') => Err(self.wrong("expected a field name before ':'")),
            Some(c @ ('<' | '>')) => Err(self.wrong(format!("expected a field name before '{c}'"))),
            Some('{' | '}') => {
                Err(self.wrong("'{' and '}' are not used here; write the field's whole dotted name"))
            }
            Some(_) if self.at_keyword() => {
                let word: String = self.rest().chars().take_while(|c| !ends_word(*c)).collect();
                Err(self.wrong(format!(
                    "expected {wanted} before '{word}'; a word that is meant as text needs quotes"
                )))
            }
            Some(_) => Ok(()),
        }
    }

    fn term(&mut self, depth: usize) -> Result<Filter, KqlError> {
        self.refuse_start("a field, a word or '('")?;
        let begin = self.at;
        if self.peek() == Some('"') {
            let name = self.quoted()?;
            return if self.at_operator() {
                self.comparison(&name, None, begin, depth)
            } else {
                self.refuse_neighbour()?;
                Ok(Filter::Raw(Pattern::exact(&name)))
            };
        }
        let mut word = self.word(false)?;
        if self.at_operator() {
            let name = word.pieces.join("*");
            let wild = word.exact().is_none();
            return self.comparison(&name, wild.then_some(word.at), begin, depth);
        }
        self.more_words(&mut word, false)?;
        if word.pieces.iter().all(String::is_empty) && word.pieces.len() > 1 {
            return Ok(Filter::All);
        }
        Ok(Filter::Raw(word.pattern()))
    }

    /// Whether, after white space, `:` or a comparison follows; moves there if so.
    fn at_operator(&mut self) -> bool {
        let back = self.at;
        self.space();
        if matches!(self.peek(), Some(':' | '<' | '>')) {
            return true;
        }
        self.at = back;
        false
    }

    /// After a quoted text only an operator, a `)` or the end may follow.
    fn refuse_neighbour(&self) -> Result<(), KqlError> {
        let mut ahead = Reader { text: self.text, at: self.at };
        ahead.space();
        match ahead.peek() {
            None | Some(')') => Ok(()),
            Some(_) if ahead.keyword("and") || ahead.keyword("or") => Ok(()),
            Some(':') => Err(ahead
                .wrong("a value cannot be followed by ':'; expected 'and' or 'or' before the next field")),
            Some(_) => Err(ahead.wrong("expected 'and' or 'or' here")),
        }
    }

    /// Takes the bare words that follow directly as parts of one phrase.
    fn more_words(&mut self, word: &mut Word, value: bool) -> Result<(), KqlError> {
        loop {
            let gap = self.at;
            self.space();
            match self.peek() {
                None | Some(')') => return Ok(()),
                Some('(' | '"') => return Err(self.wrong("expected 'and' or 'or' here")),
                Some(':' | '<' | '>' | '{' | '}') => return self.refuse_start("'and' or 'or'"),
                Some(_) => {}
            }
            if self.keyword("and") || self.keyword("or") {
                return Ok(());
            }
            if self.keyword("not") {
                return Err(self.wrong("expected 'and' or 'or' before 'not'"));
            }
            let begin = self.at;
            let between = self.text.get(gap..begin).unwrap_or(" ");
            let next = self.word(value)?;
            match self.text.get(begin..next.end).unwrap_or("") {
                "=" | "==" => {
                    return Err(KqlError::new(begin, "a field is compared with ':', as in user.name : root"));
                }
                "!=" => {
                    return Err(KqlError::new(
                        begin,
                        "'is not' is written with 'not', as in not user.name : root",
                    ));
                }
                "&&" => return Err(KqlError::new(begin, "expected 'and' in place of '&&'")),
                "||" => return Err(KqlError::new(begin, "expected 'or' in place of '||'")),
                _ => {}
            }
            if self.at_operator() {
                return Err(KqlError::new(begin, "expected 'and' or 'or' before this field"));
            }
            word.append(between, next);
        }
    }

    /// One unquoted word. In a value `:` may stand inside; whether it may is decided by the caller.
    fn word(&mut self, value: bool) -> Result<Word, KqlError> {
        let mut word = Word { at: self.at, end: self.at, pieces: vec![String::new()], escaped: false };
        while let Some(c) = self.peek() {
            if c == '\\' {
                word.escaped = true;
                let plain = self.escape()?;
                if let Some(last) = word.pieces.last_mut() {
                    last.push_str(&plain);
                }
                continue;
            }
            if c == '*' {
                word.pieces.push(String::new());
            } else if ends_word(c) && !(value && c == ':') {
                break;
            } else if let Some(last) = word.pieces.last_mut() {
                last.push(c);
            }
            self.at += c.len_utf8();
        }
        word.end = self.at;
        Ok(word)
    }

    /// A backslash outside quotes, and what it stands for.
    fn escape(&mut self) -> Result<String, KqlError> {
        let begin = self.at;
        self.at += 1;
        let twice = "a backslash is written twice here ('\\\\'), or the value is put in quotes";
        let Some(c) = self.peek() else { return Err(KqlError::new(begin, twice)) };
        if let Some(plain) = self.named_escape() {
            return Ok(plain.to_string());
        }
        for keyword in ["and", "or", "not"] {
            if self.keyword(keyword) {
                let word = self.rest().get(..keyword.len()).unwrap_or(keyword).to_owned();
                self.at += keyword.len();
                return Ok(word);
            }
        }
        if c.is_alphanumeric() {
            return Err(KqlError::new(begin, twice));
        }
        self.at += c.len_utf8();
        Ok(c.to_string())
    }

    /// `n`, `r`, `t` or `uXXXX` after a backslash; takes it if it is one.
    fn named_escape(&mut self) -> Option<char> {
        let plain = match self.peek()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let hex = self.rest().get(1..5).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))?;
                let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
                self.at += 5;
                return Some(c);
            }
            _ => return None,
        };
        self.at += 1;
        Some(plain)
    }

    /// A text in double quotes; the caller saw the first.
    fn quoted(&mut self) -> Result<String, KqlError> {
        let open = self.at;
        self.at += 1;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => match self.peek() {
                    Some(next @ ('"' | '\\')) => {
                        out.push(next);
                        self.at += 1;
                    }
                    _ => out.push(self.named_escape().unwrap_or('\\')),
                },
                other => out.push(other),
            }
        }
        Err(KqlError::new(self.at, format!("expected a closing '\"' for the one at character {}", open + 1)))
    }

    /// What follows a field name; the reader stands on `:`, `<` or `>`. `star` is the place of the field
    /// when its name has a star outside quotes.
    fn comparison(
        &mut self,
        field: &str,
        star: Option<usize>,
        begin: usize,
        depth: usize,
    ) -> Result<Filter, KqlError> {
        let colon = self.eat(':');
        if !colon {
            let op = match (self.eat('<'), self.eat('>')) {
                (true, false) => (Op::Lt, Op::Le),
                (true, true) => {
                    return Err(KqlError::new(
                        self.at - 2,
                        "'is not' is written with 'not', as in not user.name : root",
                    ));
                }
                _ => (Op::Gt, Op::Ge),
            };
            let op = if self.eat('=') { op.1 } else { op.0 };
            if let Some(at) = star {
                return Err(KqlError::new(at, "a field name with '*' cannot be compared; name one field"));
            }
            return self.compared(field, op);
        }
        self.space();
        if matches!(self.peek(), Some('<' | '>')) {
            return Err(
                self.wrong("a comparison has no ':'; write it as in http.response.status_code >= 500")
            );
        }
        if let Some(at) = star {
            return self.starred(field, at);
        }
        if self.peek() == Some('(') {
            let open = self.at;
            self.at += 1;
            self.space();
            if self.peek() == Some(')') {
                return Err(self.wrong("expected a value between '(' and ')'"));
            }
            if depth >= DEPTH_MAX {
                return Err(
                    self.wrong(format!("nested deeper than {DEPTH_MAX} levels; make the query flatter"))
                );
            }
            let filter = self.any(&Values::Of(field), depth + 1)?;
            self.space();
            return if self.eat(')') {
                self.refuse_neighbour()?;
                Ok(filter)
            } else {
                Err(self.unclosed(open))
            };
        }
        if self.keyword("not") {
            return Err(self.wrong(format!(
                "expected a value; 'is not' is written before the field, as in not {}",
                self.text.get(begin..self.at).unwrap_or("").trim()
            )));
        }
        self.value(field, false)
    }

    /// `winlog.* : *`, the only use of a star in a field name.
    fn starred(&mut self, field: &str, at: usize) -> Result<Filter, KqlError> {
        let word = self.word(true)?;
        let exists = word.pieces.len() == 2 && word.pieces.iter().all(String::is_empty);
        let stem = field.strip_suffix(".*").filter(|s| !s.is_empty() && !s.contains('*'));
        match (stem, exists) {
            (Some(_), true) => Ok(Filter::Exists(field.to_owned())),
            (_, true) if field == "*" => Ok(Filter::All),
            (Some(stem), false) => Err(KqlError::new(
                at,
                format!(
                    "'{stem}.*' can only be asked to exist ({stem}.* : *); name one field to look at its value"
                ),
            )),
            _ => Err(KqlError::new(
                at,
                "'*' in a field name is only understood at its end after a dot, as in winlog.* : *",
            )),
        }
    }

    /// One value of a field.
    fn value(&mut self, field: &str, grouped: bool) -> Result<Filter, KqlError> {
        // An IPv6 address may begin with colons.
        if !self.rest().starts_with("::") {
            self.refuse_start("a value")?;
        }
        let begin = self.at;
        if self.peek() == Some('"') {
            let text = self.quoted()?;
            self.refuse_neighbour()?;
            if field == TIMESTAMP {
                return time_span(&text, begin).map(Filter::Time);
            }
            if (field == "ip" || field.ends_with(".ip"))
                && let Some(net) = network(&text)
            {
                return Ok(Filter::Cidr { field: field.to_owned(), net });
            }
            return Ok(Filter::is(field, &text));
        }
        let mut word = self.word(true)?;
        self.check_colons(&word)?;
        self.more_words(&mut word, false)?;
        self.refuse_neighbour()?;
        let field = field.to_owned();
        let Some(text) = word.exact() else {
            let exists = word.pieces.len() == 2 && word.pieces.iter().all(String::is_empty);
            if field == TIMESTAMP && !exists {
                return Err(KqlError::new(
                    begin,
                    "a time takes no '*'; write a part of it, as in @timestamp : \"2026-03-10\"",
                ));
            }
            return Ok(if exists {
                Filter::Exists(field)
            } else {
                Filter::Match { pattern: word.pattern(), field }
            });
        };
        if text.is_empty() {
            return Err(KqlError::new(
                begin,
                if grouped { "expected a value here" } else { "expected a value after ':'" },
            ));
        }
        if field == TIMESTAMP {
            return time_span(text, begin).map(Filter::Time);
        }
        if !word.escaped {
            if let Some(net) = network(text) {
                return Ok(Filter::Cidr { field, net });
            }
            if let Ok(number) = text.parse::<u64>()
                && names_events(&field, number)
            {
                return Ok(Filter::Ids(vec![EventId(number)]));
            }
        }
        Ok(Filter::Match { field, pattern: Pattern::exact(text) })
    }

    /// A colon in an unquoted value is fine in addresses and times, else it is probably a forgotten `and`.
    fn check_colons(&self, word: &Word) -> Result<(), KqlError> {
        let written = self.text.get(word.at..word.end).unwrap_or("");
        let mut plain = written
            .char_indices()
            .filter(|(at, c)| *c == ':' && !written.get(..*at).is_some_and(|before| before.ends_with('\\')));
        let Some((at, _)) = plain.next() else { return Ok(()) };
        let text = word.pieces.join("*");
        let address = text.parse::<std::net::IpAddr>().is_ok() || network(&text).is_some();
        let v6_wild = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'*');
        if address || v6_wild || time::parse_rfc3339(&text).is_some() {
            return Ok(());
        }
        Err(KqlError::new(word.at + at, "a value with ':' in it must be in quotes"))
    }

    /// What follows `<`, `<=`, `>` or `>=`.
    fn compared(&mut self, field: &str, op: Op) -> Result<Filter, KqlError> {
        self.space();
        self.refuse_start("a number, a date or a text")?;
        let begin = self.at;
        if self.peek() == Some('(') {
            return Err(self.wrong("expected one value here; a comparison takes no list"));
        }
        let (text, quoted) = if self.peek() == Some('"') {
            (self.quoted()?, true)
        } else {
            let word = self.word(true)?;
            self.check_colons(&word)?;
            match word.exact() {
                Some(text) => (text.to_owned(), false),
                None => return Err(KqlError::new(begin, "a comparison takes no '*'")),
            }
        };
        self.refuse_neighbour()?;
        if field == TIMESTAMP {
            let span = time_span(&text, begin)?;
            return Ok(Filter::Time(match op {
                Op::Ge => TimeRange { from_ns: span.from_ns, to_ns: None },
                Op::Gt => TimeRange { from_ns: span.to_ns, to_ns: None },
                Op::Lt => TimeRange { from_ns: None, to_ns: span.from_ns },
                Op::Le => TimeRange { from_ns: None, to_ns: span.to_ns },
            }));
        }
        let value = if quoted {
            Value::Text(text)
        } else if let Ok(n) = text.parse::<i64>() {
            Value::Int(n)
        } else if let Some(x) = text.parse::<f64>().ok().filter(|x| x.is_finite()) {
            Value::Float(x)
        } else {
            Value::Text(text)
        };
        Ok(Filter::Compare { field: field.to_owned(), op, value })
    }
}

/// Whether an unquoted word ends before this character.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"' | ':' | '<' | '>' | '{' | '}')
}

/// Joins by `or`; exact values of one field become a list, event numbers one list of numbers.
fn join_or(mut parts: Vec<Filter>) -> Filter {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    if parts.iter().all(|p| matches!(p, Filter::Ids(_))) {
        return Filter::Ids(
            parts.into_iter().flat_map(|p| if let Filter::Ids(ids) = p { ids } else { Vec::new() }).collect(),
        );
    }
    let mut listed: Option<(String, Vec<String>)> = None;
    for part in &parts {
        let Filter::Match { field, pattern } = part else { return Filter::Or(parts) };
        let Some(text) = pattern.as_exact() else { return Filter::Or(parts) };
        match &mut listed {
            None => listed = Some((field.clone(), vec![text.to_owned()])),
            Some((name, values)) if name == field => values.push(text.to_owned()),
            Some(_) => return Filter::Or(parts),
        }
    }
    match listed {
        Some((field, values)) => Filter::In { field, values },
        None => Filter::Or(parts),
    }
}

/// A network, where the text is one (an address alone is not). A mapped IPv4 network is IPv4.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let net: IpNet = text.parse().ok()?;
    Some(match net {
        IpNet::V6(v6) => match v6.addr().to_ipv4_mapped() {
            Some(v4) if v6.prefix_len() >= 96 => {
                Ipv4Net::new(v4, v6.prefix_len() - 96).map_or(net, IpNet::V4)
            }
            _ => net,
        },
        IpNet::V4(_) => net,
    })
}

/// The span that a written time stands for: a day for a date, a minute for `02:13`.
fn time_span(text: &str, at: usize) -> Result<TimeRange, KqlError> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("now") || lower == "today" || lower == "yesterday" {
        return Err(KqlError::new(
            at,
            format!(
                "'{lower}' means nothing in a case of past events; write a date, as in \"2026-03-10T02:13\", or choose a range on the timeline"
            ),
        ));
    }
    let unknown =
        || KqlError::new(at, "expected a date or a time, as in \"2026-03-10\" or \"2026-03-10T02:13:04Z\"");
    if text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        // As in Kibana: a long whole number is milliseconds since 1970; seconds are taken when too small for that.
        let n: i64 = text.parse().map_err(|_| unknown())?;
        let unit = if n >= 100_000_000_000 { SECOND / 1_000 } else { SECOND };
        let from = n.checked_mul(unit).ok_or_else(unknown)?;
        return Ok(TimeRange::new(from, from.checked_add(unit).ok_or_else(unknown)?));
    }
    let from = time::parse_rfc3339(text).ok_or_else(unknown)?;
    let to = match text.len() {
        4 => text.parse::<i64>().ok().and_then(|y| time::parse_rfc3339(&format!("{:04}", y + 1))),
        7 => {
            let (year, month, _) = time::civil_from_days(from.div_euclid(DAY));
            from.checked_add(i64::from(time::days_in_month(year, month)) * DAY)
        }
        10 => from.checked_add(DAY),
        _ => from.checked_add(clock_unit(text.get(10..).unwrap_or(""))),
    };
    Ok(TimeRange::new(from, to.ok_or_else(unknown)?))
}

/// The unit of the last digit of `T02:13:04.5...`, ns.
fn clock_unit(clock: &str) -> i64 {
    let clock = clock.trim_end_matches(['Z', 'z']);
    let clock = clock.find(['+', '-']).and_then(|end| clock.get(..end)).unwrap_or(clock);
    if let Some(dot) = clock.find(['.', ',']) {
        let digits = (clock.len() - dot - 1).min(9) as u32;
        return SECOND / 10i64.pow(digits);
    }
    match clock.matches(':').count() {
        0 => HOUR,
        1 => MINUTE,
        _ => SECOND,
    }
}
