//! Sites in the form of learningmechanics.pub: `posts/`, `ssg/config.py`, `openquestions/`, `contributors.json`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checkout, Taken};
use crate::guide::model::without_order;
use crate::guide::starter::{file_name, quoted};

/// Constants that say something of the site itself; others in capitals with an address or a text are variables.
const KNOWN: [&str; 10] = [
    "SITE_URL",
    "SITE_TITLE",
    "SITE_DESCRIPTION",
    "AUTHOR",
    "POSTS_DIR",
    "BUILD_DIR",
    "OPEN_QUESTIONS_DIR",
    "QUESTIONS_FILE",
    "CONTRIBUTORS_FILE",
    "TEMPLATES_DIR",
];

/// Beginnings of constants that belong to the old pages.
const OTHERS: [&str; 8] = ["KATEX_", "FONT_", "WEB_FONT", "GA_", "GISCUS_", "RSS_", "TEAM_", "MAILERLITE"];

pub(super) fn read(checkout: &Checkout) -> Result<Taken, String> {
    let constants = checkout.texts.get("ssg/config.py").map(|text| constants(text)).unwrap_or_default();
    let config = "ssg/config.py";
    let of = |name: &str| constants.get(name).cloned().unwrap_or_default();
    let posts = constants.get("POSTS_DIR").cloned().unwrap_or_else(|| "posts".into());
    if !checkout.has_folder(&posts) {
        return Err(format!("there is no folder '{posts}' here: run this in the checkout of such a site"));
    }
    let mut taken = Taken::default();
    taken.yaml.push_str("# Written by `theoria init --from learningmechanics`.\n");
    let title = if of("SITE_TITLE").is_empty() { "A living guide".to_owned() } else { of("SITE_TITLE") };
    taken.say("title", &title, config);
    taken.say("description", &of("SITE_DESCRIPTION"), config);
    taken.say("url", of("SITE_URL").trim_end_matches('/'), config);
    taken.say("author", &of("AUTHOR"), config);
    taken.say("content", &posts, if constants.contains_key("POSTS_DIR") { config } else { "the folder that is there" });
    if checkout.has_folder("templates") {
        taken.line("templates: false", "the folder `templates`, which is for another engine");
    }
    let usual = ["openquestions/questions.json", "data/openquestions.json"];
    let named = Some(of("QUESTIONS_FILE")).filter(|name| !name.is_empty());
    let questions =
        named.or_else(|| usual.iter().map(|name| (*name).to_owned()).find(|name| checkout.texts.contains_key(name)));
    match questions.filter(|name| checkout.texts.contains_key(name)) {
        Some(name) => taken.say(
            "questions",
            &name,
            if of("QUESTIONS_FILE").is_empty() { "the file that is there" } else { config },
        ),
        None => taken.leave("no file of questions was found"),
    }
    variables(checkout, &constants, &posts, &mut taken);
    if let Some((file, text)) = checkout.first(&["static/macros.js", "static/js/macros.js", "static/math-render.js"]) {
        let macros = macros(text);
        if macros.is_empty() {
            taken.leave(&format!("no macros were found in {file}"));
        }
        if !macros.is_empty() {
            taken.line(&format!("macros_file: {file}"), &format!("{file}, which has {} of them", macros.len()));
        }
    }
    taken.map("redirects", &moved(checkout, &posts), "pages that lie in the folder of a sequence and stood alone");
    services(&constants, &mut taken);
    if checkout.texts.contains_key("contributors.json") {
        taken.taken.push("people: contributors.json is read as it is".into());
    }
    taken.leave("the menu, the styles and the templates of the old site: Theoria's own are used; see `templates` and `static` in the README");
    Ok(taken)
}

