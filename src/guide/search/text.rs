//! What there is to be found on a page of HTML: its sections, figures, claims and questions, in words.

/// A page, and the places on it.
pub(super) struct Page {
    pub title: String,
    pub sequence: String,
    pub kind: String,
    pub found: Vec<Found>,
}

/// A place that can be found, and what stands there.
pub(super) struct Found {
    /// Its id; empty for the page as a whole.
    pub anchor: String,
    pub title: String,
    /// `page`, `section`, `figure`, `claim` or `question`.
    pub kind: &'static str,
    pub body: String,
}

/// Pages of these kinds show what other pages say.
const GATHERING: [&str; 10] =
    ["claims", "figures", "questions", "sequence", "not-found", "redirect", "posts", "people", "taxonomy", "term"];

/// What has no words, or none that a reader looks for.
const WORDLESS: [&str; 8] = ["script", "style", "svg", "nav", "button", "template", "select", "video"];
const SILENT: [&str; 11] = [
    "source",
    "cell-foot",
    "katex-html",
    "toc-inline",
    "anchor",
    "chapter-foot",
    "contains",
    "overline",
    "byline",
    "footnote-ref",
    "back",
];

/// Tags that may stand within a word.
const WITHIN_WORDS: [&str; 18] = [
    "a", "abbr", "b", "code", "del", "em", "i", "ins", "kbd", "mark", "s", "small", "span", "strong", "sub", "sup",
    "u", "wbr",
];

/// A formula that is longer is no help in an excerpt.
const FORMULA: usize = 40;

/// Reads a page; nothing for one that is not to be found: without a `<main>`, hidden from search engines, or an index.
pub(super) fn read(html: &str) -> Option<Page> {
    let head = &html[..html.find("</head>")?];
    if head.contains("<meta name=\"robots\" content=\"noindex\">") {
        return None;
    }
    let kind = html.split_once("<body class=\"page-")?.1.split(['"', ' ']).next()?;
    if GATHERING.contains(&kind) {
        return None;
    }
    let main = &html[html.find("<main")?..html.rfind("</main>")?];
    let said = |name: &str| {
        let found = head.split_once(&format!("<meta property=\"{name}\" content=\""));
        found.map_or(String::new(), |(_, rest)| decoded(rest.split('"').next().unwrap_or_default()))
    };
    let title = said("og:title");
    let mut page =
        Page { title: title.clone(), sequence: said("article:section"), kind: kind.into(), found: Vec::new() };
    let whole = if kind == "question" { "question" } else { "page" };
    let mut reader = Reader { found: &mut page.found, at: 0 };
    reader.open("", title, whole);
    reader.read(main);
    page.found.iter_mut().for_each(|found| found.body = squeezed(&found.body));
    page.found.retain(|found| !found.anchor.is_empty() || !found.body.is_empty());
    Some(page)
}

struct Reader<'p> {
    found: &'p mut Vec<Found>,
    /// The place that words belong to.
    at: usize,
}

impl Reader<'_> {
    fn open(&mut self, anchor: &str, title: String, kind: &'static str) {
        self.at = self.found.len();
        self.found.push(Found { anchor: decoded(anchor), title, kind, body: String::new() });
    }

    /// Reads tags and words up to the end. Cost: O(length), but for what is within a place that is within a place.
    fn read(&mut self, html: &str) {
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            self.say(&rest[..at]);
            let tag = Tag::new(&rest[at..]);
            rest = &rest[at + tag.length..];
            let inside = tag.inside(rest);
            if tag.name == "math" {
                self.formula(inside);
                rest = &rest[inside.len()..];
            } else if WORDLESS.contains(&tag.name) || SILENT.iter().any(|class| tag.has(class)) {
                rest = &rest[inside.len()..];
            } else if is_heading(tag.name) {
                let title = words(inside);
                // The page's title, which has no id, stands for the page.
                if let Some(id) = tag.attribute("id") {
                    self.open(id, title, "section");
                }
                rest = &rest[inside.len()..];
            } else if let Some((id, kind)) = tag.place() {
                let outer = self.at;
                let title = title(kind, inside);
                self.open(id, title, kind);
                self.read(inside);
                self.at = outer;
                rest = &rest[inside.len()..];
            } else if tag.parts_words() {
                self.say(" ");
            }
        }
        self.say(rest);
    }

    fn say(&mut self, text: &str) {
        if let Some(found) = self.found.get_mut(self.at) {
            found.body.push_str(&decoded(text));
        }
    }

    fn formula(&mut self, math: &str) {
        let tex = math.rfind("<annotation").and_then(|at| math[at..].split_once('>'));
        let tex = tex.and_then(|(_, rest)| rest.split('<').next()).unwrap_or_default();
        let short = tex.chars().count() <= FORMULA;
        self.say(if short { tex } else { "…" });
    }
}

