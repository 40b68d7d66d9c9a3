//! Cholesky factors and eigenvectors.

use ndarray::{Array1, Array2};
use theoria::theory::parallel::set_threads;
use theoria::theory::*;

/// X X^T / K for normal X (N x K): positive definite with N <= K.
fn covariance(n: usize, k: usize) -> Array2<f64> {
    gram(&Stream::new(n as u64).normal_matrix(n, k)) / k as f64
}

fn largest(matrix: &Array2<f64>) -> f64 {
    matrix.iter().fold(0.0, |most: f64, v| most.max(v.abs()))
}

#[test]
fn factors_multiply_to_the_matrix() {
    for n in [1, 2, 7, 48, 49, 150] {
        let a = covariance(n, 2 * n);
        let cholesky = Cholesky::of(&a).expect("positive definite");
        assert_eq!(cholesky.jitter(), 0.0);
        assert!(largest(&(gram(cholesky.lower()) - &a)) < 1e-14, "{n}");
        assert!(cholesky.lower().indexed_iter().all(|((i, j), v)| j <= i || *v == 0.0));
        let b = Stream::new(3).normal_matrix(n, 4);
        assert!(largest(&(product(&a, &cholesky.solve(&b)) - &b)) < 1e-11, "{n}");
        assert!(largest(&(product(cholesky.lower(), &cholesky.half_solve(&b)) - &b)) < 1e-12, "{n}");
        let logs: f64 = Eigen::of(&a).values.iter().map(|v| numeric::ln(*v)).sum();
        assert!((cholesky.log_determinant() - logs).abs() < 1e-10 * (1.0 + logs.abs()));
    }
    assert_eq!(Cholesky::of(&Array2::zeros((0, 0))).expect("empty").solve(&Array2::zeros((0, 3))).dim(), (0, 3));
}

#[test]
fn what_is_all_but_singular_gets_jitter_or_a_name() {
    // An input twice: a kernel matrix of rank 20 with 21 rows.
    let mut x = Stream::new(5).normal_matrix(21, 40);
    let first = x.row(0).to_owned();
    x.row_mut(20).assign(&first);
    let a = gram(&x) / 40.0;
    let cholesky = Cholesky::of(&a).expect("a little jitter is enough");
    let mean = a.diag().sum() / 21.0;
    assert_eq!(cholesky.jitter(), 1e-10 * mean);
    // A negative eigenvalue is no rounding.
    let mut indefinite = covariance(10, 20);
    indefinite[[3, 3]] = -1.0;
    let error = Cholesky::of(&indefinite).expect_err("not positive definite");
    assert!(error.smallest < -1.0 && error.condition_number().is_infinite());
    assert!(error.to_string().contains("a condition number of inf"), "{error}");
    // The Hilbert matrix of 14: its condition number is some 1e18, which doubles cannot hold.
    let hilbert = Array2::from_shape_fn((14, 14), |(i, j)| 1.0 / (i + j + 1) as f64);
    match Cholesky::of(&hilbert) {
        Ok(cholesky) => assert!(cholesky.jitter() > 0.0 && cholesky.lower().iter().all(|v| v.is_finite())),
        Err(error) => assert!(error.condition_number() > 1e15),
    }
    assert!(Cholesky::of(&Array2::zeros((3, 3))).is_err());
}

#[test]
fn eigenvectors_diagonalise() {
    for n in [1, 2, 3, 17, 64, 65, 200] {
        let mut a = covariance(n, n / 2 + 1);
        a.diag_mut().iter_mut().enumerate().for_each(|(i, v)| *v -= (i % 3) as f64);
        let Eigen { values, vectors } = Eigen::of(&a);
        let identity = product(&vectors.t(), &vectors) - Array2::<f64>::eye(n);
        assert!(largest(&identity) < 1e-13, "{n}: {}", largest(&identity));
        let rest = product(&a, &vectors) - &vectors * &values;
        assert!(largest(&rest) < 2e-13, "{n}: {}", largest(&rest));
        assert!(values.windows(2).into_iter().all(|pair| pair[0] >= pair[1]));
        let b = Stream::new(3).normal_matrix(n, 2);
        let eigen = Eigen { values, vectors };
        let squared = eigen.apply(|v| v * v, &b) - product(&a, &product(&a, &b));
        assert!(largest(&squared) < 1e-11, "{n}");
    }
}

#[test]
fn known_spectra_are_found() {
    // The path's Laplacian: 2 - 2 cos(pi k / (n + 1)).
    let n = 60;
    let path = Array2::from_shape_fn((n, n), |(i, j)| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    });
    let expected = (1..=n).rev().map(|k| 2.0 - 2.0 * numeric::cos(std::f64::consts::PI * k as f64 / (n + 1) as f64));
    let values = Eigen::of(&path).values;
    assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14));
    // Eigenvalues that coincide: c on the diagonal, 1 elsewhere.
    let equal = Array2::from_shape_fn((30, 30), |(i, j)| if i == j { 3.0 } else { 1.0 });
    let eigen = Eigen::of(&equal);
    assert!((eigen.values[0] - 32.0).abs() < 1e-13 && eigen.values.iter().skip(1).all(|v| (v - 2.0).abs() < 1e-14));
    assert!(largest(&(product(&eigen.vectors.t(), &eigen.vectors) - Array2::<f64>::eye(30))) < 1e-14);
    assert_eq!(Eigen::of(&Array2::zeros((5, 5))).values, Array1::<f64>::zeros(5));
    // A matrix of low rank: hundreds of eigenvalues that are rounding alone.
    let tall = Stream::new(7).normal_matrix(600, 200);
    let (wide, small) = (Eigen::of(&gram(&tall)), Eigen::of(&gram(&tall.t())));
    let scale = small.values[0];
    assert!(wide.values.iter().zip(&small.values).all(|(a, b)| (a - b).abs() < 1e-12 * scale));
    assert!(wide.values.iter().skip(200).all(|v| v.abs() < 1e-12 * scale));
    // Diagonal matrices, and scales far apart.
    let scales = Array2::from_diag(&ndarray::array![1e-200, 1e150, -3.0, 0.0]);
    assert_eq!(Eigen::of(&scales).values, ndarray::array![1e150, 1e-200, 0.0, -3.0]);
}

#[test]
fn eigenvectors_do_not_depend_on_threads() {
    let a = covariance(500, 600);
    set_threads(1);
    let one = Eigen::of(&a);
    set_threads(3);
    let three = Eigen::of(&a);
    set_threads(0);
    assert_eq!(one, three);
}

#[test]
#[should_panic(expected = "the matrix is not symmetric: two entries differ by")]
fn matrices_that_are_not_symmetric_are_refused() {
    let _ = Eigen::of(&ndarray::array![[1.0, 2.0], [1.0, 1.0]]);
}
