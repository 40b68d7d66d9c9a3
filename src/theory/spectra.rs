//! Spectra of kernels that depend on the overlap of two inputs alone: on the sphere and on the hypercube.

use super::eigenlearning::Mode;
use super::kernel::{Kernels, Mlp};
use super::numeric;
use ndarray::{Array1, Array2};
use std::f64::consts::PI;

/// Nodes and weights of the Gauss-Legendre rule on [a, b] with n nodes, exact for polynomials of degree 2 n - 1.
/// Panics unless n is positive and a < b.
/// Cost: O(n^2).
/// Source: Newton's method on Legendre's recurrence; Abramowitz and Stegun, 25.4.29.
/// Checked against: `gauss_legendre_is_exact_for_polynomials`.
#[must_use]
#[track_caller]
pub fn gauss_legendre(n: usize, a: f64, b: f64) -> Vec<(f64, f64)> {
    assert!(n > 0 && a < b, "a rule has a node and an interval, got {n} and [{a}, {b}]");
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let node = |i: usize| {
        let mut x = numeric::cos(PI * (i as f64 + 0.75) / (n as f64 + 0.5));
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut before, mut here) = (1.0, x);
            for k in 1..n {
                (before, here) = (here, ((2 * k + 1) as f64 * x * here - k as f64 * before) / (k + 1) as f64);
            }
            slope = n as f64 * (x * here - before) / (x * x - 1.0);
            let step = here / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        (middle - half * x, 2.0 * half / ((1.0 - x * x) * slope * slope))
    };
    (0..n).map(node).collect()
}

/// The eigenspaces of a kernel K(x, x') = k(angle between x and x') for inputs uniform on a sphere in d dimensions:
/// degrees 0, ..., `degrees` - 1, each with its multiplicity and without power.
///
/// lambda_k = int K(theta) P_k(cos theta) sin^(d-2) theta dtheta / int sin^(d-2) theta dtheta, with Gegenbauer's
/// polynomials normalised to P_k(1) = 1, (k + d - 2) P_{k+1} = (2 k + d - 2) t P_k - k P_{k-1}; multiplicity N(d, k)
/// = (2 k + d - 2) / k * binomial(k + d - 3, k - 1).
///
/// ```
/// use theoria::theory::*;
/// // cos^2 has degrees 0 and 2 only.
/// let modes = sphere_spectrum(3, 4, |theta| numeric::cos(theta) * numeric::cos(theta));
/// assert!((modes[0].eigenvalue - 1.0 / 3.0).abs() < 1e-14 && modes[1].eigenvalue.abs() < 1e-14);
/// assert_eq!(modes[2].multiplicity, 5.0);
/// ```
/// Rounding leaves an error of some 10^-16 of the kernel's largest value in each eigenvalue.
/// Panics unless d is at least 2 and a degree is asked for.
/// Cost: 400 + 4 `degrees` + 10 sqrt(d) evaluations of the kernel, by a Gauss-Legendre rule in the angle, whose nodes
/// take the square of that: sin^(d-2) is about 1 / sqrt(d) wide.
/// Source: Funk and Hecke; e.g. Bach, arXiv 1412.8690, appendix D.
/// Checked against: `spectra_match_golden_values`, `a_kernel_is_the_sum_of_its_modes`,
/// `spectra_of_polynomials_are_exact_in_any_dimension`.
#[must_use]
#[track_caller]
pub fn sphere_spectrum(d: usize, degrees: usize, kernel: impl Fn(f64) -> f64) -> Vec<Mode> {
    assert!(d >= 2 && degrees > 0, "a sphere in {d} dimensions, {degrees} degrees");
    let narrow = (10.0 * (d as f64).sqrt()) as usize;
    let rule = gauss_legendre(400 + 4 * degrees + narrow, 0.0, PI);
    let mut sums = vec![0.0; degrees];
    let mut whole = 0.0;
    for (theta, weight) in rule {
        let weight = weight * numeric::pow(numeric::sin(theta), (d - 2) as f64);
        let (value, t) = (kernel(theta), numeric::cos(theta));
        whole += weight;
        let (mut before, mut here) = (0.0, 1.0);
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += weight * value * here;
            (before, here) = (here, gegenbauer_step(d, k, t, here, before));
        }
    }
    let modes = sums.iter().enumerate();
    modes.map(|(k, sum)| Mode { eigenvalue: sum / whole, multiplicity: harmonics(d, k), power: 0.0 }).collect()
}

/// P_{k+1}(t) from P_k and P_{k-1}.
fn gegenbauer_step(d: usize, k: usize, t: f64, here: f64, before: f64) -> f64 {
    if k == 0 {
        return t;
    }
    let (k, d) = (k as f64, d as f64);
    ((2.0 * k + d - 2.0) * t * here - k * before) / (k + d - 2.0)
}

