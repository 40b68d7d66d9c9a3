//! What is listed where: one answer for hidden, planned and unfinished pages, wherever pages are listed.

use super::model::{Guide, Kind, Page};

/// Where pages are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The menu of every page.
    Menu,
    /// The list of a sequence's chapters, on its own page and on the first one.
    Contents,
    /// The way to the page before and the page after.
    Pager,
    /// Feeds of what is new.
    Feed,
    /// What search engines are told.
    Sitemap,
    /// The site's own search.
    Search,
    /// Lists of posts, of tags, of what a person wrote, of figures and the like.
    Gathered,
    /// Numbers of what there is.
    Count,
}

impl Guide {
    /// Whether a page is listed.
    ///
    /// | | menu, contents | pager, gathered | search, sitemap | feed, counts |
    /// | --- | --- | --- | --- | --- |
    /// | hidden | no | no | no | no |
    /// | of a hidden sequence | contents alone | pager alone | no | no |
    /// | coming soon | yes | if it has a text | if it has a text | no |
    /// | draft, where drafts are shown | yes | yes | no | no |
    ///
    /// All others are listed everywhere.
    pub fn lists(&self, page: &Page, listing: Listing) -> bool {
        let front = &page.front;
        if front.hidden {
            return false;
        }
        let within = matches!(listing, Listing::Contents | Listing::Pager);
        if page.sequence().is_some_and(|at| self.sequences[at].hidden) && !within {
            return false;
        }
        let finished = !front.coming_soon && !front.draft;
        match listing {
            Listing::Menu | Listing::Contents => true,
            Listing::Pager | Listing::Gathered => page.has_text(),
            Listing::Search | Listing::Sitemap => page.has_text() && !front.draft,
            Listing::Feed | Listing::Count => finished,
        }
    }
}

impl Page {
    /// Whether there is anything to read: a page that is coming soon may be empty, and is then named without a link.
    pub fn has_text(&self) -> bool {
        !self.front.coming_soon || !self.text.blocks.is_empty()
    }

    /// Whether it belongs to the menu of the site: a page of its own that is no post.
    pub fn stands_alone(&self) -> bool {
        self.kind == Kind::Standalone && !self.post
    }
}
