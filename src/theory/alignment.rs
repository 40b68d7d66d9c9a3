//! How alike two kernels are, and how well a kernel suits a task.

use ndarray::{Array1, Array2, ArrayRef2, Axis};

/// The cosine of two kernels as vectors of N^2 numbers, <K, L> / (|K| |L|), in [0, 1] for positive kernels.
///
/// ```
/// use theoria::theory::*;
/// let k = ndarray::array![[2.0, 1.0], [1.0, 2.0]];
/// assert!((kernel_alignment(&k, &(&k * 3.0)) - 1.0).abs() < 1e-15);
/// ```
/// Panics unless both are of one shape and not 0. O(N^2).
/// Source: Cristianini, Shawe-Taylor, Elisseeff and Kandola, NeurIPS 2001.
/// Checked against: `alignments_have_their_invariances`.
#[must_use]
#[track_caller]
pub fn kernel_alignment(k: &ArrayRef2<f64>, l: &ArrayRef2<f64>) -> f64 {
    assert!(k.dim() == l.dim(), "kernels of one set of inputs have one shape, got {:?} and {:?}", k.dim(), l.dim());
    let dot = |a: &ArrayRef2<f64>, b: &ArrayRef2<f64>| a.iter().zip(b.iter()).map(|(a, b)| a * b).sum::<f64>();
    let lengths = (dot(k, k) * dot(l, l)).sqrt();
    assert!(lengths > 0.0, "a kernel that is 0 is like no other");
    dot(k, l) / lengths
}

/// The same after the features of both were centred, K <- H K H, H = I - 1 1^T / N: "centred kernel alignment", CKA.
/// Blind to rotations and scales of the features.
/// Panics as [`kernel_alignment`], or if a kernel is not square or is constant. O(N^2).
/// Source: Cortes, Mohri and Rostamizadeh, JMLR 13, 795 (2012); Kornblith et al., arXiv 1905.00414.
/// Checked against: `alignments_have_their_invariances`.
#[must_use]
#[track_caller]
pub fn centred_kernel_alignment(k: &ArrayRef2<f64>, l: &ArrayRef2<f64>) -> f64 {
    kernel_alignment(&centred(k), &centred(l))
}

/// H K H. Panics unless the kernel is square and has a row. O(N^2).
/// Checked against: `alignments_have_their_invariances`.
#[must_use]
#[track_caller]
pub fn centred(k: &ArrayRef2<f64>) -> Array2<f64> {
    assert!(k.is_square() && !k.is_empty(), "a kernel to be centred is square, got {:?}", k.dim());
    let rows = k.mean_axis(Axis(1)).expect("there is a row").insert_axis(Axis(1));
    let columns = k.mean_axis(Axis(0)).expect("there is a row");
    let mean = columns.mean().expect("there is a row");
    k.to_owned() - &rows - &columns + mean
}

/// y^T K y / (|K| |y|^2): the alignment of a kernel with the one that the targets themselves make, y y^T.
/// Panics unless there is a target for each input, and neither is 0. O(N^2).
/// Source: Cristianini et al., NeurIPS 2001.
/// Checked against: `alignments_have_their_invariances`.
#[must_use]
#[track_caller]
pub fn target_alignment(k: &ArrayRef2<f64>, y: &Array1<f64>) -> f64 {
    let column = y.view().insert_axis(Axis(1));
    kernel_alignment(k, &super::product(&column, &column.t()))
}
