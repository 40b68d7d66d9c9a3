//! The sum over competing candidates behind every score machine: a streaming log-sum-exp of squared distances.

mod block;
mod boxes;
mod places;
mod strips;
mod tally;

pub(super) use places::Rule;

use super::images::Images;
use super::parallel::map_indexed;
use super::score::Machine;
use super::vector::Abreast;
use block::{Block, Geometry};
use boxes::{Boxes, Hit, Hits, Pair, Whole};
use ndarray::{Array3, Array4, ArrayView3, Axis};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tally::{Alike, Candidate, Tally, Totals};

/// The training set is cut into at most so many parts, each worked through on one core. Fixed, so that results do not
/// depend on the number of threads.
const PARTS: usize = 16;
/// Noise images that share one reading of a part.
const TOGETHER: usize = 8;
/// What is dropped weighs less than exp(-this) of the rest: 1e-17 in f64 and 1e-7 in f32.
const CUTOFFS: [f64; 2] = [39.0, 16.0];

/// One evaluation: the weight of a candidate at squared distance D is exp(-D sharpness).
pub(super) struct Competition<'a> {
    images: &'a Images,
    x: &'a Array4<f64>,
    geometry: Geometry,
    single: bool,
    amplitude: f64,
    sharpness: f64,
    /// Only the nearest candidate matters.
    only_nearest: bool,
}

/// What one noise image came to; seats in reading order.
pub(super) struct Outcome {
    /// Seat after seat, the channels together.
    pub value: Vec<f64>,
    /// Total weight in units of the winner's.
    pub weight: Vec<f64>,
    /// Squared distance of the winner.
    pub distance: Vec<f64>,
    winner: Vec<Candidate>,
}

/// How far along a long sum is, and whether to go on.
pub(super) type Watch<'a> = &'a (dyn Fn(f64) -> bool + Sync);

impl<'a> Competition<'a> {
    #[track_caller]
    pub(super) fn new(machine: Machine, images: &'a Images, x: &'a Array4<f64>, beta: f64) -> Self {
        assert!(beta > 0.0 && beta <= 1.0, "the noise variance beta lies in (0, 1], got {beta}");
        let sharpness = (0.5 / beta).min(f64::from(f32::MAX));
        Self { amplitude: (1.0 - beta).sqrt(), sharpness, only_nearest: false, ..Self::clean(machine, images, x) }
    }

    #[track_caller]
    pub(super) fn clean(machine: Machine, images: &'a Images, x: &'a Array4<f64>) -> Self {
        let (channels, height, width) = images.shape();
        let shape = (x.dim().1, x.dim().2, x.dim().3);
        assert!(shape == images.shape(), "noise images have shape {shape:?}, training images {:?}", images.shape());
        assert!(x.iter().all(|v| v.is_finite()), "noise images must be finite numbers");
        let Machine { rule, k, single } = machine;
        let fits = rule != Rule::Equivariant || k <= height.min(width);
        assert!(fits, "no window of {k} x {k} lies inside an image of {height} x {width}");
        let geometry = Geometry { rule, k, channels, height, width };
        Self { images, x, geometry, single, amplitude: 1.0, sharpness: 0.5, only_nearest: true }
    }

    /// Every noise image; `None` if `watch`, which is told how much is done, wants no more.
    #[track_caller]
    pub(super) fn solve(&self, watch: Watch) -> Option<Vec<Outcome>> {
        let totals = if self.single { self.totals::<f32, 16>(watch) } else { self.totals::<f64, 8>(watch) }?;
        let outcomes = totals.into_iter().map(|Totals { nearest, winner, weight, mut value }| {
            let length = self.geometry.value_len();
            let sound = weight.iter().zip(&nearest).all(|(w, d)| *w > 0.0 && w.is_finite() && d.is_finite());
            assert!(sound, "distances overflow: the pixels are too large for {} precision", self.precision());
            value.iter_mut().enumerate().for_each(|(i, v)| *v /= weight[i / length]);
            Outcome { value, weight, distance: nearest, winner }
        });
        Some(outcomes.collect())
    }

