//! The inputs of one side of all pairs, each with itself.

use super::super::overlaps::{BLOCK, Inputs};
use super::super::vector::Real;
use super::layer::Seen;
use super::plan::Plan;

/// Inputs, and their variances at the layers where steps begin and end.
pub(super) struct Side<'a, T> {
    pub(super) inputs: Inputs<'a, T>,
    /// x . x; like all that is kept of inputs here, padded to whole blocks.
    pub(super) squares: Vec<T>,
    /// At the layers where a step begins.
    seen: Vec<Option<Seen<T>>>,
    /// Variances and tangent kernels at the layers where an output ends.
    ends: Vec<Option<(Vec<T>, Vec<T>)>>,
}

impl<'a, T: Real> Side<'a, T> {
    /// Panics if a variance is beyond what a number can hold.
    #[track_caller]
    pub(super) fn new(inputs: Inputs<'a, T>, plan: &Plan<T>) -> Self {
        let mut squares = inputs.squares();
        squares.resize(inputs.count().div_ceil(BLOCK) * BLOCK, T::default());
        let (begins, ends) = plan.stops();
        let deepest = ends.iter().copied().max().unwrap_or(0);
        let mut seen: Vec<Option<Seen<T>>> = (0..=deepest).map(|_| None).collect();
        let mut ends_at = vec![None; deepest + 1];
        let scale = T::of(1.0) / T::of(inputs.length as f64);
        let first = squares.iter().map(|&square| plan.dense.apply(square * scale, T::default()));
        let (mut variances, mut tangents): (Vec<T>, Vec<T>) = first.unzip();
        for layer in 0..=deepest {
            assert!(
                variances.iter().all(|variance| variance.finite()),
                "the variance of layer {} is beyond what a number can hold",
                layer + 1
            );
            if begins.contains(&layer) {
                seen[layer] = Some(plan.map.seen(&variances));
            }
            if ends.contains(&layer) {
                ends_at[layer] = Some((variances.clone(), tangents.clone()));
            }
            if layer < deepest {
                plan.map.diagonal(plan.dense, &mut variances, &mut tangents);
            }
        }
        Self { inputs, squares, seen, ends: ends_at }
    }

    /// What is needed of the variances where a step begins.
    pub(super) fn seen(&self, layer: usize) -> &Seen<T> {
        self.seen[layer].as_ref().expect("steps begin where the plan says")
    }

    /// Variance and tangent kernel of an input where an output ends.
    pub(super) fn end(&self, layer: usize, input: usize) -> (T, T) {
        let (variances, tangents) = self.ends[layer].as_ref().expect("outputs end where the plan says");
        (variances[input], tangents[input])
    }
}
