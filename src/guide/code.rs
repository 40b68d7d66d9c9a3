//! Code as HTML: syntect's scopes reduced to sixteen classes, coloured by the stylesheet.

use std::sync::OnceLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::escape::escape;

/// What of a scope's name decides its class, the more particular first.
const CLASSES: &[(&str, &str)] = &[
    ("comment", "c"),
    ("string", "s"),
    ("constant.character.escape", "v"),
    ("constant.numeric", "n"),
    ("constant", "v"),
    ("entity.name.function", "f"),
    ("support.function", "f"),
    ("support.macro", "m"),
    ("entity.name.macro", "m"),
    ("variable.function", "f"),
    ("entity.name.tag", "t"),
    ("entity.name", "t"),
    ("support.type", "t"),
    ("storage.type", "k"),
    ("storage.modifier", "k"),
    ("keyword.operator", "o"),
    ("keyword", "k"),
    ("variable.language", "v"),
    ("meta.annotation", "a"),
    ("entity.other.attribute-name", "a"),
];

struct Grammar {
    syntaxes: SyntaxSet,
    classes: Vec<(Scope, &'static str)>,
}

fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar {
        syntaxes: SyntaxSet::load_defaults_newlines(),
        classes: CLASSES.iter().filter_map(|(name, class)| Some((Scope::new(name).ok()?, *class))).collect(),
    })
}

/// The inside of a `<code>` element. A language that is not known gives plain text. Cost: about 5 ms a kilobyte.
pub fn highlight(language: &str, text: &str) -> String {
    let grammar = grammar();
    let Some(syntax) = grammar.syntaxes.find_syntax_by_token(language).filter(|_| !language.is_empty()) else {
        return escape(text);
    };
    let (mut state, mut stack, mut out) = (ParseState::new(syntax), ScopeStack::new(), Out::default());
    for line in text.split_inclusive('\n') {
        let Ok(changes) = state.parse_line(line, &grammar.syntaxes) else { return escape(text) };
        let mut at = 0;
        for (offset, change) in changes {
            out.write(&line[at..offset], class(grammar, &stack));
            at = offset;
            if stack.apply(&change).is_err() {
                return escape(text);
            }
        }
        out.write(&line[at..], class(grammar, &stack));
    }
    out.finish()
}

fn class(grammar: &Grammar, stack: &ScopeStack) -> &'static str {
    let of =
        |scope: &Scope| grammar.classes.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, class)| *class);
    stack.as_slice().iter().rev().find_map(of).unwrap_or("")
}

/// Joins neighbours of one class into one element.
#[derive(Default)]
struct Out {
    html: String,
    open: &'static str,
}

impl Out {
    fn write(&mut self, text: &str, class: &'static str) {
        if text.is_empty() {
            return;
        }
        // White space has no colour: it need not end an element, nor begin one.
        if class != self.open && !text.trim().is_empty() {
            self.close();
            if !class.is_empty() {
                self.html.push_str(&format!("<i class={class}>"));
            }
            self.open = class;
        }
        self.html.push_str(&escape(text));
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.html.push_str("</i>");
        }
        self.open = "";
    }

    fn finish(mut self) -> String {
        self.close();
        self.html
    }
}