    fn precision(&self) -> &'static str {
        if self.single { "single" } else { "double" }
    }

    /// Part after part of the training set for a few noise images at a time, put together in the order of the parts.
    fn totals<T: Abreast<L>, const L: usize>(&self, watch: Watch) -> Option<Vec<Totals>> {
        let (count, noises) = (self.images.count(), self.x.dim().0);
        let length = count.div_ceil(L).div_ceil(PARTS) * L;
        let (parts, groups) = (count.div_ceil(length), noises.div_ceil(TOGETHER));
        let done = Done { blocks: AtomicUsize::new(0), stopped: AtomicBool::new(false), watch };
        let all = groups * count.div_ceil(L);
        let found = map_indexed(parts * groups, |task| {
            let (group, part) = (task / parts, task % parts);
            let noises = group * TOGETHER..noises.min((group + 1) * TOGETHER);
            let images = part * length..count.min((part + 1) * length);
            self.part::<T, L>(noises, images, |blocks| done.more(blocks, all))
        });
        if done.stopped.into_inner() {
            return None;
        }
        let mut totals: Vec<Totals> = Vec::with_capacity(noises);
        for (task, found) in found.into_iter().enumerate() {
            if task % parts == 0 {
                totals.extend(found);
                continue;
            }
            let group = task / parts * TOGETHER;
            for (sum, part) in totals[group..].iter_mut().zip(&found) {
                sum.merge(part, self.sharpness);
            }
        }
        Some(totals)
    }

    /// Some noise images against some training images; `more` is told of every block done, and answers whether to go on.
    fn part<T: Abreast<L>, const L: usize>(
        &self,
        noises: std::ops::Range<usize>,
        images: std::ops::Range<usize>,
        more: impl Fn(usize) -> bool,
    ) -> Vec<Totals> {
        let geometry = &self.geometry;
        let rivals: Vec<usize> = geometry.rivals().iter().map(|count| count * images.len()).collect();
        let mut noises: Vec<Noise<T, L>> = noises.map(|b| Noise::new(self, b, &rivals)).collect();
        let padding = geometry.padding(false);
        let mut block = Block::new(geometry);
        let mut boxes = Boxes::new();
        for first in images.step_by(L) {
            block.load(geometry, &padding, self.images, first, T::of(self.amplitude));
            for noise in &mut noises {
                match geometry.rule {
                    Rule::Ideal => noise.compare_whole(&block),
                    _ => noise.compare(geometry, &block, &mut boxes, self.images.ground()),
                }
                noise.tally.settle();
            }
            if !more(1) {
                break;
            }
        }
        noises.into_iter().map(|noise| noise.tally.totals).collect()
    }

    /// The winners as arrays over (noise image, row, column), with one number worked out from each outcome and seat.
    #[track_caller]
    pub(super) fn winners(
        &self,
        number: impl Fn(&Outcome, usize) -> f64,
    ) -> (Array3<usize>, Array3<usize>, Array3<usize>, Array3<f64>) {
        let (count, _, height, width) = self.x.dim();
        let shape = (count, height, width);
        let (mut image, mut row, mut column) = (Array3::zeros(shape), Array3::zeros(shape), Array3::zeros(shape));
        let mut numbers = Array3::zeros(shape);
        let outcomes = self.solve(&|_| true).expect("nobody stops it");
        for (b, outcome) in outcomes.iter().enumerate() {
            for (r, c) in (0..height).flat_map(|r| (0..width).map(move |c| (r, c))) {
                let (at, pixel) = ([b, r, c], r * width + c);
                let (seat, place) = match self.geometry.rule {
                    Rule::Ideal => (0, pixel),
                    _ => (pixel, outcome.winner[pixel].1),
                };
                image[at] = outcome.winner[seat].0;
                (row[at], column[at], numbers[at]) = (place / width, place % width, number(outcome, seat));
            }
        }
        (image, row, column, numbers)
    }

    /// Root mean square difference from the winner, per value of the window.
    pub(super) fn window_rms(&self, outcome: &Outcome, seat: usize) -> f64 {
        let site = (seat / self.geometry.width, seat % self.geometry.width);
        (outcome.distance[seat] / self.geometry.inside_len(site) as f64).sqrt()
    }
}

/// How many blocks are done, and whether somebody has had enough.
struct Done<'a> {
    blocks: AtomicUsize,
    stopped: AtomicBool,
    watch: Watch<'a>,
}

impl Done<'_> {
    fn more(&self, blocks: usize, all: usize) -> bool {
        let done = self.blocks.fetch_add(blocks, Ordering::Relaxed) + blocks;
        if !(self.watch)(done as f64 / all as f64) {
            self.stopped.store(true, Ordering::Relaxed);
        }
        !self.stopped.load(Ordering::Relaxed)
    }
}

/// A noise image in the course of its competition.
struct Noise<'a, T, const L: usize> {
    image: ArrayView3<'a, f64>,
    amplitude: f64,
    padded: Vec<T>,
    tally: Tally<T, L>,
    /// Squared distances of windows from ground, as soon as one is asked for.
    from_ground: Vec<f64>,
}

