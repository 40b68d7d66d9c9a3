//! What a page cites in vain, and the mistakes that are told of it.

use theoria::guide::mistake::Code;

use super::cases::{Case, case};

pub const CITED: &[Case] = &[
    case(
        Code::MissingLabel,
        "== content/a.md ==\n---\ntitle: A\n---\nSee [of @thm-x, *so*; -@fig-y] and -@eq-z, [so](@sec-w) or [so](#thm-v).\n\n\
         | a |\n|---|\n| [@fig-t; @fig-u] |\n",
        &[
            "content/a.md:4:9 missing-label: nothing has the label `thm-x`",
            "content/a.md:4:23 missing-label: nothing has the label `fig-y`",
            "content/a.md:4:36 missing-label: nothing has the label `eq-z`",
            "content/a.md:4:44 missing-label: nothing has the label `sec-w`",
            "content/a.md:4:60 dead-link: there is no place `#thm-v` on that page",
            "content/a.md:8:4 missing-label: nothing has the label `fig-t`",
            "content/a.md:8:12 missing-label: nothing has the label `fig-u`",
        ],
    ),
    case(
        Code::MissingReference,
        "== theoria.yaml ==\nbibliography: r.bib\n== r.bib ==\n@misc{jacot2018, title={T}, author={A, B}, year={2018}}\n\
         == content/a.md ==\n---\ntitle: A\n---\nSee [@jacob2018; @jacot2018], @jacot2081, @someone and [-@none, p. 3].\n",
        &[
            "content/a.md:4:6 missing-reference: the bibliography has no entry `jacob2018`",
            "content/a.md:4:31 missing-reference: the bibliography has no entry `jacot2081`",
            "content/a.md:4:57 missing-reference: the bibliography has no entry `none`",
        ],
    ),
    case(
        Code::MissingReference,
        "== content/a.md ==\n---\ntitle: A\n---\nSee [@jacot2018] and @jacot2018.\n",
        &["content/a.md:4:6 missing-reference: there is no bibliography that could have an entry `jacot2018`"],
    ),
    case(
        Code::UnusedReference,
        "== theoria.yaml ==\nbibliography: r.bib\nunused_references: true\n== r.bib ==\n\
         @misc{a, title={T}, author={A, B}, year={2018}}\n\n@misc{b, title={T}, author={A, B}, year={2018}}\n\
         == content/a.md ==\n---\ntitle: A\n---\nSee [@a].\n",
        &["r.bib:3:1 warning unused-reference: no page cites `b`"],
    ),
    case(
        Code::BadBibliography,
        "== theoria.yaml ==\nbibliography: [r.bib, none.bib]\ncsl: appa\n== r.bib ==\n\
         @misc{a, title={T}, author={A, B}, year=unknown}\n@misc{b, title={T},\n@misc{c, title={T} author={A}}\n\
         @misc{d, title={T}, author={A, B}, year={2018}}\n\
         == content/a.md ==\n---\ntitle: A\n---\nSee [@d].\n",
        &[
            "r.bib:1:41 bad-bibliography: this entry cannot be read: nothing is known of the abbreviation `unknown`",
            "r.bib:2:1 bad-bibliography: this entry cannot be read: this entry is never closed",
            "r.bib:3:20 bad-bibliography: this entry cannot be read: expected comma",
            "theoria.yaml:1:1 bad-bibliography: the bibliography 'none.bib' does not exist",
            "theoria.yaml:2:1 bad-bibliography: there is no style `appa`",
        ],
    ),
    case(
        Code::DuplicateLabel,
        "== theoria.yaml ==\nbibliography: [r.bib, s.bib]\n== r.bib ==\n@misc{a, title={T}, author={A, B}, year={2018}}\n\
         @misc{b, title={T}, year={2018}}\n@misc{b, title={U}, year={2018}}\n\
         == s.bib ==\n@misc{a, title={Other}, author={A, B}, year={2018}}\n== content/a.md ==\n---\ntitle: A\n---\nSee [@a].\n",
        &[
            "r.bib:3:7 duplicate-label: the key `b` is given twice",
            "s.bib:1:1 duplicate-label: the key `a` is given twice",
        ],
    ),
];
