//! The plain values of one XML element: nested elements give dotted names, attributes stand beside them, namespaces
//! are left off. Entities other than XML's own five are never expanded: they stay as they stand. Property lists'
//! dictionaries (`<key>a</key><string>b</string>`) give the names that their keys say. What values mean is the
//! formats'.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use timberline_model::value::MULTI;

/// The longest dotted name, in bytes; deeper values are kept under what fits.
const LONGEST_NAME: usize = 300;
/// Attributes of one element that are read.
const MOST_ATTRIBUTES: usize = 256;

/// What was odd about an element that was read all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odd {
    /// An entity was left as it stands.
    pub entity: bool,
    /// Attributes were left out.
    pub attributes: bool,
}

/// Reads one element after another.
#[derive(Debug, Default)]
pub struct XmlValues {
    path: String,
    open: Vec<Level>,
    text: String,
    /// The key that names the next value of the dictionary that is open.
    key: String,
    odd: Odd,
}

/// An element that is open.
#[derive(Debug)]
struct Level {
    /// Length of the path without it.
    start: usize,
    /// Whether no element stands in it so far.
    leaf: bool,
    dictionary: bool,
    is_key: bool,
}

impl XmlValues {
    /// Hands all values of the element to `take`, each with its dotted name below that element (which itself is not
    /// in it; its own text has the name `text`).
    ///
    /// # Errors
    /// What is wrong with the XML, in words.
    pub fn read(&mut self, xml: &str, take: &mut dyn FnMut(&str, &str)) -> Result<Odd, String> {
        self.path.clear();
        self.open.clear();
        self.text.clear();
        self.key.clear();
        self.odd = Odd::default();
        let mut reader = quick_xml::Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        loop {
            match reader.read_event().map_err(|why| why.to_string())? {
                Event::Start(tag) => self.begin(&tag, take),
                Event::End(_) => {
                    self.end(take);
                    if self.open.is_empty() {
                        return Ok(self.odd);
                    }
                }
                Event::Text(text) => self.text.push_str(&text.xml10_content()),
                Event::CData(text) => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(name) => match name.resolve_char_ref() {
                    Ok(Some(c)) => self.text.push(c),
                    _ => match resolve_predefined_entity(&name) {
                        Some(text) => self.text.push_str(text),
                        None => {
                            self.text.push('&');
                            self.text.push_str(&name);
                            self.text.push(';');
                            self.odd.entity = true;
                        }
                    },
                },
                Event::Eof => return Err("the element ends too early".to_owned()),
                _ => {}
            }
        }
    }

    fn begin(&mut self, tag: &BytesStart<'_>, take: &mut dyn FnMut(&str, &str)) {
        let local = tag.local_name();
        let local: &str = local.as_ref();
        let inside = !self.open.is_empty();
        let named_by_key = self.open.last().is_some_and(|l| l.dictionary) && local != "key";
        if let Some(around) = self.open.last_mut() {
            around.leaf = false;
        }
        // Text before an element inside of the same one.
        self.give(take);
        let start = self.path.len();
        if inside {
            let key = std::mem::take(&mut self.key);
            let name = if named_by_key && !key.is_empty() { key.as_str() } else { local };
            push(&mut self.path, name);
            self.key = key;
            if named_by_key {
                self.key.clear();
            }
        }
        let (dictionary, is_key) = (local == "dict", local == "key");
        self.open.push(Level { start, leaf: true, dictionary, is_key });
        for (n, attribute) in tag.attributes().with_checks(false).enumerate() {
            if n >= MOST_ATTRIBUTES {
                self.odd.attributes = true;
                break;
            }
            let Ok(attribute) = attribute else { continue };
            let name = attribute.key;
            if name.as_ref() == "xmlns" || name.prefix().is_some_and(|p| AsRef::<str>::as_ref(&p) == "xmlns")
            {
                continue;
            }
            let value = match attribute.normalized_value(XmlVersion::default()) {
                Ok(value) => value,
                Err(_) => {
                    self.odd.entity = true;
                    attribute.value
                }
            };
            let length = self.path.len();
            let local = name.local_name();
            push(&mut self.path, local.as_ref());
            if value.contains(MULTI) {
                take(&self.path, &value.replace(MULTI, "\u{fffd}"));
            } else {
                take(&self.path, &value);
            }
            self.path.truncate(length);
        }
    }

