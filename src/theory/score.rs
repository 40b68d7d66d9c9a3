//! Analytic score machines: what a diffusion model would compute if it were ideal, local, or equivariant.

use super::numeric;
use super::parallel::map_indexed;
use super::patches::{Geometry, Group, Window, gather};
use super::random::Stream;
use super::statistics::quantile;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Array3, Array4, ArrayView3, Axis, s};

/// A training set of images: (number, channels, height, width), values usually in [-1, 1] with -1 for black.
///
/// ```
/// use theoria::theory::*;
/// let images = Images::from_bytes(&[0, 255, 255, 0, 10, 20, 30, 40], 255, (1, 2, 2)); // two images of 2 x 2
/// assert_eq!(images.count(), 2);
/// ```
/// Checked against: `scores_match_golden_values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    pixels: Array4<f64>,
    labels: Vec<usize>,
    /// The median pixel. Subtracting it from images and a times it from the noise image leaves every distance as it is and makes most products
    /// vanish on images with a plain ground, which saves digits at low noise.
    ground: f64,
}

impl Images {
    /// Images from an array (number, channels, height, width). Panics if a size is 0 or a value is not finite. O(size log size).
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn new(pixels: Array4<f64>) -> Self {
        assert!(
            !pixels.is_empty(),
            "a training set needs at least one image with one pixel, got shape {:?}",
            pixels.dim()
        );
        assert!(pixels.iter().all(|v| v.is_finite()), "pixels must be finite numbers");
        let ground = quantile(&pixels, 0.5);
        Self { pixels, labels: Vec::new(), ground }
    }

    /// Images from bytes u in 0..=`full`, image after image, channel after channel, row after row: v = (u / full - 1/2) / (1/2), so
    /// that 0 is black, -1, and `full` (255; 16 for the 8 x 8 digits) is white, +1. `shape` is (channels, height, width).
    /// Panics if the bytes do not fill a whole number of images. O(size log size). Checked against: `scores_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn from_bytes(bytes: &[u8], full: u8, shape: (usize, usize, usize)) -> Self {
        let (channels, height, width) = shape;
        let size = channels * height * width;
        let whole = size > 0 && bytes.len().is_multiple_of(size);
        assert!(whole && full > 0, "{} bytes are not a whole number of images of shape {shape:?}", bytes.len());
        let values = bytes.iter().map(|&u| (f64::from(u) / f64::from(full) - 0.5) / 0.5).collect();
        let pixels = Array4::from_shape_vec((bytes.len() / size, channels, height, width), values);
        Self::new(pixels.expect("the length was checked"))
    }

    /// The same images with a class for each. Panics unless there is one label per image. O(number).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn with_labels(self, labels: &[usize]) -> Self {
        assert!(labels.len() == self.count(), "{} images need as many labels, got {}", self.count(), labels.len());
        Self { labels: labels.to_vec(), ..self }
    }

    /// Only the images of one class: the class-conditional machine is the machine on these. Panics if there is none. O(size).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn of_label(&self, label: usize) -> Self {
        let chosen: Vec<usize> = (0..self.labels.len()).filter(|&i| self.labels[i] == label).collect();
        assert!(!chosen.is_empty(), "no image has label {label}");
        self.select(&chosen)
    }

    /// The images at `indices`, in that order, with their labels. Panics if empty or out of range. O(size).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn select(&self, indices: &[usize]) -> Self {
        assert!(indices.iter().all(|&i| i < self.count()), "an index is not below {}", self.count());
        let labels =
            if self.labels.is_empty() { Vec::new() } else { indices.iter().map(|&i| self.labels[i]).collect() };
        Self { labels, ..Self::new(self.pixels.select(Axis(0), indices)) }
    }

    /// The first `n` images (all, if there are fewer). Panics if n = 0. O(size). Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn first(&self, n: usize) -> Self {
        self.select(&(0..n.min(self.count())).collect::<Vec<_>>())
    }

    /// Number of images N. Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pixels.dim().0
    }

    /// (channels, height, width) of an image. Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        let (_, channels, height, width) = self.pixels.dim();
        (channels, height, width)
    }

    /// The values, (number, channels, height, width). Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn pixels(&self) -> &Array4<f64> {
        &self.pixels
    }

    /// The classes; empty if none were given. Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// `count` independent images of standard normal noise of the shape of these: where a sampler starts. O(size).
    /// Checked against: `ideal_samples_land_on_training_images`.
    pub fn noise(&self, count: usize, stream: &mut Stream) -> Array4<f64> {
        let (channels, height, width) = self.shape();
        Array4::from_shape_simple_fn((count, channels, height, width), || stream.normal())
    }
}

