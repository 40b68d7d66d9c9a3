//! The keys of a page's front matter.

use super::Holds::{Anything, Date, Either, Flag, Keys, List, Map, Number, Text, Texts, Whole};
use super::{Holds, keys};

keys! { false:
    /// The title of the page: one line of Markdown, with formulas if need be.
    TITLE = "title": Text, "\"Why wide networks are simple\"";
    /// The title in menus and beside the text, where there is little room.
    SHORT_TITLE = "short_title" | "linkTitle": Text, "Wide networks";
    /// The title in lists of chapters.
    TOC_TITLE = "toc_title": Text, "Why wide is simple";
    /// The title at the head of the page itself, where it is not `title`.
    DISPLAY_TITLE = "display_title": Text, "\"Why **wide** networks are simple\"";
    /// A second line below the title.
    SUBTITLE = "subtitle": Text, "A first look";
    /// One or two sentences on what the page is about: for lists, feeds and search engines.
    DESCRIPTION = "description" | "summary": Text, "What happens to a network as it grows wide.";
    /// Who wrote the page: a name, several with commas between them, or a list of names or of people.
    AUTHOR = "author" | "authors": Either(&[Texts, List(&WHO), Keys(&person::TABLE)]), "[Ada Lovelace, Charles Babbage]";
    /// What stands in the byline in place of the authors.
    DISPLAY_AUTHOR = "display_author": Text, "The Theory Group";
    /// When the page was first published. A page outside sequences that has a date is a post.
    DATE = "date": Date, "2023-06-21";
    /// When the page was last changed in a way that readers should know of.
    UPDATED = "lastmod" | "lastMod" | "updated": Date, "2024-02-01T09:30:00Z";
    /// The sequence that the page is a chapter of, where it is not that of its folder; `none` for a page of its own.
    SEQUENCE = "sequence": Text, "quickstart";
    /// The place of the chapter in its sequence. Without it the number at the front of the file's name counts, then the name.
    SEQUENCE_ORDER = "sequence_order": Number, "2";
    /// The place among the pages of its kind, where `sequence_order` does not give it: the lightest is first.
    WEIGHT = "weight": Number, "10";
    /// What the sequence is about, if nothing else says so.
    SEQUENCE_DESCRIPTION = "sequence_description": Text, "The essential ideas.";
    /// Which of the posts of one day is first: that of the highest number.
    PRIORITY = "priority": Number, "3";
    /// What the page is about, in words that pages share. Each has a page that lists them.
    TAGS = "tags" | "tag": Texts, "[kernels, width]";
    /// The few drawers that the pages of this site are sorted into.
    CATEGORIES = "categories" | "category": Texts, "[Tutorial]";
    /// A row of pages that belong together without being a sequence.
    SERIES = "series": Texts, "Scaling laws";
    /// The projects that the page is part of.
    PROJECTS = "projects": Texts, "[deep-learning]";
    /// Words under which search engines may find the page.
    KEYWORDS = "keywords": Texts, "[neural tangent kernel]";
    /// The page can be read by who knows its address, and is listed nowhere.
    HIDDEN = "hidden": Flag, "true";
    /// The page is not ready: it is part of the site only with `--drafts`.
    DRAFT = "draft": Flag, "true";
    /// The page is announced, and not yet written.
    COMING_SOON = "coming_soon": Flag, "true";
    /// The page is shown first on the home page.
    FEATURED = "featured": Flag, "true";
    /// Whether the headings of the page are listed beside it.
    TOC = "toc": Flag, "false";
    /// The deepest level of headings that is listed.
    TOC_DEPTH = "toc_depth": Whole(1, 6), "2";
    /// The page does not say who wrote it and when.
    NO_BYLINE = "no_byline": Flag, "true";
    /// The page has no title at its head.
    NO_TITLE = "no_title": Flag, "true";
    /// The page has no comments, where the site has them.
    NO_COMMENTS = "no_comments": Flag, "true";
    /// The text takes all the width there is.
    WIDE_BODY = "wide_body": Flag, "true";
    /// Files of BibTeX that this page cites from besides those of the site: beside the page, or from the site's folder.
    BIBLIOGRAPHY = "bibliography": Texts, "references.bib";
    /// The picture that stands for the page in lists: a file beside the page, or one of the site.
    THUMBNAIL = "thumbnail": Text, "plot.png";
    /// The picture at the head of the page: its file, or its caption and more. Without a file it is `featured.png` or `featured.jpg` beside the page.
    IMAGE = "image": Either(&[Text, Keys(&image::TABLE)]), "{filename: plot.png, caption: A first look.}";
    /// The last part of the page's address, where it is not the file's name.
    SLUG = "slug": Text, "wide-networks";
    /// The whole address of the page, from the site's root.
    URL = "url" | "permalink": Text, "/wide/";
    /// Addresses that lead to this page: those that it had before.
    ALIASES = "aliases": Texts, "[/old/address/]";
    /// Scripts that the page loads, as modules: files beside it. Without this key they are those with the page's own name or in its own folder; `false` for none.
    SCRIPTS = "scripts": Either(&[Flag, Texts]), "[widget.js]";
    /// Style sheets that the page loads: files beside it. Without this key it is that with the page's own name.
    STYLES = "styles": Either(&[Flag, Texts]), "[widget.css]";
    /// The terms under which the page may be used, where they are not those of the site.
    LICENCE = "license" | "licence": Text, "CC BY 4.0";
    /// What only the site's own templates read.
    EXTRA = "extra": Map(&Anything), "{mood: blue}";
}

