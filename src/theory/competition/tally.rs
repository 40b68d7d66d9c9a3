//! The running log-sum-exp of one noise image: what each of its pixels came to so far.

use super::block::{Block, Geometry};
use super::boxes::Hits;
use crate::theory::numeric;
use crate::theory::vector::{self, Abreast, Bank, LaneWork, Lanes, flat};

/// Training image and place in it, row after row: candidates in their order.
pub(super) type Candidate = (usize, usize);

/// For each seat (a pixel, or the whole of an image that competes whole) the sums over the candidates so far, in units of
/// the weight of the nearest.
#[derive(Clone)]
pub(super) struct Totals {
    /// Squared distance of the nearest candidate, and the first that is so near.
    pub nearest: Vec<f64>,
    pub winner: Vec<Candidate>,
    pub weight: Vec<f64>,
    /// Seat after seat.
    pub value: Vec<f64>,
}

/// [`Totals`] with what the block at hand has added, lane by lane.
pub(super) struct Tally<T, const L: usize> {
    pub totals: Totals,
    nearest: Vec<T>,
    /// Candidates further away than this weigh nothing.
    pub bounds: Vec<T>,
    weight: Vec<Bank<T, L>>,
    value: Vec<Bank<T, L>>,
    touched: Vec<bool>,
    /// 1 / (2 beta): a weight is exp(-distance times this).
    sharpness: T,
    /// How many nats lighter a candidate may be than all together, shared out among all.
    cutoff: f64,
    /// The logarithm of the number of candidates of each seat.
    rivals: Vec<f64>,
    exponents: Vec<Bank<T, L>>,
    singles: Vec<Single>,
    single_exponents: Vec<T>,
}

/// One lane of a hit that has few.
struct Single {
    seat: u32,
    /// Where the value lies in the block.
    value: u32,
    lane: u32,
}

/// Hits with at most so many near lanes are taken lane by lane.
const FEW: u32 = 5;

/// Candidates that are alike: at one distance, of one value.
pub(super) struct Alike {
    pub distance: f64,
    pub count: u32,
    pub first: Candidate,
    /// Of every channel.
    pub value: f64,
}

impl Totals {
    fn new(geometry: &Geometry) -> Self {
        let seats = geometry.seats();
        Self {
            nearest: vec![f64::INFINITY; seats],
            winner: vec![(usize::MAX, usize::MAX); seats],
            weight: vec![0.0; seats],
            value: vec![0.0; seats * geometry.value_len()],
        }
    }

    fn values(&mut self, seat: usize) -> &mut [f64] {
        let length = self.value.len() / self.weight.len();
        &mut self.value[seat * length..][..length]
    }

    /// Adds what other candidates came to. O(size).
    pub(super) fn merge(&mut self, other: &Self, sharpness: f64) {
        let length = self.value.len() / self.weight.len();
        for seat in 0..self.weight.len() {
            let nearest = self.nearest[seat].min(other.nearest[seat]);
            let share = |distance: f64| if distance > nearest { decay(nearest - distance, sharpness) } else { 1.0 };
            let (ours, theirs) = (share(self.nearest[seat]), share(other.nearest[seat]));
            let before = (self.nearest[seat], self.winner[seat]);
            if (other.nearest[seat], other.winner[seat]) < before {
                self.winner[seat] = other.winner[seat];
            }
            self.nearest[seat] = nearest;
            self.weight[seat] = self.weight[seat] * ours + other.weight[seat] * theirs;
            let others = &other.value[seat * length..][..length];
            self.values(seat).iter_mut().zip(others).for_each(|(sum, v)| *sum = *sum * ours + v * theirs);
        }
    }
}

/// exp(difference * sharpness) of a difference that is not positive.
fn decay(difference: f64, sharpness: f64) -> f64 {
    numeric::exp(difference * sharpness)
}

