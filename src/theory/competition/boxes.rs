//! Squared distances of windows as sums over boxes, at one shift from pixel to candidate, in many images at once.
//!
//! The windows of neighbouring pixels overlap in all but one column. So the squared differences at one shift are added up
//! to sums of 2, 4, 8, ... neighbours, first along rows and then along columns, and a window is put together from as few
//! of them as k has binary digits: about 4 log2 k additions in the place of k^2 products. Nothing is subtracted again, so
//! that small distances keep their digits, and every window is added up in the same order, so that equal windows have
//! equal distances.

use super::block::Geometry;
use super::places::Shift;
use super::strips::Strip;
use crate::theory::vector::{Abreast, Bank, LaneWork, Lanes};

/// More levels of sums than any window needs.
const LEVELS: usize = 16;

/// A candidate that is near enough in some lane of a block.
#[derive(Clone, Copy)]
pub(super) struct Hit<T, const L: usize> {
    pub distances: Bank<T, L>,
    /// Row after row.
    pub pixel: u32,
    /// The lanes.
    pub near: u32,
}

/// The hits of one block at one shift.
pub(super) struct Hits<T, const L: usize> {
    pub hits: Vec<Hit<T, L>>,
    pub count: usize,
    /// From a pixel to its candidate.
    pub shift: isize,
}

impl<T: Abreast<L>, const L: usize> Hits<T, L> {
    /// Without a branch, which would go astray too often: a place that is no hit is overwritten by the next.
    #[inline(always)]
    pub(super) fn push<V: Lanes<T, L>>(&mut self, pixel: u32, near: u32, distance: V) {
        let hit = &mut self.hits[self.count];
        distance.store(&mut hit.distances);
        (hit.pixel, hit.near) = (pixel, near);
        self.count += usize::from(near != 0);
    }
}

/// Room that is used again and again.
pub(super) struct Boxes<T, const L: usize> {
    across: Vec<Bank<T, L>>,
    down: Vec<Bank<T, L>>,
    pub found: Hits<T, L>,
}

/// What is compared: a padded noise image with padded training images.
pub(super) struct Pair<'a, T, const L: usize> {
    pub geometry: &'a Geometry,
    pub noise: &'a [T],
    pub padded: &'a [Bank<T, L>],
    /// Lanes that compete, for each candidate.
    pub alive: &'a [u32],
    /// Largest distance that is of interest, for each pixel.
    pub bounds: &'a [T],
}

impl<T: Abreast<L>, const L: usize> Boxes<T, L> {
    pub(super) fn new() -> Self {
        let found = Hits { hits: Vec::new(), count: 0, shift: 0 };
        Self { across: Vec::new(), down: Vec::new(), found }
    }

    /// Finds the hits at one shift. Cost: O(pairs + border) (log2 k + channels).
    pub(super) fn find(&mut self, pair: &Pair<T, L>, rows: &Shift, columns: &Shift) {
        let (k, count) = (pair.geometry.k, columns.pixels.len());
        let levels = k.ilog2() as usize;
        let length = count + 2 * k;
        self.across.resize(self.across.len().max((levels + 1) * length + k), Bank::zero());
        // An odd number of lanes a row, or rows a power of two apart would crowd into a few places of the cache.
        let down = Levels::in_rings(k, count | 1, 0).end;
        self.down.resize(self.down.len().max(down), Bank::zero());
        let most = pair.geometry.pixels() + 1;
        self.found.count = 0;
        self.found.shift = rows.shift * pair.geometry.width as isize + columns.shift;
        self.found.hits.resize(most, Hit { distances: Bank::zero(), pixel: 0, near: 0 });
        let walk = Walk { pair, rows, columns, across: &mut self.across, down: &mut self.down, found: &mut self.found };
        T::in_lanes(walk);
    }
}

/// One shift.
struct Walk<'a, T, const L: usize> {
    pair: &'a Pair<'a, T, L>,
    rows: &'a Shift,
    columns: &'a Shift,
    across: &'a mut [Bank<T, L>],
    down: &'a mut [Bank<T, L>],
    found: &'a mut Hits<T, L>,
}

