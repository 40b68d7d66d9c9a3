//! What the attributes of an image say of it.

use std::ops::Range;

use super::block::Inline;

/// What the attributes of an image say of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub media: Media,
    pub id: String,
    pub classes: Vec<String>,
    /// A share such as `60%`, or a number of pixels; empty for its own.
    pub width: String,
    pub caption: Vec<Inline>,
    /// What is shown in its place on a dark page.
    pub dark: Option<(String, Range<usize>)>,
    /// What a video shows before it begins.
    pub poster: Option<(String, Range<usize>)>,
    /// The class of an image that one theme alone shows.
    pub only: Option<&'static str>,
    /// Whether its author says that nobody misses anything who cannot see it.
    pub decorative: bool,
    pub repeats: bool,
    pub muted: bool,
    pub autoplay: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Media {
    #[default]
    Image,
    Video,
    Audio,
}
