//! Products of matrices.

use ndarray::{Array2, s};
use theoria::theory::*;

fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Stream::new(seed).normal_matrix(rows, columns)
}

/// The sum that defines an entry: by 256 steps rounded once, then of these sums.
#[expect(clippy::disallowed_methods, reason = "fused by definition, so the same bits everywhere")]
fn plain(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        let steps: Vec<usize> = (0..a.ncols()).collect();
        let sum = |steps: &[usize]| steps.iter().fold(0.0, |sum, p| a[[i, *p]].mul_add(b[[*p, j]], sum));
        steps.chunks(256).map(sum).fold(0.0, |sum, part| sum + part)
    })
}

#[test]
fn products_have_the_bits_of_a_plain_loop() {
    for (m, n, k) in [(1, 1, 1), (3, 0, 2), (2, 3, 0), (12, 16, 256), (13, 33, 257), (250, 530, 300)] {
        let (a, b) = (matrix(m, k, 1), matrix(k, n, 2));
        let expected = plain(&a, &b);
        assert_eq!(product(&a, &b), expected, "{m} {n} {k}");
        // Layouts and strides do not matter.
        let turned = b.t().as_standard_layout().to_owned();
        assert_eq!(product(&a, &turned.t()), expected, "{m} {n} {k}");
        let wide = ndarray::concatenate![ndarray::Axis(1), a, a];
        assert_eq!(product(&wide.slice(s![.., ..k]), &b), expected, "{m} {n} {k}");
        assert_eq!(gram(&a), plain(&a, &a.t().to_owned()), "{m} {k}");
        let narrow = |x: &Array2<f64>| x.mapv(|v| v as f32);
        let (a, b) = (narrow(&a), narrow(&b));
        let close = |ours: &Array2<f32>, theirs: &Array2<f64>| {
            let scale = (k as f64).sqrt() + 1.0;
            ours.iter().zip(theirs).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5 * scale)
        };
        assert!(close(&product(&a, &b), &expected));
        assert_eq!(gram(&a), product(&a, &a.t()));
    }
}

#[test]
#[should_panic(expected = "no product of (2, 3) and (2, 3): the inner dimensions differ")]
fn sizes_that_do_not_fit_are_refused() {
    let a = Array2::<f64>::zeros((2, 3));
    let _ = product(&a, &a);
}