/// Which candidates compete for a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Ideal,
    Local,
    Equivariant,
    EquivariantWrapped,
    BoundaryBroken,
}

/// An analytic score machine: s(x) = (a m(x) - x) / beta, where m is a weighted mean of training pixels,
/// m_l = sum_c w_{l,c} phi_c / sum_c w_{l,c}, w_{l,c} = exp(-D_{l,c} / (2 beta)), a = sqrt(1 - beta); D is the squared distance between the
/// window of x around pixel l and a times that of the training image around the candidate c, summed over channels.
///
/// | machine | padding of x, of phi | candidates of pixel (r, c) |
/// |---|---|---|
/// | ideal | none | every image, whole; one weight for all pixels |
/// | local | zero, zero | (n, r, c) of every image n |
/// | equivariant | circular, not needed | every window that lies inside an image |
/// | equivariant, wrapped | circular, circular | every place of every image |
/// | boundary broken | zero, zero | places with the same pattern of outside: interior with interior, a border row with the same border row, ... |
///
/// ```
/// use theoria::theory::*;
/// # let images = Images::new(ndarray::Array4::from_shape_fn((5, 1, 6, 6), |(n, _, r, c)| ((n + r * c) % 3) as f64 - 1.0));
/// let x = images.noise(2, &mut Stream::new(1)); // two noise images
/// let score = Machine::boundary_broken(3).score(&images, &x, 0.5);
/// assert_eq!(score.dim(), x.dim());
/// ```
/// Source: Kamb and Ganguli, arXiv 2412.20292: IS, LS, ELS and bbELS machines.
/// Checked against: `scores_match_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    rule: Rule,
    k: usize,
}

/// For each pixel of each noise image, the candidate of largest weight. All arrays are (noise images, height, width).
/// Checked against: `winners_name_the_heaviest_candidate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Winners {
    /// Index of the training image.
    pub image: Array3<usize>,
    /// Row of the candidate in it.
    pub row: Array3<usize>,
    /// Column of the candidate in it.
    pub column: Array3<usize>,
    /// Its share of the total weight, in (0, 1].
    pub weight: Array3<f64>,
}

/// For each pixel of each image, the nearest training window. All arrays are (images, height, width).
/// Checked against: `nearest_windows_of_training_images_are_their_own`.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// Index of the training image.
    pub image: Array3<usize>,
    /// Row of the window's centre in it.
    pub row: Array3<usize>,
    /// Column of the window's centre in it.
    pub column: Array3<usize>,
    /// Root mean square difference per value of the window (outside values not counted).
    pub rms: Array3<f64>,
}

impl Machine {
    /// The ideal score machine, the exact score of the diffused training set: it memorises. O(1).
    /// Source: arXiv 2412.20292, IS machine. Checked against: `scores_match_golden_values`, `the_ideal_score_is_the_gradient_of_the_log_density`.
    #[must_use]
    pub fn ideal() -> Self {
        Self { rule: Rule::Ideal, k: 1 }
    }

    /// The local score machine with k x k windows, zero padding. Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, LS machine. Checked against: `scores_match_golden_values`, `a_local_machine_that_sees_everything_is_ideal`.
    #[must_use]
    #[track_caller]
    pub fn local(k: usize) -> Self {
        Self::windowed(Rule::Local, k)
    }

