//! Images and videos: their attributes, and those that stand alone as figures.

use std::ops::Range;

use pulldown_cmark::Event;

use super::{Reader, parse_inlines};
use crate::guide::attributes::{self, Pair};
use crate::guide::block::{Block, Inline, Look, Media};
use crate::guide::mistake::Span;
use crate::guide::yaml::nearest;

/// What an image may be told in braces, and what only a video may.
const OPTIONS: [&str; 7] = ["width", "caption", "alt", "dark", "title", "decorative", "data"];
const OF_VIDEOS: [&str; 4] = ["loop", "muted", "autoplay", "poster"];

impl Reader<'_> {
    /// An image whose words have been read; its attributes may follow.
    pub(super) fn image(&mut self, to: &str, title: &str, alt: String, range: Range<usize>) -> Inline {
        let (from, fragment) = match to.rsplit_once('#') {
            Some((from, mark)) if only(mark).is_some() => (from, only(mark)),
            _ => (to, None),
        };
        let mut look = Look { only: fragment, media: media(from), ..Look::default() };
        let span = self.place(range.clone());
        let at = self.span(range.clone());
        let (mut alt, mut title) = (alt, title.to_owned());
        look.decorative = false;
        let braces = self.events.peek().and_then(|(event, braces)| match event {
            Event::InlineHtml(_) if braces.start == range.end && self.source[braces.clone()].starts_with('{') => {
                Some(braces.clone())
            }
            _ => None,
        });
        if let Some(braces) = braces {
            self.events.next();
            match attributes::read(&self.source[braces.clone()], braces.start) {
                None => self.mistakes.bad_image_attributes(self.span(braces)),
                Some(given) => {
                    (look.id, look.classes) = (given.id.unwrap_or_default(), given.classes);
                    let place = self.span(braces);
                    for pair in given.pairs {
                        self.look(pair, &mut look, &mut alt, &mut title, &place);
                    }
                    look.decorative |= look.classes.iter().any(|class| class == "decorative");
                    look.classes.retain(|class| class != "decorative");
                    if look.autoplay && !look.muted {
                        self.mistakes.autoplay_with_sound(place);
                    }
                }
            }
        }
        if look.caption.is_empty() && !title.is_empty() {
            look.caption = parse_inlines(&title, &at, self.mistakes);
        }
        Inline::Image { from: from.to_owned(), title, alt, span, look: Box::new(look) }
    }

    fn look(&mut self, pair: Pair, look: &mut Look, alt: &mut String, title: &mut String, place: &Span) {
        let Pair { key, value, start } = pair;
        let span = || start..start + value.len();
        match key.as_str() {
            "width" if is_width(&value) => look.width = value,
            "width" => self.mistakes.bad_value(place.clone(), "width", "a share such as `60%`, or a number of pixels"),
            "caption" => look.caption = self.value_inlines(&value, start, place),
            "alt" => {
                look.decorative = value.is_empty();
                *alt = value;
            }
            "title" => *title = value,
            "decorative" => look.decorative = value != "false",
            "dark" => look.dark = Some((value.clone(), self.place(span()))),
            "poster" if look.media == Media::Video => look.poster = Some((value.clone(), self.place(span()))),
            "loop" if look.media != Media::Image => look.repeats = value != "false",
            "muted" if look.media != Media::Image => look.muted = value != "false",
            "autoplay" if look.media == Media::Video => look.autoplay = value != "false",
            _ => {
                let videos = if look.media == Media::Image { &[][..] } else { &OF_VIDEOS };
                let known = OPTIONS.iter().chain(videos).copied();
                self.mistakes.unknown_key(place.clone(), &key, nearest(&key, known));
            }
        }
    }

    /// A paragraph that is nothing but an image is a figure.
    pub(super) fn figure(&self, inlines: &[Inline]) -> Option<Block> {
        match inlines {
            [image @ Inline::Image { look, span, .. }] if self.fixed.is_none() => Some(Block::Figure {
                id: look.id.clone(),
                caption: look.caption.clone(),
                span: span.clone(),
                image: image.clone(),
            }),
            _ => None,
        }
    }
}

/// In which theme only an image is shown, by the end of its address: `a.png#only-dark`.
fn only(fragment: &str) -> Option<&'static str> {
    match fragment {
        "only-light" | "gh-light-mode-only" => Some("only-light"),
        "only-dark" | "gh-dark-mode-only" => Some("only-dark"),
        _ => None,
    }
}

fn media(from: &str) -> Media {
    let path = from.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase().as_str() {
        "mp4" | "webm" | "ogv" | "mov" | "m4v" => Media::Video,
        "mp3" | "ogg" | "oga" | "wav" | "m4a" | "flac" | "opus" => Media::Audio,
        _ => Media::Image,
    }
}

fn is_width(text: &str) -> bool {
    let number = text.strip_suffix('%').or(text.strip_suffix("px")).unwrap_or(text);
    number.parse::<f64>().is_ok_and(|number| number > 0.0 && number < 10_000.0 && number.is_finite())
}