/// What fills `{{NAME}}` in pages.
fn variables(checkout: &Checkout, constants: &BTreeMap<String, String>, posts: &str, taken: &mut Taken) {
    let config = "ssg/config.py";
    let is_variable =
        |name: &String| !KNOWN.contains(&name.as_str()) && !OTHERS.iter().any(|start| name.starts_with(start));
    let used = used(checkout, posts);
    let variables: BTreeMap<String, String> = constants
        .iter()
        .filter(|(name, value)| {
            !value.is_empty() && is_variable(name) && (used.contains(*name) || name.ends_with("_URL"))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    taken.map("variables", &variables, config);
    let filled: Vec<&String> =
        used.iter().filter(|name| !variables.contains_key(*name) && *name != "CITATION").collect();
    for name in filled {
        taken.leave(&format!("pages use `{{{{{name}}}}}`, which no constant of {config} gives: add it to `variables`"));
    }
}

/// Comments and analytics, where the site has them: as a comment, since readers' browsers would ask other servers.
fn services(constants: &BTreeMap<String, String>, taken: &mut Taken) {
    let of = |name: &str| constants.get(name).map(String::as_str).unwrap_or_default();
    let giscus = [
        ("repo", "GISCUS_REPO"),
        ("repo_id", "GISCUS_REPO_ID"),
        ("category", "GISCUS_CATEGORY_POSTS"),
        ("category_id", "GISCUS_CATEGORY_ID"),
    ];
    if !of("GISCUS_REPO").is_empty() {
        let lines = giscus.iter().map(|(key, name)| format!("#     {key}: {}\n", quoted(of(name))));
        taken.yaml.push_str(&format!("# comments:\n#   giscus:\n{}", lines.collect::<String>()));
        taken.leave("comments: giscus stands in theoria.yaml behind `#`: take the signs away to have it");
    }
    if !of("GA_ID").is_empty() {
        taken.yaml.push_str(&format!("# analytics:\n#   google: {}\n", quoted(of("GA_ID"))));
        taken.leave("analytics: they stand in theoria.yaml behind `#`: take the signs away to have them");
    }
}

/// Pages that stood alone although they lie in the folder of a sequence: where they were, and where they are now.
fn moved(checkout: &Checkout, posts: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (path, text) in checkout.texts.iter().filter(|(path, _)| path.ends_with(".md")) {
        let Some(inside) = path.strip_prefix(posts).and_then(|path| path.strip_prefix('/')) else { continue };
        let parts: Vec<&str> = inside.trim_end_matches(".md").split('/').collect();
        let [folder, .., name] = parts[..] else { continue };
        let head = text.strip_prefix("---").and_then(|rest| rest.split_once("\n---")).map_or("", |(head, _)| head);
        if folder == name || head.lines().any(|line| line.starts_with("sequence:")) {
            continue;
        }
        let metadata = checkout.texts.get(&format!("{posts}/{folder}/sequence-metadata.yaml"));
        let id = metadata.and_then(|text| text.lines().find_map(|line| line.strip_prefix("sequence_id:")));
        let id = id.map_or(folder, |id| id.trim().trim_matches(['"', '\'']));
        let slug = file_name(without_order(name));
        out.insert(slug.clone(), format!("{}/{slug}/", file_name(without_order(id))));
    }
    out
}

/// `NAME = "text"` lines of Python.
fn constants(text: &str) -> BTreeMap<String, String> {
    let constant = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let value = value.trim();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let inner = &value[1..];
        let mut escaped = false;
        let end = inner.char_indices().find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        })?;
        is_name
            .then(|| (name.to_owned(), inner[..end.0].replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\")))
    };
    text.lines().filter_map(constant).collect()
}

/// The names of `{{HOLES}}` in the pages.
fn used(checkout: &Checkout, posts: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let pages = checkout.texts.iter().filter(|(path, _)| path.starts_with(posts) || path.ends_with(".md"));
    for (_, text) in pages {
        for (at, _) in text.match_indices("{{") {
            let name: String = text[at + 2..].chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            if !name.is_empty() && text[at + 2 + name.len()..].starts_with("}}") {
                out.insert(name);
            }
        }
    }
    out
}

/// The entries `"\\name": "expansion"` of a script's list of macros.
fn macros(text: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with(['"', '\''])) {
        let Some((name, rest)) = literal(line) else { continue };
        let Some((value, _)) = rest.trim_start().strip_prefix(':').and_then(|rest| literal(rest.trim_start())) else {
            continue;
        };
        if name.starts_with('\\') {
            out.insert(name, value);
        }
    }
    out
}

/// A string of JavaScript at the beginning of a text, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let mut out = String::new();
    let mut signs = text.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => out.push(signs.next()?.1),
            sign if sign == quote => return Some((out, &text[at + 1..])),
            sign => out.push(sign),
        }
    }
    None
}
