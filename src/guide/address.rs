//! Where things are in the finished site.

/// The way from an address to the site's root: `../` for each folder.
pub fn root_of(path: &str) -> String {
    match path.matches('/').count() {
        0 => "./".into(),
        depth => "../".repeat(depth),
    }
}

/// The address of a question's own page.
pub fn question_path(label: &str) -> String {
    format!("questions/{}/", label.strip_prefix("q-").unwrap_or(label))
}

/// Where the data of a cell is published.
pub fn data_path(label: &str, kind: &str) -> String {
    format!("figures/{label}.{kind}")
}
