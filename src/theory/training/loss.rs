//! What is minimised.

use super::{Model, Room};
use crate::theory::numeric;
use crate::theory::vector::Real;
use ndarray::{Array2, ArrayView1, Axis, Zip};

/// A loss of outputs f (N x n) on targets y of the same shape.
///
/// ```
/// use theoria::theory::*;
/// let (f, y) = (ndarray::array![[1.0], [3.0]], ndarray::array![[1.0], [1.0]]);
/// assert_eq!(Loss::Square.value(&f, &y), 1.0); // (0 + 4) / (2 * 2)
/// ```
/// Checked against: `slopes_and_curvatures_of_losses_match_finite_differences`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Loss {
    /// 1/(2 N n) sum_ij (f_ij - y_ij)^2: the convention of [`Dynamics`](crate::theory::Dynamics).
    #[default]
    Square,
    /// -1/N sum_ij y_ij ln softmax(f_i)_j, for targets that are probabilities: see [`one_hot`].
    CrossEntropy,
}

impl Loss {
    /// L(f, y), added up in f64.
    /// Panics unless the shapes agree.
    /// Cost: O(N n).
    /// Checked against: `slopes_and_curvatures_of_losses_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn value<T: Real>(self, f: &Array2<T>, y: &Array2<T>) -> f64 {
        check(f, y);
        match self {
            Self::Square => {
                let squares = f.iter().zip(y).map(|(f, y)| (f.to_f64() - y.to_f64()) * (f.to_f64() - y.to_f64()));
                squares.sum::<f64>() / (2.0 * f.len() as f64)
            }
            Self::CrossEntropy => {
                let row = |(f, y): (ArrayView1<T>, ArrayView1<T>)| {
                    let whole = log_sum_exp(f);
                    f.iter().zip(y).map(|(f, y)| y.to_f64() * (whole - f.to_f64())).sum::<f64>()
                };
                f.rows().into_iter().zip(y.rows()).map(row).sum::<f64>() / f.nrows() as f64
            }
        }
    }

    /// dL/df (N x n).
    /// Panics unless the shapes agree.
    /// Cost: O(N n).
    /// Checked against: `slopes_and_curvatures_of_losses_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn slope<T: Real>(self, f: &Array2<T>, y: &Array2<T>) -> Array2<T> {
        check(f, y);
        match self {
            Self::Square => {
                let share = T::of(1.0 / f.len() as f64);
                Zip::from(f).and(y).map_collect(|f, y| (*f - *y) * share)
            }
            Self::CrossEntropy => {
                let share = T::of(1.0 / f.nrows() as f64);
                let mut slope = softmax(f);
                for (mut row, y) in slope.rows_mut().into_iter().zip(y.rows()) {
                    // Targets of total weight t have slope t p - y.
                    let total = y.iter().fold(T::zero(), |sum, y| sum + *y);
                    row.iter_mut().zip(y).for_each(|(p, y)| *p = (total * *p - *y) * share);
                }
                slope
            }
        }
    }

    /// (d^2L/df^2) v for a change v of the outputs (N x n), with targets whose rows add up to 1.
    /// Cost: O(N n).
    /// Checked against: `slopes_and_curvatures_of_losses_match_finite_differences`.
    #[must_use]
    pub fn curvature_times<T: Real>(self, f: &Array2<T>, v: &Array2<T>) -> Array2<T> {
        match self {
            Self::Square => v.mapv(|v| v * T::of(1.0 / f.len() as f64)),
            Self::CrossEntropy => {
                let share = T::of(1.0 / f.nrows() as f64);
                let mut out = softmax(f);
                for (mut p, v) in out.rows_mut().into_iter().zip(v.rows()) {
                    let mean = p.iter().zip(v).fold(T::zero(), |sum, (p, v)| sum + *p * *v);
                    p.iter_mut().zip(v).for_each(|(p, v)| *p = *p * (*v - mean) * share);
                }
                out
            }
        }
    }

    /// The loss of a model on inputs `x` and targets `y`.
    /// Panics unless the shapes agree.
    /// Cost: that of the outputs.
    /// Checked against: `gradients_of_models_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn of<M: Model>(self, model: &M, x: &Array2<M::Number>, y: &Array2<M::Number>) -> f64 {
        self.value(&model.outputs(x), y)
    }

    /// dL/dtheta, as long as the parameters.
    /// Panics unless the shapes agree.
    /// Cost: three times that of the outputs.
    /// Checked against: `gradients_of_models_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn gradient<M: Model>(self, model: &M, x: &Array2<M::Number>, y: &Array2<M::Number>) -> Vec<M::Number> {
        model.pull_back(x, &mut |f| self.slope(f, y), &mut Room::default())
    }
}

#[track_caller]
fn check<T>(f: &Array2<T>, y: &Array2<T>) {
    assert!(f.dim() == y.dim() && !f.is_empty(), "outputs are {:?}, targets {:?}", f.dim(), y.dim());
}

fn log_sum_exp<T: Real>(row: ArrayView1<T>) -> f64 {
    let top = row.iter().map(|f| f.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    top + numeric::ln(row.iter().map(|f| numeric::exp(f.to_f64() - top)).sum())
}

fn softmax<T: Real>(f: &Array2<T>) -> Array2<T> {
    let mut p = f.clone();
    for mut row in p.rows_mut() {
        let top = row.iter().copied().fold(row[0], |top, f| if f > top { f } else { top });
        row.mapv_inplace(|f| (f - top).exp());
        let whole = row.iter().fold(T::zero(), |sum, p| sum + *p);
        row.mapv_inplace(|p| p / whole);
    }
    p
}

/// Targets of classes: N x `classes`, a 1 in each row at its label.
/// Panics if a label is not below `classes`.
/// Checked against: `slopes_and_curvatures_of_losses_match_finite_differences`.
#[must_use]
#[track_caller]
pub fn one_hot<T: Real>(labels: &[usize], classes: usize) -> Array2<T> {
    let mut y = Array2::zeros((labels.len(), classes));
    for (row, label) in labels.iter().enumerate() {
        assert!(*label < classes, "label {label} of input {row} is not one of {classes} classes");
        y[[row, *label]] = T::one();
    }
    y
}

/// The share of rows whose largest output stands at their label; of equal outputs the first counts.
/// Panics unless there is a label for each row.
/// Checked against: `slopes_and_curvatures_of_losses_match_finite_differences`.
#[must_use]
#[track_caller]
pub fn accuracy<T: Real>(outputs: &Array2<T>, labels: &[usize]) -> f64 {
    let count = labels.len();
    assert!(outputs.nrows() == count && count > 0, "{} outputs have {count} labels", outputs.nrows());
    let right = outputs.axis_iter(Axis(0)).zip(labels).filter(|(row, label)| {
        let best = row.iter().enumerate().fold(0, |best, (at, f)| if *f > row[best] { at } else { best });
        best == **label
    });
    right.count() as f64 / count as f64
}
