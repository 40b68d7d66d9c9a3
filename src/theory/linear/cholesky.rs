//! Cholesky factors, with a stated policy for matrices that are all but singular.

use super::Eigen;
use crate::theory::product::add_product;
use ndarray::{Array2, ArrayRef2, ArrayView2, Axis, s};
use std::fmt;

/// Rows that are factored at a time; the rest is products of matrices.
const BLOCK: usize = 48;

/// A pivot below this part of the largest entry of the diagonal is rounding.
const LEAST_PIVOT: f64 = 1e-12;

/// What may be added to the diagonal, in parts of its mean.
const JITTERS: [f64; 3] = [1e-10, 1e-9, 1e-8];

/// The factor L of a positive definite matrix, A + jitter I = L L^T, L lower triangular.
///
/// **Jitter.** Kernels of near inputs are positive definite on paper and not always in floating point. Nothing is
/// added while every pivot stays above 10^-12 (or N epsilon, if that is more) times the largest entry of the
/// diagonal: below that, rounding decides the pivot's digits. Where one does not, the smallest of 10^-10, 10^-9, 10^-8
/// times the mean of the diagonal is added that suffices, and [`jitter`](Cholesky::jitter) says how much; the least
/// of them leaves six digits to the solution along a direction that two equal inputs make singular. Where none
/// suffices the matrix is refused, with its condition number.
///
/// ```
/// use theoria::theory::*;
/// let a = ndarray::array![[4.0, 2.0], [2.0, 3.0]];
/// let x = Cholesky::of(&a)?.solve(&ndarray::array![[8.0], [7.0]]);
/// assert!((x[[0, 0]] - 1.25).abs() < 1e-15 && (x[[1, 0]] - 1.5).abs() < 1e-15);
/// # Ok::<(), IllConditioned>(())
/// ```
/// Checked against: `factors_multiply_to_the_matrix`, `what_is_all_but_singular_gets_jitter_or_a_name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cholesky {
    lower: Array2<f64>,
    jitter: f64,
}

/// A matrix that cannot be inverted reliably.
/// Checked against: `what_is_all_but_singular_gets_jitter_or_a_name`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IllConditioned {
    /// The largest eigenvalue.
    pub largest: f64,
    /// The smallest eigenvalue; 0 or less if the matrix is not even positive definite.
    pub smallest: f64,
}

impl IllConditioned {
    /// The condition number, largest over smallest eigenvalue; infinite if the smallest is not positive.
    /// Checked against: `what_is_all_but_singular_gets_jitter_or_a_name`.
    #[must_use]
    pub fn condition_number(&self) -> f64 {
        if self.smallest > 0.0 { self.largest / self.smallest } else { f64::INFINITY }
    }
}

impl fmt::Display for IllConditioned {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { largest, smallest } = self;
        let condition = self.condition_number();
        write!(
            f,
            "the matrix has eigenvalues from {smallest:.3e} to {largest:.3e}, a condition number of {condition:.1e}: \
             add a ridge, leave out inputs that are almost equal, or look whether the matrix is a kernel at all"
        )
    }
}

impl std::error::Error for IllConditioned {}

impl Cholesky {
    /// Factors a symmetric positive definite matrix (N x N); only its lower triangle is read. A matrix that gets
    /// past the policy above is an error.
    /// Panics unless the matrix is square and its numbers are finite.
    /// Cost: N^3 / 3 operations; N^3 more to name the condition number of one that is refused.
    /// Source: Golub and Van Loan, Matrix Computations, 4th ed., section 4.2.
    /// Checked against: `factors_multiply_to_the_matrix`, `what_is_all_but_singular_gets_jitter_or_a_name`.
    #[track_caller]
    pub fn of(matrix: &ArrayRef2<f64>) -> Result<Self, IllConditioned> {
        check_square(matrix);
        let n = matrix.nrows();
        let mean = if n == 0 { 0.0 } else { matrix.diag().sum() / n as f64 };
        let jitters = std::iter::once(0.0).chain(JITTERS.map(|part| part * mean));
        for jitter in jitters.filter(|jitter| *jitter >= 0.0) {
            if let Some(lower) = factor(matrix, jitter) {
                return Ok(Self { lower, jitter });
            }
        }
        let values = Eigen::of(matrix).values;
        Err(IllConditioned { largest: values[0], smallest: values[n - 1] })
    }

    /// L.
    /// Checked against: `factors_multiply_to_the_matrix`.
    #[must_use]
    pub fn lower(&self) -> &Array2<f64> {
        &self.lower
    }