/// N(d, k), the number of spherical harmonics of degree k.
fn harmonics(d: usize, k: usize) -> f64 {
    match (d, k) {
        (_, 0) => 1.0,
        (2, _) => 2.0,
        _ => (2 * k + d - 2) as f64 / k as f64 * binomial(k + d - 3, k - 1),
    }
}

/// n! / (k! (n - k)!), exact while it is below 2^53.
fn binomial(n: usize, k: usize) -> f64 {
    (1..=k.min(n - k)).fold(1.0, |product, i| (product * (n + 1 - i) as f64 / i as f64).round())
}

/// The eigenspaces of a kernel K(x, x') = k(x . x' / d) for inputs uniform on the hypercube {-1, 1}^d: the parities of
/// 0, ..., d coordinates, each with its multiplicity binomial(d, k) and without power.
///
/// lambda_k = 2^-d sum_j binomial(d, j) K(1 - 2 j / d) kr_k(j), with Krawtchouk's polynomials normalised to kr_k(0)
/// = 1: kr_k(j) = sum_i (-1)^i binomial(j, i) binomial(d - j, k - i) / binomial(d, k).
/// Panics unless d is 1 to 50, where the sums are exact.
/// Cost: d + 1 evaluations of the kernel, O(d^3).
/// Source: e.g. Yang and Salman, arXiv 1907.10599, theorem 3.2.
/// Checked against: `spectra_match_golden_values`, `parities_diagonalise_a_kernel_on_the_hypercube`.
#[must_use]
#[track_caller]
pub fn hypercube_spectrum(d: usize, kernel: impl Fn(f64) -> f64) -> Vec<Mode> {
    assert!((1..=50).contains(&d), "a hypercube of 1 to 50 dimensions, got {d}");
    let values: Vec<f64> = (0..=d).map(|j| kernel(1.0 - 2.0 * j as f64 / d as f64)).collect();
    let modes = (0..=d).map(|k| {
        let terms = (0..=d).map(|j| binomial(d, j) * values[j] * krawtchouk(d, k, j));
        let eigenvalue = terms.sum::<f64>() / numeric::pow(2.0, d as f64);
        Mode { eigenvalue, multiplicity: binomial(d, k), power: 0.0 }
    });
    modes.collect()
}

fn krawtchouk(d: usize, k: usize, j: usize) -> f64 {
    let terms = (k.saturating_sub(d - j)..=j.min(k)).map(|i| {
        let term = binomial(j, i) * binomial(d - j, k - i);
        if i % 2 == 0 { term } else { -term }
    });
    terms.sum::<f64>() / binomial(d, k)
}

impl Mlp {
    /// The kernels of an input with inputs at these angles to it, all with |x|^2 / n_0 = `x2`: what
    /// [`sphere_spectrum`] integrates. One row, a column for each angle.
    /// Panics as [`Mlp::kernels`]. Cost: as that of so many pairs.
    /// Checked against: `spectra_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn kernels_at_angles(&self, angles: &[f64], x2: f64) -> Kernels {
        let radius = (2.0 * x2).sqrt();
        let one = Array2::from_shape_fn((1, 2), |(_, at)| if at == 0 { radius } else { 0.0 });
        let others = Array2::from_shape_fn((angles.len(), 2), |(row, at)| {
            radius * if at == 0 { numeric::cos(angles[row]) } else { numeric::sin(angles[row]) }
        });
        self.kernels(&one, &others)
    }
}

/// sum lambda / (lambda + ridge): how many directions of its features a kernel with this ridge makes use of.
/// Panics unless the ridge is positive and no eigenvalue is negative.
/// Source: Zhang, Neural Comput. 17, 2077 (2005), "effective dimension".
/// Checked against: `dimensions_of_known_spectra`.
#[must_use]
#[track_caller]
pub fn effective_dimension(eigenvalues: &Array1<f64>, ridge: f64) -> f64 {
    assert!(ridge > 0.0, "an effective dimension needs a positive ridge, got {ridge}");
    assert!(eigenvalues.iter().all(|value| *value >= 0.0), "a kernel has no negative eigenvalue");
    eigenvalues.iter().map(|value| value / (value + ridge)).sum()
}

/// (sum lambda)^2 / sum lambda^2: how many equal eigenvalues would be as spread out as these. 1 for one, N for N equal
/// ones.
/// Panics if all are 0.
/// Checked against: `dimensions_of_known_spectra`.
#[must_use]
#[track_caller]
pub fn participation_ratio(eigenvalues: &Array1<f64>) -> f64 {
    let (sum, squares) = (eigenvalues.sum(), eigenvalues.dot(eigenvalues));
    assert!(squares > 0.0, "a spectrum has an eigenvalue other than 0");
    sum * sum / squares
}
