//! Axes: from numbers to pixels, and which numbers to write beside them.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged, ValueFormatter};

use super::text;

/// One axis: its range, which way numbers run along it, and its marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub ticks: Vec<Tick>,
    /// Marks without a number, between those of `ticks`.
    pub minor: Vec<f64>,
    /// The numbers beside the axis are to be multiplied by ten to this power.
    pub power: i32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub at: f64,
    /// As [`text::glyphs`] reads it.
    pub label: String,
}

impl Scale {
    pub fn new((low, high): (f64, f64), log: bool) -> Scale {
        Scale { low, high, log, ticks: Vec::new(), minor: Vec::new(), power: 0 }
    }

    /// The place of a number on the axis: 0 at its lower end, 1 at its upper.
    pub fn place(&self, value: f64) -> f64 {
        if self.log {
            (value.log10() - self.low.log10()) / (self.high.log10() - self.low.log10())
        } else {
            // Halves, so that the span of the widest range is still a number.
            (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
        }
    }

    fn holds(&self, value: f64) -> bool {
        (-1e-9..=1.0 + 1e-9).contains(&self.place(value))
    }

    /// Chooses the ticks for an axis of this length in pixels. `room` is what a label takes along the axis, as
    /// a function of its width. `own` are the positions of data, if few; `whole` tells that they are integers.
    pub fn choose_ticks(&mut self, length: f64, room: impl Fn(f64) -> f64, own: &[f64], whole: bool) {
        let fits = |scale: &Scale, ticks: &[Tick]| {
            let mut end = f64::NEG_INFINITY;
            ticks.iter().all(|tick| {
                let (middle, half) = (scale.place(tick.at) * length, room(label_width(tick)) / 2.0);
                let free = middle - half >= end;
                end = middle + half;
                free
            })
        };
        let own = if self.log { own_ticks(self, own) } else { Vec::new() };
        // Doublings may be labelled in part, every second or every third.
        for stride in 1..=if doublings(&own) { 3 } else { 1 } {
            let (ticks, minor): (Vec<_>, Vec<_>) = own.iter().enumerate().partition(|(at, _)| at % stride == 0);
            let ticks: Vec<Tick> = ticks.into_iter().map(|(_, tick)| tick.clone()).collect();
            if (2..=7).contains(&ticks.len()) && fits(self, &ticks) {
                self.minor = minor.into_iter().map(|(_, tick)| tick.at).collect();
                self.ticks = ticks;
                return;
            }
        }
        // From too many to few: the first choice whose labels do not touch.
        for target in (2..=9).rev() {
            let mut next = Scale::new((self.low, self.high), self.log);
            if self.log {
                next.log_ticks(target)
            } else {
                next.linear_ticks(target, whole)
            }
            if fits(&next, &next.ticks) || target == 2 {
                *self = next;
                return;
            }
        }
    }

    /// Round numbers, one, two or five times a power of ten apart, at most `target` of them.
    fn linear_ticks(&mut self, target: i64, whole: bool) {
        let span = self.high - self.low;
        // Below two there may be no second whole number to tell the scale.
        let whole = whole && span >= 2.0;
        let mut power = (span / target as f64).log10().floor() as i32 - 1;
        let (first, last, mantissa) = loop {
            let fitting = [1i64, 2, 5].into_iter().find_map(|mantissa| {
                let step = decimal(mantissa, power);
                let first = (self.low / step - 1e-9).ceil() as i64;
                let last = (self.high / step + 1e-9).floor() as i64;
                (last - first < target && !(whole && power < 0)).then_some((first, last, mantissa))
            });
            match fitting {
                Some(found) => break found,
                None => power += 1,
            }
        };
        let largest = first.abs().max(last.abs()) * mantissa;
        let top = if largest == 0 { 0 } else { power + digits(largest) - 1 };
        self.power = if (-3..=4).contains(&top) { 0 } else { top };
        for at in first..=last {
            let label = if at == 0 { "0".to_owned() } else { write_decimal(at * mantissa, power - self.power) };
            self.ticks.push(Tick { at: decimal(at * mantissa, power), label });
        }
    }

    fn log_ticks(&mut self, target: i64) {
        let (first, last) = (self.low.log10(), self.high.log10());
        let (from, to) = ((first - 1e-9).ceil() as i64, (last + 1e-9).floor() as i64);
        if last - first < 2.0 && to - from < 2 {
            return self.fine_log_ticks(target, first.floor() as i32, last.ceil() as i32);
        }
        let stride = (1..).find(|stride| (to / stride) - (from - 1).div_euclid(*stride) <= target).unwrap_or(1);
        for power in from..=to {
            if power.rem_euclid(stride) == 0 {
                let label = format!("$10^{{{power}}}$");
                self.ticks.push(Tick { at: decimal(1, power as i32), label });
            }
        }
        let minor = |power: i64| -> Vec<f64> {
            match stride {
                1 => (2..10).map(|mantissa| decimal(mantissa, power as i32)).collect(),
                _ if power.rem_euclid(stride) != 0 => vec![decimal(1, power as i32)],
                _ => Vec::new(),
            }
        };
        if to - from <= 40 {
            self.minor = (from - 1..=to).flat_map(minor).filter(|at| self.holds(*at)).collect();
        }
    }

    /// Within two decades: as many of the digits as fit, and round numbers where even those are too coarse.
    fn fine_log_ticks(&mut self, target: i64, from: i32, to: i32) {
        let scale = Scale::new((self.low, self.high), true);
        let choose = |mantissas: &[i64]| -> Vec<(i64, i32)> {
            let all = (from..=to).flat_map(|exponent| mantissas.iter().map(move |m| (*m, exponent)));
            all.filter(|(m, exponent)| scale.holds(decimal(*m, *exponent))).collect()
        };
        let digits: [&[i64]; 5] = [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 3, 5, 7], &[1, 2, 5], &[1, 3], &[1]];
        let found = digits.iter().map(|m| choose(m)).find(|ticks| ticks.len() as i64 <= target);
        match found {
            Some(found) if found.len() > 2 => {
                let plain = (-3..=4).contains(&from) && (-3..=5).contains(&to);
                for (m, exponent) in found {
                    let label = match (plain, m) {
                        (true, _) => write_decimal(m, exponent),
                        (false, 1) => format!("$10^{{{exponent}}}$"),
                        (false, _) => format!("${m}\u{d7}10^{{{exponent}}}$"),
                    };
                    self.ticks.push(Tick { at: decimal(m, exponent), label });
                }
                let minor = choose(digits[0]).into_iter().map(|(m, exponent)| decimal(m, exponent));
                self.minor = minor.filter(|at| self.ticks.iter().all(|tick| tick.at != *at)).collect();
            }
            _ => {
                self.linear_ticks(target, false);
                self.ticks.retain(|tick| tick.at > 0.0);
            }
        }
    }
}

