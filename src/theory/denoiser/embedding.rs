//! How a denoiser is told the time: an embedding, and what each block makes of it.

use crate::theory::numeric;
use crate::theory::product::add_product;
use crate::theory::vector::Real;
use ndarray::{Array2, ArrayView2};

/// Groups that a block's embedding is normalised in.
const GROUPS: usize = 8;
/// Added to a variance before its root is taken.
const FLOOR: f64 = 1e-5;

/// (sin, cos) of the angles t 10000^(-j/(q-1)), j = 0, ..., q - 1, q = F/2: (times x F). O(size).
pub(super) fn embedding<T: Real>(times: &[f64], features: usize) -> Array2<T> {
    let half = features / 2;
    let angle = |t: f64, j: usize| t * numeric::exp(-(j as f64) / (half as f64 - 1.0) * numeric::ln(1e4));
    Array2::from_shape_fn((times.len(), features), |(row, at)| {
        let angle = angle(times[row], at % half);
        T::of(if at < half { numeric::sin(angle) } else { numeric::cos(angle) })
    })
}

/// The parameters of one block's embedding e = relu(gamma n(V t + c) + delta), where n normalises each of 8 groups
/// of features to mean 0 and variance 1.
pub(super) struct Told<'a, T> {
    /// V^T, (F x F).
    pub weights: ArrayView2<'a, T>,
    /// c.
    pub bias: &'a [T],
    /// gamma.
    pub scale: &'a [T],
    /// delta.
    pub shift: &'a [T],
}

/// What the backward pass needs of the forward one.
pub(super) struct Telling<T> {
    /// n(V t + c), (images x F).
    normal: Array2<T>,
    /// 1 / standard deviation of each group, (images x 8).
    inverse: Array2<T>,
    /// e.
    pub value: Array2<T>,
}

/// Where a block's embedding adds up the slopes of its parameters.
pub(super) struct ToldSlopes<'a, T> {
    pub weights: ndarray::ArrayViewMut2<'a, T>,
    pub bias: &'a mut [T],
    pub scale: &'a mut [T],
    pub shift: &'a mut [T],
}

impl<T: Real> Told<'_, T> {
    /// e for each embedded time. Cost: 2 F^2 operations an image.
    pub(super) fn tell(&self, times: &Array2<T>) -> Telling<T> {
        let mut normal = Array2::from_shape_fn(times.dim(), |(_, at)| self.bias[at]);
        add_product(times.view(), self.weights, normal.view_mut());
        let size = normal.ncols() / GROUPS;
        let mut inverse = Array2::zeros((normal.nrows(), GROUPS));
        for (mut row, mut inverse) in normal.rows_mut().into_iter().zip(inverse.rows_mut()) {
            let row = row.as_slice_mut().expect("rows are contiguous");
            for (group, inverse) in row.chunks_exact_mut(size).zip(&mut inverse) {
                let mean = sum(group.iter().copied()) / size as f64;
                let spread = |v: &T| (Into::<f64>::into(*v) - mean) * (Into::<f64>::into(*v) - mean);
                let variance = group.iter().map(spread).sum::<f64>() / size as f64;
                let factor = 1.0 / (variance + FLOOR).sqrt();
                group.iter_mut().for_each(|v| *v = T::of((Into::<f64>::into(*v) - mean) * factor));
                *inverse = T::of(factor);
            }
        }
        let value = Array2::from_shape_fn(normal.dim(), |(row, at)| {
            let e = self.scale[at] * normal[[row, at]] + self.shift[at];
            if e > T::zero() { e } else { T::zero() }
        });
        Telling { normal, inverse, value }
    }

    /// Adds the slopes of the parameters, given dL/de (images x F). Cost: as [`tell`](Told::tell).
    pub(super) fn add_slopes(&self, times: &Array2<T>, told: &Telling<T>, slope: &Array2<T>, to: &mut ToldSlopes<T>) {
        let size = slope.ncols() / GROUPS;
        // dL/dn first, then through the normalisation: (s - mean s - n mean(s n)) / deviation, group by group.
        let mut before = slope.clone();
        for ((mut before, normal), (value, inverse)) in before
            .rows_mut()
            .into_iter()
            .zip(told.normal.rows())
            .zip(told.value.rows().into_iter().zip(told.inverse.rows()))
        {
            for at in 0..before.len() {
                let slope = if value[at] > T::zero() { before[at] } else { T::zero() };
                to.scale[at] = to.scale[at] + slope * normal[at];
                to.shift[at] = to.shift[at] + slope;
                before[at] = slope * self.scale[at];
            }
            for group in 0..GROUPS {
                let range = group * size..(group + 1) * size;
                let mean = sum(range.clone().map(|at| before[at])) / size as f64;
                let along = sum(range.clone().map(|at| before[at] * normal[at])) / size as f64;
                for at in range {
                    let centred = before[at] - T::of(mean) - normal[at] * T::of(along);
                    before[at] = centred * inverse[group];
                }
            }
        }
        add_product(times.t(), before.view(), to.weights.view_mut());
        before.rows().into_iter().for_each(|row| to.bias.iter_mut().zip(row).for_each(|(sum, v)| *sum = *sum + *v));
    }
}

fn sum<T: Real>(values: impl Iterator<Item = T>) -> f64 {
    values.map(Into::into).sum()
}
