//! The law of Marchenko and Pastur: the spectrum of a sample covariance.

use crate::theory::numeric;
use crate::theory::spectra::gauss_legendre;
use std::f64::consts::PI;

/// The limit law of the eigenvalues of X^T X / n, for X of n x p independent entries of variance 1, as both grow with gamma =
/// p / n: density sqrt((b - x)(x - a)) / (2 pi gamma x) between a = (1 - sqrt gamma)^2 and b = (1 + sqrt gamma)^2, and for gamma
/// > 1 a share 1 - 1/gamma of zeros.
///
/// ```
/// use theoria::theory::*;
/// let law = MarchenkoPastur::new(0.5);
/// assert!((law.mean(|x| x) - 1.0).abs() < 1e-12 && (law.mean(|x| x * x) - 1.5).abs() < 1e-12);
/// ```
/// Source: Marchenko and Pastur, Math. USSR Sb. 1, 457 (1967).
/// Checked against: `the_law_of_marchenko_and_pastur_has_its_moments`, `sampled_covariances_follow_marchenko_and_pastur`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarchenkoPastur {
    gamma: f64,
}

impl MarchenkoPastur {
    /// The law for gamma = p / n.
    /// Panics unless it is positive and finite.
    /// Checked against: `the_law_of_marchenko_and_pastur_has_its_moments`.
    #[must_use]
    #[track_caller]
    pub fn new(gamma: f64) -> Self {
        assert!(gamma > 0.0 && gamma.is_finite(), "a ratio p / n is positive and finite, got {gamma}");
        Self { gamma }
    }

    /// (a, b), the ends of what is not 0.
    /// Checked against: `sampled_covariances_follow_marchenko_and_pastur`.
    #[must_use]
    pub fn edges(&self) -> (f64, f64) {
        let root = self.gamma.sqrt();
        ((1.0 - root) * (1.0 - root), (1.0 + root) * (1.0 + root))
    }

    /// The share of zeros, max(0, 1 - 1/gamma).
    /// Checked against: `the_law_of_marchenko_and_pastur_has_its_moments`.
    #[must_use]
    pub fn zeros(&self) -> f64 {
        (1.0 - 1.0 / self.gamma).max(0.0)
    }

    /// The density at x, without the zeros.
    /// Checked against: `sampled_covariances_follow_marchenko_and_pastur`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        let (a, b) = self.edges();
        if x <= a || x >= b { 0.0 } else { ((b - x) * (x - a)).sqrt() / (2.0 * PI * self.gamma * x) }
    }

    /// E f(x), zeros included: x = middle - half cos theta takes the roots out of both edges, and Gauss' rule of 400 points in
    /// theta does the rest, to rounding for smooth f.
    /// Cost: 400 evaluations.
    /// Checked against: `the_law_of_marchenko_and_pastur_has_its_moments`.
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        let (a, b) = self.edges();
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let part = |(theta, weight): &(f64, f64)| {
            let (sine, x) = (numeric::sin(*theta), middle - half * numeric::cos(*theta));
            // At gamma = 1 the lower edge is 0, where sin^2 / x stays finite.
            weight * sine * sine * half * half / (2.0 * PI * self.gamma * x) * f(x)
        };
        let whole: f64 = gauss_legendre(400, 0.0, PI).iter().map(part).sum();
        whole + if self.gamma > 1.0 { self.zeros() * f(0.0) } else { 0.0 }
    }

    /// m(-lambda) = E 1/(x + lambda), lambda > 0: (-(1 - gamma + lambda) + sqrt((1 - gamma + lambda)^2 + 4 gamma lambda)) /
    /// (2 gamma lambda).
    /// Panics unless lambda is positive.
    /// Checked against: `the_law_of_marchenko_and_pastur_has_its_moments`.
    #[must_use]
    #[track_caller]
    pub fn resolvent(&self, lambda: f64) -> f64 {
        assert!(lambda > 0.0, "a resolvent needs a positive lambda, got {lambda}");
        let linear = 1.0 - self.gamma + lambda;
        let root = (linear * linear + 4.0 * self.gamma * lambda).sqrt();
        // Of two equal forms the one that does not cancel.
        if linear > 0.0 { 2.0 / (linear + root) } else { (root - linear) / (2.0 * self.gamma * lambda) }
    }

    /// E 1/(x + lambda)^2 = -dm(-lambda)/dlambda.
    /// Panics unless lambda is positive.
    /// Checked against: `the_law_of_marchenko_and_pastur_has_its_moments`.
    #[must_use]
    #[track_caller]
    pub fn resolvent_squared(&self, lambda: f64) -> f64 {
        // m obeys gamma lambda m^2 + (1 - gamma + lambda) m = 1.
        let m = self.resolvent(lambda);
        m * (1.0 + self.gamma * m) / (2.0 * self.gamma * lambda * m + 1.0 - self.gamma + lambda)
    }
}
