//! One layer of a network, for a block of pairs: the activation's dual map, then a dense layer.

use super::super::activation::Activation;
use super::super::vector::{ClosedForm, DualMap, Loop, Real, Views, vectorised};
use super::Block;
use super::series::{self, Series};

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
    /// By a Hermite series, in f64.
    Series(Activation),
}

impl<T: Real> Map<T> {
    pub(super) fn of(activation: Activation) -> Self {
        ClosedForm::of(activation).map_or(Self::Series(activation), Self::Closed)
    }

    pub(super) fn seen(self, variances: &[T]) -> Seen<T> {
        Seen::Views(match self {
            Self::Closed(ClosedForm::Homogeneous(map)) => Views::new(map, variances),
            Self::Closed(ClosedForm::Erf(map)) => Views::new(map, variances),
            Self::Closed(ClosedForm::Sin(map)) => Views::new(map, variances),
            Self::Closed(ClosedForm::Gelu(map)) => Views::new(map, variances),
            Self::Series(activation) => return Seen::Series(Series::new(activation, variances)),
        })
    }

    /// Every pair of the block through the layer.
    pub(super) fn layer(self, dense: Dense<T>, rows: &Seen<T>, columns: &Seen<T>, block: Block<'_, T>) {
        let form = match self {
            Self::Closed(form) => form,
            Self::Series(activation) => {
                return series::layer(activation, dense, rows.series(), columns.series(), block);
            }
        };
        let (rows, columns) = (rows.views(), columns.views());
        match form {
            ClosedForm::Homogeneous(map) => vectorised(Layer { map, dense, rows, columns, block }),
            ClosedForm::Erf(map) => vectorised(Layer { map, dense, rows, columns, block }),
            ClosedForm::Sin(map) => vectorised(Layer { map, dense, rows, columns, block }),
            ClosedForm::Gelu(map) => vectorised(Layer { map, dense, rows, columns, block }),
        }
    }

    /// Each input with itself through the layer: (K, Theta) of all.
    pub(super) fn diagonal(self, dense: Dense<T>, variances: &mut [T], tangents: &mut [T]) {
        match self {
            Self::Closed(ClosedForm::Homogeneous(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Closed(ClosedForm::Erf(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Closed(ClosedForm::Sin(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Closed(ClosedForm::Gelu(map)) => vectorised(Diagonal { map, dense, variances, tangents }),
            Self::Series(activation) => {
                for (variance, tangent) in variances.iter_mut().zip(tangents) {
                    let k = variance.to_f64();
                    let dual = activation.dual(k, k, k);
                    (*variance, *tangent) = dense.apply(T::of(dual.value), T::of(dual.slope) * *tangent);
                }
            }
        }
    }
}

/// What a layer needs of the variances of one side's inputs.
pub(super) enum Seen<T> {
    Views(Views<T>),
    Series(Series),
}

impl<T> Seen<T> {
    pub(super) fn views(&self) -> &Views<T> {
        match self {
            Self::Views(views) => views,
            Self::Series(_) => unreachable!("a closed form has views"),
        }
    }

    fn series(&self) -> &Series {
        match self {
            Self::Series(series) => series,
            Self::Views(_) => unreachable!("an activation without a closed form has a series"),
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
const CHUNK: usize = 32;

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
