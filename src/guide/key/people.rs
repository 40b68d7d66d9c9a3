//! The keys of `contributors.json`.

use super::Holds::{Either, Keys, List, Text, Texts};
use super::{Holds, front, keys};

keys! { false:
    /// Everyone who wrote something, each with a name and what else is to be said.
    PEOPLE = "contributors" | "people" | "authors": List(&WHO), "[{name: Ada Lovelace, url: \"https://example.org/ada\"}]";
    /// The names of the editors.
    EDITORS = "editors": Texts, "[Ada Lovelace]";
    /// The names of those who look after the site.
    TEAM = "team": Texts, "[Charles Babbage]";
}

/// A person: a name alone, or more.
const WHO: Holds = Either(&[Text, Keys(&front::person::TABLE)]);