/// An author: a name alone, or more of the person.
const WHO: Holds = Either(&[Text, Keys(&person::TABLE)]);

/// What can be said of a person.
pub mod person {
    use super::super::Holds::Text;
    use super::super::keys;

    keys! { true ["name"]:
        /// The name, as it stands in bylines.
        NAME = "name": Text, "Ada Lovelace";
        /// The person's own page.
        URL = "url" | "website" | "homepage": Text, "https://example.org/ada";
        /// Where the person works.
        AFFILIATION = "affiliation" | "institution": Text, "Analytical Society";
        /// A portrait: a file of the site.
        PHOTO = "photo" | "image" | "avatar": Text, "static/people/ada.jpg";
        /// A sentence or two, as Markdown.
        BIO = "bio" | "description": Text, "Writes programs for engines that do not exist.";
        /// What the person does for this site.
        ROLE = "role": Text, "Editor";
        /// The person's ORCID.
        ORCID = "orcid": Text, "0000-0002-1825-0097";
        /// The person's address for letters.
        EMAIL = "email": Text, "ada@example.org";
        /// The person's name on GitHub.
        GITHUB = "github": Text, "ada";
        /// Other names under which the person is an author here.
        ALSO = "also": super::super::Holds::Texts, "[A. Lovelace]";
    }
}

/// What can be said of the picture of a page.
pub mod image {
    use super::super::Holds::{Flag, Text};
    use super::super::keys;

    keys! { false:
        /// The file of the picture.
        PATH = "path" | "filename" | "src": Text, "plot.png";
        /// The words below the picture.
        CAPTION = "caption": Text, "A first look.";
        /// What the picture shows, for those who cannot see it; else its caption.
        ALT = "alt" | "alt_text": Text, "Two curves that cross.";
        /// The part that must be seen where the picture is cut: `Center`, `TopLeft`, `Top`, `TopRight`, `Left`, `Right`, `BottomLeft`, `Bottom`, `BottomRight` or `Smart`.
        FOCAL_POINT = "focal_point": Text, "Top";
        /// Whether the picture is shown in lists alone and not on the page.
        PREVIEW_ONLY = "preview_only": Flag, "true";
    }
}
