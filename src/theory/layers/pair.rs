//! A pair of inputs on its way through the layers: the covariances of all pixels of one with all pixels of the other.

use super::{Edges, Filter, Layer, Layers, Variances};
use crate::theory::activation::Activation;
use crate::theory::vector::{Loop, Real, duals_between, vectorised};

/// The size of an image; 1 x 1 for a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub height: usize,
    pub width: usize,
}

impl Size {
    pub(super) fn pixels(self) -> usize {
        self.height * self.width
    }
}

/// Which pairs of pixels are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairs {
    /// Each pixel with itself: in the order of pixels.
    Same,
    /// All: by row of the one, row of the other, column of the one, column of the other. What a filter adds up lies side
    /// by side then.
    All,
}

/// Covariances and tangent kernels.
#[derive(Clone, Debug)]
pub(super) struct State<T> {
    pub(super) size: Size,
    pub pairs: Pairs,
    pub covariance: Vec<T>,
    pub tangent: Vec<T>,
}

/// The variances of the pixels of one input before each layer that asks for them, in the order of the layers.
pub(super) type Trace<T> = Vec<Vec<T>>;

/// Two inputs.
pub(super) struct Walk<'a, T> {
    /// Of the one and the other; none while the variances themselves are found.
    pub traces: Option<[&'a Trace<T>; 2]>,
    /// Whether both are the same input, so that variances and covariances of a pixel with itself are one thing.
    pub equal: bool,
    /// What is found of the variances.
    pub found: Trace<T>,
    /// How many layers have asked for variances.
    pub asked: usize,
    pub room: Room<T>,
}

/// Room for what a layer makes of its input, kept from layer to layer and from pair to pair.
#[derive(Default)]
pub(super) struct Room<T> {
    rows: Vec<T>,
    out: Vec<T>,
    value: Vec<T>,
    slope: Vec<T>,
}

impl<T: Real> State<T> {
    fn index(&self, row: usize, other_row: usize) -> usize {
        (row * self.size.height + other_row) * self.size.width * self.size.width
    }

    /// Where each pixel's covariance with itself lies.
    fn own(&self) -> Vec<usize> {
        let Size { height, width } = self.size;
        match self.pairs {
            Pairs::Same => (0..height * width).collect(),
            Pairs::All => (0..height).flat_map(|r| (0..width).map(move |c| self.index(r, r) + c * width + c)).collect(),
        }
    }

    /// Applies both kinds of numbers' map.
    fn each(&mut self, f: impl Fn(T, T) -> (T, T)) {
        for (covariance, tangent) in self.covariance.iter_mut().zip(&mut self.tangent) {
            (*covariance, *tangent) = f(*covariance, *tangent);
        }
    }

    fn dense(&mut self, Variances { weight, bias }: Variances) {
        let (weight, bias) = (T::of(weight), T::of(bias));
        self.each(|covariance, tangent| {
            let covariance = bias + weight * covariance;
            (covariance, covariance + weight * tangent)
        });
    }

    fn convolve(&mut self, filter: &Filter, room: &mut Room<T>) {
        let size = Size { height: filter.along(self.size.height).0, width: filter.along(self.size.width).0 };
        match self.pairs {
            Pairs::Same => {
                self.covariance = sum_same(&self.covariance, self.size, size, filter);
                self.tangent = sum_same(&self.tangent, self.size, size, filter);
            }
            Pairs::All => {
                let (rows, all) = (size.height * size.height * self.size.width * self.size.width, size.pixels());
                room.rows.resize(rows, T::of(0.0));
                for numbers in [&mut self.covariance, &mut self.tangent] {
                    room.out.resize(all * all, T::of(0.0));
                    let (rows, out) = (&mut room.rows, &mut room.out);
                    vectorised(SumAll { numbers, from: self.size, to: size, filter, rows, out });
                    std::mem::swap(numbers, &mut room.out);
                }
            }
        }
        self.size = size;
        let area = (filter.size * filter.size) as f64;
        self.dense(Variances { weight: filter.variances.weight / area, ..filter.variances });
    }

    fn pool(&mut self, over_all: bool) {
        let chosen: Vec<usize> = if over_all { (0..self.covariance.len()).collect() } else { self.own() };
        let mean =
            |numbers: &[T]| T::of(chosen.iter().map(|at| numbers[*at].to_f64()).sum::<f64>() / chosen.len() as f64);
        (self.covariance, self.tangent) = (vec![mean(&self.covariance)], vec![mean(&self.tangent)]);
        self.size = Size { height: 1, width: 1 };
    }

