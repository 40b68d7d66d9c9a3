//! One layer of a network, for a block of pairs: the activation's dual map, then a dense layer.

use super::super::activation::Activation;
use super::super::vector::{ClosedForm, DualMap, Loop, Real, Views, vectorised};
use super::Block;

/// A dense layer: c <- C_b + C_W c, Theta <- lambda_b + lambda_W c + C_W Theta.
#[derive(Clone, Copy)]
pub(in crate::theory) struct Dense<T> {
    /// C_b.
    pub(in crate::theory) bias: T,
    /// C_W.
    pub(in crate::theory) weight: T,
    /// lambda_b.
    pub(in crate::theory) bias_rate: T,
    /// lambda_W.
    pub(in crate::theory) weight_rate: T,
}

impl<T: Real> Dense<T> {
    pub(super) fn of(dense: Dense<f64>) -> Self {
        Self {
            bias: T::of(dense.bias),
            weight: T::of(dense.weight),
            bias_rate: T::of(dense.bias_rate),
            weight_rate: T::of(dense.weight_rate),
        }
    }

    /// The layer's (c, Theta) for c and Theta that come in.
    #[inline(always)]
    pub(super) fn apply(self, covariance: T, tangent: T) -> (T, T) {
        (self.bias + self.weight * covariance, self.bias_rate + self.weight_rate * covariance + self.weight * tangent)
    }
}

/// How an activation's dual map is computed.
#[derive(Clone, Copy)]
pub(super) enum Map<T> {
    Closed(ClosedForm<T>),
    /// Pair by pair, in f64.
    Pairwise(Activation),
}

impl<T: Real> Map<T> {
    pub(super) fn of(activation: Activation) -> Self {
        ClosedForm::of(activation).map_or(Self::Pairwise(activation), Self::Closed)
    }

    pub(super) fn views(self, variances: &[T]) -> Views<T> {
        match self {
            Self::Closed(ClosedForm::Homogeneous(map)) => Views::new(map, variances),
            Self::Closed(ClosedForm::Erf(map)) => Views::new(map, variances),
            Self::Closed(ClosedForm::Sin(map)) => Views::new(map, variances),
            Self::Closed(ClosedForm::Gelu(map)) => Views::new(map, variances),
            Self::Pairwise(_) => Views::new(Variance, variances),
        }
    }

    /// Every pair of the block through the layer.
    pub(super) fn layer(self, dense: Dense<T>, rows: &Views<T>, columns: &Views<T>, block: Block<'_, T>) {
        match self {
            Self::Closed(ClosedForm::Homogeneous(map)) => vectorised(Layer { map, dense, rows, columns, block }),
            Self::Closed(ClosedForm::Erf(map)) => vectorised(Layer { map, dense, rows, columns, block }),
            Self::Closed(ClosedForm::Sin(map)) => vectorised(Layer { map, dense, rows, columns, block }),
            Self::Closed(ClosedForm::Gelu(map)) => vectorised(Layer { map, dense, rows, columns, block }),
            Self::Pairwise(activation) => pair_by_pair(activation, dense, rows, columns, block),
        }
    }

    /// Each input with itself through the layer: (K, Theta) of all.
    pub(super) fn diagonal(self, dense: Dense<T>, variances: &mut [T], tangents: &mut [T]) {
        match self {
            Self::Closed(ClosedForm::Homogeneous(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Closed(ClosedForm::Erf(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Closed(ClosedForm::Sin(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Closed(ClosedForm::Gelu(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Pairwise(activation) => {
                for (variance, tangent) in variances.iter_mut().zip(tangents) {
                    let k = variance.to_f64();
                    let dual = activation.dual(k, k, k);
                    (*variance, *tangent) = dense.apply(T::of(dual.value), T::of(dual.slope) * *tangent);
                }
            }
        }
    }
}

/// The view of a map that needs nothing but the variance.
#[derive(Clone, Copy)]
struct Variance;

impl<T: Real> DualMap<T> for Variance {
    #[inline(always)]
    fn view(self, variance: T) -> [T; 4] {
        [variance, T::default(), T::default(), T::default()]
    }

    fn dual(self, _: [T; 4], _: [T; 4], _: T) -> (T, T) {
        unreachable!("a pairwise map is evaluated by its activation")
    }
}

fn pair_by_pair<T: Real>(
    activation: Activation,
    dense: Dense<T>,
    rows: &Views<T>,
    columns: &Views<T>,
    block: Block<'_, T>,
) {
    let (first_row, first_column) = (block.first_row, block.first_column);
    let used = block.columns;
    for (i, (covariances, tangents)) in block.into_rows().enumerate() {
        let p = rows.at(first_row + i)[0].to_f64();
        for j in 0..used {
            let q = columns.at(first_column + j)[0].to_f64();
            let dual = activation.dual(p, q, covariances[j].to_f64());
            (covariances[j], tangents[j]) = dense.apply(T::of(dual.value), T::of(dual.slope) * tangents[j]);
        }
    }
}

struct Layer<'a, T, M> {
    map: M,
    dense: Dense<T>,
    rows: &'a Views<T>,
    columns: &'a Views<T>,
    block: Block<'a, T>,
}

/// So many pairs at a time, in a loop of fixed length.
pub(super) const CHUNK: usize = 32;

impl<T: Real, M: DualMap<T>> Loop for Layer<'_, T, M> {
    #[inline(always)]
    fn run(self) {
        let (first_row, first_column) = (self.block.first_row, self.block.first_column);
        for (i, (covariances, tangents)) in self.block.into_rows().enumerate() {
            let u = self.rows.at(first_row + i);
            let columns = self.columns.slice(first_column, covariances.len());
            let [v0, v1, v2, v3] = columns.map(|part| part.as_chunks::<CHUNK>().0);
            let covariances = covariances.as_chunks_mut::<CHUNK>().0;
            let tangents = tangents.as_chunks_mut::<CHUNK>().0;
            for k in 0..covariances.len() {
                let (mut c, mut theta) = (covariances[k], tangents[k]);
                let (v0, v1, v2, v3) = (&v0[k], &v1[k], &v2[k], &v3[k]);
                for j in 0..CHUNK {
                    let (value, slope) = self.map.dual(u, [v0[j], v1[j], v2[j], v3[j]], c[j]);
                    (c[j], theta[j]) = self.dense.apply(value, slope * theta[j]);
                }
                (covariances[k], tangents[k]) = (c, theta);
            }
        }
    }
}

struct Diagonal<'a, T, M> {
    map: M,
    dense: Dense<T>,
    variances: &'a mut [T],
    tangents: &'a mut [T],
}

impl<T: Real, M: DualMap<T>> Loop for Diagonal<'_, T, M> {
    #[inline(always)]
    fn run(self) {
        for (variance, tangent) in self.variances.iter_mut().zip(self.tangents) {
            let view = self.map.view(*variance);
            let (value, slope) = self.map.dual(view, view, *variance);
            (*variance, *tangent) = self.dense.apply(value, slope * *tangent);
        }
    }
}
