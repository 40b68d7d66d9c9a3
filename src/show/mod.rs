//! What a cell may say: values, series, images, tables and claims; and the program that runs cells.

mod run;

use std::collections::BTreeMap;
use std::panic::Location;
use std::path::PathBuf;

use ndarray::Array2;

pub use run::{Cell, Stop, main};

use crate::record::outcome::{Complaint, Place};
use crate::record::{Claim, Entry, Gallery, Mark, Panel, Record, Series, Table, Value};
use crate::theory::random::Stream;
use crate::theory::{Denoiser, Images};

/// What every cell has in scope.
pub mod prelude {
    pub use super::{Picture, Show};
    pub use crate::record::{Claim, Entry};
    pub use crate::theory::*;
    pub use ndarray::{self, Array1, Array2, Array3, Array4, Axis, array, s};
}

/// Collects what a cell computed. A cell finds it in scope as `show`.
pub struct Show {
    record: Record,
    complaints: Vec<Complaint>,
    seed: u64,
    draws: std::cell::Cell<u64>,
    muted: bool,
    data: BTreeMap<String, PathBuf>,
}

impl Show {
    fn with(data: BTreeMap<String, PathBuf>) -> Show {
        Show {
            record: Record::default(),
            complaints: Vec::new(),
            seed: 0,
            draws: std::cell::Cell::new(0),
            muted: false,
            data,
        }
    }

    fn into_parts(self) -> (Record, Vec<Complaint>) {
        (self.record, self.complaints)
    }

    /// A value of the cell, quoted in prose as `{{cell.name}}`.
    #[track_caller]
    pub fn value(&mut self, name: &str, number: impl Number) {
        let number = number.number();
        self.refuse_unless(number.is_finite(), || format!("the value '{name}' is {number}"));
        self.refuse_unless(self.record.value(name).is_none(), || format!("the value '{name}' is shown twice"));
        if !self.muted {
            self.record.values.push(Value { name: name.to_owned(), number });
        }
    }

