//! LaTeX macros: those of a file, those that are wrong by themselves, and what was probably meant by an unknown command.

mod config;
mod file;

use std::collections::BTreeSet;
use std::sync::OnceLock;

pub use config::{Macros, of_config};
pub use file::{Macro, read};
use katex::KatexContext;
use katex::macros::builtins::BUILTIN_MACROS;

use super::formula::{Wrong, one};
use super::yaml::nearest;

/// Signs that are often written, which the typesetter does not list.
const SIGNS: &str = "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho \
    varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega \
    infty partial nabla ell hbar Re Im aleph emptyset forall exists neg top bot angle triangle cdot cdots ldots vdots ddots dots \
    times div pm mp ast star circ bullet oplus otimes odot cap cup setminus wedge vee leq geq le ge neq ne equiv sim simeq approx \
    cong propto ll gg prec succ in ni notin subset supset subseteq supseteq mid parallel perp to mapsto leftarrow rightarrow \
    Leftarrow Rightarrow leftrightarrow Leftrightarrow implies iff uparrow downarrow sum prod int oint lim max min sup inf \
    langle rangle lvert rvert lVert rVert lfloor rfloor lceil rceil quad qquad prime dagger";

/// The complaint of the typesetter about a command that it does not know.
const UNKNOWN: &str = "Undefined control sequence: ";

/// Macros that no formula could use: with a command that is not known, or with braces that do not match. Cost: typesetting of
/// each.
pub fn wrong(macros: &[(String, String)]) -> Vec<(String, Wrong)> {
    let context = KatexContext::default();
    let mut out = Vec::new();
    for (name, meaning) in macros {
        let tex = (1..=9).fold(meaning.clone(), |tex, nth| tex.replace(&format!("#{nth}"), "{x}"));
        let others = macros.iter().filter(|(other, _)| other != name).cloned().collect::<Vec<_>>();
        let depth = |tex: &str| {
            let tex = tex.replace("\\\\", "").replace("\\{", "").replace("\\}", "");
            tex.matches('{').count() as i64 - tex.matches('}').count() as i64
        };
        if depth(&tex) != 0 {
            let text = "its braces do not match".to_owned();
            out.push((name.clone(), Wrong { text, at: None, length: None, near: None, by_macro: false }));
            continue;
        }
        // Whatever else is wrong with it may be right where it is used.
        let Err(wrong) = one(&context, &(tex.clone(), true), &others) else { continue };
        let unknown = wrong.text.strip_prefix(UNKNOWN).map(str::to_owned);
        // What comes from a macro inside it is told there.
        if let Some(unknown) = unknown.filter(|unknown| uses(&tex, unknown)) {
            let near = meant(&unknown, macros);
            out.push((name.clone(), Wrong { near, ..wrong }));
        }
    }
    out
}

/// A complaint about a formula, with what was probably meant, and with its place if that is in the formula.
pub fn explain(wrong: Wrong, tex: &str, macros: &[(String, String)], faulty: &[(String, Wrong)]) -> Wrong {
    if let Some(unknown) = wrong.text.strip_prefix(UNKNOWN).map(str::to_owned) {
        let near = meant(&unknown, macros);
        let at = wrong.at.filter(|at| tex.get(*at..).is_some_and(|rest| rest.starts_with(&unknown)));
        let at = at.or_else(|| places(tex, &unknown).next());
        return Wrong { by_macro: at.is_none() && !faulty.is_empty(), at, length: Some(unknown.len()), near, ..wrong };
    }
    // A place after the use of a macro may be one inside the macro's meaning.
    let before = wrong.at.and_then(|at| tex.get(..at)).unwrap_or(tex);
    let used = macros.iter().filter(|(name, _)| uses(before, name));
    let longest = used.map(|(_, meaning)| meaning.len()).max();
    let at = wrong.at.filter(|at| longest.is_none_or(|longest| *at > longest) && tex.is_char_boundary(*at));
    let by_macro = faulty.iter().any(|(name, _)| uses(tex, name));
    Wrong { at, by_macro, ..wrong }
}

/// The command or macro that a name is probably a slip of.
fn meant(name: &str, macros: &[(String, String)]) -> Option<String> {
    static KNOWN: OnceLock<BTreeSet<String>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let context = KatexContext::default();
        let functions = context.functions.keys().cloned();
        let builtin = BUILTIN_MACROS.keys().map(|name| (*name).to_owned());
        let signs = SIGNS.split_whitespace().map(|name| format!("\\{name}"));
        let words = |name: &String| name.strip_prefix('\\').is_some_and(|name| name.starts_with(char::is_alphabetic));
        functions.chain(builtin).chain(signs).filter(|name| words(name) && !name.contains('@')).collect()
    });
    let own = macros.iter().map(|(name, _)| name.as_str());
    let near = nearest(name, own.chain(known.iter().map(String::as_str)))?;
    // Names are told apart by their case: of two that are as near, the one of the same case is meant.
    let alike =
        known.iter().find(|other| other.eq_ignore_ascii_case(near) && other.starts_with(&name[..2.min(name.len())]));
    Some(alike.map_or(near, |alike| alike).to_owned())
}

/// Where a command stands in a formula.
fn places<'t>(tex: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let word = name.ends_with(|c: char| c.is_ascii_alphabetic());
    tex.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let after = tex[at + name.len()..].chars().next();
        !word || after.is_none_or(|c| !c.is_ascii_alphabetic())
    })
}

fn uses(tex: &str, name: &str) -> bool {
    places(tex, name).next().is_some()
}
