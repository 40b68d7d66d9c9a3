//! The keys of `theoria.yaml`.

use super::Holds::{Anything, Either, Flag, Keys, List, Map, Text, Texts};
use super::{Holds, front, keys, services};

keys! { true:
    /// The folder of the pages, inside of the site's.
    CONTENT = "content": Text, "posts";
    /// The folder of the site's own templates; `false` if no template of it is Theoria's.
    TEMPLATES = "templates": Either(&[Flag, Text]), "layouts";
    /// The files of questions outside pages; `false` for none.
    QUESTIONS = "questions": Either(&[Flag, Texts]), "[data/questions.json]";
    /// The title of the site.
    TITLE = "title": Text, "The theory of deep learning";
    /// A second line below the title on the first page.
    SUBTITLE = "subtitle": Text, "What is understood";
    /// One or two sentences on what the site is about.
    DESCRIPTION = "description": Text, "A guide to the theory of deep learning.";
    /// The language of the site, as in HTML.
    LANGUAGE = "language": Text, "de";
    /// Where the site will live.
    URL = "url": Text, "https://example.org/guide";
    /// The people of the site: names, or mappings that say more. The names are the authors of pages that name none.
    AUTHORS = "authors" | "author": Either(&[Texts, List(&WHO), Keys(&front::person::TABLE)]), "[{name: Ada Lovelace, url: \"https://example.org/ada\"}]";
    /// The picture that stands for the site where pages are shown elsewhere and have none of their own: a file of the site.
    IMAGE = "image": Text, "static/preview.png";
    /// Where the sources of the site are, on the web.
    REPOSITORY = "repository": Text, "https://github.com/ada/guide";
    /// The branch of the repository, where it is not `main`.
    BRANCH = "branch": Text, "trunk";
    /// Where a page can be edited: an address with `{branch}` and `{file}`. On GitHub, GitLab and Codeberg it is known.
    EDIT_URL = "edit_url": Text, "\"https://example.org/edit/{branch}/{file}\"";
    /// Whether the site can be searched, which it can be without this key.
    SEARCH = "search": Flag, "false";
    /// Comments below pages. Without this key there are none, and no page asks anything of another site.
    COMMENTS = "comments": Keys(&services::comments::TABLE), "{giscus: {repo: ada/guide, repo_id: R_1, category: Comments, category_id: DIC_1}}";
    /// Who counts the visits. Without this key nobody does.
    ANALYTICS = "analytics": Keys(&services::analytics::TABLE), "{plausible: example.org}";
    /// The terms under which the site may be used.
    LICENCE = "licence" | "license": Text, "CC BY 4.0";
    /// The label of the figure that the first page shows.
    HIGHLIGHT = "highlight": Text, "fig-growth";
    /// The sequences in their order; others follow.
    SEQUENCES = "sequences": Texts, "[quickstart, physics]";
    /// Posts, which are dated pages outside sequences.
    POSTS = "posts": Keys(&posts::TABLE), "{folder: blog, title: Blog}";
    /// What fills `{{NAME}}` in pages.
    VARIABLES = "variables": Map(&Text), "{PAPER: \"https://example.org/paper\"}";
    /// LaTeX macros.
    MACROS = "macros": Either(&[Map(&Text), Texts]), "{'\\E': '\\mathbb{E}'}";
    /// Files of LaTeX macros beside those: JSON, or JavaScript that names an object of them.
    MACROS_FILE = "macros_file": Texts, "static/macros.js";
    /// Addresses that lead elsewhere now: from old to new.
    REDIRECTS = "redirects": Map(&Text), "{old/path: physics/}";
    /// Files of BibTeX that every page can cite from.
    BIBLIOGRAPHY = "bibliography": Texts, "references.bib";
    /// The style of citations: the name of one that is known, such as `apa` or `ieee`, or a file of CSL.
    CSL = "csl": Text, "apa";
    /// Whether works of the bibliography are told that no page cites.
    UNUSED_REFERENCES = "unused_references": Flag, "true";
    /// Whether pages may hold any HTML, scripts and style sheets of their own, which they may without this key.
    UNSAFE_HTML = "unsafe_html": Flag, "false";
    /// What holds of all cells.
    CELLS = "cells": Keys(&cells::TABLE), "{time_limit: 120}";
    /// Links that leave the site.
    LINKS = "links": Keys(&links::TABLE), "{ignore: [\"https://example.org/*\"]}";
    /// Mistakes that are allowed, each on one page and with a reason.
    ALLOW = "allow": List(&Keys(&allow::TABLE)), "[{code: dead-link, page: content/a.md, reason: Written next week.}]";
}

/// A person of the site: a name alone, or more.
const WHO: Holds = Either(&[Text, Keys(&front::person::TABLE)]);

/// Links that leave the site.
pub mod links {
    use super::Texts;
    use crate::guide::key::keys;

    keys! { true:
        /// Those that `theoria check --external` does not ask for: what begins so, or with `*` for anything.
        IGNORE = "ignore": Texts, "[\"https://example.org/*\"]";
    }
}

/// What holds of all cells.
pub mod cells {
    use super::{Anything, Map};
    use crate::guide::key::Holds::{Seconds, Tolerance};
    use crate::guide::key::keys;

    keys! { true:
        /// Crates that cells may use besides Theoria's, as in a `Cargo.toml`.
        DEPENDENCIES = "dependencies": Map(&Anything), "{rustfft: \"6\"}";
        /// How many seconds a cell may run that does not say.
        TIME_LIMIT = "time_limit": Seconds, "120";
        /// How far a fresh result may lie from its record where a cell does not say.
        TOLERANCE = "tolerance": Tolerance(false), "1.0e-6";
    }
}

/// A mistake that is allowed.
pub mod allow {
    use super::Text;
    use crate::guide::key::Holds::OneOf;
    use crate::guide::key::keys;
    use crate::guide::mistake::Code;

    keys! { true ["code", "page", "reason"]:
        /// The name of the mistake.
        CODE = "code": OneOf(|| Code::ALL.iter().map(|code| code.name()).collect()), "dead-link";
        /// The file that it is in.
        PAGE = "page": Text, "content/a.md";
        /// Why it is right there.
        REASON = "reason": Text, "Written next week.";
    }
}

/// Posts.
pub mod posts {
    use super::{Text, Texts};
    use crate::guide::key::keys;

    keys! { true:
        /// The folders whose pages are posts and no chapters. Without this key: `posts`, `post`, `blog`, `notes` and `news`.
        FOLDERS = "folders" | "folder": Texts, "[blog]";
        /// The address of the page that lists them.
        PATH = "path": Text, "blog";
        /// What they are called.
        TITLE = "title": Text, "Blog";
    }
}
