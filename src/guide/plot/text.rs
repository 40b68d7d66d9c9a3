//! Text in figures: a little mathematics between dollars, estimated widths, wrapping, and SVG output.

use crate::guide::escape::escape;
use std::fmt::Write;

/// A character with its face; a line of text is a slice of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    pub c: char,
    pub italic: bool,
    /// 1 above the line, -1 below it, 0 on it.
    pub shift: i8,
    /// Whether a line may be broken here: a space outside mathematics.
    breaks: bool,
}

/// Where a text hangs from its x coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// The size of subscripts and superscripts, relative to their line.
const SMALL: f64 = 0.74;

/// Reads plain text with mathematics between dollars. There, letters are italic, `_` and `^` take one
/// character, one command or a group in braces, and the commands are those of [`symbol`] besides `\text`,
/// `\mathrm`, `\operatorname`, `\mathbb`, `\mathcal`, `\hat`, `\bar`, `\tilde`, `\frac` and `\sqrt`.
/// A lone dollar stands for itself, as does `\$`.
pub fn glyphs(text: &str) -> Vec<Glyph> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        if c == '\\' && chars.get(at) == Some(&'$') {
            out.push(plain('$'));
            at += 1;
        } else if let Some(end) = (c == '$').then(|| chars[at..].iter().position(|&c| c == '$')).flatten() {
            math(&chars[at..at + end], 0, &mut out);
            at += end + 1;
        } else if !c.is_control() || c.is_whitespace() {
            out.push(plain(if "\n\t\r".contains(c) { ' ' } else { c }));
        }
    }
    out
}

/// What a text says without its dollars and commands, for titles shown on hovering or read aloud.
pub fn spoken(text: &str) -> String {
    glyphs(text).iter().map(|glyph| glyph.c).collect()
}

fn plain(c: char) -> Glyph {
    Glyph { c, italic: false, shift: 0, breaks: c == ' ' }
}

fn upright(c: char, shift: i8) -> Glyph {
    Glyph { c, italic: false, shift, breaks: false }
}

fn math(mut chars: &[char], shift: i8, out: &mut Vec<Glyph>) {
    while !chars.is_empty() {
        chars = atom(chars, shift, out);
    }
}

/// Writes the argument of a command: the next atom that is not a space.
fn argument<'a>(chars: &'a [char], shift: i8, out: &mut Vec<Glyph>) -> &'a [char] {
    let spaces = chars.iter().take_while(|c| **c == ' ').count();
    atom(&chars[spaces..], shift, out)
}

/// Writes one character, command or group with its arguments; returns what follows it.
fn atom<'a>(chars: &'a [char], shift: i8, out: &mut Vec<Glyph>) -> &'a [char] {
    let Some((&c, rest)) = chars.split_first() else { return chars };
    match c {
        '^' => return argument(rest, 1, out),
        '_' => return argument(rest, -1, out),
        '\\' => return command(rest, shift, out),
        '{' => {
            let (inner, rest) = group(chars);
            math(inner, shift, out);
            return rest;
        }
        ' ' | '}' => {}
        '\'' => out.push(upright('\u{2032}', shift)),
        ',' if shift == 0 => out.extend([',', '\u{2009}'].map(|c| upright(c, 0))),
        '=' | '<' | '>' | '+' | '-' => operator(if c == '-' { '\u{2212}' } else { c }, shift, out),
        _ => out.push(Glyph { italic: c.is_alphabetic(), ..upright(c, shift) }),
    }
    rest
}

/// A group in braces without them, or else a single character; and what follows.
fn group(chars: &[char]) -> (&[char], &[char]) {
    if chars.first() != Some(&'{') {
        return chars.split_at(chars.len().min(1));
    }
    let mut depth = 0;
    for (at, c) in chars.iter().enumerate() {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        if depth == 0 {
            return (&chars[1..at], &chars[at + 1..]);
        }
    }
    (&chars[1..], &[])
}

/// Spaces an operator between two operands; a sign and anything small stays close.
fn operator(c: char, shift: i8, out: &mut Vec<Glyph>) {
    let sign = out.last().is_none_or(|last| "(=,\u{2009} ".contains(last.c)) && (c == '\u{2212}' || c == '+');
    if shift != 0 || sign {
        out.push(upright(c, shift));
    } else {
        out.extend(['\u{2009}', c, '\u{2009}'].map(|c| upright(c, 0)));
    }
}

