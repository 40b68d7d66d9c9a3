//! Attributes in braces: `{.class #id key=value key="two words"}`.

/// What stands between the braces.
#[derive(Debug, Default)]
pub struct Attributes {
    pub classes: Vec<String>,
    pub id: Option<String>,
    pub pairs: Vec<Pair>,
}

/// `key=value`.
#[derive(Debug)]
pub struct Pair {
    pub key: String,
    pub value: String,
    /// Where the value begins in the file.
    pub start: usize,
}

impl Attributes {
    pub fn get(&self, key: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.key == key)
    }
}

/// The length of attributes in braces at the beginning of a text; braces in quotes do not count.
pub fn length(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices().skip(1) {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') if text[..at].ends_with('=') => quote = Some(c),
            (None, '}') => return text.starts_with('{').then_some(at + 1),
            (None, '{') => return None,
            _ => {}
        }
    }
    None
}

/// The attributes at the end of a text, and what stands before them.
pub fn at_end(text: &str) -> Option<(&str, Attributes)> {
    let at = text.trim_end().rfind('{')?;
    let read = read(text[at..].trim_end(), at)?;
    // `{x}` may be the end of a formula, `{{x}}` a hole.
    let given = read.id.is_some() || !read.classes.is_empty();
    given.then(|| (text[..at].trim_end(), read))
}

/// Reads attributes that stand at `start` in the file; nothing if they cannot be read.
pub fn read(text: &str, start: usize) -> Option<Attributes> {
    let mut out = Attributes::default();
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if let Some(value) = after.strip_prefix('=') {
            let at = text.len() - 1 - value.len();
            let (value, tail, quote) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let (value, tail) = value[1..].split_once(quote)?;
                    (value, tail, 1)
                }
                _ => {
                    let (value, tail) = value.split_at(value.find(char::is_whitespace).unwrap_or(value.len()));
                    (value, tail, 0)
                }
            };
            out.pairs.push(Pair { key: word.to_owned(), value: value.to_owned(), start: start + at + quote });
            rest = tail;
        } else if let Some(class) = word.strip_prefix('.') {
            out.classes.push(class.to_owned());
        } else if let Some(id) = word.strip_prefix('#') {
            out.id = Some(id.to_owned());
        } else {
            // A word alone is a switch that is on.
            let named = word.starts_with(|c: char| c.is_ascii_alphabetic());
            let pair = Pair { key: word.to_owned(), value: String::new(), start };
            named.then(|| out.pairs.push(pair))?;
        }
        rest = rest.trim_start();
    }
    Some(out)
}
