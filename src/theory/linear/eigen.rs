//! Eigenvalues and eigenvectors of symmetric matrices.

use super::cholesky::{asymmetry, check_square};
use super::tridiagonal::{Rotation, Tridiagonal, reduce};
use crate::theory::parallel::map_indexed;
use ndarray::{Array1, Array2, ArrayRef2};

/// Rows of Q that one thread takes at a time: they lie in its cache while all rotations pass over them.
const ROWS: usize = 64;

/// The eigendecomposition of a symmetric matrix, A = V diag(values) V^T, values in falling order.
///
/// ```
/// use theoria::theory::*;
/// let eigen = Eigen::of(&ndarray::array![[2.0, 1.0], [1.0, 2.0]]);
/// assert!((eigen.values[0] - 3.0).abs() < 1e-15 && (eigen.values[1] - 1.0).abs() < 1e-15);
/// ```
/// Checked against: `eigenvectors_diagonalise`, `known_spectra_are_found`.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// Eigenvalues, largest first.
    pub values: Array1<f64>,
    /// Eigenvectors, one a column, in the order of the values; orthonormal. The sign of each makes its entry of
    /// largest modulus positive.
    pub vectors: Array2<f64>,
}

impl Eigen {
    /// Decomposes a symmetric matrix (N x N).
    /// Panics unless it is square, finite and symmetric to 1e-8 of its largest entry (the upper triangle and the
    /// lower are not averaged: the rows are read).
    /// Cost: about 4/3 N^3 operations bound by memory for the tridiagonal form, and 12 N^3 in the cache for the
    /// vectors, on all cores, whose number does not change the result.
    /// Source: Householder's reduction and implicit QL; Golub and Van Loan, Matrix Computations, 4th ed., section
    /// 8.3.
    /// Checked against: `eigenvectors_diagonalise`, `known_spectra_are_found`,
    /// `eigenvectors_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn of(matrix: &ArrayRef2<f64>) -> Self {
        check_square(matrix);
        let largest = matrix.iter().fold(0.0f64, |most, v| most.max(v.abs()));
        let off = asymmetry(matrix.view());
        assert!(off <= 1e-8 * largest, "the matrix is not symmetric: two entries differ by {off:e}");
        let form = reduce(matrix);
        let (values, rotations) = form.diagonalise().expect("the QL algorithm ends for finite numbers");
        let n = values.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
        let parts = map_indexed(n.div_ceil(ROWS), |part| {
            let rows = part * ROWS..((part + 1) * ROWS).min(n);
            vectors(&form, &rotations, rows)
        });
        // Part p holds columns of V^T: entry [k * width + i] is the entry of vector k at row p ROWS + i.
        let mut found = Array2::from_shape_fn((n, n), |(row, at)| {
            let width = parts[row / ROWS].len() / n;
            parts[row / ROWS][order[at] * width + row % ROWS]
        });
        for mut vector in found.columns_mut() {
            let heaviest = vector.iter().fold(0.0f64, |most, v| if v.abs() > most.abs() { *v } else { most });
            if heaviest < 0.0 {
                vector.mapv_inplace(|v| -v);
            }
        }
        Self { values: order.iter().map(|at| values[*at]).collect(), vectors: found }
    }

    /// V f(values) V^T B: a function of the matrix, applied to B (N x M).
    /// Panics unless B has N rows. Cost: 4 N^2 M operations.
    /// Checked against: `eigenvectors_diagonalise`.
    #[must_use]
    #[track_caller]
    pub fn apply(&self, f: impl Fn(f64) -> f64, b: &ArrayRef2<f64>) -> Array2<f64> {
        let mut along = crate::theory::product(&self.vectors.t(), b);
        for (mut row, value) in along.rows_mut().into_iter().zip(&self.values) {
            let factor = f(*value);
            row.mapv_inplace(|v| factor * v);
        }
        crate::theory::product(&self.vectors, &along)
    }
}

/// Some rows of V, transposed: vector after vector. They begin as rows of the identity, and are multiplied from the
/// right by the reflectors and then by the rotations, each of which mixes two of the vectors.
fn vectors(form: &Tridiagonal, rotations: &[Rotation], rows: std::ops::Range<usize>) -> Vec<f64> {
    let (n, width) = (form.diagonal.len(), rows.len());
    let mut out = vec![0.0; n * width];
    for (at, row) in rows.enumerate() {
        out[row * width + at] = 1.0;
    }
    let mut along = vec![0.0; width];
    for (k, (v, factor)) in form.reflectors.iter().enumerate() {
        let below = &mut out[(k + 1) * width..];
        along.fill(0.0);
        for (v, entries) in v.iter().zip(below.chunks_exact(width)) {
            along.iter_mut().zip(entries).for_each(|(sum, entry)| *sum += v * entry);
        }
        for (v, entries) in v.iter().zip(below.chunks_exact_mut(width)) {
            let step = factor * v;
            entries.iter_mut().zip(&along).for_each(|(entry, sum)| *entry -= step * sum);
        }
    }
    for Rotation { row, cosine, sine } in rotations {
        let (left, right) = out[row * width..(row + 2) * width].split_at_mut(width);
        for (x, y) in left.iter_mut().zip(right) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    }
    out
}
