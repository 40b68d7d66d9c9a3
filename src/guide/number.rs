//! How a number is written for a reader.

/// Writes a number by a format: `.3` decimals, `.3e` powers of ten, `.1%` per cent, `.4g` (and nothing) significant
/// digits. `None` if the format is not one of these.
pub fn format(number: f64, format: &str) -> Option<String> {
    let (digits, kind) = match format.chars().last() {
        Some(kind @ ('e' | '%' | 'g')) => (&format[..format.len() - 1], kind),
        _ => (format, if format.is_empty() { 'g' } else { 'f' }),
    };
    let digits: Option<usize> = match digits.strip_prefix('.') {
        Some(digits) => Some(digits.parse().ok().filter(|digits| *digits <= 17)?),
        None if digits.is_empty() => None,
        None => return None,
    };
    Some(match kind {
        'f' => sign(&format!("{number:.*}", digits.unwrap_or(0))),
        '%' => format!("{}%", sign(&format!("{:.*}", digits.unwrap_or(0), number * 100.0))),
        'e' => scientific(number, digits.unwrap_or(3)),
        _ => significant(number, digits.unwrap_or(4)),
    })
}

/// A number with at most so many significant digits, without idle zeros at its end: 0.3333, 1200, 4.2×10⁻⁷.
pub fn significant(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "not a number".into() } else { sign(&number.to_string().replace("inf", "∞")) };
    }
    let digits = digits.max(1);
    let rounded: f64 = format!("{number:.*e}", digits - 1).parse().unwrap_or(number);
    let rounded = if rounded.is_finite() { rounded } else { number };
    let magnitude = if rounded == 0.0 { 0 } else { exponent(rounded) };
    if magnitude < -4 || magnitude >= digits.max(6) as i32 {
        return scientific(number, digits - 1);
    }
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    let text = format!("{rounded:.decimals$}");
    sign(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
}

fn exponent(number: f64) -> i32 {
    format!("{number:e}").rsplit_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn scientific(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$e}");
    let (mantissa, exponent) = text.rsplit_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let raised: String = exponent.chars().map(raise).collect();
    match mantissa {
        _ if exponent == "0" => sign(mantissa),
        "1" => format!("10{raised}"),
        _ => format!("{}×10{raised}", sign(mantissa)),
    }
}

/// A true minus sign in place of the hyphen; none before a zero, as which a small number may be written.
fn sign(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| matches!(c, '0' | '.')) => zero.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text.to_owned(),
    }
}

fn raise(c: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    match c {
        '-' => '⁻',
        _ => c.to_digit(10).map_or(c, |digit| RAISED[digit as usize]),
    }
}

/// A number of things in words: "1 page", "2 pages".
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// A written number as LaTeX.
pub fn latex(written: &str) -> String {
    let (base, power) = lower(written);
    let base = base.replace('−', "-").replace('×', "\\times ").replace('%', "\\%");
    if power.is_empty() { base } else { format!("{base}^{{{}}}", power.replace('−', "-")) }
}

/// A written number as HTML, its power raised by markup: the raised digits of most fonts are too small to read.
pub fn html(written: &str) -> String {
    let (base, power) = lower(written);
    if power.is_empty() { base } else { format!("{base}<sup>{power}</sup>") }
}

/// A written number cut into its base and its power, the power in ordinary digits.
fn lower(written: &str) -> (String, String) {
    let ordinary = |c: char| {
        let at = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|raised| raised == c)?;
        Some(if at == 0 { '−' } else { (b'0' + at as u8 - 1) as char })
    };
    let power = written.chars().filter_map(ordinary).collect();
    (written.chars().filter(|c| ordinary(*c).is_none()).collect(), power)
}