    /// The equivariant local score machine with k x k windows: circular padding of the noise image, training windows that lie inside their
    /// image, as in the published code. Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, ELS machine. Checked against: `scores_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn equivariant(k: usize) -> Self {
        Self::windowed(Rule::Equivariant, k)
    }

    /// The equivariant local score machine in which wrapped training windows compete too, as the theory of a network with circular
    /// padding has it. Panics unless k is odd. O(1). Source: arXiv 2412.20292, section on ELS.
    /// Checked against: `scores_match_golden_values`, `the_wrapped_machine_commutes_with_translations`.
    #[must_use]
    #[track_caller]
    pub fn equivariant_wrapped(k: usize) -> Self {
        Self::windowed(Rule::EquivariantWrapped, k)
    }

    /// The boundary-broken equivariant local machine with k x k windows, the theory of a network with zero padding, which knows how far
    /// it is from a border: rows and columns each compare with the same row within (k-1)/2 of the border, else with every interior row.
    /// Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, boundary-broken ELS machine. Checked against: `scores_match_golden_values`, `a_wide_boundary_makes_the_machine_local`.
    #[must_use]
    #[track_caller]
    pub fn boundary_broken(k: usize) -> Self {
        Self::windowed(Rule::BoundaryBroken, k)
    }

    #[track_caller]
    fn windowed(rule: Rule, k: usize) -> Self {
        assert!(k % 2 == 1, "a window has a centre: its scale k must be odd, got {k}");
        Self { rule, k }
    }

    /// The scale k of the windows; `None` for the ideal machine. Checked against: `trajectories_match_golden_values`.
    #[must_use]
    pub fn scale(self) -> Option<usize> {
        (self.rule != Rule::Ideal).then_some(self.k)
    }

    /// The same machine at another scale k; the ideal machine stays as it is. Panics unless k is odd.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn with_scale(self, k: usize) -> Self {
        if self.rule == Rule::Ideal { self } else { Self::windowed(self.rule, k) }
    }

    /// m(x): the machine's guess of the clean image given the noise images `x`, (B, channels, height, width), at noise variance `beta`. Same shape.
    ///
    /// The sum over candidates is a streaming log-sum-exp; candidates lighter than e^-50 of the heaviest are dropped (a relative error
    /// below 2e-22 each). Panics if shapes differ, `beta` is outside (0, 1], a value is not finite, or an equivariant window is larger than the image.
    /// Cost: O(B N C k^2 P), P the number of (pixel, candidate) pairs of an image: 1 for the ideal machine (with k^2 the
    /// image), HW local, about (HW)^2 equivariant; on all cores. Memory: a few MB a thread, whatever N.
    /// Source: arXiv 2412.20292. Checked against: `scores_match_golden_values`, `posterior_means_match_a_naive_sum`.
    #[must_use]
    #[track_caller]
    pub fn posterior_mean(self, images: &Images, x: &Array4<f64>, beta: f64) -> Array4<f64> {
        let problem = Problem::new(self, images, x, beta);
        let mut mean = Array4::zeros(x.dim());
        for outcome in problem.solve() {
            let (b, r, c) = outcome.place;
            let value =
                ArrayView3::from_shape(problem.geometry.value_shape(), &outcome.value).expect("a value has its shape");
            let (_, h, w) = value.dim();
            mean.slice_mut(s![b, .., r..r + h, c..c + w]).assign(&value);
        }
        mean
    }

    /// s(x) = (a m(x) - x) / beta, same shape as `x`; for the ideal machine the gradient of the log density of the diffused training set.
    /// Panics and cost as [`posterior_mean`](Machine::posterior_mean). Source: arXiv 2412.20292.
    /// Checked against: `scores_match_golden_values`, `the_ideal_score_is_the_gradient_of_the_log_density`.
    #[must_use]
    #[track_caller]
    pub fn score(self, images: &Images, x: &Array4<f64>, beta: f64) -> Array4<f64> {
        (self.posterior_mean(images, x, beta) * (1.0 - beta).sqrt() - x) / beta
    }

    /// For each pixel, which candidate weighs most: the stuff of a mosaic (see [`Winners::mosaic`]). Among equals the first wins.
    /// For the ideal machine the row and column are the pixel's own. Panics and cost as [`posterior_mean`](Machine::posterior_mean).
    /// Checked against: `winners_name_the_heaviest_candidate`.
    #[must_use]
    #[track_caller]
    pub fn winners(self, images: &Images, x: &Array4<f64>, beta: f64) -> Winners {
        let problem = Problem::new(self, images, x, beta);
        let (image, row, column, weight) = problem.winners(|outcome, _| 1.0 / outcome.weight);
        Winners { image, row, column, weight }
    }

    /// For each pixel of clean images `x`, the nearest window among the candidates that the machine admits (at no noise, a = 1).
    /// `Machine::equivariant(3).nearest(..)` searches 3 x 3 windows everywhere. Panics and cost as [`posterior_mean`](Machine::posterior_mean).
    /// Checked against: `nearest_windows_of_training_images_are_their_own`.
    #[must_use]
    #[track_caller]
    pub fn nearest(self, images: &Images, x: &Array4<f64>) -> Nearest {
        let problem = Problem::clean(self, images, x);
        let (image, row, column, rms) = problem.winners(|outcome, site| problem.window_rms(outcome, site));
        Nearest { image, row, column, rms }
    }
}

