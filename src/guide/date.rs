//! Dates as authors write them, with or without a time of day.

use std::fmt;

/// A day, or only its month or year; with a time of day if it was written with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    pub year: u16,
    pub month: Option<u8>,
    pub day: Option<u8>,
    pub time: Option<Time>,
}

/// A time of day, and how far it is ahead of UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// Since midnight.
    pub seconds: u32,
    /// Minutes; UTC where nothing was said.
    pub ahead: i32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Date {
    /// Reads `2023-06-21`, also with a time as in `2023-06-21T09:30:00+02:00`, `2023-06`, `2023`, `21 June 2023` and
    /// `June 21, 2023`; nothing for what is no day of any calendar.
    pub fn read(text: &str) -> Option<Date> {
        let text = text.trim();
        iso(text).or_else(|| in_words(text)).filter(Date::exists)
    }

    fn exists(&self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            Some(4 | 6 | 9 | 11) => 30,
            Some(2) if leap => 29,
            Some(2) => 28,
            _ => 31,
        };
        let day = self.day.is_none_or(|day| (1..=days).contains(&day));
        (1..=9999).contains(&self.year) && self.month.is_none_or(|month| (1..=12).contains(&month)) && day
    }

    /// The day alone, or what is known of it: `2023-06-21`.
    pub fn iso(&self) -> String {
        let part = |part: Option<u8>| part.map_or(String::new(), |part| format!("-{part:02}"));
        format!("{:04}{}{}", self.year, part(self.month), part(self.day))
    }

    /// The first moment that it can mean, as feeds want it: `2023-06-21T09:30:00+02:00`.
    pub fn moment(&self) -> String {
        let day = format!("{:04}-{:02}-{:02}", self.year, self.month.unwrap_or(1), self.day.unwrap_or(1));
        let Some(Time { seconds, ahead }) = &self.time else { return format!("{day}T00:00:00Z") };
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let zone = match ahead {
            0 => "Z".to_owned(),
            ahead => {
                let sign = if *ahead < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", ahead.abs() / 60, ahead.abs() % 60)
            }
        };
        format!("{day}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    /// Seconds from a day long ago, by which dates of all zones are put in order.
    pub fn order(&self) -> i64 {
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        // Months are counted from March, so that the odd day is the last of its year.
        let (year, month) = match month {
            1 | 2 => (i64::from(self.year) - 1, i64::from(month) + 9),
            _ => (i64::from(self.year), i64::from(month) - 3),
        };
        let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + i64::from(day);
        let time = self.time.as_ref().map_or(0, |time| i64::from(time.seconds) - 60 * i64::from(time.ahead));
        days * 86_400 + time
    }
}

/// As readers see it: `21 June 2023`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = self.month.and_then(|month| MONTHS.get(usize::from(month).checked_sub(1)?));
        match (self.day, month) {
            (Some(day), Some(month)) => write!(f, "{day} {month} {}", self.year),
            (None, Some(month)) => write!(f, "{month} {}", self.year),
            _ => write!(f, "{}", self.year),
        }
    }
}

/// The digits at the front, if they are `length` in number or fewer, and the rest.
fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    length.contains(&end).then(|| text.split_at(end)).and_then(|(number, rest)| Some((number.parse().ok()?, rest)))
}

fn iso(text: &str) -> Option<Date> {
    let (year, rest) = digits(text, 4..=4)?;
    let mut date = Date { year: u16::try_from(year).ok()?, month: None, day: None, time: None };
    let Some(rest) = rest.strip_prefix('-') else { return rest.is_empty().then_some(date) };
    let (month, rest) = digits(rest, 1..=2)?;
    date.month = u8::try_from(month).ok();
    let Some(rest) = rest.strip_prefix('-') else { return rest.is_empty().then_some(date) };
    let (day, rest) = digits(rest, 1..=2)?;
    date.day = u8::try_from(day).ok();
    if !rest.is_empty() {
        date.time = Some(time(rest.strip_prefix(['T', 't']).unwrap_or(rest).trim_start())?);
    }
    Some(date)
}

/// Reads `09:30`, `09:30:00`, `09:30:00.25`, each with or without a zone.
fn time(text: &str) -> Option<Time> {
    let (hour, rest) = digits(text, 1..=2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2..=2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2..=2)?,
        None => (0, rest),
    };
    let rest = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let whole = hour < 24 && minute < 60 && second < 61;
    let ahead = match rest.trim() {
        "" | "Z" | "z" | "UTC" => 0,
        zone => {
            let behind = || zone.strip_prefix('-').map(|zone| (-1, zone));
            let (sign, zone) = zone.strip_prefix('+').map(|zone| (1, zone)).or_else(behind)?;
            let (hours, rest) = digits(&zone.replacen(':', "", 1), 1..=4).map(|(number, rest)| (number, rest.len()))?;
            let (hours, minutes) = if zone.len() > 2 { (hours / 100, hours % 100) } else { (hours, 0) };
            (rest == 0 && hours < 15 && minutes < 60).then_some(())?;
            sign * i32::try_from(hours * 60 + minutes).ok()?
        }
    };
    whole.then_some(Time { seconds: hour * 3600 + minute * 60 + second, ahead })
}

/// Reads `21 June 2023`, `June 21, 2023`, `21st of Jun 2023` and `June 2023`.
fn in_words(text: &str) -> Option<Date> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty() && *word != "of");
    let (mut month, mut numbers) = (None, Vec::new());
    for word in words {
        let lower = word.trim_end_matches('.').to_lowercase();
        let named = MONTHS.iter().position(|month| {
            let month = month.to_lowercase();
            month == lower
                || (lower.len() >= 3 && month.starts_with(&lower))
                || (lower == "sept" && month == "september")
        });
        match named {
            Some(at) if month.is_none() => month = u8::try_from(at + 1).ok(),
            _ => {
                let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|end| lower.strip_suffix(end));
                numbers.push(ordinal.unwrap_or(&lower).to_owned());
            }
        }
    }
    let number = |text: &String| text.parse::<u16>().ok();
    let (day, year) = match numbers.as_slice() {
        [year] => (None, number(year)?),
        [day, year] => (Some(u8::try_from(number(day)?).ok()?), number(year)?),
        _ => return None,
    };
    (year > 999).then_some(Date { year, month: Some(month?), day, time: None })
}
