//! Sites made with Hugo: `hugo.toml` or what it was called before, `content/`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Checkout, Taken};

/// Where Hugo looks for a site's config, in its order.
const CONFIGS: [&str; 6] = ["hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml", "config.json"];

pub(super) fn read(checkout: &Checkout) -> Result<Taken, String> {
    let (config, from) = config(checkout)?;
    let Some(config) = config else {
        return Err(format!(
            "none of {} is here, nor config/_default: run this in the checkout of such a site",
            CONFIGS.join(", ")
        ));
    };
    let text = |path: &[&str]| text(&config, path);
    let mut taken = Taken::default();
    taken.yaml.push_str("# Written by `theoria init --from hugo`.\n");
    let first =
        |paths: &[&[&str]]| paths.iter().map(|path| text(path)).find(|found| !found.is_empty()).unwrap_or_default();
    let title = first(&[&["title"], &["params", "title"]]);
    taken.say("title", if title.is_empty() { "A living guide" } else { &title }, &from);
    taken.say("subtitle", &first(&[&["params", "subtitle"], &["params", "tagline"]]), &from);
    taken.say(
        "description",
        &first(&[&["params", "description"], &["description"], &["params", "seo", "description"]]),
        &from,
    );
    taken.say("language", &first(&[&["languageCode"], &["languagecode"], &["defaultContentLanguage"]]), &from);
    let url = first(&[&["baseURL"], &["baseurl"], &["baseUrl"]]);
    let url = url.trim_end_matches('/');
    if url.contains("://") && !url.contains("example.") {
        taken.say("url", url, &from);
    } else if !url.is_empty() {
        taken.leave(&format!("the address '{url}' is no address of a site: set `url` in theoria.yaml"));
    }
    let author = first(&[&["params", "author", "name"], &["params", "author"], &["author", "name"], &["author"]]);
    taken.say("author", &author, &from);
    taken.say("licence", &first(&[&["copyright"], &["params", "copyright"]]), &from);
    taken.say("repository", &first(&[&["params", "repo_url"], &["params", "github_repo"], &["params", "repo"]]), &from);
    let content = first(&[&["contentDir"], &["contentdir"]]);
    if !content.is_empty() && content != "content" {
        taken.say("content", &content, &from);
    }
    let folder = if content.is_empty() { "content" } else { content.as_str() };
    if !checkout.has_folder(folder) {
        taken.leave(&format!("there is no folder '{folder}' yet"));
    }
    if checkout.has_folder("templates") {
        taken.line("templates: false", "the folder `templates`, which is not Theoria's");
    }
    variables(&config, &from, &mut taken);
    left(checkout, &config, &mut taken);
    Ok(taken)
}

/// Texts among the parameters of one's own, as variables of pages.
fn variables(config: &Value, from: &str, taken: &mut Taken) {
    let params = config.get("params").or_else(|| config.get("Params")).and_then(Value::as_object);
    let capital =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let named = params.into_iter().flatten().filter(|(name, _)| capital(name));
    let variables: BTreeMap<String, String> =
        named.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    taken.map("variables", &variables, from);
}

/// What the old site had, and this one has otherwise or not at all.
fn left(checkout: &Checkout, config: &Value, taken: &mut Taken) {
    let ids = [
        ("analytics", text(config, &["services", "googleAnalytics", "id"])),
        ("analytics", text(config, &["services", "googleAnalytics", "ID"])),
        ("analytics", text(config, &["googleAnalytics"])),
        ("disqus", text(config, &["services", "disqus", "shortname"])),
        ("disqus", text(config, &["disqusShortname"])),
        ("giscus", text(config, &["params", "giscus", "repo"])),
    ];
    for (service, id) in ids.into_iter().filter(|(_, id)| !id.is_empty()) {
        taken.yaml.push_str(&format!("# {service}, as it was: {id}\n"));
        taken.leave(&format!("{service}: the id stands in theoria.yaml as a comment, and is off"));
    }
    if config.get("menu").or_else(|| config.get("menus")).is_some() {
        taken.leave("the menu: Theoria makes its own of the sequences and the pages that stand alone");
    }
    for (folder, what) in [
        ("layouts", "the layouts"),
        ("themes", "the themes"),
        ("archetypes", "the archetypes"),
        ("assets", "the assets"),
    ] {
        if checkout.has_folder(folder) {
            taken.leave(&format!("{what} in '{folder}': they are not read; Theoria has templates of its own"));
        }
    }
    let codes = checkout
        .texts
        .iter()
        .filter(|(path, text)| path.ends_with(".md") && (text.contains("{{<") || text.contains("{{%")));
    let codes: Vec<&String> = codes.map(|(path, _)| path).collect();
    if let Some(first) = codes.first() {
        let count = codes.len();
        taken.leave(&format!("shortcodes, in {count} of the pages, such as '{first}': write them as Markdown or HTML"));
    }
}

/// The config as one value, whatever files it is spread over, and the names of those; none if there is none.
fn config(checkout: &Checkout) -> Result<(Option<Value>, String), String> {
    if let Some((name, text)) = checkout.first(&CONFIGS) {
        return Ok((Some(parse(name, text)?), name.to_owned()));
    }
    let mut all = serde_json::Map::new();
    let folder = "config/_default/";
    for (name, text) in checkout.texts.iter().filter(|(name, _)| name.starts_with(folder)) {
        let value = parse(name, text)?;
        let stem = name[folder.len()..].split('.').next().unwrap_or_default();
        match (stem, value) {
            ("config" | "hugo", Value::Object(entries)) => all.extend(entries),
            (stem, value) => drop(all.insert(stem.to_owned(), value)),
        }
    }
    Ok(((!all.is_empty()).then_some(Value::Object(all)), "config/_default".into()))
}

fn parse(name: &str, text: &str) -> Result<Value, String> {
    let wrong = |error: String| format!("'{name}' cannot be read: {}", error.lines().next().unwrap_or_default());
    match name.rsplit('.').next() {
        Some("toml") => toml::from_str(text).map_err(|error| wrong(error.message().to_owned())),
        Some("json") => serde_json::from_str(text).map_err(|error| wrong(error.to_string())),
        _ => serde_yaml::from_str(text).map_err(|error| wrong(error.to_string())),
    }
}

/// A text at a path of keys; empty if there is none.
fn text(value: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    found.and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}