    /// A continuous curve through (x, y).
    #[track_caller]
    pub fn line(&mut self, name: &str, x: impl Numbers, y: impl Numbers) -> Axes<'_> {
        self.series(Mark::Line, name, vec![x.numbers(), y.numbers()])
    }

    /// A dashed curve through (x, y), by custom the prediction.
    #[track_caller]
    pub fn dashed(&mut self, name: &str, x: impl Numbers, y: impl Numbers) -> Axes<'_> {
        self.series(Mark::Dashed, name, vec![x.numbers(), y.numbers()])
    }

    /// Separate points at (x, y).
    #[track_caller]
    pub fn points(&mut self, name: &str, x: impl Numbers, y: impl Numbers) -> Axes<'_> {
        self.series(Mark::Points, name, vec![x.numbers(), y.numbers()])
    }

    /// Separate points at (x, y), each with a bar from y - error to y + error.
    #[track_caller]
    pub fn errors(&mut self, name: &str, x: impl Numbers, y: impl Numbers, error: impl Numbers) -> Axes<'_> {
        self.series(Mark::Errors, name, vec![x.numbers(), y.numbers(), error.numbers()])
    }

    /// The area between two curves.
    #[track_caller]
    pub fn band(&mut self, name: &str, x: impl Numbers, low: impl Numbers, high: impl Numbers) -> Axes<'_> {
        self.series(Mark::Band, name, vec![x.numbers(), low.numbers(), high.numbers()])
    }

    /// Columns of height y at x.
    #[track_caller]
    pub fn bars(&mut self, name: &str, x: impl Numbers, y: impl Numbers) -> Axes<'_> {
        self.series(Mark::Bars, name, vec![x.numbers(), y.numbers()])
    }

    /// Begins a new pair of axes beside the last; what follows is drawn there.
    pub fn panel(&mut self, title: &str) -> Axes<'_> {
        self.record.panels.push(Panel { title: title.to_owned(), ..Panel::default() });
        Axes { show: self }
    }

    #[track_caller]
    fn series(&mut self, mark: Mark, name: &str, columns: Vec<Vec<f64>>) -> Axes<'_> {
        let lengths: Vec<usize> = columns.iter().map(Vec::len).collect();
        let equal = lengths.iter().all(|length| *length == lengths[0]);
        self.refuse_unless(equal, || format!("the columns {:?} of '{name}' have lengths {lengths:?}", mark.columns()));
        for (column, what) in columns.iter().zip(mark.columns()) {
            let bad = column.iter().position(|number| !number.is_finite());
            self.refuse_unless(bad.is_none(), || {
                let index = bad.unwrap_or_default();
                format!("{what} of the series '{name}' is {} at index {index}", column[index])
            });
        }
        if self.record.panels.is_empty() {
            self.panel("");
        }
        if equal && !self.muted {
            let panel = self.record.panels.last_mut().expect("there is a panel now");
            panel.series.push(Series { name: name.to_owned(), mark, columns });
        }
        Axes { show: self }
    }

    /// Small images side by side, `columns` in a row; `range` holds the numbers drawn as black and as white.
    #[track_caller]
    pub fn gallery(&mut self, title: &str, columns: usize, range: (f64, f64), images: Vec<Picture>) {
        let Some(first) = images.first() else {
            return self.refuse_unless(false, || format!("the gallery '{title}' has no image"));
        };
        let (height, width, channels) = (first.height, first.width, first.channels);
        self.refuse_unless(height > 0 && width > 0 && (channels == 1 || channels == 3), || {
            format!("the gallery '{title}' has images of {height} x {width} pixels in {channels} channels: 1 or 3 can be drawn")
        });
        let alike = images.iter().all(|image| (image.height, image.width, image.channels) == (height, width, channels));
        self.refuse_unless(alike, || format!("the images of the gallery '{title}' differ in shape"));
        let pixels: Vec<f64> = images.iter().flat_map(|image| image.pixels.iter().copied()).collect();
        self.refuse_unless(pixels.iter().all(|pixel| pixel.is_finite()), || {
            format!("the gallery '{title}' has a pixel that is not a number")
        });
        self.refuse_unless(columns > 0 && range.0 < range.1, || {
            format!("the gallery '{title}' needs at least one column and a range from black up to white")
        });
        let captions = images.into_iter().map(|image| image.caption).collect();
        if !self.muted {
            let title = title.to_owned();
            self.record.galleries.push(Gallery { title, height, width, channels, columns, range, captions, pixels });
        }
    }

    /// A table with one title per column.
    #[track_caller]
    pub fn table<const N: usize>(
        &mut self,
        title: &str,
        header: [&str; N],
        rows: impl IntoIterator<Item = [Entry; N]>,
    ) {
        let rows: Vec<Vec<Entry>> = rows.into_iter().map(Vec::from).collect();
        let finite = |entry: &Entry| !matches!(entry, Entry::Number(number) if !number.is_finite());
        self.refuse_unless(rows.iter().flatten().all(finite), || {
            format!("the table '{title}' has an entry that is not a number")
        });
        if !self.muted {
            let header = header.map(str::to_owned).to_vec();
            self.record.tables.push(Table { title: title.to_owned(), header, rows });
        }
    }

    /// A prediction beside a measurement; `name` is the sentence that the page shows.
    #[track_caller]
    pub fn claim(&mut self, name: &str, claim: Claim) {
        let finite = [claim.measured, claim.predicted, claim.abs, claim.rel].into_iter().all(f64::is_finite);
        self.refuse_unless(finite, || {
            format!("the claim '{name}' compares {} with {}", claim.measured, claim.predicted)
        });
        self.refuse_unless(claim.abs >= 0.0 && claim.rel >= 0.0, || {
            format!("the claim '{name}' has a negative tolerance")
        });
        if !self.muted {
            self.record.claims.push(Claim { name: name.to_owned(), ..claim });
        }
    }

    /// Random numbers of this cell's seed; each call gives a stream of its own.
    pub fn rng(&self) -> Stream {
        self.draws.set(self.draws.get() + 1);
        Stream::new(self.seed).split(self.draws.get())
    }

    /// The text of a file that the cell's `data:` option names.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let text = String::from_utf8(self.bytes(name));
        text.unwrap_or_else(|_| panic!("'{name}' is not text in UTF-8"))
    }

    /// The bytes of a file that the cell's `data:` option names.
    #[track_caller]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        match self.data.get(name) {
            None => panic!("this cell does not declare '{name}': add it to the option `data:`"),
            Some(path) => std::fs::read(path).unwrap_or_else(|error| panic!("cannot read '{name}': {error}")),
        }
    }

    /// The images of an IDX file that the cell's `data:` option names, packed by gzip or not: MNIST and its kin.
    #[track_caller]
    pub fn idx_images(&self, name: &str) -> Images {
        Images::from_idx(name, &self.bytes(name)).unwrap_or_else(|damaged| panic!("{damaged}"))
    }

    /// The same with their classes, from the IDX file `labels`.
    #[track_caller]
    pub fn idx_images_with_labels(&self, name: &str, labels: &str) -> Images {
        let images = self.idx_images(name).with_idx_labels(labels, &self.bytes(labels));
        images.unwrap_or_else(|damaged| panic!("{damaged}"))
    }

    /// The images and classes of binary batches of CIFAR-10 that the cell's `data:` option names.
    #[track_caller]
    pub fn cifar10(&self, names: &[&str]) -> Images {
        let files: Vec<Vec<u8>> = names.iter().map(|name| self.bytes(name)).collect();
        let batches = names.iter().copied().zip(files.iter().map(Vec::as_slice));
        Images::from_cifar10(batches).unwrap_or_else(|damaged| panic!("{damaged}"))
    }

    /// The network in a file of safetensors that the cell's `data:` option names.
    #[track_caller]
    pub fn denoiser(&self, name: &str) -> Denoiser {
        Denoiser::from_safetensors(name, &self.bytes(name)).unwrap_or_else(|damaged| panic!("{damaged}"))
    }

    /// The numbers of a comma-separated file that the cell's `data:` option names; lines that begin with `#` are notes.
    #[track_caller]
    pub fn csv(&self, name: &str) -> Array2<f64> {
        let text = self.text(name);
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let mut numbers = Vec::new();
        let mut shape = (0, 0);
        for (index, line) in lines {
            let before = numbers.len();
            for field in line.split(',') {
                match field.trim().parse::<f64>() {
                    Ok(number) => numbers.push(number),
                    Err(_) => panic!("'{name}', line {}: '{field}' is not a number", index + 1),
                }
            }
            let width = numbers.len() - before;
            assert!(shape.0 == 0 || shape.1 == width, "'{name}', line {}: {width} numbers, not {}", index + 1, shape.1);
            shape = (shape.0 + 1, width);
        }
        Array2::from_shape_vec(shape, numbers).expect("every line has the same length")
    }

    /// Keeps a complaint at the line of the cell that called, unless `good`.
    #[track_caller]
    fn refuse_unless(&mut self, good: bool, text: impl FnOnce() -> String) {
        if !good && !self.muted {
            self.complaints.push(Complaint { place: Place::new(Location::caller()), text: text() });
        }
    }

    /// Used by generated programs: the text of another cell begins here, and what it shows is not this cell's.
    #[doc(hidden)]
    pub fn enter(&mut self, seed: u64, muted: bool) {
        (self.seed, self.muted) = (seed, muted);
        self.draws.set(0);
        if !muted {
            self.record = Record::default();
        }
    }
}

