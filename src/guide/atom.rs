//! Atom feeds (RFC 4287): what is new, for programs that ask from time to time.

use std::fmt::Write;

use super::date::Date;
use super::escape::escape;

/// A list of what is new. Addresses are absolute.
pub struct Feed {
    pub title: String,
    pub subtitle: String,
    /// Where the feed itself is; its name for ever too.
    pub address: String,
    /// The page that it is about.
    pub page: String,
    pub authors: Vec<String>,
    pub entries: Vec<Entry>,
}

/// One piece of news.
pub struct Entry {
    pub title: String,
    /// Where it is to be read; its name for ever too.
    pub address: String,
    pub published: Date,
    pub updated: Date,
    pub authors: Vec<String>,
    pub topics: Vec<String>,
    pub summary: String,
}

impl Feed {
    /// The feed as XML, the latest entry first; nothing if there is no entry, since a feed must say when it changed.
    pub fn xml(mut self) -> Option<String> {
        self.entries.sort_by(|a, b| b.updated.order().cmp(&a.updated.order()).then_with(|| a.address.cmp(&b.address)));
        let updated = self.entries.first()?.updated.moment();
        let (title, address, page) = (escape(&self.title), escape(&self.address), escape(&self.page));
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{title}</title>\n"
        );
        if !self.subtitle.is_empty() {
            let _ = writeln!(out, "<subtitle>{}</subtitle>", escape(&self.subtitle));
        }
        let _ = writeln!(
            out,
            "<id>{address}</id>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"{address}\"/>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n<updated>{updated}</updated>"
        );
        // Every entry must have an author, if only the guide as a whole.
        let authors = if self.authors.is_empty() { vec![self.title.clone()] } else { self.authors.clone() };
        write_authors(&authors, &mut out);
        let _ = writeln!(out, "<generator version=\"{}\">Theoria</generator>", env!("CARGO_PKG_VERSION"));
        self.entries.iter().for_each(|entry| entry.write(&mut out));
        out.push_str("</feed>\n");
        Some(out)
    }
}

impl Entry {
    fn write(&self, out: &mut String) {
        let address = escape(&self.address);
        let _ = writeln!(
            out,
            "<entry>\n<title>{}</title>\n<id>{address}</id>\n<link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n\
             <published>{}</published>\n<updated>{}</updated>",
            escape(&self.title),
            self.published.moment(),
            self.updated.moment()
        );
        write_authors(&self.authors, out);
        for topic in &self.topics {
            let _ = writeln!(out, "<category term=\"{}\"/>", escape(topic));
        }
        if !self.summary.is_empty() {
            let _ = writeln!(out, "<summary>{}</summary>", escape(&self.summary));
        }
        out.push_str("</entry>\n");
    }
}

fn write_authors(names: &[String], out: &mut String) {
    for name in names {
        let _ = writeln!(out, "<author><name>{}</name></author>", escape(name));
    }
}
