//! The events of Markdown with their places in the source, of a whole page or of a piece that is parsed by itself.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use pulldown_cmark::{BrokenLink, BrokenLinkCallback, CowStr, Event, OffsetIter, Options, Parser};

/// `[label]: address "title"` of the page, for the pieces parsed without them.
#[derive(Clone, Default)]
pub(super) struct Definitions(Rc<BTreeMap<String, (String, String)>>);

/// A label as it is compared.
fn folded(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl<'a> BrokenLinkCallback<'a> for Definitions {
    fn handle_broken_link(&mut self, link: BrokenLink<'a>) -> Option<(CowStr<'a>, CowStr<'a>)> {
        let (to, title) = self.0.get(&folded(&link.reference))?;
        Some((to.clone().into(), title.clone().into()))
    }
}

pub(super) struct Events<'a> {
    events: OffsetIter<'a, Definitions>,
    /// How much later everything stands in the source than in the piece.
    shift: usize,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str, shift: usize, definitions: Definitions) -> Events<'a> {
        let mut options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_SMART_PUNCTUATION
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_MATH
            | Options::ENABLE_DEFINITION_LIST;
        // A piece does not know the page's footnotes: there they are found in its text.
        options.set(Options::ENABLE_FOOTNOTES, shift == 0);
        let parser = Parser::new_with_broken_link_callback(text, options, Some(definitions));
        Events { events: parser.into_offset_iter(), shift }
    }

    /// The addresses that links of this text can name.
    pub(super) fn definitions(&self) -> Definitions {
        let all = self.events.reference_definitions().iter().map(|(label, link)| {
            let title = link.title.as_ref().map_or(String::new(), |title| title.to_string());
            (folded(label), (link.dest.to_string(), title))
        });
        Definitions(Rc::new(all.collect()))
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = (Event<'a>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let (event, range) = self.events.next()?;
        Some((event, range.start + self.shift..range.end + self.shift))
    }
}
