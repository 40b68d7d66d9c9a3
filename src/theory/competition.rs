//! The sum over competing candidates behind every score machine: a streaming log-sum-exp of matrix products.

use super::images::Images;
use super::numeric;
use super::parallel::map_indexed;
use super::patches::{Geometry, Group, Window, gather};
use super::product::add_product;
use super::score::{Machine, Rule};
use ndarray::{Array1, Array2, Array3, Array4, Axis, s};

/// Rows of work that share one gathering of the training windows. Fixed, so that results do not depend on the
/// number of threads.
const ROWS: usize = 128;
/// At most about this many candidates are weighed at a time, so that their logits stay in a core's cache.
const COLUMNS: usize = 256;
/// Training windows are gathered in blocks of about this many numbers, which fit a core's cache.
const BLOCK: usize = 1 << 16;
/// Candidates lighter than exp(-CUTOFF) of the heaviest so far are dropped.
const CUTOFF: f64 = 50.0;

/// One evaluation: logit of a candidate = tilt (x . a p) - tilt |a p|^2 / 2, with tilt = 1 / beta.
pub(super) struct Competition<'a> {
    images: &'a Images,
    x: &'a Array4<f64>,
    pub(super) geometry: Geometry,
    groups: Vec<Group>,
    amplitude: f64,
    tilt: f64,
}

/// What one pixel of one noise image came to.
pub(super) struct Outcome {
    /// (noise image, row, column)
    pub(super) place: (usize, usize, usize),
    pub(super) value: Vec<f64>,
    /// Total weight in units of the winner's.
    pub(super) weight: f64,
    /// (training image, row, column)
    winner: (usize, usize, usize),
}

/// The running log-sum-exp of one row.
struct Tally {
    top: f64,
    weight: f64,
    value: Vec<f64>,
    winner: usize,
}

impl<'a> Competition<'a> {
    #[track_caller]
    pub(super) fn new(machine: Machine, images: &'a Images, x: &'a Array4<f64>, beta: f64) -> Self {
        assert!(beta > 0.0 && beta <= 1.0, "the noise variance beta lies in (0, 1], got {beta}");
        Self { amplitude: (1.0 - beta).sqrt(), tilt: 1.0 / beta, ..Self::clean(machine, images, x) }
    }

    #[track_caller]
    pub(super) fn clean(machine: Machine, images: &'a Images, x: &'a Array4<f64>) -> Self {
        let (channels, height, width) = images.shape();
        let shape = (x.dim().1, x.dim().2, x.dim().3);
        assert!(shape == images.shape(), "noise images have shape {shape:?}, training images {:?}", images.shape());
        assert!(x.iter().all(|v| v.is_finite()), "noise images must be finite numbers");
        let (k, size) = (machine.k, (height, width));
        let fits = machine.rule != Rule::Equivariant || k <= height.min(width);
        assert!(fits, "no window of {k} x {k} lies inside an image of {height} x {width}");
        let (window, groups) = match machine.rule {
            Rule::Ideal => (Window::Whole, Group::whole()),
            Rule::Local => (Window::Padded(k), Group::same_place(size)),
            Rule::Equivariant => (Window::Wrapped(k), Group::inside(size, k)),
            Rule::EquivariantWrapped => (Window::Wrapped(k), Group::everywhere(size)),
            Rule::BoundaryBroken => (Window::Padded(k), Group::same_border(size, k)),
        };
        let geometry = Geometry { window, channels, height, width };
        Self { images, x, geometry, groups, amplitude: 1.0, tilt: 1.0 }
    }

    /// Every pixel of every noise image, in the order of the groups.
    #[track_caller]
    pub(super) fn solve(&self) -> Vec<Outcome> {
        let mut work = Vec::new();
        for group in &self.groups {
            let rows = self.x.dim().0 * group.pixels.len();
            work.extend((0..rows).step_by(ROWS).map(|start| (group, start..rows.min(start + ROWS))));
        }
        let outcomes = map_indexed(work.len(), |i| {
            let (group, rows) = &work[i];
            self.solve_rows(group, rows.clone())
        });
        let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
        let sound = outcomes.iter().all(|o| o.weight >= 1.0 && o.weight.is_finite());
        assert!(sound, "distances overflow: the pixels are too large for a noise variance of 1 / {}", self.tilt);
        outcomes
    }

