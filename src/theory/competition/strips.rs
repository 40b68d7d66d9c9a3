//! Distances of the usual windows, a few columns at a time, so that their sums need not wait for memory.

use super::boxes::{Hits, Levels, Pair};
use super::places::Shift;
use crate::theory::vector::{Abreast, Bank, Lanes};

/// More sums than a strip is wide.
const ROOM: usize = 24;

/// One shift, of which a strip of W columns is walked down, row after row.
pub(super) struct Strip<'a, T, const L: usize> {
    pub pair: &'a Pair<'a, T, L>,
    pub rows: &'a Shift,
    pub columns: &'a Shift,
}

/// Where the walk is: in the padded images, and among pixels.
struct Place {
    noise: usize,
    padded: usize,
    pixel: usize,
}

impl<T: Abreast<L>, const L: usize> Strip<'_, T, L> {
    /// Columns from the `start`-th on, the first `known` of which have been dealt with; K below 8.
    #[inline(always)]
    pub(super) fn run<V: Lanes<T, L>, const K: usize, const W: usize>(
        &self,
        start: usize,
        known: usize,
        found: &mut Hits<T, L>,
    ) {
        let mut down = Down::<V, W>::new::<T, L>();
        let mut place = self.place(start);
        for step in 0..self.rows.pixels.len() + K - 1 {
            let distances = down.push::<T, L, K>(self.across::<V, K, W>(&place));
            self.step::<V, K, W>(&mut place, step, known, distances, found);
        }
    }

    /// The same for a larger K, with the sums of rows in `memory`.
    #[inline(always)]
    pub(super) fn run_in_memory<V: Lanes<T, L>, const K: usize, const W: usize>(
        &self,
        start: usize,
        known: usize,
        memory: &mut [Bank<T, L>],
        found: &mut Hits<T, L>,
    ) {
        let mut place = self.place(start);
        for step in 0..self.rows.pixels.len() + K - 1 {
            let rings = Levels::in_rings(K, W, step);
            let mut distances = self.across::<V, K, W>(&place);
            for (at, distance) in distances.iter_mut().enumerate() {
                *distance = rings.add_up::<T, L, V>(memory, at, K, *distance);
            }
            self.step::<V, K, W>(&mut place, step, known, distances, found);
        }
    }

    #[inline(always)]
    fn place(&self, start: usize) -> Place {
        let (_, stride) = self.pair.geometry.padded_size();
        let (row, column) = (self.rows.pixels.start, self.columns.pixels.start + start);
        let noise = row * stride + column;
        let padded = noise.strict_add_signed(self.rows.shift * stride as isize + self.columns.shift);
        Place { noise, padded, pixel: row * self.pair.geometry.width + column }
    }

    /// Keeps what is near, and goes to the next row.
    #[inline(always)]
    fn step<V: Lanes<T, L>, const K: usize, const W: usize>(
        &self,
        place: &mut Place,
        step: usize,
        known: usize,
        distances: [V; W],
        found: &mut Hits<T, L>,
    ) {
        let (_, stride) = self.pair.geometry.padded_size();
        (place.noise, place.padded) = (place.noise + stride, place.padded + stride);
        if step + 1 < K {
            return;
        }
        let pixel = place.pixel;
        let candidate = pixel.strict_add_signed(found.shift);
        let (bounds, alive) = (&self.pair.bounds[pixel..][..W], &self.pair.alive[candidate..][..W]);
        for (at, distance) in distances.into_iter().enumerate() {
            let near = distance.at_most(bounds[at]) & alive[at];
            found.push((pixel + at) as u32, if at < known { 0 } else { near }, distance);
        }
        place.pixel += self.pair.geometry.width;
    }

    /// The squared differences of W + K - 1 neighbours in a row, summed over every K.
    #[inline(always)]
    fn across<V: Lanes<T, L>, const K: usize, const W: usize>(&self, place: &Place) -> [V; W] {
        let noise = &self.pair.noise[place.noise..][..W + K - 1];
        let padded = &self.pair.padded[place.padded..][..W + K - 1];
        let zero = [V::splat(T::zero()); ROOM];
        let (mut one, mut two, mut four, mut eight, mut sixteen) = (zero, zero, zero, zero, zero);
        for at in 0..W + K - 1 {
            let difference = V::splat(noise[at]).minus(V::load(&padded[at]));
            one[at] = difference.times(difference);
        }
        for at in 0..W + K - 2 {
            two[at] = one[at].plus(one[at + 1]);
        }
        if K >= 4 {
            for at in 0..W + K - 4 {
                four[at] = two[at].plus(two[at + 2]);
            }
        }
        if K >= 8 {
            for at in 0..W + K - 8 {
                eight[at] = four[at].plus(four[at + 4]);
            }
        }
        if K >= 16 {
            for at in 0..W + K - 16 {
                sixteen[at] = eight[at].plus(eight[at + 8]);
            }
        }
        std::array::from_fn(|at| {
            let mut sum = one[at + K - 1];
            if K & 2 != 0 {
                sum = two[at + K - 3].plus(sum);
            }
            if K & 4 != 0 {
                sum = four[at + K - 4 - (K & 3)].plus(sum);
            }
            if K & 8 != 0 {
                sum = eight[at + K - 8 - (K & 7)].plus(sum);
            }
            if K & 16 != 0 {
                sum = sixteen[at + K - 16 - (K & 15)].plus(sum);
            }
            sum
        })
    }
}

/// The sums of the last one, two and four rows, and those before them, for W columns.
struct Down<V, const W: usize> {
    one: [V; W],
    two: [[V; W]; 2],
    four: [[V; W]; 3],
}

impl<V: Copy, const W: usize> Down<V, W> {
    #[inline(always)]
    fn new<T: Abreast<L>, const L: usize>() -> Self
    where
        V: Lanes<T, L>,
    {
        let zero = [V::splat(T::zero()); W];
        Self { one: zero, two: [zero; 2], four: [zero; 3] }
    }

    /// Takes the next row; the sum of the last K.
    #[inline(always)]
    fn push<T: Abreast<L>, const L: usize, const K: usize>(&mut self, row: [V; W]) -> [V; W]
    where
        V: Lanes<T, L>,
    {
        std::array::from_fn(|at| {
            let mut sum = row[at];
            let two = self.one[at].plus(row[at]);
            if K & 2 != 0 {
                sum = self.two[0][at].plus(sum);
            }
            if K & 4 != 0 {
                sum = self.four[(K & 3) - 1][at].plus(sum);
                let four = self.two[1][at].plus(two);
                (self.four[2][at], self.four[1][at], self.four[0][at]) = (self.four[1][at], self.four[0][at], four);
            }
            (self.two[1][at], self.two[0][at], self.one[at]) = (self.two[0][at], two, row[at]);
            sum
        })
    }
}
