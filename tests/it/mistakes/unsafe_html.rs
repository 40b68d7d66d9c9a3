//! What is taken out of pages that are not trusted, and how that is told.

use theoria::guide::mistake::Code;

use super::cases::{Case, case};

pub const UNSAFE: &[Case] = &[case(
    Code::UnsafeHtml,
    "== theoria.yaml ==\nunsafe_html: false\n== content/a.js ==\n1\n== content/a.md ==\n---\ntitle: A\n---\nA [link](javascript:go) and <b class=\"x\">bold</b>.\n\n<script>go()</script>\n\n<div>\n\nWords.\n\n</div>\n",
    &[
        "content/a.md:1:1 warning unsafe-html: 'a.js' is not loaded: this guide takes no scripts or style sheets from its pages",
        "content/a.md:4:3 warning unsafe-html: the link to 'javascript:go' is taken out: it does not lead to a page or to mail",
        "content/a.md:4:29 warning unsafe-html: `class` is taken out: this guide keeps no HTML that could run, load or disguise",
        "content/a.md:6:1 warning unsafe-html: `<script>` is taken out: this guide keeps no HTML that could run, load or disguise",
    ],
)];
