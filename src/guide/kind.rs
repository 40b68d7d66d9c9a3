//! What a fenced block is: a theorem or one of its family, a proof, a box, tabs.

/// The kinds of `:::` blocks; a block of no kind is a plain `div`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Theorem,
    Lemma,
    Proposition,
    Corollary,
    Definition,
    Remark,
    Example,
    Exercise,
    Proof,
    Note,
    Warning,
    Details,
    Tabs,
    Tab,
    Plain,
}

/// The prefixes of labels by which the family of theorems is cited; any of them for any of the family.
pub const FAMILY: [&str; 8] = ["thm-", "lem-", "prop-", "cor-", "def-", "rem-", "exm-", "exr-"];

/// Whether a label is of the family of theorems.
pub fn is_family(label: &str) -> bool {
    FAMILY.iter().any(|prefix| label.starts_with(prefix))
}

impl Kind {
    /// Those that have a class of their own.
    pub const NAMED: [Kind; 14] = [
        Kind::Theorem,
        Kind::Lemma,
        Kind::Proposition,
        Kind::Corollary,
        Kind::Definition,
        Kind::Remark,
        Kind::Example,
        Kind::Exercise,
        Kind::Proof,
        Kind::Note,
        Kind::Warning,
        Kind::Details,
        Kind::Tabs,
        Kind::Tab,
    ];

    /// The class that gives the kind.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Theorem => "theorem",
            Kind::Lemma => "lemma",
            Kind::Proposition => "proposition",
            Kind::Corollary => "corollary",
            Kind::Definition => "definition",
            Kind::Remark => "remark",
            Kind::Example => "example",
            Kind::Exercise => "exercise",
            Kind::Proof => "proof",
            Kind::Note => "note",
            Kind::Warning => "warning",
            Kind::Details => "details",
            Kind::Tabs => "tabs",
            Kind::Tab => "tab",
            Kind::Plain => "",
        }
    }

    /// The kind as readers see it.
    pub fn title(self) -> String {
        let (first, rest) = self.name().split_at_checked(1).unwrap_or_default();
        first.to_uppercase() + rest
    }

    /// Whether it is one of the family of theorems, which are counted.
    pub fn is_numbered(self) -> bool {
        (self as usize) < Kind::Proof as usize
    }

    /// The options that its fence may give, besides a title.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Kind::Details => &["title", "open"],
            Kind::Tabs => &["group"],
            _ => &["title"],
        }
    }
}
