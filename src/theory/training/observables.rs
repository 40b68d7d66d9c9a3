//! What is watched in a training: the curvature of the loss.

use super::{Loss, Model};
use crate::theory::linear::Eigen;
use crate::theory::random::Stream;
use crate::theory::vector::Operations as _;
use ndarray::Array2;

/// Directions that Lanczos' method tries at most.
const MOST: usize = 80;

/// The sharpness: the largest eigenvalue of the Hessian of the loss with respect to the parameters. Gradient descent
/// with rate eta is stable on a quadratic loss of sharpness S if eta S < 2. (Layers with rates of their own: this is
/// the Hessian in the parameters as they are, so it belongs to [`Parametrization::Standard`](super::super::Parametrization).)
/// As [`hessian_eigenvalues`] for one eigenvalue.
/// Panics as [`Loss::gradient`].
/// Source: Cohen et al., arXiv 2103.00065.
/// Checked against: `sharpness_is_the_largest_eigenvalue_of_the_whole_hessian`.
#[must_use]
#[track_caller]
pub fn sharpness<M: Model>(model: &M, loss: Loss, x: &Array2<M::Number>, y: &Array2<M::Number>) -> f64 {
    hessian_eigenvalues(model, loss, x, y, 1)[0]
}

/// The `count` largest eigenvalues of the Hessian, falling, by Lanczos' method with all directions kept orthogonal: until
/// they change by less than 1e-7 of the largest, or after 80 products. NaN where the loss is no longer a number.
/// Panics as [`Loss::gradient`], or if none is asked for, or more than there are parameters.
/// Cost: up to 80 products of the Hessian with a direction, each some seven times the outputs, and 160 K P operations for
/// K directions and P parameters; memory K P.
/// Source: Lanczos, J. Res. Natl. Bur. Stand. 45, 255 (1950).
/// Checked against: `sharpness_is_the_largest_eigenvalue_of_the_whole_hessian`.
#[must_use]
#[track_caller]
pub fn hessian_eigenvalues<M: Model>(
    model: &M,
    loss: Loss,
    x: &Array2<M::Number>,
    y: &Array2<M::Number>,
    count: usize,
) -> Vec<f64> {
    let parameters = model.parameters().len();
    assert!(count > 0 && count <= parameters, "{count} eigenvalues of a Hessian of {parameters} parameters");
    let times = |direction: &[f64]| {
        let direction: Vec<M::Number> = direction.iter().map(|v| M::Number::of(*v)).collect();
        let product = model.hessian_times(loss, x, y, &direction);
        product.into_iter().map(|v| v.to_f64()).collect::<Vec<f64>>()
    };
    let mut basis = vec![unit(Stream::new(0).normals(parameters)).expect("a drawn direction is not 0")];
    let (mut diagonal, mut beside): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut before: Vec<f64> = Vec::new();
    loop {
        let mut next = times(&basis[basis.len() - 1]);
        diagonal.push(dot(&next, &basis[basis.len() - 1]));
        // Twice: once is not enough where most of the direction goes.
        for direction in basis.iter().chain(&basis) {
            let along = dot(&next, direction);
            next.iter_mut().zip(direction).for_each(|(next, v)| *next -= along * v);
        }
        if !dot(&next, &next).is_finite() {
            // A training that has diverged has no sharpness.
            return vec![f64::NAN; count];
        }
        let found = largest(&diagonal, &beside, count);
        let scale = found[0].abs().max(found[found.len() - 1].abs());
        let settled = before.len() == count && found.iter().zip(&before).all(|(a, b)| (a - b).abs() <= 1e-7 * scale);
        let length = dot(&next, &next).sqrt();
        let exhausted = basis.len() == parameters || length <= 1e-14 * scale;
        if (found.len() == count && (settled || basis.len() >= MOST)) || exhausted {
            // The space that the first direction spans may be smaller than what was asked for: the rest is 0.
            return found.into_iter().chain(std::iter::repeat(0.0)).take(count).collect();
        }
        before = found;
        beside.push(length);
        next.iter_mut().for_each(|v| *v /= length);
        basis.push(next);
    }
}

/// The largest eigenvalues of a symmetric matrix of three diagonals, falling.
fn largest(diagonal: &[f64], beside: &[f64], count: usize) -> Vec<f64> {
    let n = diagonal.len();
    let matrix = Array2::from_shape_fn((n, n), |(i, j)| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[i.min(j)],
        _ => 0.0,
    });
    let mut values = Eigen::of(&matrix).values.to_vec();
    values.sort_by(|a, b| b.total_cmp(a));
    values.truncate(count);
    values
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(mut v: Vec<f64>) -> Option<Vec<f64>> {
    let length = dot(&v, &v).sqrt();
    v.iter_mut().for_each(|v| *v /= length);
    (length > 0.0).then_some(v)
}