    /// Calls `f` with the variances of the one and the other and the numbers of a stretch of pairs, which are a matrix, or
    /// as many as the variances.
    fn stretches(&mut self, [p, q]: [&[T]; 2], mut f: impl FnMut(&[T], &[T], &mut [T], &mut [T])) {
        let Size { height, width } = self.size;
        if self.pairs == Pairs::Same {
            return f(p, q, &mut self.covariance, &mut self.tangent);
        }
        let area = width * width;
        let blocks = self.covariance.chunks_exact_mut(area).zip(self.tangent.chunks_exact_mut(area));
        for (block, (covariance, tangent)) in blocks.enumerate() {
            let (row, other) = (block / height * width, block % height * width);
            f(&p[row..row + width], &q[other..other + width], covariance, tangent);
        }
    }
}

impl<T: Real> Walk<'_, T> {
    /// Takes a pair through the layers.
    #[track_caller]
    pub(super) fn through(&mut self, layers: &Layers, state: &mut State<T>) {
        for layer in &layers.layers {
            match layer {
                Layer::Dense(variances) => state.dense(*variances),
                Layer::Conv(filter) => state.convolve(filter, &mut self.room),
                Layer::Flatten => state.pool(false),
                Layer::GlobalAveragePool => state.pool(true),
                Layer::Activation(activation) => self.activate(*activation, state),
                Layer::Normalise => self.normalise(state),
                Layer::Sum(branches) => self.add(branches, state),
            }
        }
    }

    #[track_caller]
    fn add(&mut self, branches: &[Layers], state: &mut State<T>) {
        let mut total: Option<State<T>> = None;
        for branch in branches {
            let mut here = state.clone();
            self.through(branch, &mut here);
            match &mut total {
                None => total = Some(here),
                Some(total) => {
                    let fits = total.size == here.size;
                    assert!(fits, "branches of a sum end in {:?} and {:?}: they need one size", total.size, here.size);
                    total.covariance.iter_mut().zip(&here.covariance).for_each(|(sum, part)| *sum = *sum + *part);
                    total.tangent.iter_mut().zip(&here.tangent).for_each(|(sum, part)| *sum = *sum + *part);
                }
            }
        }
        *state = total.expect("a sum has branches");
    }

    /// The variances of both inputs' pixels at the layer that asks. Where they are being found, and where both inputs are
    /// one, a pixel's covariance with itself is its variance, to the last bit.
    fn variances(&mut self, state: &mut State<T>) -> [Vec<T>; 2] {
        let at = self.asked;
        self.asked += 1;
        let variances = match self.traces {
            Some([one, other]) => [one[at].clone(), other[at].clone()],
            None => {
                let own: Vec<T> = state.own().into_iter().map(|at| state.covariance[at]).collect();
                self.found.push(own.clone());
                [own.clone(), own]
            }
        };
        if self.equal {
            for (at, variance) in state.own().into_iter().zip(&variances[0]) {
                state.covariance[at] = *variance;
            }
        }
        variances
    }

    #[track_caller]
    fn activate(&mut self, activation: Activation, state: &mut State<T>) {
        let [p, q] = self.variances(state);
        let sound = p.iter().chain(&q).all(|v| v.to_f64().is_finite());
        assert!(sound, "a variance is beyond what a number can hold: choose smaller variances of weights");
        let between = state.pairs == Pairs::All;
        let Room { value, slope, .. } = &mut self.room;
        state.stretches([&p, &q], |p, q, covariance, tangent| {
            value.resize(covariance.len(), T::of(0.0));
            slope.resize(covariance.len(), T::of(0.0));
            duals(activation, between, [p, q], covariance, [value, slope]);
            covariance.copy_from_slice(value);
            tangent.iter_mut().zip(&*slope).for_each(|(tangent, slope)| *tangent = *tangent * *slope);
        });
    }

    fn normalise(&mut self, state: &mut State<T>) {
        let [p, q] = self.variances(state).map(|v| v.into_iter().map(|v| v.sqrt()).collect::<Vec<_>>());
        let between = state.pairs == Pairs::All;
        state.stretches([&p, &q], |p, q, covariance, tangent| {
            for (at, (covariance, tangent)) in covariance.iter_mut().zip(tangent).enumerate() {
                let (i, j) = if between { (at / q.len(), at % q.len()) } else { (at, at) };
                let scale = p[i] * q[j];
                let factor = if scale == T::of(0.0) { scale } else { T::of(1.0) / scale };
                // Equal inputs: exactly 1.
                *covariance = if p[i] == q[j] && *covariance == scale { scale * factor } else { *covariance * factor };
                *tangent = *tangent * factor;
            }
        });
    }
}

