//! The options of a cell, on its `//|` lines.

use super::Holds::{OneOf, Seconds, Text, Texts, Tolerance, Whole};
use super::keys;

keys! { true:
    /// The name of the cell. That of a figure begins with `fig-`, that of a table with `tbl-`.
    LABEL = "label": Text, "fig-growth";
    /// One sentence that says what to see, as Markdown.
    CAPTION = "caption": Text, "The kernel grows linearly with depth.";
    /// What someone who cannot see the figure should know of it.
    ALT = "alt": Text, "A straight line through six points.";
    /// The cells whose text comes before this one's.
    AFTER = "after": Texts, "[setup]";
    /// The files that the cell reads: relative to the page, or from the site's folder if they begin with `/`.
    DATA = "data": Texts, "[digits.csv]";
    /// Where its random numbers begin.
    SEED = "seed": Whole(0, 1 << 53), "7";
    /// How far a fresh result may lie from its record.
    TOLERANCE = "tolerance": Tolerance(true), "1.0e-6";
    /// How many seconds the cell may run.
    TIME_LIMIT = "time_limit": Seconds, "120";
    /// Whether readers see the code: `true`, `false`, or `fold` for behind a click.
    ECHO = "echo": OneOf(|| vec!["true", "false", "fold"]), "true";
}