    fn end(&mut self, take: &mut dyn FnMut(&str, &str)) {
        let Some(level) = self.open.pop() else { return };
        let in_dictionary = self.open.last().is_some_and(|l| l.dictionary);
        if level.is_key && in_dictionary {
            self.key.clear();
            self.key.push_str(self.text.trim());
        } else if level.leaf && in_dictionary && self.text.trim().is_empty() {
            // `<true/>`: the name of the element was its value.
            if self.path.len() > level.start {
                take(&self.path, "true");
            }
        } else {
            self.give_named(level.leaf, take);
        }
        self.text.clear();
        self.path.truncate(level.start);
    }

    fn give(&mut self, take: &mut dyn FnMut(&str, &str)) {
        self.give_named(false, take);
        self.text.clear();
    }

    fn give_named(&mut self, leaf: bool, take: &mut dyn FnMut(&str, &str)) {
        let text = self.text.trim();
        if text.is_empty() && (!leaf || self.open.is_empty()) {
            return;
        }
        let path = if self.path.is_empty() { "text" } else { &self.path };
        if text.contains(MULTI) {
            take(path, &text.replace(MULTI, "\u{fffd}"));
        } else {
            take(path, text);
        }
    }
}

fn push(path: &mut String, name: &str) {
    if path.len() + name.len() >= LONGEST_NAME {
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// The attributes of one tag, by local name.
pub fn attributes(tag: &[u8], take: &mut dyn FnMut(&str, &str)) {
    let text = String::from_utf8_lossy(tag);
    let mut reader = quick_xml::Reader::from_str(&text);
    let Ok(Event::Start(tag) | Event::Empty(tag)) = reader.read_event() else { return };
    for attribute in tag.attributes().with_checks(false).take(MOST_ATTRIBUTES).flatten() {
        if let Ok(value) = attribute.normalized_value(XmlVersion::default()) {
            take(attribute.key.local_name().as_ref(), &value.replace(MULTI, "\u{fffd}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str, expect: &[&str]) {
        let mut seen = Vec::new();
        XmlValues::default().read(xml, &mut |path, value| seen.push(format!("{path}={value}"))).unwrap();
        assert_eq!(seen, expect, "{xml}");
    }

    #[test]
    fn nesting_gives_dotted_names() {
        check(
            "<r id='1'><a>x</a><n:b n:c='2' xmlns:n='u'>y &amp; &#65;</n:b><d/><e><f>1</f><f>2</f></e></r>",
            &["id=1", "a=x", "b.c=2", "b=y & A", "d=", "e.f=1", "e.f=2"],
        );
        check("<r>plain</r>", &["text=plain"]);
        check("<r>one <b>two</b> three</r>", &["text=one", "b=two", "text=three"]);
        check("<r><![CDATA[<x>]]></r>", &["text=<x>"]);
    }

    #[test]
    fn keys_of_property_lists_are_names() {
        check(
            "<dict><key>Time</key><date>2026-03-10T02:13:04Z</date><key>On</key><true/><key>In</key><dict><key>n</key>\
             <integer>7</integer></dict></dict>",
            &["Time=2026-03-10T02:13:04Z", "On=true", "In.n=7"],
        );
    }

    #[test]
    fn entities_stay_as_they_stand() {
        let mut seen = String::new();
        let odd = XmlValues::default().read("<r a='&lol;'>&lol9;</r>", &mut |_, v| seen.push_str(v)).unwrap();
        assert!(odd.entity && seen == "&lol;&lol9;", "{seen}");
        assert!(XmlValues::default().read("<r><a></r>", &mut |_, _| ()).is_err());
        assert!(XmlValues::default().read("<r>", &mut |_, _| ()).is_err());
    }

    #[test]
    fn a_tag_with_too_many_attributes_is_cut() {
        let many: String = (0..300).map(|n| format!(" a{n}='1'")).collect();
        let mut count = 0;
        let odd = XmlValues::default().read(&format!("<r{many}/>"), &mut |_, _| count += 1).unwrap();
        assert!(odd.attributes && count == 256);
    }
}