impl Winners {
    /// The mosaic: each pixel of each noise image replaced by the training pixel that won it, (B, channels, height, width).
    /// Panics unless `images` are those that competed. O(size). Checked against: `winners_name_the_heaviest_candidate`.
    #[must_use]
    #[track_caller]
    pub fn mosaic(&self, images: &Images) -> Array4<f64> {
        let (count, height, width) = self.image.dim();
        Array4::from_shape_fn((count, images.shape().0, height, width), |(b, channel, r, c)| {
            let at = [b, r, c];
            images.pixels[[self.image[at], channel, self.row[at], self.column[at]]]
        })
    }
}

/// For each image of `x` (B, channels, height, width), the index of the nearest training image and its root mean square difference per value.
/// Panics if shapes differ or a value is not finite. O(B N size of an image). Checked against: `ideal_samples_land_on_training_images`.
#[must_use]
#[track_caller]
pub fn nearest(images: &Images, x: &Array4<f64>) -> Vec<(usize, f64)> {
    let found = Machine::ideal().nearest(images, x);
    (0..x.dim().0).map(|b| (found.image[[b, 0, 0]], found.rms[[b, 0, 0]])).collect()
}

/// For each pixel of `x`, the training window of k x k, anywhere inside a training image, that is nearest to the pixel's window (wrapped at
/// the border): [`Machine::nearest`] of [`Machine::equivariant`]. Panics and cost as there.
/// Checked against: `nearest_windows_of_training_images_are_their_own`.
#[must_use]
#[track_caller]
pub fn nearest_patch(images: &Images, x: &Array4<f64>, k: usize) -> Nearest {
    Machine::equivariant(k).nearest(images, x)
}

/// Rows of work that share one gathering of the training windows. Fixed, so that results do not depend on the number of threads.
const ROWS: usize = 128;
/// Training windows are gathered in blocks of about this many numbers, which fit a core's cache.
const BLOCK: usize = 1 << 16;
/// Candidates lighter than exp(-CUTOFF) of the heaviest so far are dropped.
const CUTOFF: f64 = 50.0;

/// One evaluation: logit of a candidate = tilt (x . a p) - tilt |a p|^2 / 2, with tilt = 1 / beta.
struct Problem<'a> {
    images: &'a Images,
    x: &'a Array4<f64>,
    geometry: Geometry,
    groups: Vec<Group>,
    amplitude: f64,
    tilt: f64,
}

/// What one pixel of one noise image came to.
struct Outcome {
    place: (usize, usize, usize),
    value: Vec<f64>,
    /// Total weight in units of the winner's.
    weight: f64,
    /// (image, row, column)
    winner: (usize, usize, usize),
}

/// The running log-sum-exp of one row.
struct Tally {
    top: f64,
    weight: f64,
    value: Vec<f64>,
    winner: usize,
}

impl<'a> Problem<'a> {
    #[track_caller]
    fn new(machine: Machine, images: &'a Images, x: &'a Array4<f64>, beta: f64) -> Self {
        assert!(beta > 0.0 && beta <= 1.0, "the noise variance beta lies in (0, 1], got {beta}");
        Self { amplitude: (1.0 - beta).sqrt(), tilt: 1.0 / beta, ..Self::clean(machine, images, x) }
    }

