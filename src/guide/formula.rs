//! Formulas: LaTeX to HTML and MathML, once for each distinct formula of the site.

use std::collections::HashMap;

use katex::{KatexContext, OutputFormat, Settings, StrictMode, StrictSetting, render_to_string};
use rayon::prelude::*;

/// A formula as it is typeset: its LaTeX, and whether it stands on a line of its own.
pub type Key = (String, bool);

/// Every formula of the site, typeset.
#[derive(Default)]
pub struct Formulas {
    html: HashMap<Key, Result<String, Wrong>>,
}

/// Why a formula cannot be typeset, and where in its LaTeX, if that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    pub text: String,
    pub at: Option<usize>,
}

impl Formulas {
    /// Typesets all formulas, in parallel. Cost: some 50 microseconds a formula.
    pub fn typeset(keys: impl IntoIterator<Item = Key>, macros: &[(String, String)]) -> Formulas {
        let context = KatexContext::default();
        let mut keys: Vec<Key> = keys.into_iter().collect();
        keys.sort();
        keys.dedup();
        let html = keys.into_par_iter().map(|key| {
            let html = one(&context, &key, macros);
            (key, html)
        });
        Formulas { html: html.collect() }
    }

    pub fn get(&self, key: &Key) -> Option<&Result<String, Wrong>> {
        self.html.get(key)
    }

    pub fn is_empty(&self) -> bool {
        self.html.is_empty()
    }
}

fn one(context: &KatexContext, (tex, display): &Key, macros: &[(String, String)]) -> Result<String, Wrong> {
    // Settings are made anew for each formula, or a `\gdef` would leak from one into the next.
    let settings = Settings::builder()
        .display_mode(*display)
        .output(OutputFormat::HtmlAndMathml)
        .strict(StrictSetting::Mode(StrictMode::Ignore))
        .throw_on_error(true)
        .build();
    for (name, meaning) in macros {
        settings.macros.borrow_mut().insert(name.clone(), katex::macros::MacroDefinition::String(meaning.clone()));
    }
    render_to_string(context, tex, &settings).map(|html| ordered(&html)).map_err(|error| {
        let text = error.to_string();
        let text = text.strip_prefix("KaTeX parse error: ").unwrap_or(&text);
        let text = text.split(" at position ").next().unwrap_or(text).trim_end_matches(':').to_owned();
        Wrong { text, at: error.position() }
    })
}

/// The same HTML with the attributes of each tag by name: KaTeX keeps them in maps whose order changes from run to run.
fn ordered(html: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(html.len()), html);
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        out.push('<');
        let name = tag.find([' ', '>']).unwrap_or(tag.len());
        out.push_str(&tag[..name]);
        let (mut attributes, mut at) = (Vec::new(), name);
        while let Some(length) = attribute(&tag[at..]) {
            attributes.push(&tag[at..at + length]);
            at += length;
        }
        attributes.sort_unstable();
        out.extend(attributes);
        rest = &tag[at..];
    }
    out + rest
}

/// The length of an attribute with the space before it, if the text begins with one.
fn attribute(text: &str) -> Option<usize> {
    let value = text.strip_prefix(' ')?.find("=\"")? + 3;
    (!text[..value].contains('>')).then_some(value + text[value..].find('"')? + 1)
}
