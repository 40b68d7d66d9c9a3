//! Bad notes, and the mistakes that are told of them.

use theoria::guide::mistake::Code;

use super::cases::{Case, case};

pub const NOTES: &[Case] = &[
    case(
        Code::Unclosed,
        "== content/a.md ==\n---\ntitle: A\n---\nWörds {fn: of $\\{$ and {a} on.\n\nMore} ^[a [b] \\] c.\n\n- d [> e\n- f <] g\n",
        &[
            "content/a.md:4:7 unclosed: the note that begins here is never closed",
            "content/a.md:6:7 unclosed: the note that begins here is never closed",
            "content/a.md:8:5 unclosed: the side note that begins here is never closed",
        ],
    ),
    case(
        Code::Unclosed,
        "== content/a.md ==\n---\ntitle: A\n---\nWords {tip: $x$: of no formula} and $x$ and {tip: far}.\n\n$$x$$\n{tip: $x$: said} too.\n",
        &[
            "content/a.md:4:7 unclosed: this tip is never closed with `}`, or does not follow a formula",
            "content/a.md:4:45 unclosed: this tip is never closed with `}`, or does not follow a formula",
            "content/a.md:7:1 unclosed: this tip is never closed with `}`, or does not follow a formula",
        ],
    ),
    case(
        Code::BadValue,
        "== content/a.md ==\n---\ntitle: A\n---\nWords{fn: } and ^[] and $x${tip: } and [> <].\n\n$$y$$ {tip:}\n",
        &[
            "content/a.md:4:6 bad-value: this note says nothing",
            "content/a.md:4:17 bad-value: this note says nothing",
            "content/a.md:4:28 bad-value: this note says nothing",
            "content/a.md:4:40 bad-value: this note says nothing",
            "content/a.md:6:7 bad-value: this note says nothing",
        ],
    ),
    // What stands in a note is checked where it stands, through quotes, tables and notes.
    case(
        Code::MissingLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n> Wörds{fn: one\n> ü @fig-one ^[*{{TWO}}*] $\\nope$} and\n\n| a |\n| - |\n| b ^[c | [d](gone.md)] |\n\n\
         $x$ and $y${tip: $\\no$: one\\n$y$: @eq-two} [> [^three] <]\n\n$$\nx\n$$\n{tip: $x$: @eq-four}\n",
        &[
            "content/a.md:5:5 missing-label: nothing has the label `fig-one`",
            "content/a.md:5:17 unfilled-hole: nothing is known of `{{TWO}}`",
            "content/a.md:5:28 bad-formula: this formula cannot be typeset",
            "content/a.md:9:11 dead-link: the link to 'gone.md' leads nowhere",
            "content/a.md:11:19 bad-formula: this formula cannot be typeset",
            "content/a.md:11:35 missing-label: nothing has the label `eq-two`",
            "content/a.md:11:47 missing-footnote: there is no footnote `three`",
            "content/a.md:16:12 missing-label: nothing has the label `eq-four`",
        ],
    ),
    case(
        Code::UnusedFootnote,
        "== content/a.md ==\n---\ntitle: A\n---\nWords[^One].\n\n[^one]: A note, see[^two].\n\n[^two]: Another.\n\n[^three]: Unused, as is[^four].\n\n[^four]: A last.\n",
        &[
            "content/a.md:10:1 warning unused-footnote: nothing refers to the footnote `three`",
            "content/a.md:12:1 warning unused-footnote: nothing refers to the footnote `four`",
        ],
    ),
    case(
        Code::DuplicateLabel,
        "== content/a.md ==\n---\ntitle: A\n---\nWords[^n].\n\n[^n]: A note.\n\n[^N]: Again.\n",
        &["content/a.md:8:1 duplicate-label: the footnote `N` is given twice"],
    ),
    case(
        Code::BadValue,
        "== content/s/sequence-metadata.yaml ==\ndescription: 'Words{fn: noted}.'\n== content/s/a.md ==\n---\ntitle: 'A{fn: noted}'\n---\n",
        &["content/s/sequence-metadata.yaml:1:1 bad-value: a note cannot stand here"],
    ),
];
