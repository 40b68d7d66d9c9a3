//! JSON whose every value knows where it stands, so that what is wrong with it is told at its place.

use std::ops::Range;

/// A value and its place in the text.
#[derive(Debug)]
pub struct Node {
    pub value: Value,
    pub span: Range<usize>,
}

#[derive(Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    /// Its entries in their order, each with the place of its key.
    Object(Vec<(String, Range<usize>, Node)>),
}

/// Why a text is no JSON, and where.
#[derive(Debug)]
pub struct Fault {
    pub at: usize,
    pub text: String,
}

/// Values inside one another: nobody writes more by hand.
const DEEPEST: usize = 64;

/// Reads a text that holds one value. Cost: O(length).
pub fn parse(text: &str) -> Result<Node, Fault> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, depth: 0 };
    let node = reader.value()?;
    match reader.peek() {
        None => Ok(node),
        Some(_) => reader.fault("there is more after the end of the value"),
    }
}

impl Node {
    /// An entry of an object; `null` counts as absent.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Object(entries) = &self.value else { return None };
        let found = entries.iter().rev().find(|(name, _, _)| name == key);
        found.map(|(_, _, node)| node).filter(|node| !matches!(node.value, Value::Null))
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    /// The next sign that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault<T>(&self, text: &str) -> Result<T, Fault> {
        Err(Fault { at: self.at, text: text.to_owned() })
    }

    fn value(&mut self) -> Result<Node, Fault> {
        let first = self.peek();
        let start = self.at;
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("values stand too deep inside one another");
        }
        let value = match first {
            Some(b'{') => self.object()?,
            Some(b'[') => self.list()?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
            None => return self.fault("the text ends where a value is expected"),
        };
        self.depth -= 1;
        Ok(Node { value, span: start..self.at })
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut entries = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'}') if entries.is_empty() => break,
                Some(b'"') => {}
                Some(b'}') => return self.fault("a comma stands before the end of the object"),
                _ => return self.fault("a key in double quotes is expected here"),
            }
            let start = self.at;
            let key = self.string()?;
            let place = start..self.at;
            if self.peek() != Some(b':') {
                return self.fault("a `:` is expected here");
            }
            self.at += 1;
            let value = self.value()?;
            entries.push((key, place, value));
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.fault("a `,` or the `}` of the object is expected here"),
            }
        }
        self.at += 1;
        Ok(Value::Object(entries))
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b']') if items.is_empty() => break,
                Some(b']') => return self.fault("a comma stands before the end of the list"),
                _ => items.push(self.value()?),
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.fault("a `,` or the `]` of the list is expected here"),
            }
        }
        self.at += 1;
        Ok(Value::List(items))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut signs = self.text[start + 1..].char_indices();
        while let Some((at, sign)) = signs.next() {
            match sign {
                '\\' => drop(signs.next()),
                '"' => {
                    self.at = start + 1 + at + 1;
                    let text = serde_json::from_str(&self.text[start..self.at]);
                    return text.or_else(|error| {
                        self.at = (start + error.column().max(1) - 1).min(self.text.len());
                        while !self.text.is_char_boundary(self.at) {
                            self.at -= 1;
                        }
                        self.fault("this is no character that `\\` may stand before, or a control character")
                    });
                }
                '\n' => break,
                _ => {}
            }
        }
        self.fault("the text in quotes that begins here does not end on its line")
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
        let Ok(number) = serde_json::from_str(&rest[..length]) else { return self.fault("this is no number") };
        self.at += length;
        Ok(Value::Number(number))
    }

    fn word(&mut self) -> Result<Value, Fault> {
        let rest = &self.text[self.at..];
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fault("a value is expected here")
    }
}