impl<T: Abreast<L>, const L: usize> LaneWork<T, L> for Walk<'_, T, L> {
    type Answer = ();

    /// Usual windows of grey images go by strips, for which the compiler knows k.
    #[inline(always)]
    fn run<V: Lanes<T, L>>(mut self) {
        let count = self.columns.pixels.len();
        match (self.pair.geometry.channels, self.pair.geometry.k) {
            (1, 3) => self.strips::<V, 3>(),
            (1, 5) => self.strips::<V, 5>(),
            (1, 7) => self.strips::<V, 7>(),
            (1, 9) if count >= NARROW => self.strips_in_memory::<V, 9>(),
            (1, 11) if count >= NARROW => self.strips_in_memory::<V, 11>(),
            (1, 13) if count >= NARROW => self.strips_in_memory::<V, 13>(),
            (1, 15) if count >= NARROW => self.strips_in_memory::<V, 15>(),
            (1, 17) if count >= NARROW => self.strips_in_memory::<V, 17>(),
            (1, k) => self.rows::<V>(k, 1),
            (channels, k) => self.rows::<V>(k, channels),
        }
    }
}

/// Columns of a strip whose sums fit the registers, and of one whose sums down lie in memory.
const NARROW: usize = 4;
const WIDE: usize = 8;

impl<T: Abreast<L>, const L: usize> Walk<'_, T, L> {
    #[inline(always)]
    fn strips<V: Lanes<T, L>, const K: usize>(&mut self) {
        let (strip, count) =
            (Strip { pair: self.pair, rows: self.rows, columns: self.columns }, self.columns.pixels.len());
        if count < NARROW {
            for at in 0..count {
                strip.run::<V, K, 1>(at, 0, self.found);
            }
        }
        for (start, known) in overlapping(count, NARROW) {
            strip.run::<V, K, NARROW>(start, known, self.found);
        }
    }

    #[inline(always)]
    fn strips_in_memory<V: Lanes<T, L>, const K: usize>(&mut self) {
        let (strip, count) =
            (Strip { pair: self.pair, rows: self.rows, columns: self.columns }, self.columns.pixels.len());
        if count < WIDE {
            for (start, known) in overlapping(count, NARROW) {
                strip.run_in_memory::<V, K, NARROW>(start, known, self.down, self.found);
            }
        }
        for (start, known) in overlapping(count, WIDE) {
            strip.run_in_memory::<V, K, WIDE>(start, known, self.down, self.found);
        }
    }

    /// Row after row, any k, any number of channels; all sums in memory.
    #[inline(always)]
    fn rows<V: Lanes<T, L>>(&mut self, k: usize, channels: usize) {
        let width = self.pair.geometry.width;
        let count = self.columns.pixels.len();
        let lines = Levels::in_lines(k, count + 2 * k);
        for step in 0..self.rows.pixels.len() + k - 1 {
            let rings = Levels::in_rings(k, count | 1, step);
            let line = Line::new(self, step, count + k - 1, channels);
            for at in 0..k - 1 {
                lines.add_up::<T, L, V>(self.across, at, k, line.square::<V>(at));
            }
            // Windows whose last row this is; before the first of them, sums only fill up.
            let row = (step + 1).checked_sub(k).map(|row| self.rows.pixels.start + row);
            let pixel = row.unwrap_or_default() * width + self.columns.pixels.start;
            let candidate = row.map_or(0, |_| pixel.strict_add_signed(self.found.shift));
            let (bounds, alive) = (&self.pair.bounds[pixel..][..count], &self.pair.alive[candidate..][..count]);
            for at in 0..count {
                let across = lines.add_up::<T, L, V>(self.across, at + k - 1, k, line.square::<V>(at + k - 1));
                let distance = rings.add_up::<T, L, V>(self.down, at, k, across);
                if row.is_some() {
                    self.found.push((pixel + at) as u32, distance.at_most(bounds[at]) & alive[at], distance);
                }
            }
        }
    }
}

/// Where strips of `wide` columns begin, the last of which overlaps the one before it, and how many of its columns that
/// one has dealt with.
fn overlapping(count: usize, wide: usize) -> impl Iterator<Item = (usize, usize)> {
    let last = count.checked_sub(wide);
    (0..count).step_by(wide).filter_map(move |at| last.map(|last| (at.min(last), at - at.min(last))))
}

/// Where the sums of 2^j that end here, 2^j places back, and k mod 2^j places back lie.
pub(super) struct Levels {
    now: [usize; LEVELS],
    back: [usize; LEVELS],
    low: [usize; LEVELS],
    end: usize,
}

impl Levels {
    /// Each level a line of `length`.
    fn in_lines(k: usize, length: usize) -> Self {
        let place = |level: usize, back: usize| level * length + k - back;
        Self {
            now: std::array::from_fn(|j| place(j, 0)),
            back: std::array::from_fn(|j| if 1 << j < k { place(j, 1 << j) } else { 0 }),
            low: std::array::from_fn(|j| place(j, k & ((1 << j) - 1))),
            end: 0,
        }
    }