    /// Row number `row` of a group is pixel `row % pixels` of noise image `row / pixels`.
    fn solve_rows(&self, group: &Group, rows: std::ops::Range<usize>) -> Vec<Outcome> {
        let (per_image, places) = (group.pixels.len(), group.candidates.len());
        let length = self.geometry.window_len();
        let mut windows = Array2::zeros((rows.len(), length));
        for (row, mut window) in rows.clone().zip(windows.rows_mut()) {
            let image = self.x.index_axis(Axis(0), row / per_image);
            let window = window.as_slice_mut().expect("rows are contiguous");
            gather(&self.geometry, image, group.pixels[row % per_image], self.amplitude * self.images.ground, window);
        }
        windows *= self.tilt;
        let tallies = self.tally(group, &windows);
        rows.zip(tallies)
            .map(|(row, tally)| {
                let (r, c) = group.pixels[row % per_image];
                let (image, candidate) = (tally.winner / places, tally.winner % places);
                let (wr, wc) = group.candidates[candidate];
                let value = tally.value.iter().map(|v| v / tally.weight).collect();
                Outcome { place: (row / per_image, r, c), value, weight: tally.weight, winner: (image, wr, wc) }
            })
            .collect()
    }

    /// Streams the candidates of the group past the given windows of noise images, which come times the tilt.
    fn tally(&self, group: &Group, windows: &Array2<f64>) -> Vec<Tally> {
        let (length, places) = (self.geometry.window_len(), group.candidates.len());
        let value_len = self.geometry.value_len();
        let step = (BLOCK / length).min(COLUMNS).div_ceil(places);
        let mut tallies: Vec<Tally> = (0..windows.nrows()).map(|_| Tally::new(value_len)).collect();
        let mut candidates = Array2::zeros((step * places, length));
        let mut values = Array2::zeros((step * places, value_len));
        for start in (0..self.images.count()).step_by(step) {
            let block = start..(start + step).min(self.images.count());
            let columns = block.len() * places;
            self.load(group, block, &mut candidates, &mut values);
            let loaded_values = &values.as_slice().expect("contiguous")[..columns * value_len];
            let loaded = candidates.slice(s![..columns, ..]);
            let half_squares: Array1<f64> = loaded.rows().into_iter().map(|p| -0.5 * self.tilt * p.dot(&p)).collect();
            let mut logits =
                half_squares.broadcast((windows.nrows(), columns)).expect("one number a column").to_owned();
            add_product(windows.view(), loaded.t(), logits.view_mut());
            for (tally, logits) in tallies.iter_mut().zip(logits.rows()) {
                tally.absorb(logits.as_slice().expect("rows are contiguous"), loaded_values, start * places);
            }
        }
        tallies
    }

    /// Fills the rows with a p (window) and phi (value) of each candidate of the images in `block`.
    fn load(
        &self,
        group: &Group,
        block: std::ops::Range<usize>,
        candidates: &mut Array2<f64>,
        values: &mut Array2<f64>,
    ) {
        let mut row = 0;
        for index in block {
            let image = self.images.pixels.index_axis(Axis(0), index);
            for &site in &group.candidates {
                let mut window = candidates.row_mut(row);
                let slice = window.as_slice_mut().expect("rows are contiguous");
                gather(&self.geometry, image, site, self.images.ground, slice);
                window *= self.amplitude;
                self.geometry.value(image, site, values.row_mut(row));
                row += 1;
            }
        }
    }

    /// The winners as arrays over (noise image, row, column), with one number worked out from each outcome.
    #[track_caller]
    pub(super) fn winners(
        &self,
        number: impl Fn(&Outcome, (usize, usize)) -> f64,
    ) -> (Array3<usize>, Array3<usize>, Array3<usize>, Array3<f64>) {
        let (count, _, height, width) = self.x.dim();
        let shape = (count, height, width);
        let (mut image, mut row, mut column) = (Array3::zeros(shape), Array3::zeros(shape), Array3::zeros(shape));
        let mut numbers = Array3::zeros(shape);
        let (_, h, w) = self.geometry.value_shape();
        for outcome in self.solve() {
            let (b, r, c) = outcome.place;
            let (index, wr, wc) = outcome.winner;
            let value = number(&outcome, (r, c));
            for (dr, dc) in (0..h).flat_map(|dr| (0..w).map(move |dc| (dr, dc))) {
                let at = [b, r + dr, c + dc];
                (image[at], row[at], column[at], numbers[at]) = (index, wr + dr, wc + dc, value);
            }
        }
        (image, row, column, numbers)
    }