/// The words of a piece of HTML.
fn words(html: &str) -> String {
    let mut found = vec![Found { anchor: String::new(), title: String::new(), kind: "page", body: String::new() }];
    Reader { found: &mut found, at: 0 }.read(html);
    squeezed(&found[0].body)
}

/// How a place is called: by its number, or by what it says first.
fn title(kind: &str, inside: &str) -> String {
    let class = match kind {
        "claim" => "class=\"statement\"",
        "question" => "class=\"question-title\"",
        _ => "class=\"number\"",
    };
    let Some(at) = inside.find(class) else { return String::new() };
    let start = inside[..at].rfind('<').unwrap_or(at);
    let tag = Tag::new(&inside[start..]);
    words(tag.inside(&inside[start + tag.length..]))
}

struct Tag<'h> {
    name: &'h str,
    text: &'h str,
    length: usize,
}

impl<'h> Tag<'h> {
    /// Reads the tag that a text begins with.
    fn new(html: &'h str) -> Tag<'h> {
        if html.starts_with("<!--") {
            let length = html.find("-->").map_or(html.len(), |at| at + 3);
            return Tag { name: "", text: &html[..length], length };
        }
        let (mut quote, mut length) = (None, html.len());
        for (at, byte) in html.bytes().enumerate() {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if open == byte => quote = None,
                (None, b'>') => {
                    length = at + 1;
                    break;
                }
                _ => {}
            }
        }
        let text = &html[..length];
        let end = text[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(text.len(), |at| at + 1);
        Tag { name: &text[1..end], text, length }
    }

    fn attribute(&self, name: &str) -> Option<&'h str> {
        self.text.split_once(&format!(" {name}=\""))?.1.split('"').next()
    }

    fn has(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split(' ').any(|known| known == class))
    }

    /// What stands between this tag and the one that closes it.
    fn inside(&self, rest: &'h str) -> &'h str {
        if self.name.is_empty()
            || self.text.ends_with("/>")
            || matches!(self.name, "br" | "hr" | "img" | "input" | "wbr")
        {
            return "";
        }
        let (mut depth, mut at) = (1, 0);
        while let Some(next) = rest[at..].find('<') {
            at += next;
            let after = rest[at + 1..].strip_prefix('/');
            let name = after.unwrap_or(&rest[at + 1..]);
            let same =
                name.starts_with(self.name) && !name[self.name.len()..].starts_with(|c: char| c.is_alphanumeric());
            if same {
                depth = if after.is_some() { depth - 1 } else { depth + 1 };
                if depth == 0 {
                    return &rest[..at];
                }
            }
            at += 1;
        }
        rest
    }

    /// The id and the kind of a place that is found for itself.
    fn place(&self) -> Option<(&'h str, &'static str)> {
        let kind = match self.name {
            "figure" if self.has("cell") => "figure",
            "p" if self.has("claim") => "claim",
            "aside" if self.has("question") => "question",
            _ => return None,
        };
        Some((self.attribute("id")?, kind))
    }

    /// Whether words on both sides of it are two words.
    fn parts_words(&self) -> bool {
        let name = self.text.trim_start_matches(['<', '/']).split([' ', '>', '/']).next().unwrap_or_default();
        !WITHIN_WORDS.contains(&name)
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name.as_bytes(), [b'h', b'1'..=b'6'])
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text without the entities that HTML needs.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.find(';').filter(|end| *end < 10).and_then(|end| Some((meant(&rest[1..end])?, end + 1)));
        match entity {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn meant(entity: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match entity.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            digits => number(digits, 10),
        },
    }
}