impl<'a, T: Abreast<L>, const L: usize> Noise<'a, T, L> {
    fn new(competition: &'a Competition, b: usize, rivals: &[usize]) -> Self {
        let Competition { geometry, amplitude, .. } = competition;
        let image = competition.x.index_axis(Axis(0), b);
        let padding = geometry.padding(true);
        let pixels: Vec<T> = image.iter().map(|v| T::of(*v)).collect();
        let planes = pixels.chunks_exact(geometry.pixels());
        let show = |plane: &'_ [T]| -> Vec<T> {
            padding.iter().map(|place| place.map_or(T::zero(), |at| plane[at])).collect()
        };
        let cutoff = match competition.only_nearest {
            true => 0.0,
            false => CUTOFFS[usize::from(competition.single)],
        };
        Self {
            image,
            amplitude: *amplitude,
            padded: planes.flat_map(show).collect(),
            tally: Tally::new(geometry, competition.sharpness, cutoff, rivals),
            from_ground: Vec::new(),
        }
    }

    fn compare_whole(&mut self, block: &Block<T, L>) {
        let distances = T::in_lanes(Whole { noise: &self.padded, padded: &block.padded });
        let hit = Hit { distances, pixel: 0, near: block.alive[0] };
        self.tally.absorb(&Hits { hits: vec![hit], count: 1, shift: 0 }, block);
    }

    fn compare(&mut self, geometry: &Geometry, block: &Block<T, L>, boxes: &mut Boxes<T, L>, ground: f64) {
        if block.plain.iter().any(|lanes| *lanes != 0) {
            self.compare_ground(geometry, block, ground);
        }
        let rows = geometry.rows().shifts(&block.live.0);
        for columns in geometry.columns().shifts(&block.live.1) {
            for rows in &rows {
                if geometry.rule == Rule::Local && (rows.shift, columns.shift) != (0, 0) {
                    continue;
                }
                let pair = Pair {
                    geometry,
                    noise: &self.padded,
                    padded: &block.padded,
                    alive: &block.alive,
                    bounds: &self.tally.bounds,
                };
                boxes.find(&pair, rows, &columns);
                if boxes.found.count > 0 {
                    self.tally.absorb(&boxes.found, block);
                }
            }
        }
    }

    /// Windows that are all ground are alike: they are counted, not compared.
    fn compare_ground(&mut self, geometry: &Geometry, block: &Block<T, L>, ground: f64) {
        if self.from_ground.is_empty() {
            self.from_ground = distances_from(geometry, self.image, self.amplitude * ground);
        }
        let width = geometry.width;
        let columns = geometry.columns().classes();
        for rows in geometry.rows().classes() {
            for columns in &columns {
                let places =
                    rows.candidates.clone().flat_map(|r| columns.candidates.clone().map(move |c| r * width + c));
                let plain = places.map(|place| (block.plain[place], place)).filter(|(lanes, _)| *lanes != 0);
                let counted = plain.map(|(lanes, place)| (lanes.count_ones(), (lanes.trailing_zeros(), place)));
                let Some((count, first)) = counted.reduce(|a, b| (a.0 + b.0, a.1.min(b.1))) else { continue };
                let first = (block.first + first.0 as usize, first.1);
                for r in rows.pixels.clone() {
                    for seat in columns.pixels.clone().map(|c| r * width + c) {
                        let distance = self.from_ground[seat];
                        self.tally.absorb_alike(seat, &Alike { distance, count, first, value: ground });
                    }
                }
            }
        }
    }
}

/// Squared distances of all windows of an image from windows of one value inside the image. O(size k).
fn distances_from(geometry: &Geometry, image: ArrayView3<f64>, value: f64) -> Vec<f64> {
    let (rows, columns) = geometry.padded_size();
    let k = geometry.k;
    let square = |at: usize| {
        let (r, c) = (at / geometry.width, at % geometry.width);
        image.outer_iter().map(|plane| (plane[[r, c]] - value) * (plane[[r, c]] - value)).sum::<f64>()
    };
    let squares: Vec<f64> = geometry.padding(true).into_iter().map(|place| place.map_or(0.0, square)).collect();
    let across: Vec<f64> =
        squares.chunks_exact(columns).flat_map(|row| row.windows(k).map(|w| w.iter().sum())).collect();
    let sum = |at: usize| (0..k).map(|i| across[at + i * geometry.width]).sum();
    (0..(rows + 1 - k) * geometry.width).map(sum).collect()
}
