//! What a page cites in vain, and the mistakes that are told of it.

use theoria::guide::mistake::Code;

use super::cases::{Case, case};

pub const CITED: &[Case] = &[case(
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
)];