    #[track_caller]
    fn clean(machine: Machine, images: &'a Images, x: &'a Array4<f64>) -> Self {
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
    fn solve(&self) -> Vec<Outcome> {
        let mut work = Vec::new();
        for group in &self.groups {
            let rows = self.x.dim().0 * group.pixels.len();
            work.extend((0..rows).step_by(ROWS).map(|start| (group, start..rows.min(start + ROWS))));
        }
        let outcomes = map_indexed(work.len(), |i| {
            let (group, rows) = &work[i];
            self.solve_rows(group, rows.clone())
        });
        outcomes.into_iter().flatten().collect()
    }

    /// Row number `row` of a group is pixel `row % pixels` of noise image `row / pixels`.
    fn solve_rows(&self, group: &Group, rows: std::ops::Range<usize>) -> Vec<Outcome> {
        let per_image = group.pixels.len();
        let length = self.geometry.window_len();
        let mut windows = Array2::zeros((rows.len(), length));
        for (row, mut window) in rows.clone().zip(windows.rows_mut()) {
            let image = self.x.index_axis(Axis(0), row / per_image);
            let site = group.pixels[row % per_image];
            gather(
                &self.geometry,
                image,
                site,
                self.amplitude * self.images.ground,
                window.as_slice_mut().expect("rows are contiguous"),
            );
        }
        let tallies = self.tally(group, &windows);
        rows.zip(tallies)
            .map(|(row, tally)| {
                let (r, c) = group.pixels[row % per_image];
                let (image, (wr, wc)) =
                    (tally.winner / group.candidates.len(), group.candidates[tally.winner % group.candidates.len()]);
                let value = tally.value.iter().map(|v| v / tally.weight).collect();
                Outcome { place: (row / per_image, r, c), value, weight: tally.weight, winner: (image, wr, wc) }
            })
            .collect()
    }

    /// Streams the candidates of the group past the given windows of noise images.
    fn tally(&self, group: &Group, windows: &Array2<f64>) -> Vec<Tally> {
        let (length, places) = (self.geometry.window_len(), group.candidates.len());
        let value_len = self.geometry.value_len();
        let step = (BLOCK / (length * places)).max(1);
        let mut tallies: Vec<Tally> = (0..windows.nrows()).map(|_| Tally::new(value_len)).collect();
        let mut candidates = Array2::zeros((step * places, length));
        let mut values = Array2::zeros((step * places, value_len));
        for start in (0..self.images.count()).step_by(step) {
            let block = start..(start + step).min(self.images.count());
            let columns = block.len() * places;
            self.load(group, block, &mut candidates, &mut values);
            let loaded = candidates.slice(s![..columns, ..]);
            let half_squares: Array1<f64> = loaded.rows().into_iter().map(|p| -0.5 * self.tilt * p.dot(&p)).collect();
            let mut logits =
                half_squares.broadcast((windows.nrows(), columns)).expect("one number a column").to_owned();
            general_mat_mul(self.tilt, windows, &loaded.t(), 1.0, &mut logits);
            for (tally, logits) in tallies.iter_mut().zip(logits.rows()) {
                tally.absorb(logits.as_slice().expect("rows are contiguous"), &values, start * places);
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
                gather(
                    &self.geometry,
                    image,
                    site,
                    self.images.ground,
                    window.as_slice_mut().expect("rows are contiguous"),
                );
                window *= self.amplitude;
                self.geometry.value(image, site, values.row_mut(row));
                row += 1;
            }
        }
    }

    /// The winners as arrays over (noise image, row, column), with one number worked out from each outcome.
    fn winners(
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

    /// Distance to the winner from the difference itself: the expanded square has lost its digits where it is small.
    fn window_rms(&self, outcome: &Outcome, site: (usize, usize)) -> f64 {
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

    /// Adds candidates number `first`, `first + 1`, ... with these logits and values.
    fn absorb(&mut self, logits: &[f64], values: &Array2<f64>, first: usize) {
        let (index, top) = heaviest(logits);
        if top > self.top {
            let scale = if self.weight == 0.0 { 0.0 } else { numeric::exp(self.top - top) };
            self.weight *= scale;
            self.value.iter_mut().for_each(|v| *v *= scale);
            (self.top, self.winner) = (top, first + index);
        }
        let floor = self.top - CUTOFF;
        for (logit, value) in logits.iter().zip(values.rows()) {
            if *logit > floor {
                let weight = numeric::exp(logit - self.top);
                self.weight += weight;
                self.value.iter_mut().zip(value).for_each(|(sum, v)| *sum += weight * v);
            }
        }
    }
}

/// Index and value of the largest logit, the first among equals.
fn heaviest(logits: &[f64]) -> (usize, f64) {
    let top = logits.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    (logits.iter().position(|&v| v == top).unwrap_or(0), top)
}