/// T and Tdot for pairs: of every p with every q, or of each p with its q.
fn duals<T: Real>(activation: Activation, between: bool, [p, q]: [&[T]; 2], c: &[T], [value, slope]: [&mut [T]; 2]) {
    if between && duals_between(activation, p, q, c, value, slope) {
        return;
    }
    for (at, c) in c.iter().enumerate() {
        let (i, j) = if between { (at / q.len(), at % q.len()) } else { (at, at) };
        let dual = activation.dual(p[i].to_f64(), q[j].to_f64(), c.to_f64());
        (value[at], slope[at]) = (T::of(dual.value), T::of(dual.slope));
    }
}

/// For each output pixel the sum over a filter's offsets of the input pixel's number.
fn sum_same<T: Real>(numbers: &[T], from: Size, to: Size, filter: &Filter) -> Vec<T> {
    let mut out = vec![T::of(0.0); to.pixels()];
    for (pixel, sum) in out.iter_mut().enumerate() {
        for row in (0..filter.size).filter_map(|at| filter.reads(pixel / to.width, at, from.height)) {
            for column in (0..filter.size).filter_map(|at| filter.reads(pixel % to.width, at, from.width)) {
                *sum = *sum + numbers[row * from.width + column];
            }
        }
    }
    out
}

/// For each pair of output pixels the sum over offsets of the pair moved by the same offset: first along rows, then along
/// columns. Cost: 2 k additions a pair.
struct SumAll<'a, T> {
    numbers: &'a [T],
    from: Size,
    to: Size,
    filter: &'a Filter,
    /// Room for sums along rows, with columns still of the input.
    rows: &'a mut [T],
    out: &'a mut [T],
}

impl<T: Real> Loop for SumAll<'_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { numbers, from, to, filter, rows, out } = self;
        let reads = |to: usize, from: usize| -> Vec<Vec<Option<usize>>> {
            (0..to).map(|out| (0..filter.size).map(|at| filter.reads(out, at, from)).collect()).collect()
        };
        let (of_rows, of_columns) = (reads(to.height, from.height), reads(to.width, from.width));
        let area = from.width * from.width;
        rows.fill(T::of(0.0));
        for (block, sums) in rows.chunks_exact_mut(area).enumerate() {
            for (row, other) in of_rows[block / to.height].iter().zip(&of_rows[block % to.height]) {
                if let (Some(row), Some(other)) = (row, other) {
                    let start = (row * from.height + other) * area;
                    sums.iter_mut().zip(&numbers[start..start + area]).for_each(|(sum, v)| *sum = *sum + *v);
                }
            }
        }
        out.fill(T::of(0.0));
        for (rows, out) in rows.chunks_exact(area).zip(out.chunks_exact_mut(to.width * to.width)) {
            for (reads, out) in of_columns.iter().zip(out.chunks_exact_mut(to.width)) {
                for (at, read) in reads.iter().enumerate() {
                    let Some(read) = read else { continue };
                    add_columns(&rows[read * from.width..(read + 1) * from.width], at, filter, out, &of_columns);
                }
            }
        }
    }
}

/// Adds to each output column the column that offset `at` of the filter reads there.
#[inline(always)]
fn add_columns<T: Real>(row: &[T], at: usize, filter: &Filter, out: &mut [T], reads: &[Vec<Option<usize>>]) {
    if filter.stride > 1 {
        for (sum, reads) in out.iter_mut().zip(reads) {
            *sum = *sum + reads[at].map_or(T::of(0.0), |read| row[read]);
        }
        return;
    }
    // Without stride columns follow one another: at most two stretches, of which the second begins anew.
    let Some(first) = (0..out.len()).find(|column| reads[*column][at].is_some()) else { return };
    let from = reads[first][at].expect("it was found");
    let count = (row.len() - from).min(out.len() - first);
    out[first..first + count].iter_mut().zip(&row[from..]).for_each(|(sum, v)| *sum = *sum + *v);
    if filter.edges == Edges::Circular {
        out[first + count..].iter_mut().zip(row).for_each(|(sum, v)| *sum = *sum + *v);
    }
}
