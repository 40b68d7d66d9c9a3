//! Posts: dated pages outside sequences, and pages in folders that are named for them.

use super::config::Config;
use super::model::{Page, without_order};
use crate::record::kebab;

/// The list of posts.
#[derive(Clone, Debug, PartialEq)]
pub struct Posts {
    pub path: String,
    pub title: String,
    /// The latest first, by index among the guide's pages.
    pub pages: Vec<usize>,
}

/// Folders whose pages are posts, unless the config names others or they are said to be sequences.
const USUAL: [&str; 5] = ["posts", "post", "blog", "notes", "news"];

/// Whether the pages of a folder are posts.
pub fn is_folder(config: &Config, folder: &str) -> bool {
    let id = kebab(without_order(folder));
    match config.posts.folders.as_slice() {
        [] => USUAL.contains(&id.as_str()),
        named => named.iter().any(|name| kebab(name.rsplit('/').next().unwrap_or(name)) == id),
    }
}

impl Posts {
    /// Nothing for a guide without posts that are listed.
    pub fn gather(config: &Config, pages: &[Page]) -> Option<Posts> {
        let is_listed = |page: &Page| page.post && !page.front.hidden && page.has_text();
        let listed: Vec<usize> = (0..pages.len()).filter(|at| is_listed(&pages[*at])).collect();
        listed.first()?;
        // Where posts have a folder, they are listed at its address.
        let folder = listed.iter().filter_map(|at| pages[*at].path.trim_end_matches('/').rsplit_once('/'));
        let folder = folder.map(|(folder, _)| folder).find(|folder| is_folder(config, folder));
        let path = config.posts.path.as_deref().or(folder).unwrap_or("posts").trim_matches('/');
        let title = config.posts.title.clone().unwrap_or_else(|| match path {
            "blog" => "Blog".into(),
            "news" => "News".into(),
            "posts" | "post" if folder.is_some() => "Posts".into(),
            _ => "Notes".into(),
        });
        Some(Posts { path: format!("{path}/"), title, pages: listed })
    }
}