impl<T: Abreast<L>, const L: usize> Tally<T, L> {
    /// Candidates are dropped that, if all were so light, would together weigh less than exp(-cutoff) of all that has
    /// been counted; `rivals` is the number of candidates of each seat.
    pub(super) fn new(geometry: &Geometry, sharpness: f64, cutoff: f64, rivals: &[usize]) -> Self {
        let (seats, zero) = (geometry.seats(), Bank::zero());
        Self {
            totals: Totals::new(geometry),
            nearest: vec![T::of(f64::INFINITY); seats],
            bounds: vec![T::of(f64::INFINITY); seats],
            weight: vec![zero; seats],
            value: vec![zero; seats * geometry.value_len()],
            touched: vec![false; seats],
            sharpness: T::of(sharpness),
            cutoff,
            rivals: rivals.iter().map(|count| numeric::ln(*count as f64)).collect(),
            exponents: Vec::new(),
            singles: Vec::new(),
            single_exponents: Vec::new(),
        }
    }

    /// How near a candidate must be to be of interest, now that all so far weigh `weight`, which is 1 at least.
    fn bound(&self, seat: usize, weight: f64) -> T {
        let reach = if self.cutoff > 0.0 { self.cutoff + self.rivals[seat] - numeric::ln(weight) } else { 0.0 };
        self.nearest[seat] + T::of(reach / self.sharpness.into())
    }

    /// A candidate has come up that may be the nearest: then its weight is the new unit.
    fn consider(&mut self, seat: usize, distance: T, candidate: Candidate) {
        let nearest = self.nearest[seat];
        if distance > nearest || (distance == nearest && candidate >= self.totals.winner[seat]) {
            return;
        }
        self.totals.winner[seat] = candidate;
        if distance == nearest {
            return;
        }
        let factor = decay(distance.into() - nearest.into(), self.sharpness.into());
        self.nearest[seat] = distance;
        self.bounds[seat] = self.bound(seat, 1.0);
        self.totals.nearest[seat] = distance.into();
        self.totals.weight[seat] *= factor;
        self.totals.values(seat).iter_mut().for_each(|v| *v *= factor);
        if self.touched[seat] {
            let (factor, length) = (T::of(factor), self.value.len() / self.weight.len());
            let values = &mut self.value[seat * length..][..length];
            values
                .iter_mut()
                .chain([&mut self.weight[seat]])
                .flat_map(|bank| &mut bank.0)
                .for_each(|v| *v = *v * factor);
        }
    }

    /// Adds the hits at one shift, no two of them of one seat.
    pub(super) fn absorb(&mut self, found: &Hits<T, L>, block: &Block<T, L>) {
        self.exponents.resize(found.count, Bank::zero());
        self.singles.clear();
        self.single_exponents.clear();
        T::in_lanes(Exponents { tally: self, found, first: block.first });
        vector::exp(flat(&mut self.exponents));
        T::in_lanes(Sums { tally: self, found, block });
        vector::exp(&mut self.single_exponents);
        let length = self.value.len() / self.weight.len();
        for (single, weight) in self.singles.iter().zip(&self.single_exponents) {
            let (seat, weight): (usize, f64) = (single.seat as usize, (*weight).into());
            self.totals.weight[seat] += weight;
            let values = &block.values[single.value as usize * length..][..length];
            for (sum, v) in self.totals.value[seat * length..][..length].iter_mut().zip(values) {
                *sum += weight * v.0[single.lane as usize].into();
            }
        }
    }

    /// Adds candidates that are alike. O(channels).
    pub(super) fn absorb_alike(&mut self, seat: usize, alike: &Alike) {
        let distance = T::of(alike.distance);
        self.consider(seat, distance, alike.first);
        let nearest: f64 = self.nearest[seat].into();
        let weight = f64::from(alike.count) * decay(nearest - distance.into(), self.sharpness.into());
        self.totals.weight[seat] += weight;
        self.touched[seat] = true;
        self.totals.values(seat).iter_mut().for_each(|v| *v += weight * alike.value);
    }