    /// Distance to the winner from the difference itself: the expanded square has lost its digits where it is
    /// small.
    pub(super) fn window_rms(&self, outcome: &Outcome, site: (usize, usize)) -> f64 {
        let length = self.geometry.window_len();
        let (mut ours, mut theirs) = (vec![0.0; length], vec![0.0; length]);
        let (index, row, column) = outcome.winner;
        gather(&self.geometry, self.x.index_axis(Axis(0), outcome.place.0), site, self.images.ground, &mut ours);
        gather(
            &self.geometry,
            self.images.pixels.index_axis(Axis(0), index),
            (row, column),
            self.images.ground,
            &mut theirs,
        );
        let square: f64 = ours.iter().zip(&theirs).map(|(a, b)| (a - b) * (a - b)).sum();
        (square / self.geometry.inside_len(site) as f64).sqrt()
    }
}

impl Tally {
    fn new(value_len: usize) -> Self {
        Self { top: f64::NEG_INFINITY, weight: 0.0, value: vec![0.0; value_len], winner: 0 }
    }

    /// Adds candidates number `first`, `first + 1`, ... with these logits; `values` holds a value for each, end
    /// to end.
    fn absorb(&mut self, logits: &[f64], values: &[f64], first: usize) {
        self.raise(logits, first);
        let floor = self.top - CUTOFF;
        let (octets, rest) = logits.as_chunks::<8>();
        let length = self.value.len();
        let (values, last_values) = values.split_at(octets.len() * 8 * length);
        for (logits, values) in octets.iter().zip(values.chunks_exact(8 * length)) {
            if logits.iter().any(|&logit| logit > floor) {
                self.add(*logits, values, floor);
            }
        }
        let mut padded = [f64::NEG_INFINITY; 8];
        padded[..rest.len()].copy_from_slice(rest);
        self.add(padded, last_values, floor);
    }

    /// Takes the largest of the logits as the new unit of weight, if it is larger than all before; the first
    /// among equals wins.
    fn raise(&mut self, logits: &[f64], first: usize) {
        let top = largest(logits);
        if top > self.top {
            let scale = numeric::exp(self.top - top);
            self.weight *= scale;
            self.value.iter_mut().for_each(|v| *v *= scale);
            self.top = top;
            self.winner = first + logits.iter().position(|&v| v == top).expect("the largest is among them");
        }
    }

    /// Adds at most eight candidates; eight at a time are weighed without a branch, two or four to an
    /// instruction.
    #[inline]
    fn add(&mut self, logits: [f64; 8], values: &[f64], floor: f64) {
        let (top, mut weights) = (self.top, [0.0; 8]);
        for (weight, logit) in weights.iter_mut().zip(logits) {
            *weight = numeric::exp_of_negative(if logit > floor { logit } else { floor } - top);
        }
        for (weight, logit) in weights.iter_mut().zip(logits) {
            *weight = if logit > floor { *weight } else { 0.0 };
        }
        self.weight += fold8(weights, |a, b| a + b);
        if let ([sum], Some(values)) = (self.value.as_mut_slice(), values.as_array::<8>()) {
            // One number a candidate, the usual case: eight products at once.
            let mut products = weights;
            products.iter_mut().zip(values).for_each(|(product, value)| *product *= value);
            *sum += fold8(products, |a, b| a + b);
            return;
        }
        for (weight, value) in weights.iter().zip(values.chunks_exact(self.value.len())) {
            if *weight > 0.0 {
                self.value.iter_mut().zip(value).for_each(|(sum, v)| *sum += weight * v);
            }
        }
    }
}

/// The largest of many numbers, in eight lanes; minus infinity for none.
fn largest(numbers: &[f64]) -> f64 {
    let (octets, rest) = numbers.as_chunks::<8>();
    let larger = |a: f64, b: f64| if b > a { b } else { a };
    let mut lanes = [f64::NEG_INFINITY; 8];
    for octet in octets {
        for (lane, number) in lanes.iter_mut().zip(octet) {
            *lane = larger(*lane, *number);
        }
    }
    rest.iter().fold(fold8(lanes, larger), |a, &b| larger(a, b))
}

/// Combines eight lanes in a fixed order.
#[inline]
fn fold8(lanes: [f64; 8], f: impl Fn(f64, f64) -> f64) -> f64 {
    let [a, b, c, d, e, g, h, i] = lanes;
    f(f(f(a, b), f(c, d)), f(f(e, g), f(h, i)))
}