fn command<'a>(chars: &'a [char], shift: i8, out: &mut Vec<Glyph>) -> &'a [char] {
    let length = chars.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    if length == 0 {
        // Spacing commands, and escaped characters such as `\%`.
        let c = chars.first().copied().unwrap_or('\\');
        out.push(upright(if ",;:! ".contains(c) { '\u{2009}' } else { c }, shift));
        return &chars[chars.len().min(1)..];
    }
    let name: String = chars[..length].iter().collect();
    let rest = &chars[length..];
    match name.as_str() {
        "text" | "mathrm" | "operatorname" | "mathbf" | "textrm" => {
            let (inner, rest) = group(rest);
            out.extend(inner.iter().map(|&c| upright(c, shift)));
            rest
        }
        "mathbb" | "mathcal" => {
            let (inner, rest) = group(rest);
            out.extend(inner.iter().map(|&c| letter_like(&name, c, shift)));
            rest
        }
        "hat" | "bar" | "tilde" | "sqrt" | "frac" => composed(&name, rest, shift, out),
        "left" | "right" | "big" | "Big" | "displaystyle" => rest,
        _ => {
            match symbol(&name) {
                Some((c, true)) if shift == 0 => out.extend(['\u{2009}', c, '\u{2009}'].map(|c| upright(c, 0))),
                Some((c, _)) => out.push(Glyph { italic: c.is_alphabetic() && c.is_lowercase(), ..upright(c, shift) }),
                None => {
                    // Functions such as `\log` and `\tanh` are words, set apart from letters beside them.
                    if shift == 0 && out.last().is_some_and(|last| last.c.is_alphanumeric() || last.c == ')') {
                        out.push(upright('\u{2009}', shift));
                    }
                    out.extend(name.chars().map(|c| upright(c, shift)));
                    if rest.iter().find(|c| **c != ' ').is_some_and(|c| c.is_alphanumeric() || *c == '\\') {
                        out.push(upright('\u{2009}', shift));
                    }
                }
            }
            rest
        }
    }
}

/// Accents, roots and fractions, on one line.
fn composed<'a>(name: &str, chars: &'a [char], shift: i8, out: &mut Vec<Glyph>) -> &'a [char] {
    let enclosed = |chars: &'a [char], out: &mut Vec<Glyph>| {
        let mut inner = Vec::new();
        let rest = argument(chars, shift, &mut inner);
        let bracket = inner.iter().filter(|glyph| glyph.shift == shift).count() > 1;
        out.extend(bracket.then(|| upright('(', shift)));
        out.extend(inner);
        out.extend(bracket.then(|| upright(')', shift)));
        rest
    };
    match name {
        "sqrt" => {
            out.push(upright('√', shift));
            enclosed(chars, out)
        }
        "frac" => {
            let rest = enclosed(chars, out);
            out.push(upright('/', shift));
            enclosed(rest, out)
        }
        _ => {
            let rest = argument(chars, shift, out);
            if let Some(last) = out.last_mut() {
                let (italic, (whole, combining)) = (last.italic, accent(name, last.c));
                match whole {
                    Some(whole) => last.c = whole,
                    None => out.push(Glyph { italic, ..upright(combining, shift) }),
                }
            }
            rest
        }
    }
}

/// An accented letter as one character where there is one, as fonts place those better; and the accent alone.
fn accent(name: &str, c: char) -> (Option<char>, char) {
    let (pairs, combining) = match name {
        "hat" => ("aâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑ", '\u{302}'),
        "bar" => ("aāeēgḡiīoōuūyȳ", '\u{304}'),
        _ => ("aãeẽiĩnñoõuũvṽyỹ", '\u{303}'),
    };
    let mut pairs = pairs.chars();
    while let (Some(plain), Some(whole)) = (pairs.next(), pairs.next()) {
        if plain == c {
            return (Some(whole), combining);
        }
    }
    (None, combining)
}

fn letter_like(face: &str, c: char, shift: i8) -> Glyph {
    let double = [('R', 'ℝ'), ('N', 'ℕ'), ('Z', 'ℤ'), ('P', 'ℙ'), ('E', '𝔼'), ('C', 'ℂ'), ('Q', 'ℚ')];
    match double.iter().find(|(plain, _)| face == "mathbb" && *plain == c) {
        Some((_, double)) => upright(*double, shift),
        None => Glyph { italic: face == "mathcal", ..upright(c, shift) },
    }
}