    /// The block is done: what it added goes to the totals. O(L size).
    pub(super) fn settle(&mut self) {
        let length = self.value.len() / self.weight.len();
        for seat in (0..self.weight.len()).filter(|&seat| self.touched[seat]) {
            let take = |lanes: &mut Bank<T, L>| std::mem::replace(lanes, Bank::zero()).0.map(Into::<f64>::into);
            self.totals.weight[seat] += take(&mut self.weight[seat]).iter().sum::<f64>();
            for i in seat * length..(seat + 1) * length {
                self.totals.value[i] += take(&mut self.value[i]).iter().sum::<f64>();
            }
            self.bounds[seat] = self.bound(seat, self.totals.weight[seat]);
        }
        self.touched.fill(false);
    }
}

/// Finds the exponents of the hits' weights, and whether one is as near as the nearest.
struct Exponents<'a, T, const L: usize> {
    tally: &'a mut Tally<T, L>,
    found: &'a Hits<T, L>,
    first: usize,
}

impl<T: Abreast<L>, const L: usize> LaneWork<T, L> for Exponents<'_, T, L> {
    type Answer = ();

    #[inline(always)]
    fn run<V: Lanes<T, L>>(self) {
        let Self { tally, found, first } = self;
        let mut dense = 0;
        for hit in &found.hits[..found.count] {
            let (distances, seat) = (&hit.distances, hit.pixel as usize);
            let candidate = seat.strict_add_signed(found.shift);
            let distance = V::load(distances);
            let nearest = distance.at_most(tally.nearest[seat]) & hit.near;
            if nearest != 0 {
                for lane in (0..L).filter(|lane| nearest >> lane & 1 == 1) {
                    tally.consider(seat, distances.0[lane], (first + lane, candidate));
                }
            }
            if hit.near.count_ones() <= FEW {
                let (nearest, mut near) = (tally.nearest[seat], hit.near);
                while near != 0 {
                    let lane = near.trailing_zeros();
                    near &= near - 1;
                    tally.singles.push(Single { seat: hit.pixel, value: candidate as u32, lane });
                    tally.single_exponents.push((nearest - distances.0[lane as usize]) * tally.sharpness);
                }
                continue;
            }
            let exponent = V::splat(tally.nearest[seat]).minus(distance).times(V::splat(tally.sharpness));
            exponent.store(&mut tally.exponents[dense]);
            dense += 1;
        }
        tally.exponents.truncate(dense);
    }
}

/// Adds up weights and weighted values.
struct Sums<'a, T, const L: usize> {
    tally: &'a mut Tally<T, L>,
    found: &'a Hits<T, L>,
    block: &'a Block<T, L>,
}

impl<T: Abreast<L>, const L: usize> LaneWork<T, L> for Sums<'_, T, L> {
    type Answer = ();

    #[inline(always)]
    fn run<V: Lanes<T, L>>(self) {
        let Tally { weight, value, touched, exponents, .. } = self.tally;
        let length = value.len() / weight.len();
        let dense = self.found.hits[..self.found.count].iter().filter(|hit| hit.near.count_ones() > FEW);
        for (weights, hit) in exponents.iter_mut().zip(dense) {
            let seat = hit.pixel as usize;
            let candidate = seat.strict_add_signed(self.found.shift);
            let alive = self.block.alive[candidate];
            if alive.trailing_ones() < L as u32 {
                (0..L).filter(|lane| alive >> lane & 1 == 0).for_each(|lane| weights.0[lane] = T::zero());
            }
            let weights = V::load(weights);
            V::load(&weight[seat]).plus(weights).store(&mut weight[seat]);
            let sums = &mut value[seat * length..][..length];
            for (sum, v) in sums.iter_mut().zip(&self.block.values[candidate * length..][..length]) {
                V::load(sum).plus(weights.times(V::load(v))).store(sum);
            }
            touched[seat] = true;
        }
    }
}
