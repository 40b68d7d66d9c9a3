//! The index of the full-text search, made of the finished site: what a reader can find, and where it stands.

mod text;

use elasticlunr::lang::{English, Language, tokenize_whitespace};
use elasticlunr::pipeline::Pipeline;
use elasticlunr::{Index, IndexBuilder};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::site::Site;
use text::{Found, read};

/// Where the index is. It is a script, so that it can be had from a folder that nobody serves.
pub const PATH: &str = "search.js";

/// The longest word that can be found, in bytes.
const LONGEST: usize = 64;

/// A language without rules of its own: words are what stands between spaces.
struct Plain(String);

impl Language for Plain {
    fn name(&self) -> String {
        "Plain".into()
    }

    fn code(&self) -> String {
        self.0.clone()
    }

    fn tokenize(&self, text: &str) -> Vec<String> {
        tokenize_whitespace(text)
    }

    fn make_pipeline(&self) -> Pipeline {
        Pipeline { queue: Vec::new() }
    }
}

/// The index of all pages that may be found. It follows from the site alone. Cost: O(size of the HTML).
pub fn index(site: &Site) -> Vec<u8> {
    let html: Vec<_> = site.files.iter().filter(|(path, _)| path.ends_with(".html")).collect();
    let pages: Vec<_> = html
        .into_par_iter()
        .filter_map(|(path, bytes)| Some((path, read(std::str::from_utf8(bytes).ok()?)?)))
        .collect();
    let (mut written, mut places) = (Vec::new(), Vec::new());
    let mut index = empty(&language(site));
    for (path, page) in &pages {
        let path = path.strip_suffix("index.html").unwrap_or(path);
        written.push(json!([path, page.title, page.sequence, page.kind]));
        for Found { anchor, title, kind, body } in &page.found {
            index.add_doc(&places.len().to_string(), [searched(title), searched(body)]);
            places.push(json!([written.len() - 1, anchor, title, kind, body]));
        }
    }
    let all: Value = json!({"pages": written, "places": places, "index": index});
    // These two end a line of a script, though not one of JSON.
    let text = all.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    format!("window.theoriaSearch={text};\n").into_bytes()
}

/// A text without words that nobody looks for whole; the index has a level for every letter of its longest.
fn searched(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| word.len() <= LONGEST);
    words.collect::<Vec<_>>().join(" ")
}

/// The language of the first page.
fn language(site: &Site) -> String {
    let home = site.files.get("index.html").and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let named = home.split_once("<html lang=\"").and_then(|(_, rest)| rest.split(['"', '-', '_']).next());
    named.unwrap_or_default().to_lowercase()
}

fn empty(code: &str) -> Index {
    let code = code.to_owned();
    let language: Box<dyn Language> = if code == "en" { Box::new(English::new()) } else { Box::new(Plain(code)) };
    IndexBuilder::with_language(language).save_docs(false).set_ref("id").add_fields(["title", "body"]).build()
}
