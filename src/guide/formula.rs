//! Formulas: LaTeX to HTML and MathML, once for each distinct formula of the site.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use katex::{KatexContext, OutputFormat, Settings, StrictMode, StrictSetting, render_to_string};
use rayon::prelude::*;

use super::macros;

/// A formula as it is typeset: its LaTeX, and whether it stands on a line of its own.
pub type Key = (String, bool);

/// Every formula of the site, typeset.
#[derive(Clone, Default)]
pub struct Formulas {
    html: HashMap<Key, Result<String, Wrong>>,
    macros: Vec<(String, String)>,
    /// Macros that are wrong by themselves, by name.
    wrong: Vec<(String, Wrong)>,
}

/// Why a formula cannot be typeset, and where in its LaTeX, if that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wrong {
    pub text: String,
    pub at: Option<usize>,
    pub length: Option<usize>,
    /// The command or macro that was probably meant.
    pub near: Option<String>,
    /// Whether it comes from a macro that is wrong by itself.
    pub by_macro: bool,
}

impl Formulas {
    /// Typesets all formulas, in parallel. Cost: some 50 microseconds a formula.
    pub fn typeset(keys: impl IntoIterator<Item = Key>, macros: &[(String, String)]) -> Formulas {
        let mut out = Formulas::default();
        out.add(&keys.into_iter().collect::<Vec<_>>(), macros);
        out
    }

    /// Typesets those of these formulas that are not known yet. Under other macros nothing is known.
    pub fn add<'k>(&mut self, keys: impl IntoIterator<Item = &'k Key>, macros: &[(String, String)]) {
        if self.macros != macros {
            let wrong = macros::wrong(macros);
            *self = Formulas { macros: macros.to_vec(), wrong, ..Formulas::default() };
        }
        let keys = keys.into_iter().filter(|key| !self.html.contains_key(*key));
        let mut keys: Vec<Key> = keys.cloned().collect();
        if keys.is_empty() {
            return;
        }
        keys.sort();
        keys.dedup();
        let context = KatexContext::default();
        let html = keys.into_par_iter().map(|key| {
            let html = one(&context, &key, macros).map_err(|wrong| macros::explain(wrong, &key.0, macros, &self.wrong));
            (key, html)
        });
        let html: Vec<_> = html.collect();
        self.html.extend(html);
    }

    /// Macros that are wrong by themselves, and why.
    pub fn wrong_macros(&self) -> &[(String, Wrong)] {
        &self.wrong
    }

    pub fn macros(&self) -> &[(String, String)] {
        &self.macros
    }

    /// Forgets all but these.
    pub fn keep(&mut self, keys: &HashSet<Key>) {
        self.html.retain(|key, _| keys.contains(key));
    }

    pub fn len(&self) -> usize {
        self.html.len()
    }

    pub fn get(&self, key: &Key) -> Option<&Result<String, Wrong>> {
        self.html.get(key)
    }

    pub fn is_empty(&self) -> bool {
        self.html.is_empty()
    }
}

/// A formula of a line of text, typeset by itself.
pub fn inline(tex: &str, macros: &[(String, String)]) -> Result<String, Wrong> {
    one(&KatexContext::default(), &(tex.to_owned(), false), macros)
}

/// Typesets one formula.
pub(super) fn one(context: &KatexContext, key: &Key, macros: &[(String, String)]) -> Result<String, Wrong> {
    let deepest = depth(&key.0);
    // Macros that a formula makes for itself multiply what stands in them.
    let own = ["\\def", "\\gdef", "\\edef", "\\newcommand", "\\renewcommand", "\\let"]
        .iter()
        .any(|make| key.0.contains(make));
    if deepest > if own { DEEPEST / 5 } else { DEEPEST } {
        return Err(Wrong { text: "its groups stand too deep inside one another".into(), ..Wrong::default() });
    }
    if deepest <= SHALLOW && !own {
        return set(context, key, macros);
    }
    // The typesetter calls itself for every group: a deep formula takes a stack of its own.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || set(context, key, macros));
        let set = thread.ok().and_then(|thread| thread.join().ok());
        set.unwrap_or_else(|| Err(Wrong { text: "it cannot be typeset".into(), ..Wrong::default() }))
    })
}

/// Groups inside one another: more are refused, and fewer than these need no stack of their own.
const DEEPEST: usize = 200;
const SHALLOW: usize = 40;
const STACK: usize = 256 << 20;

/// How deep the groups of a formula stand inside one another. Cost: O(length).
fn depth(tex: &str) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(found) = tex[at..].find(['{', '}', '\\']) {
        at += found;
        let rest = &tex[at..];
        let opens = rest.starts_with('{') || rest.starts_with("\\left") || rest.starts_with("\\begin");
        let closes = rest.starts_with('}') || rest.starts_with("\\right") || rest.starts_with("\\end");
        depth = if opens { depth + 1 } else { depth.saturating_sub(usize::from(closes)) };
        deepest = deepest.max(depth);
        // An escaped brace is none.
        at += if rest.starts_with("\\{") || rest.starts_with("\\}") || rest.starts_with("\\\\") { 2 } else { 1 };
    }
    deepest
}

fn set(context: &KatexContext, (tex, display): &Key, macros: &[(String, String)]) -> Result<String, Wrong> {
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
    let (braced, added) = braced(tex);
    render_to_string(context, &braced, &settings).map(|html| ordered(&html)).map_err(|error| {
        let text = error.to_string();
        let text = text.strip_prefix("KaTeX parse error: ").unwrap_or(&text);
        let text = text.split(" at position ").next().unwrap_or(text).trim_end_matches(':').to_owned();
        let at = error.position().map(|at| at - added.iter().filter(|brace| **brace < at).count());
        Wrong { text, at, length: error.length().filter(|length| *length > 0), near: None, by_macro: false }
    })
}

/// The same LaTeX with braces around the bare argument of each root, and where they are: katex-rs 0.3 sets `\\sqrt2` with the
/// 2 under the sign.
fn braced(tex: &str) -> (Cow<'_, str>, Vec<usize>) {
    let (mut out, mut done, mut added) = (String::new(), 0, Vec::new());
    for (at, sign) in tex.match_indices("\\sqrt") {
        let after = at + sign.len();
        if let Some(argument) = bare(&tex[after..]) {
            out.push_str(&tex[done..after]);
            added.push(out.len());
            out.extend(["{", argument, "}"]);
            added.push(out.len() - 1);
            done = tex.len() - tex[after..].trim_start().len() + argument.len();
        }
    }
    (if done == 0 { Cow::Borrowed(tex) } else { Cow::Owned(out + &tex[done..]) }, added)
}

/// A letter, a digit or a command that stands alone, at the beginning of what follows a command.
fn bare(after: &str) -> Option<&str> {
    // Commands with arguments of their own, which TeX would not take as an argument without braces either.
    const NEEDY: [&str; 8] = ["frac", "dfrac", "tfrac", "sqrt", "mathrm", "mathbf", "bar", "hat"];
    if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let text = after.trim_start();
    if let Some(command) = text.strip_prefix('\\') {
        let name = &command[..command.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(command.len())];
        return (!name.is_empty() && !NEEDY.contains(&name)).then(|| &text[..1 + name.len()]);
    }
    text.chars().next().filter(|c| c.is_alphanumeric()).map(|c| &text[..c.len_utf8()])
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
