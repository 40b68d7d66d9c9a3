//! The style in which works are cited: our own, one of the archive by its name, or a file of CSL.

use std::fmt;
use std::sync::{Arc, OnceLock};

use hayagriva::archive::{ArchivedStyle, locales};
use hayagriva::citationberg::{IndependentStyle, Locale, LocaleCode, Style as Csl};

use crate::guide::config::Config;
use crate::guide::memory::{Digest, Memory, digest};
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::tree::Tree;
use crate::guide::yaml::nearest;

/// Author and year, which a reader understands without turning the page.
const OWN: &str = include_str!("theoria.csl");

/// A style, and the words of its language.
#[derive(Default)]
pub struct Style {
    /// None where nothing is cited.
    pub csl: Option<IndependentStyle>,
    pub locale: Option<LocaleCode>,
    pub locales: Vec<Locale>,
    pub digest: Digest,
}

impl fmt::Debug for Style {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Style").field(&self.digest).finish()
    }
}

/// The style that the config names; our own if it cannot be had, which is told.
pub(super) fn load(tree: &Tree, config: &Config, memory: &mut Memory, m: &mut Mistakes) -> Arc<Style> {
    let name = config.csl.as_str();
    let file = tree.files.get_key_value(name).filter(|_| name.ends_with(".csl"));
    let text = file.map_or(OWN.as_bytes(), |(_, bytes)| bytes);
    let key = digest([name.as_bytes(), text, config.language.as_bytes()]);
    if let Some(known) = memory.style.as_ref().filter(|known| known.digest == key) {
        return Arc::clone(known);
    }
    let own = || IndependentStyle::from_xml(OWN).ok();
    let csl = match file {
        Some((path, bytes)) => of_file(&String::from_utf8_lossy(bytes)).map_err(|why| {
            m.bad_style(Span::top(path), &why);
        }),
        None if name.is_empty() => own().ok_or(()),
        None => of_archive(name).ok_or_else(|| {
            let near = nearest(name, ArchivedStyle::all().iter().flat_map(|style| style.names()).copied());
            m.no_style(config.cited_spans[1].clone(), name, near);
        }),
    };
    let good = csl.is_ok();
    let csl = csl.ok().or_else(own);
    let locale = LocaleCode(if config.language == "en" { "en-US".to_owned() } else { config.language.clone() });
    let style = Arc::new(Style { locales: words(&locale), csl, locale: Some(locale), digest: key });
    // What was wrong has to be told again.
    memory.style = good.then(|| Arc::clone(&style));
    style
}

fn of_file(text: &str) -> Result<IndependentStyle, String> {
    match Csl::from_xml(text).map_err(|error| error.to_string())? {
        Csl::Independent(style) => Ok(style),
        // A style that only names another.
        Csl::Dependent(style) => {
            let parent = &style.parent_link.href;
            let found = ArchivedStyle::by_id(parent).and_then(independent);
            found.ok_or_else(|| format!("it only refers to the style '{parent}', which Theoria does not have"))
        }
    }
}

fn of_archive(name: &str) -> Option<IndependentStyle> {
    independent(ArchivedStyle::by_name(name)?)
}

fn independent(style: ArchivedStyle) -> Option<IndependentStyle> {
    match style.get() {
        Csl::Independent(style) => Some(style),
        Csl::Dependent(style) => match ArchivedStyle::by_id(&style.parent_link.href)?.get() {
            Csl::Independent(style) => Some(style),
            Csl::Dependent(_) => None,
        },
    }
}

/// The words of a language, and English for what it lacks. Cost: once a process, some 40 ms.
fn words(locale: &LocaleCode) -> Vec<Locale> {
    static ALL: OnceLock<Vec<Locale>> = OnceLock::new();
    let base = |code: &LocaleCode| code.0.split('-').next().unwrap_or_default().to_owned();
    let wanted = |code: &LocaleCode| code.0 == "en-US" || base(code) == base(locale);
    let all = ALL.get_or_init(locales).iter();
    all.filter(|words| words.lang.as_ref().is_some_and(wanted)).cloned().collect()
}
