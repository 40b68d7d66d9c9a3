//! What a cell computed, as data: the bridge between a cell's program and the guide.

pub mod npy;
pub mod outcome;
pub mod text;

/// Everything that one cell showed, in the order of showing within each kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    pub values: Vec<Value>,
    pub panels: Vec<Panel>,
    pub galleries: Vec<Gallery>,
    pub tables: Vec<Table>,
    pub claims: Vec<Claim>,
}

impl Record {
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|value| value.name == name).map(|value| value.number)
    }

    /// Whether there is something to draw.
    pub fn is_figure(&self) -> bool {
        !self.panels.is_empty() || !self.galleries.is_empty()
    }
}

/// A number with a name, which prose may quote as `{{cell.name}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub name: String,
    pub number: f64,
}

/// One pair of axes and what is drawn on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    pub label: String,
    pub log: bool,
    pub range: Option<(f64, f64)>,
}

/// Named columns of equal length, drawn by one mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    pub mark: Mark,
    /// One vector per name in [`Mark::columns`].
    pub columns: Vec<Vec<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A continuous curve.
    Line,
    /// A dashed curve, by custom the prediction.
    Dashed,
    /// Separate measurements.
    Points,
    /// Separate measurements with a symmetric error.
    Errors,
    /// The area between two curves.
    Band,
    /// Columns from zero, as in a histogram.
    Bars,
}

impl Mark {
    pub const ALL: [Mark; 6] = [Mark::Line, Mark::Dashed, Mark::Points, Mark::Errors, Mark::Band, Mark::Bars];

    pub fn name(self) -> &'static str {
        match self {
            Mark::Line => "line",
            Mark::Dashed => "dashed",
            Mark::Points => "points",
            Mark::Errors => "errors",
            Mark::Band => "band",
            Mark::Bars => "bars",
        }
    }

    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Mark::Line | Mark::Dashed | Mark::Points | Mark::Bars => &["x", "y"],
            Mark::Errors => &["x", "y", "error"],
            Mark::Band => &["x", "low", "high"],
        }
    }
}

/// Small images in rows, all of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Gallery {
    pub title: String,
    pub height: usize,
    pub width: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Images in a row of the page.
    pub columns: usize,
    /// The numbers drawn as black and as white.
    pub range: (f64, f64),
    /// One caption per image, possibly empty.
    pub captions: Vec<String>,
    /// Image by image, channel by channel, row by row.
    pub pixels: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub title: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<Entry>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Number(f64),
    Text(String),
}

impl From<&str> for Entry {
    fn from(text: &str) -> Entry {
        Entry::Text(text.to_owned())
    }
}

impl From<String> for Entry {
    fn from(text: String) -> Entry {
        Entry::Text(text)
    }
}

macro_rules! entries {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Entry {
            fn from(number: $kind) -> Entry {
                Entry::Number(number as f64)
            }
        }
    )*};
}

entries!(f64, f32, usize, isize, u64, i64, u32, i32);

/// A prediction beside a measurement, and how close is close enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// A short sentence; [`Claim::label`] is made from it.
    pub name: String,
    pub relation: Relation,
    pub measured: f64,
    pub predicted: f64,
    /// Absolute tolerance.
    pub abs: f64,
    /// Tolerance relative to the prediction.
    pub rel: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Close,
    AtMost,
    AtLeast,
}

impl Claim {
    /// The measurement agrees with the prediction, within [`Claim::rel`] or [`Claim::abs`] (else exactly).
    pub fn close(measured: f64, predicted: f64) -> Claim {
        Claim::new(Relation::Close, measured, predicted)
    }

    /// The measurement stays below a bound.
    pub fn at_most(measured: f64, bound: f64) -> Claim {
        Claim::new(Relation::AtMost, measured, bound)
    }

    /// The measurement reaches a bound.
    pub fn at_least(measured: f64, bound: f64) -> Claim {
        Claim::new(Relation::AtLeast, measured, bound)
    }

    fn new(relation: Relation, measured: f64, predicted: f64) -> Claim {
        Claim { name: String::new(), relation, measured, predicted, abs: 0.0, rel: 0.0 }
    }

    /// Allows a deviation of `tolerance` times the prediction.
    pub fn rel(self, tolerance: f64) -> Claim {
        Claim { rel: tolerance, ..self }
    }

    /// Allows a deviation of `tolerance`, in the units of the measurement.
    pub fn abs(self, tolerance: f64) -> Claim {
        Claim { abs: tolerance, ..self }
    }

    /// The deviation allowed: the larger of the absolute and the relative tolerance.
    pub fn allowed(&self) -> f64 {
        self.abs.max(self.rel * self.predicted.abs())
    }

    /// Whether it holds; a NaN on either side never does.
    pub fn holds(&self) -> bool {
        match self.relation {
            Relation::Close => (self.measured - self.predicted).abs() <= self.allowed(),
            Relation::AtMost => self.measured <= self.predicted + self.allowed(),
            Relation::AtLeast => self.measured >= self.predicted - self.allowed(),
        }
    }

    /// The label by which pages cite it: `claim-` and the name in kebab case.
    pub fn label(&self) -> String {
        format!("claim-{}", kebab(&self.name))
    }
}

impl Relation {
    pub const ALL: [Relation; 3] = [Relation::Close, Relation::AtMost, Relation::AtLeast];

    pub fn name(self) -> &'static str {
        match self {
            Relation::Close => "close",
            Relation::AtMost => "at-most",
            Relation::AtLeast => "at-least",
        }
    }
}

/// Lower-case letters and digits of any script, joined by single hyphens.
pub fn kebab(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}
