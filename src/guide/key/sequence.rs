//! The keys of `sequence-metadata.yaml`.

use super::Holds::{Date, Either, Flag, List, Number, Text, Texts};
use super::{Holds, keys};

keys! { false:
    /// The name of the sequence in addresses, and in `sequence` of pages; without it the name of the folder.
    ID = "id" | "sequence_id": Text, "quickstart";
    /// The title of the sequence.
    TITLE = "title": Text, "A quick start";
    /// The title in menus.
    SHORT_TITLE = "short_title": Text, "Start";
    /// What the sequence is about, as Markdown.
    DESCRIPTION = "description": Text, "The essential ideas.";
    /// Whether its chapters have numbers.
    NUMBERED = "numbered": Flag, "false";
    /// Whether the sections of its chapters have numbers; one marked `{.unnumbered}` has none.
    NUMBER_SECTIONS = "number_sections": Flag, "true";
    /// Its colour: as in CSS, or as three numbers for red, green and blue.
    COLOR = "color" | "colour" | "sequence_color": COLOUR, "\"#1a7f64\"";
    /// Its colour on a dark page.
    COLOR_DARK = "color_dark" | "colour_dark" | "sequence_color_dark": COLOUR, "[50, 47, 42]";
    /// Its place among the sequences that `theoria.yaml` does not order: the lowest number is first.
    ORDER = "order" | "weight": Number, "1";
    /// The same from the other end: the highest number is first.
    PRIORITY = "priority": Number, "3";
    /// Its pages can be read by who knows their addresses, and are listed nowhere but on its own page.
    HIDDEN = "hidden": Flag, "true";
    /// The authors of its chapters, where these do not name theirs.
    AUTHORS = "authors" | "author": Texts, "[Ada Lovelace]";
    /// When it was published.
    DATE = "date": Date, "2025-09-01";
    /// The picture that stands for it.
    THUMBNAIL = "thumbnail": Text, "static/quickstart.svg";
    /// What it is: `Guide`, `Tutorial` and the like.
    TAG = "tag": Text, "Guide";
}

/// A colour.
const COLOUR: Holds = Either(&[Text, List(&Number)]);