    /// What was added to the diagonal; 0 unless the matrix was all but singular.
    /// Checked against: `what_is_all_but_singular_gets_jitter_or_a_name`.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    /// ln det(A + jitter I). O(N).
    /// Checked against: `factors_multiply_to_the_matrix`.
    #[must_use]
    pub fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diag().iter().map(|pivot| crate::theory::numeric::ln(*pivot)).sum::<f64>()
    }

    /// X with A X = B, for B (N x M). Panics unless B has N rows.
    /// Cost: 2 N^2 M operations.
    /// Checked against: `factors_multiply_to_the_matrix`.
    #[must_use]
    #[track_caller]
    pub fn solve(&self, b: &ArrayRef2<f64>) -> Array2<f64> {
        let mut x = self.half_solve(b);
        let n = x.nrows();
        for end in (1..=n.div_ceil(BLOCK)).rev().map(|block| (block * BLOCK).min(n)) {
            let start = (end - 1) / BLOCK * BLOCK;
            let (mut block, below) = x.view_mut().split_at(Axis(0), end);
            let mut block = block.slice_mut(s![start.., ..]);
            let turned = self.lower.slice(s![end.., start..end]).mapv(|v| -v);
            add_product(turned.t(), below.view(), block.view_mut());
            for i in (start..end).rev() {
                let (mut above, rest) = block.view_mut().split_at(Axis(0), i - start + 1);
                let mut row = above.row_mut(i - start);
                for (j, other) in (i + 1..end).zip(rest.rows()) {
                    row.scaled_add(-self.lower[[j, i]], &other);
                }
                row /= self.lower[[i, i]];
            }
        }
        x
    }

    /// L^-1 B: what the variance of a posterior needs. Panics unless B has N rows.
    /// Cost: N^2 M operations.
    /// Checked against: `factors_multiply_to_the_matrix`.
    #[must_use]
    #[track_caller]
    pub fn half_solve(&self, b: &ArrayRef2<f64>) -> Array2<f64> {
        let n = self.lower.nrows();
        assert!(b.nrows() == n, "a matrix of {n} rows is solved for {n} rows, got {}", b.nrows());
        let mut x = b.as_standard_layout().into_owned();
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            let (above, mut block) = x.view_mut().split_at(Axis(0), start);
            let mut block = block.slice_mut(s![..end - start, ..]);
            let left = self.lower.slice(s![start..end, ..start]).mapv(|v| -v);
            add_product(left.view(), above.view(), block.view_mut());
            for i in start..end {
                let (done, mut rest) = block.view_mut().split_at(Axis(0), i - start);
                let mut row = rest.row_mut(0);
                for (j, other) in (start..i).zip(done.rows()) {
                    row.scaled_add(-self.lower[[i, j]], &other);
                }
                row /= self.lower[[i, i]];
            }
        }
        x
    }
}

#[track_caller]
pub(super) fn check_square(matrix: &ArrayRef2<f64>) {
    assert!(matrix.is_square(), "a symmetric matrix is square, got {:?}", matrix.dim());
    assert!(matrix.iter().all(|v| v.is_finite()), "a matrix holds finite numbers");
}

/// L with L L^T = A + jitter I, if all pivots are large enough.
fn factor(matrix: &ArrayRef2<f64>, jitter: f64) -> Option<Array2<f64>> {
    let n = matrix.nrows();
    let mut lower = matrix.as_standard_layout().into_owned();
    lower.diag_mut().iter_mut().for_each(|v| *v += jitter);
    let largest = lower.diag().iter().fold(0.0f64, |most, v| most.max(*v));
    let floor = (n as f64 * f64::EPSILON).max(LEAST_PIVOT) * largest;
    for start in (0..n).step_by(BLOCK) {
        let end = (start + BLOCK).min(n);
        // What the columns to the left take away from these columns.
        let left = lower.slice(s![start.., ..start]).to_owned();
        let turned = left.slice(s![..end - start, ..]).mapv(|v| -v);
        add_product(left.view(), turned.t(), lower.slice_mut(s![start.., start..end]));
        for j in start..end {
            let before: f64 = lower.slice(s![j, start..j]).iter().map(|v| v * v).sum();
            let pivot = lower[[j, j]] - before;
            if pivot.is_nan() || pivot <= floor {
                return None;
            }
            let pivot = pivot.sqrt();
            lower[[j, j]] = pivot;
            let (mut above, mut below) = lower.view_mut().split_at(Axis(0), j + 1);
            let row = above.slice_mut(s![j, start..j]);
            for mut other in below.rows_mut() {
                let along: f64 = other.slice(s![start..j]).iter().zip(&row).map(|(a, b)| a * b).sum();
                other[j] = (other[j] - along) / pivot;
            }
        }
    }
    clear_above(&mut lower);
    Some(lower)
}

fn clear_above(lower: &mut Array2<f64>) {
    for (i, mut row) in lower.rows_mut().into_iter().enumerate() {
        row.slice_mut(s![i + 1..]).fill(0.0);
    }
}

/// x . y in eight sums side by side, in a fixed order.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (xs, x_rest) = x.as_chunks::<8>();
    let (ys, y_rest) = y.as_chunks::<8>();
    for (x, y) in xs.iter().zip(ys) {
        sums.iter_mut().zip(x).zip(y).for_each(|((sum, x), y)| *sum += x * y);
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    let [a, b, c, d, e, f, g, h] = sums;
    (((a + b) + (c + d)) + ((e + f) + (g + h))) + rest
}

/// A view of a matrix for tests of symmetry: the largest |a_ij - a_ji|.
pub(super) fn asymmetry(matrix: ArrayView2<f64>) -> f64 {
    matrix.indexed_iter().fold(0.0f64, |most, ((i, j), v)| most.max((v - matrix[[j, i]]).abs()))
}