/// The axes of the panel last drawn on.
pub struct Axes<'a> {
    show: &'a mut Show,
}

impl Axes<'_> {
    fn panel(&mut self) -> &mut Panel {
        self.show.record.panels.last_mut().expect("axes belong to a panel")
    }

    pub fn x_label(mut self, label: &str) -> Self {
        self.panel().x.label = label.to_owned();
        self
    }

    pub fn y_label(mut self, label: &str) -> Self {
        self.panel().y.label = label.to_owned();
        self
    }

    pub fn log_x(mut self) -> Self {
        self.panel().x.log = true;
        self
    }

    pub fn log_y(mut self) -> Self {
        self.panel().y.log = true;
        self
    }

    #[track_caller]
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.check_range("x", low, high);
        self.panel().x.range = Some((low, high));
        self
    }

    #[track_caller]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.check_range("y", low, high);
        self.panel().y.range = Some((low, high));
        self
    }

    #[track_caller]
    fn check_range(&mut self, axis: &str, low: f64, high: f64) {
        let good = low.is_finite() && high.is_finite() && low < high;
        self.show.refuse_unless(good, || format!("the {axis} axis cannot go from {low} to {high}"));
    }
}

/// One image of a gallery.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub caption: String,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub pixels: Vec<f64>,
}

impl Picture {
    /// An image from anything with pixels in the order channel, row, column.
    ///
    /// # Panics
    /// If the number of pixels is not `channels * height * width`.
    #[track_caller]
    pub fn new(caption: &str, [channels, height, width]: [usize; 3], pixels: impl Numbers) -> Picture {
        let pixels = pixels.numbers();
        assert_eq!(pixels.len(), channels * height * width, "the pixels of '{caption}' do not fit its shape");
        Picture { caption: caption.to_owned(), height, width, channels, pixels }
    }
}

/// Anything that is one number.
pub trait Number {
    fn number(self) -> f64;
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Number for $kind {
            fn number(self) -> f64 {
                self as f64
            }
        }
        impl Number for &$kind {
            fn number(self) -> f64 {
                *self as f64
            }
        }
    )*};
}

numbers!(f64, f32, usize, isize, u64, i64, u32, i32, u16, i16, u8, i8);

/// Anything that is a sequence of numbers: arrays, slices, vectors, ranges, ndarray's.
pub trait Numbers {
    fn numbers(self) -> Vec<f64>;
}

impl<T: Number, I: IntoIterator<Item = T>> Numbers for I {
    fn numbers(self) -> Vec<f64> {
        self.into_iter().map(Number::number).collect()
    }
}