/// The character of a command, and whether it is an operator with space around it.
fn symbol(name: &str) -> Option<(char, bool)> {
    const NAMES: &str = "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ \
        iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ \
        omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω ell ℓ partial ∂ nabla ∇ \
        infty ∞ sum ∑ prod ∏ int ∫ langle ⟨ rangle ⟩ prime ′ top ⊤ dots … ldots … cdots ⋯ star ⋆ ast ∗ circ ∘ \
        dagger † hbar ℏ mid | lVert ‖ rVert ‖ Vert ‖ lvert | rvert | quad \u{2003} forall ∀ exists ∃ emptyset ∅";
    const OPERATORS: &str = "times × cdot · pm ± leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ approx ≈ sim ∼ equiv ≡ propto ∝ \
        to → rightarrow → gets ← mapsto ↦ ll ≪ gg ≫ in ∈ otimes ⊗ oplus ⊕ odot ⊙ cup ∪ cap ∩ subset ⊂";
    let find = |table: &str| {
        let mut words = table.split([' ', '\n']).filter(|word| !word.is_empty());
        while let (Some(word), Some(c)) = (words.next(), words.next()) {
            if word == name {
                return c.chars().next();
            }
        }
        None
    };
    find(NAMES).map(|c| (c, false)).or_else(|| find(OPERATORS).map(|c| (c, true)))
}

/// Fonts such as DejaVu Sans are wider than most.
const SAFETY: f64 = 1.06;

/// The estimated width of a line. The reader's font is unknown, so this errs on the wide side.
pub fn width(line: &[Glyph], size: f64) -> f64 {
    line.iter().map(|glyph| advance(glyph.c) * if glyph.shift == 0 { 1.0 } else { SMALL }).sum::<f64>() * size * SAFETY
}

fn advance(c: char) -> f64 {
    match c {
        '\u{300}'..='\u{36f}' => 0.0,
        '\u{2009}' => 0.2,
        'i' | 'j' | 'l' | '|' | '\'' | '.' | ',' | ':' | ';' | '!' | '′' => 0.27,
        ' ' | 'f' | 't' | '(' | ')' | '[' | ']' | 'I' | '/' | '-' => 0.33,
        'r' | '"' | '·' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.9,
        '0'..='9' => 0.59,
        '\u{2212}' | '+' | '=' | '<' | '>' | '×' | '±' | '≈' => 0.78,
        'a'..='z' | 'α'..='ω' => 0.57,
        'A'..='Z' => 0.7,
        '\u{1100}'.. if !('\u{2000}'..='\u{2bff}').contains(&c) => 1.0,
        _ => 0.66,
    }
}

/// Breaks a text into at most `most` lines of the given width; what is too much ends in an ellipsis.
pub fn lines(text: &[Glyph], size: f64, room: f64, most: usize) -> Vec<Vec<Glyph>> {
    let mut lines: Vec<Vec<Glyph>> = Vec::new();
    let mut line: Vec<Glyph> = Vec::new();
    for word in text.split_inclusive(|glyph| glyph.breaks) {
        let bare = word.strip_suffix(&[plain(' ')]).unwrap_or(word);
        if !line.is_empty() && width(&line, size) + width(bare, size) > room && lines.len() + 1 < most {
            lines.push(std::mem::take(&mut line));
        }
        line.extend(word);
    }
    lines.push(line);
    for line in &mut lines {
        while line.last().is_some_and(|glyph| glyph.breaks) {
            line.pop();
        }
        cut(line, size, room);
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn cut(line: &mut Vec<Glyph>, size: f64, room: f64) {
    if width(line, size) <= room {
        return;
    }
    while !line.is_empty() && width(line, size) + advance('…') * size > room {
        line.pop();
    }
    while line.last().is_some_and(|glyph| glyph.breaks) {
        line.pop();
    }
    line.push(plain('…'));
}

/// Writes a `<text>` whose baseline starts, is centred or ends at the point.
pub fn write(out: &mut String, class: &str, line: &[Glyph], size: f64, at: (f64, f64), anchor: Anchor) {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let (x, y) = (super::svg::number(at.0), super::svg::number(at.1));
    let _ = write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>");
    let mut level = 0.0;
    for run in line.chunk_by(|a, b| a.italic == b.italic && a.shift == b.shift) {
        level = write_run(out, run, size, level);
    }
    out.push_str("</text>");
}

/// Writes characters of one face, coming from a baseline lowered by `level`; returns their own level.
fn write_run(out: &mut String, run: &[Glyph], size: f64, level: f64) -> f64 {
    let target = match run[0].shift {
        0 => 0.0,
        shift => f64::from(shift) * if shift > 0 { -0.36 } else { -0.2 } * size,
    };
    let mut attributes = String::new();
    if target != level {
        let _ = write!(attributes, " dy=\"{}\"", super::svg::number(target - level));
    }
    if run[0].shift != 0 {
        let _ = write!(attributes, " font-size=\"{}\"", super::svg::number(size * SMALL));
    }
    if run[0].italic {
        attributes.push_str(" font-style=\"italic\"");
    }
    let body: String = run.iter().map(|glyph| glyph.c).collect();
    if attributes.is_empty() {
        out.push_str(&escape(&body));
    } else {
        let _ = write!(out, "<tspan{attributes}>{}</tspan>", escape(&body));
    }
    target
}
