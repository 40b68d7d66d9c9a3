//! All pairs of inputs on their way through a network, block by block.
//!
//! A block of 96 x 96 pairs goes through all layers while it is in the cache, so that the memory is written once.
//! Every pair's result depends on its two inputs alone, to the last bit: not on the block, nor on the threads.

mod layer;
mod plan;
mod segment;
mod series;
mod side;
mod target;

use super::activation::Activation;
use super::overlaps::{BLOCK, Inputs, Panels};
use super::parallel::map_indexed;
use super::vector::{Loop, Real, vectorised};
use plan::{Plan, Step};
use segment::Through;
use side::Side;
use target::Target;

pub(super) use layer::Dense;
pub(super) use target::{Matrices, Wanted};

/// Some pairs' covariances and tangent kernels: rows of [`BLOCK`] columns each.
struct Block<'a, T> {
    first_row: usize,
    first_column: usize,
    /// How many columns are inputs; the rest of a row is padding.
    columns: usize,
    covariances: &'a mut [T],
    tangents: &'a mut [T],
}

impl<'a, T: Real> Block<'a, T> {
    /// The same block for a while.
    fn again(&mut self) -> Block<'_, T> {
        Block { covariances: self.covariances, tangents: self.tangents, ..*self }
    }

    /// A copy, which lives in these vectors.
    fn copy<'b>(&self, covariances: &'b mut Vec<T>, tangents: &'b mut Vec<T>) -> Block<'b, T> {
        covariances.extend_from_slice(self.covariances);
        tangents.extend_from_slice(self.tangents);
        Block { covariances, tangents, ..*self }
    }

    #[inline(always)]
    fn into_rows(self) -> impl Iterator<Item = (&'a mut [T], &'a mut [T])> {
        self.covariances.chunks_exact_mut(BLOCK).zip(self.tangents.chunks_exact_mut(BLOCK))
    }
}

/// The kernels, for every depth in `depths` (ascending), between all inputs of `x1` and `x2`; `None`: of `x1` with
/// itself.
#[track_caller]
pub(super) fn propagate<T: Real>(
    activation: Activation,
    dense: Dense<f64>,
    depths: &[usize],
    x1: Inputs<'_, T>,
    x2: Option<Inputs<'_, T>>,
    wanted: Wanted,
) -> Vec<Matrices<T>> {
    let plan = Plan::new(activation, dense, depths);
    let rows = Side::new(x1, &plan);
    let other = x2.map(|x2| Side::new(x2, &plan));
    let columns = other.as_ref().unwrap_or(&rows);
    let work = Work { plan: &plan, rows: &rows, columns, panels: Panels::new(columns.inputs), half: other.is_none() };
    let (n1, n2) = (rows.inputs.count(), columns.inputs.count());
    let mut matrices: Vec<Matrices<T>> = depths.iter().map(|_| Matrices::new((n1, n2), wanted)).collect();
    let targets: Vec<Target<T>> = matrices.iter_mut().map(Target::new).collect();
    let (down, across) = (n1.div_ceil(BLOCK), n2.div_ceil(BLOCK));
    let all = (0..down).flat_map(|i| (0..if work.half { i + 1 } else { across }).map(move |j| (i, j)));
    let blocks: Vec<(usize, usize)> = all.collect();
    let finite = map_indexed(blocks.len(), |index| work.block(blocks[index], &targets));
    assert!(finite.iter().all(|&finite| finite), "the tangent kernel is beyond what a number can hold");
    matrices
}

/// What the blocks have in common.
struct Work<'a, T> {
    plan: &'a Plan<T>,
    rows: &'a Side<'a, T>,
    columns: &'a Side<'a, T>,
    panels: Panels<T>,
    /// Both sides are the same: only blocks at and below the diagonal are computed.
    half: bool,
}

