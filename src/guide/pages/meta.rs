//! What the head of a page tells programs that show it elsewhere: previews, citations, structured data.

use serde_json::{Value, json};

use crate::guide::address::{encode, leaves_site};
use crate::guide::block::plain;
use crate::guide::book::Lens;
use crate::guide::config::Config;
use crate::guide::date::Date;
use crate::guide::model::Page;

/// Of a page of the guide, into its context. `image` is the path of its picture.
pub(super) fn of_page(lens: &Lens, page: &Page, image: Option<&str>, sequence: Option<&str>, context: &mut Value) {
    let config = lens.config();
    let (published, updated) = (date(&page.front.date), date(&page.front.updated));
    context["page"]["article"] = json!({
        "published": published, "updated": updated, "section": sequence.unwrap_or_default(),
        "topics": page.front.tags.iter().chain(&page.front.categories).collect::<Vec<_>>(),
        "authors": page.authors(config),
    });
    if let Some(image) = image.and_then(|image| picture(config, image)) {
        context["page"]["image"] = image;
    }
    context["page"]["data"] = json!(data(lens, page, &published, &updated, context));
}

fn date(date: &Option<Date>) -> String {
    date.as_ref().map_or(String::new(), Date::iso)
}

/// A picture at its absolute address: a preview is shown elsewhere.
fn picture(config: &Config, path: &str) -> Option<Value> {
    (!config.url.is_empty()).then(|| json!({"url": format!("{}/{}", config.url, encode(path))}))
}

/// The absolute address of the picture of pages that have none; empty where there is none, or it has no address.
pub(super) fn site_image(config: &Config) -> String {
    match config.image.as_str() {
        "" => String::new(),
        image if leaves_site(image) => image.to_owned(),
        image => picture(config, image).map_or(String::new(), |it| it["url"].as_str().unwrap_or_default().to_owned()),
    }
}

/// The page as schema.org describes it, as JSON that may stand in a page.
fn data(lens: &Lens, page: &Page, published: &str, updated: &str, context: &Value) -> String {
    let config = lens.config();
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": if page.sequence().is_some() { "ScholarlyArticle" } else { "Article" },
        "headline": plain(&page.title),
        "inLanguage": config.language,
        "isPartOf": {"@type": "WebSite", "name": config.title},
    });
    let said = context["page"]["description"].as_str().unwrap_or_default();
    let authors = page.authors(config).iter().map(|name| json!({"@type": "Person", "name": name}));
    let authors: Vec<Value> = authors.collect();
    let mut say = |key: &str, value: Value| {
        if value.as_str() != Some("") && value.as_array().is_none_or(|items| !items.is_empty()) {
            data[key] = value;
        }
    };
    say("description", json!(said));
    say("datePublished", json!(published));
    say("dateModified", json!(updated));
    say("author", json!(authors));
    say("keywords", json!(page.front.tags));
    if !config.url.is_empty() {
        say("url", json!(format!("{}/{}", config.url, page.path)));
    }
    if !config.licence.is_empty() {
        say("license", json!(config.licence));
    }
    // Nothing in it may end the element that it stands in.
    data.to_string().replace('<', "\\u003c")
}
