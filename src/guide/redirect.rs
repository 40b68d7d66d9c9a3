//! Redirects: former addresses that lead to where a page is now.

use super::address::leaves_site;
use super::config::Config;
use super::key::front::ALIASES;
use super::mistake::Span;
use super::model::Page;

/// An address that leads elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The file or the folder that stands there: with a slash at its end, or with `.html`.
    pub from: String,
    /// From the site's root, or an address out of the site.
    pub to: String,
    /// What says so.
    pub span: Span,
}

/// Those that pages ask for, page by page, and those of the config.
pub fn redirects(config: &Config, pages: &[Page]) -> Vec<Redirect> {
    let mut out = Vec::new();
    for page in pages {
        // As Hugo has it: an alias without a slash at its front stands beside the page.
        let parent = page.path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
        for alias in &page.front.aliases {
            let from = match alias.strip_prefix('/') {
                Some(_) => place(alias),
                None => place(&format!("{parent}/{alias}")),
            };
            out.push(Redirect { from, to: page.path.clone(), span: page.place(ALIASES) });
        }
    }
    for (from, to, span) in &config.redirects {
        let to = if leaves_site(to) { to.clone() } else { to.trim_start_matches('/').to_owned() };
        out.push(Redirect { from: place(from), to, span: span.clone() });
    }
    out
}

/// The address of a folder, or of a file if it has an ending.
fn place(address: &str) -> String {
    let path = address.trim_matches('/').trim_end_matches("/index.html");
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.ends_with(".html") || name.ends_with(".htm") { path.to_owned() } else { format!("{path}/") }
}