impl<T: Real> Work<'_, T> {
    /// Computes one block, for every depth; whether all tangent kernels are finite.
    fn block(&self, (down, across): (usize, usize), targets: &[Target<'_, T>]) -> bool {
        let (first_row, first_column) = (down * BLOCK, across * BLOCK);
        let on_diagonal = self.half && down == across;
        // On the stack: memory that the system has given once, and need not give for every block.
        let mut overlaps = [T::default(); BLOCK * BLOCK];
        self.panels.overlaps(self.rows.inputs, first_row, across, on_diagonal, &mut overlaps);
        let rows = BLOCK.min(self.rows.inputs.count() - first_row);
        let columns = BLOCK.min(self.columns.inputs.count() - first_column);
        let mut tangents = [T::default(); BLOCK * BLOCK];
        let (covariances, tangents) = (&mut overlaps[..rows * BLOCK], &mut tangents[..rows * BLOCK]);
        let mut block = Block { first_row, first_column, columns, covariances, tangents };
        let twins = self.twins(&mut block, on_diagonal);
        let (mut layer, mut done, mut finite) = (0, 0, true);
        let mirror = self.half.then_some(on_diagonal);
        for (index, (output, target)) in self.plan.outputs.iter().zip(targets).enumerate() {
            for &step in &self.plan.trunk[done..output.after] {
                self.step(step, &mut layer, &mut block);
            }
            done = output.after;
            if output.branch.is_empty() {
                self.set_twins(&twins, layer, &mut block);
                finite &= target.write(&block, mirror);
                continue;
            }
            // The state stays as it is for what comes after; unless nothing does.
            let last = index + 1 == self.plan.outputs.len();
            let (mut covariances, mut tangents) = (Vec::new(), Vec::new());
            let mut result = if last { block.again() } else { block.copy(&mut covariances, &mut tangents) };
            let mut end = layer;
            for &step in &output.branch {
                self.step(step, &mut end, &mut result);
            }
            self.set_twins(&twins, end, &mut result);
            finite &= target.write(&result, mirror);
        }
        finite
    }

    /// Identical inputs keep c = p: at the end of an output, each such pair is what the input is with itself.
    fn set_twins(&self, twins: &[(usize, usize)], layer: usize, block: &mut Block<'_, T>) {
        for &(i, j) in twins {
            let (variance, tangent) = self.rows.end(layer, block.first_row + i);
            (block.covariances[i * BLOCK + j], block.tangents[i * BLOCK + j]) = (variance, tangent);
        }
    }

    /// Turns overlaps into the state after the first dense layer; answers with the pairs of identical inputs, to
    /// which rounding must not give an angle.
    fn twins(&self, block: &mut Block<'_, T>, on_diagonal: bool) -> Vec<(usize, usize)> {
        let mut candidates = 0;
        let (rows, columns) = (&self.rows.squares, &self.columns.squares);
        vectorised(FirstLayer {
            dense: self.plan.dense,
            scale: T::of(1.0) / T::of(self.rows.inputs.length as f64),
            rows: &rows[block.first_row..],
            columns: &columns[block.first_column..],
            block: block.again(),
            candidates: &mut candidates,
        });
        if candidates == 0 {
            return Vec::new();
        }
        let mut twins = Vec::new();
        for i in 0..block.covariances.len() / BLOCK {
            for j in 0..block.columns {
                let (row, column) = (block.first_row + i, block.first_column + j);
                let same = rows[row] == columns[column] && self.rows.inputs.row(row) == self.columns.inputs.row(column);
                if same && !(on_diagonal && j > i) {
                    twins.push((i, j));
                }
            }
        }
        twins
    }

    /// One step of the plan, from layer `layer` on.
    fn step(&self, step: Step, layer: &mut usize, block: &mut Block<'_, T>) {
        let (rows, columns) = (self.rows.seen(*layer), self.columns.seen(*layer));
        let block = block.again();
        match step {
            Step::Layer => self.plan.map.layer(self.plan.dense, rows, columns, block),
            Step::Segment(length) => {
                let (rows, columns) = (rows.views(), columns.views());
                vectorised(Through { segment: self.plan.segment(length), rows, columns, block });
            }
        }
        *layer += step.length();
    }
}

/// The first dense layer: c = C_b + C_W x . x' / n_0, Theta = lambda_b + lambda_W x . x' / n_0.
struct FirstLayer<'a, T> {
    dense: Dense<T>,
    scale: T,
    /// x . x of the rows' and the columns' inputs.
    rows: &'a [T],
    columns: &'a [T],
    block: Block<'a, T>,
    /// Counts the pairs whose overlap equals both squares.
    candidates: &'a mut usize,
}

impl<T: Real> Loop for FirstLayer<'_, T> {
    #[inline(always)]
    fn run(self) {
        let (squares, mut count) = (&self.columns[..BLOCK], 0);
        for ((covariances, tangents), &square) in self.block.into_rows().zip(self.rows) {
            let (covariances, tangents) = (&mut covariances[..BLOCK], &mut tangents[..BLOCK]);
            for j in 0..BLOCK {
                let overlap = covariances[j];
                count += usize::from(overlap == square && squares[j] == square);
                (covariances[j], tangents[j]) = self.dense.apply(overlap * self.scale, T::default());
            }
        }
        *self.candidates = count;
    }
}
