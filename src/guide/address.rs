//! Where things are in the finished site.

/// The way from an address to the site's root: `../` for each folder.
pub fn root_of(path: &str) -> String {
    match path.matches('/').count() {
        0 => "./".into(),
        depth => "../".repeat(depth),
    }
}

/// A path as it is written in a link: what would end it or be taken for something else becomes `%20` and the like.
/// A `?` stays, since it begins the query of a link.
pub fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            ' ' | '#' | '%' | '"' | '<' | '>' | '\\' | '`' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// What [`encode`] wrote, and anyone else: a path without `%20`. What is no UTF-8 when decoded stays as it is.
pub fn decode(path: &str) -> String {
    let mut out = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(out).unwrap_or_else(|_| path.to_owned())
}

/// Whether a link leads out of the site, or is not one of pages.
pub fn leaves_site(to: &str) -> bool {
    let scheme = to.split([':', '/', '?', '#']).next().unwrap_or_default();
    let has_scheme = to[scheme.len()..].starts_with(':')
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    has_scheme || to.starts_with("//")
}

/// The address of a question's own page.
pub fn question_path(label: &str) -> String {
    format!("questions/{}/", label.strip_prefix("q-").unwrap_or(label))
}

/// Where the data of a cell is published.
pub fn data_path(label: &str, kind: &str) -> String {
    format!("figures/{label}.{kind}")
}
