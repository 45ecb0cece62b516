//! Calls of tools: read from the protocol's own place, or dug out of the words, where small models write them
//! (`{"name": ..., "arguments": ...}`, alone, in a code fence or in `<tool_call>` tags).

use crate::protocol::ARGUMENTS_MAX;
use serde_json::Value;

/// Calls are looked for in so many bytes of a text.
const TEXT_MAX: usize = 16 * 1024;

/// A call that a model makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The endpoint's id for it; made up where it gave none.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Its arguments, or why they cannot be read.
    pub arguments: Result<Value, String>,
}

/// A call by the protocol.
#[must_use]
pub fn read(id: &str, name: &str, arguments: &str) -> Call {
    let arguments = if arguments.len() > ARGUMENTS_MAX {
        Err(format!("the arguments are longer than {ARGUMENTS_MAX} bytes"))
    } else if arguments.trim().is_empty() {
        Ok(Value::Object(serde_json::Map::new()))
    } else {
        match serde_json::from_str(arguments) {
            // Some wrap the object in a string once more.
            Ok(Value::String(inner)) => serde_json::from_str(&inner).map_err(|_| "not JSON".to_owned()),
            Ok(value) => Ok(value),
            Err(why) => Err(format!("the arguments are no JSON: {why}")),
        }
    };
    let id = if id.is_empty() { format!("call_{name}") } else { id.to_owned() };
    Call { id, name: name.to_owned(), arguments }
}

/// The calls in a text: objects with a known tool's name. Text that merely mentions a tool is none.
#[must_use]
pub fn in_text(text: &str, tools: &[&str]) -> Vec<Call> {
    let mut found = Vec::new();
    // Looking for the end of each brace takes the square of the length.
    let cut = (0..=TEXT_MAX.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let text = text.get(..cut).unwrap_or(text);
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|i| at + i) {
        let Some(end) = object_end(text, open) else {
            at = open + 1;
            continue;
        };
        let value: Option<Value> = text.get(open..end).and_then(|t| serde_json::from_str(t).ok());
        match value.and_then(|v| as_call(&v, tools, found.len())) {
            Some(call) if found.len() < 12 => {
                found.push(call);
                at = end;
            }
            // Perhaps it is inside: `{"tool_calls": [{...}]}`.
            _ => at = open + 1,
        }
    }
    found
}

fn as_call(value: &Value, tools: &[&str], n: usize) -> Option<Call> {
    let object = value.get("function").filter(|f| f.is_object()).unwrap_or(value);
    let name = ["name", "tool"].iter().find_map(|k| object.get(*k)).and_then(Value::as_str)?;
    if !tools.contains(&name) {
        return None;
    }
    let arguments = ["arguments", "parameters", "args"].iter().find_map(|k| object.get(*k));
    let arguments = match arguments {
        Some(Value::String(text)) => serde_json::from_str(text).ok()?,
        Some(value) => value.clone(),
        None => {
            // Arguments beside the name.
            let mut rest = object.as_object()?.clone();
            rest.retain(|key, _| key != "name" && key != "tool");
            Value::Object(rest)
        }
    };
    Some(Call { id: format!("text_{n}"), name: name.to_owned(), arguments: Ok(arguments) })
}

/// Where the object that opens at `open` ends; strings are skipped.
fn object_end(text: &str, open: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for (i, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TOOLS: &[&str] = &["count_events", "top_values"];

    fn check(text: &str, expect: &[(&str, Value)]) {
        let found: Vec<(String, Value)> =
            in_text(text, TOOLS).into_iter().map(|c| (c.name, c.arguments.unwrap())).collect();
        let expect: Vec<(String, Value)> = expect.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn calls_are_found_where_small_models_write_them() {
        let call = json!({ "field": "user.name" });
        check(r#"{"name":"top_values","arguments":{"field":"user.name"}}"#, &[("top_values", call.clone())]);
        check(
            "```json\n{\"name\": \"top_values\", \"arguments\": {\"field\": \"user.name\"}}\n```",
            &[("top_values", call.clone())],
        );
        check(
            "<tool_call>\n{\"name\":\"count_events\",\"arguments\":{}}\n</tool_call>\n<tool_call>{\"name\":\"top_values\",\"arguments\":\"{\\\"field\\\":\\\"user.name\\\"}\"}</tool_call>",
            &[("count_events", json!({})), ("top_values", call.clone())],
        );
        check(r#"{"tool":"top_values","field":"user.name"}"#, &[("top_values", call.clone())]);
        check(
            r#"{"tool_calls":[{"type":"function","function":{"name":"top_values","arguments":{"field":"user.name"}}}]}"#,
            &[("top_values", call)],
        );
    }

    #[test]
    fn words_are_no_calls() {
        for text in [
            "I would call count_events.",
            r#"{"name":"rm","arguments":{}}"#,
            r#"{"name":"count_events","arguments":{"a":"#,
            "{{{{",
            r#"{"a":"{\"name\":\"count_events\"}"}"#,
            "",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn arguments_that_cannot_be_read_say_so() {
        assert!(read("", "x", "{\"a\":").arguments.is_err());
        assert!(read("", "x", &"x".repeat(ARGUMENTS_MAX + 1)).arguments.unwrap_err().contains("longer"));
        assert_eq!(read("", "x", "").arguments, Ok(json!({})));
        assert_eq!(read("", "x", "\"{\\\"a\\\":1}\"").arguments, Ok(json!({ "a": 1 })));
    }
}