/// Labels at the data's own positions, such as the widths 32, 64, ..., 512, if these are few and short.
fn own_ticks(scale: &Scale, own: &[f64]) -> Vec<Tick> {
    if own.len() > 20 || !own.iter().all(|at| scale.holds(*at)) {
        return Vec::new();
    }
    let label = |at: f64| {
        let whole = at.fract() == 0.0 && (1e4..1e6).contains(&at);
        let label = if whole { write_decimal(at as i64, 0) } else { at.to_string() };
        (label.chars().count() <= 7).then_some(Tick { at, label })
    };
    own.iter().map(|at| label(*at)).collect::<Option<_>>().unwrap_or_default()
}

fn doublings(ticks: &[Tick]) -> bool {
    ticks.windows(2).all(|pair| pair[1].at == 2.0 * pair[0].at)
}

fn label_width(tick: &Tick) -> f64 {
    text::width(&text::glyphs(&tick.label), super::TEXT)
}

/// The number closest to an integer times a power of ten.
fn decimal(mantissa: i64, power: i32) -> f64 {
    format!("{mantissa}e{power}").parse().unwrap_or(0.0)
}

fn digits(number: i64) -> i32 {
    number.to_string().len() as i32
}

/// An integer times a power of ten in full, with a true minus and thin spaces between thousands.
fn write_decimal(mantissa: i64, power: i32) -> String {
    let mut digits = mantissa.unsigned_abs().to_string();
    let mut fraction = String::new();
    if power >= 0 && mantissa != 0 {
        digits.extend(std::iter::repeat_n('0', power as usize));
    } else if power < 0 {
        let decimals = power.unsigned_abs() as usize;
        digits = format!("{digits:0>width$}", width = decimals + 1);
        fraction = format!(".{}", digits.split_off(digits.len() - decimals));
    }
    if digits.len() > 4 {
        for at in (1..digits.len()).rev().filter(|at| (digits.len() - at).is_multiple_of(3)).collect::<Vec<_>>() {
            digits.insert(at, '\u{2009}');
        }
    }
    format!("{}{digits}{fraction}", if mantissa < 0 { "\u{2212}" } else { "" })
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let pixel = f64::from(start) + self.place(*value) * (f64::from(end) - f64::from(start));
        // Far outside is as good as infinitely far, and still leaves room for arithmetic.
        pixel.round().clamp(-1e8, 1e8) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.iter().map(|tick| tick.at).collect(),
            KeyPointWeight::Any => Vec::new(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|tick| tick.at == *value).map(|tick| tick.label.clone()).unwrap_or_default()
    }
}
