//! What readers would stumble over, and the mistakes that are told of it.

use theoria::guide::mistake::Code;

use super::cases::{Case, case};

/// A template for all pages that leads nowhere.
macro_rules! bare {
    () => {
        "== templates/base.html ==\n<!doctype html>\n<title>{{ page.title }}</title>{% block meta %}{% endblock %}{% block main %}{% block content %}{% endblock %}{% endblock %}\n"
    };
}

pub const READERS: &[Case] = &[
    case(
        Code::MissingAlt,
        "== static/x.png ==\n== content/a.md ==\n---\ntitle: A\n---\nSee ![](/static/x.png), ![x.png](/static/x.png) and ![An x](/static/x.png).\n",
        &[
            "content/a.md:4:5 warning missing-alt: the image '/static/x.png' has no words for those who cannot see it",
            "content/a.md:4:25 warning missing-alt: the words for those who cannot see this image are only its name, 'x.png'",
        ],
    ),
    case(
        Code::MissingAlt,
        "== static/x.png ==\n== content/a.md ==\n---\ntitle: A\n---\nSee <img src=\"/static/x.png\"> and <img src=\"/static/x.png\" alt=\"\">.\n\n\
         <figure>\n<IMG class=\"a\" src='/static/x.png'>\n</figure>\n",
        &[
            "content/a.md:4:15 warning missing-alt: the image '/static/x.png' has no words for those who cannot see it",
            "content/a.md:7:21 warning missing-alt: the image '/static/x.png' has no words for those who cannot see it",
        ],
    ),
    case(
        Code::EmptyLink,
        "== content/a.md ==\n---\ntitle: A\n---\n[](b.md), [words](), [$x$](b.md) and [`b`](b.md)\n== content/b.md ==\n---\ntitle: B\n---\n",
        &[
            "content/a.md:4:1 warning empty-link: this link has no words",
            "content/a.md:4:11 warning empty-link: this link has no address",
        ],
    ),
    case(
        Code::HeadingJump,
        "== content/a.md ==\n---\ntitle: A\n---\n### Too deep\n\n## Two\n\n### Three\n\n##### Five\n\n# One\n",
        &[
            "content/a.md:4:1 warning heading-jump: this heading of level 3 follows the title of the page: \
             those who listen to the page miss a level",
            "content/a.md:10:1 warning heading-jump: this heading of level 5 follows a heading of level 3: \
             those who listen to the page miss a level",
        ],
    ),
    case(
        Code::DuplicateLabel,
        "== content/s/a.md ==\n---\ntitle: A\n---\n== content/t/a.md ==\n---\ntitle: B\n---\n== content/c.md ==\n---\ntitle: C\n---\nSee @ch-a.\n",
        &[
            "content/c.md:4:5 duplicate-label: `ch-a` could be either of two pages: 'content/s/a.md' and 'content/t/a.md'",
        ],
    ),
    case(
        Code::OrphanPage,
        concat!(
            bare!(),
            "== content/a.md ==\n---\ntitle: A\n---\n== content/b.md ==\n---\ntitle: B\nhidden: true\n---\n",
            "== content/c.md ==\n---\ntitle: C\n---\n[a](a.md), [c](c.md)\n",
        ),
        &["content/c.md:1:1 orphan-page: no page leads to this one: readers cannot find it"],
    ),
    case(
        Code::OrphanFile,
        "== content/x.png ==\n== content/y.png ==\n== content/z.png ==\n== content/b.csv ==\n== static/k.css ==\np { background: url('../z.png') }\n\
         == content/a.md ==\n---\ntitle: A\n---\n![A y](y.png)\n",
        &["content/x.png:1:1 warning orphan-file: no page shows this file"],
    ),
    case(
        Code::UnusedTemplate,
        "== templates/chpater.html ==\n== templates/mine.html ==\n== templates/used.html ==\n== templates/byline.html ==\n{% include \"used.html\" %}\n\
         == content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "templates/chpater.html:1:1 unused-template: no page is made by this template, and no template uses it",
            "templates/mine.html:1:1 warning unused-template: no page is made by this template, and no template uses it",
        ],
    ),
    case(
        Code::DeadLink,
        "== static/k.css ==\n/* url(no) */ p { background: url(\"none.png\") }\n@import 'no.css';\n== content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "static/k.css:1:1 dead-link: 'static/k.css' asks for 'none.png', which leads nowhere",
            "static/k.css:1:1 dead-link: 'static/k.css' asks for 'no.css', which leads nowhere",
        ],
    ),
    case(
        Code::DeadLink,
        "== theoria.yaml ==\nurl: https://own.example/guide\n== static/list.json ==\n[\"https://own.example/guide/a/\", \"https://own.example/guide/b/\", \"https://own.example/guides/\"]\n\
         == content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "static/list.json:1:1 dead-link: 'static/list.json' asks for 'https://own.example/guide/b/', which leads nowhere",
        ],
    ),
    case(
        Code::NeedlessAllowance,
        "== theoria.yaml ==\nallow:\n  - {code: missing-alt, page: content/a.md, reason: it adorns}\n  - {code: moved-link, page: content/a.md, reason: told elsewhere}\n  - {code: empty-link, page: content/a.md, reason: none}\n\
         == static/x.png ==\n== content/a.md ==\n---\ntitle: A\n---\n![](/static/x.png)\n",
        &[
            "theoria.yaml:1:1 needless-allowance: nothing on 'content/a.md' needs the allowance of `empty-link` any more",
        ],
    ),
];
