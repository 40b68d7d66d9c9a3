//! By which steps a network's layers are passed.

use super::super::activation::Activation;
use super::super::vector::Real;
use super::layer::{Dense, Map};
use super::segment::{LONGEST, Segment};

/// Some layers at once.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Layer,
    /// So many layers by a [`Segment`].
    Segment(usize),
}

impl Step {
    pub(super) fn length(self) -> usize {
        match self {
            Self::Layer => 1,
            Self::Segment(length) => length,
        }
    }
}

/// How the result of one depth comes about: by the first `after` steps of the trunk, then those of the branch.
pub(super) struct Output {
    pub(super) after: usize,
    pub(super) branch: Vec<Step>,
}

/// The steps to some depths. Those to one depth are the same whatever other depths are asked for.
pub(super) struct Plan<T> {
    pub(super) dense: Dense<T>,
    pub(super) map: Map<T>,
    pub(super) trunk: Vec<Step>,
    pub(super) outputs: Vec<Output>,
    /// By length; those that a step names.
    segments: Vec<Option<Segment<T>>>,
}

impl<T: Real> Plan<T> {
    /// `depths` ascend.
    pub(super) fn new(activation: Activation, dense: Dense<f64>, depths: &[usize]) -> Self {
        let deepest = depths.last().copied().unwrap_or(0);
        let mut segments: Vec<Option<Segment<T>>> = (0..=LONGEST).map(|_| None).collect();
        if deepest > 2 {
            segments[LONGEST] = Segment::new(activation, dense, LONGEST);
        }
        let plain = segments[LONGEST].is_none();
        // Without segments: all layers one by one. With: one layer, then segments of full length, then the rest.
        let after = |depth: usize| if plain { depth } else { depth.min(1) + depth.saturating_sub(1) / LONGEST };
        let mut outputs = Vec::new();
        for &depth in depths {
            let rest = if plain { 0 } else { depth.saturating_sub(1) % LONGEST };
            if rest > 1 && segments[rest].is_none() {
                segments[rest] = Segment::new(activation, dense, rest);
            }
            let branch =
                if rest > 1 && segments[rest].is_some() { vec![Step::Segment(rest)] } else { vec![Step::Layer; rest] };
            outputs.push(Output { after: after(depth), branch });
        }
        let mut trunk = vec![Step::Layer; after(deepest)];
        if !plain {
            trunk.iter_mut().skip(1).for_each(|step| *step = Step::Segment(LONGEST));
        }
        Self { dense: Dense::of(dense), map: Map::of(activation), trunk, outputs, segments }
    }

    pub(super) fn segment(&self, length: usize) -> &Segment<T> {
        self.segments[length].as_ref().expect("the plan has made what its steps name")
    }

    /// The layers at which steps begin, and those at which outputs end.
    pub(super) fn stops(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        let (mut layer, mut done) = (0, 0);
        for output in &self.outputs {
            for step in &self.trunk[done..output.after] {
                begins.push(layer);
                layer += step.length();
            }
            done = output.after;
            let mut end = layer;
            for step in &output.branch {
                begins.push(end);
                end += step.length();
            }
            ends.push(end);
        }
        (begins, ends)
    }
}