    /// Each level a ring of rows, `stride` apart, as many as it looks back on; the newest is number `step`.
    #[inline(always)]
    pub(super) fn in_rings(k: usize, stride: usize, step: usize) -> Self {
        let (mut levels, top) = (Self { now: [0; LEVELS], back: [0; LEVELS], low: [0; LEVELS], end: 0 }, k.ilog2());
        for j in 0..=top {
            let rows = if j == top { (k + 1 - (1 << top)).next_power_of_two() } else { 2 << j };
            let place = |back: usize| levels.end + (step.wrapping_sub(back) & (rows - 1)) * stride;
            let (now, back, low) = (place(0), place(1 << j), place(k & ((1 << j) - 1)));
            let j = j as usize;
            (levels.now[j], levels.back[j], levels.low[j]) = (now, back, low);
            levels.end += rows * stride;
        }
        levels
    }

    /// Takes the newest of a sequence, in `at`'s column; the sum of the last k, if there were as many.
    #[inline(always)]
    pub(super) fn add_up<T: Abreast<L>, const L: usize, V: Lanes<T, L>>(
        &self,
        memory: &mut [Bank<T, L>],
        at: usize,
        k: usize,
        newest: V,
    ) -> V {
        let (mut power, mut sum) = (newest, newest);
        if k > 1 {
            newest.store(&mut memory[self.now[0] + at]);
        }
        for level in 1..=k.ilog2() as usize {
            power = V::load(&memory[self.back[level - 1] + at]).plus(power);
            if k >> level & 1 == 1 {
                sum = V::load(&memory[self.low[level] + at]).plus(sum);
            }
            power.store(&mut memory[self.now[level] + at]);
        }
        sum
    }
}

/// A row of the noise image beside its row of the training images.
struct Line<'a, T, const L: usize> {
    noise: &'a [T],
    padded: &'a [Bank<T, L>],
    /// Distances between channels.
    strides: usize,
    channels: usize,
}

impl<'a, T: Abreast<L>, const L: usize> Line<'a, T, L> {
    #[inline(always)]
    fn new(walk: &Walk<'a, T, L>, step: usize, length: usize, channels: usize) -> Self {
        let Walk { pair, rows, columns, .. } = walk;
        let (height, width) = pair.geometry.padded_size();
        let strides = height * width;
        let noise = (rows.pixels.start + step) * width + columns.pixels.start;
        let padded = noise.strict_add_signed(rows.shift * width as isize + columns.shift);
        let length = (channels - 1) * strides + length;
        Self { noise: &pair.noise[noise..][..length], padded: &pair.padded[padded..][..length], strides, channels }
    }

    /// The squared difference at a place, summed over channels.
    #[inline(always)]
    fn square<V: Lanes<T, L>>(&self, at: usize) -> V {
        let square = |at: usize| {
            let difference = V::splat(self.noise[at]).minus(V::load(&self.padded[at]));
            difference.times(difference)
        };
        (1..self.channels).fold(square(at), |sum, channel| sum.plus(square(channel * self.strides + at)))
    }
}

/// Distances of a whole noise image from whole training images, all of them `padded` by nothing.
pub(super) struct Whole<'a, T, const L: usize> {
    pub noise: &'a [T],
    pub padded: &'a [Bank<T, L>],
}

impl<T: Abreast<L>, const L: usize> LaneWork<T, L> for Whole<'_, T, L> {
    type Answer = Bank<T, L>;

    /// Eights first, then pairs of sums of one size: rounding grows as the logarithm of the number of pixels.
    #[inline(always)]
    fn run<V: Lanes<T, L>>(self) -> Bank<T, L> {
        let mut sums = [V::splat(T::zero()); usize::BITS as usize];
        for (number, (noise, padded)) in self.noise.chunks(8).zip(self.padded.chunks(8)).enumerate() {
            let mut sum = V::splat(T::zero());
            for (x, phi) in noise.iter().zip(padded) {
                let difference = V::splat(*x).minus(V::load(phi));
                sum = sum.plus(difference.times(difference));
            }
            let full = number.trailing_ones() as usize;
            for smaller in &sums[..full] {
                sum = smaller.plus(sum);
            }
            sums[full] = sum;
        }
        let eights = self.noise.len().div_ceil(8);
        let mut sum = V::splat(T::zero());
        for (level, part) in sums.iter().enumerate() {
            if eights >> level & 1 == 1 {
                sum = part.plus(sum);
            }
        }
        let mut distances = Bank::zero();
        sum.store(&mut distances);
        distances
    }
}
