//! Double descent: the risk of least squares with more and more parameters, exactly and by sampling.

use super::marchenko_pastur::MarchenkoPastur;
use crate::theory::activation::Activation;
use crate::theory::effective::Estimate;
use crate::theory::linear::Cholesky;
use crate::theory::parallel::map_indexed;
use crate::theory::product::{gram, product};
use crate::theory::quadrature::gaussian_expectation;
use crate::theory::random::Stream;
use ndarray::{Array1, Array2, Axis};

/// Linear regression with isotropic Gaussian inputs: y = x . w + noise, |w|^2 = r^2 (`signal`), noise of variance sigma^2, n
/// examples, p parameters. The excess risk is E |w_hat - w|^2, the part of the test error that noise is not to blame for.
///
/// ```
/// use theoria::theory::*;
/// let regression = IsotropicRegression::new(1.0, 0.25); // signal and noise
/// assert!((regression.least_squares(100, 40) - 0.25 * 40.0 / 59.0).abs() < 1e-12);
/// ```
/// Source: Hastie, Montanari, Rosset and Tibshirani, arXiv 1903.08560 (limits); at finite size by the mean of an inverse Wishart
/// matrix.
/// Checked against: `least_squares_has_its_exact_risk`, `ridge_has_the_risk_of_its_limit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IsotropicRegression {
    signal: f64,
    noise: f64,
}

impl IsotropicRegression {
    /// r^2 and sigma^2.
    /// Panics unless both are finite and not negative.
    /// Checked against: `least_squares_has_its_exact_risk`.
    #[must_use]
    #[track_caller]
    pub fn new(signal: f64, noise: f64) -> Self {
        let valid = signal >= 0.0 && noise >= 0.0 && signal.is_finite() && noise.is_finite();
        assert!(valid, "signal and noise are finite and not negative, got {signal} and {noise}");
        Self { signal, noise }
    }

    /// The risk of the least squares solution of smallest norm, exact at any n and p: sigma^2 p / (n - p - 1) below the threshold,
    /// r^2 (1 - n/p) + sigma^2 n / (p - n - 1) above; infinite for |n - p| <= 1, unless there is no noise (then without the
    /// second term).
    /// Panics unless there are examples and parameters.
    /// Checked against: `least_squares_has_its_exact_risk`.
    #[must_use]
    #[track_caller]
    pub fn least_squares(&self, n: usize, p: usize) -> f64 {
        assert!(n > 0 && p > 0, "a regression has examples and parameters, got {n} and {p}");
        let (small, large) = (n.min(p) as f64, n.max(p) as f64);
        let unexplained = if p > n { self.signal * (1.0 - small / large) } else { 0.0 };
        let variance = match large - small {
            _ if self.noise == 0.0 => 0.0,
            gap if gap > 1.0 => self.noise * small / (gap - 1.0),
            _ => f64::INFINITY,
        };
        unexplained + variance
    }

    /// The risk of ridge regression, (X^T X / n + lambda)^-1 X^T y / n, as n and p grow with gamma = p / n: r^2 lambda^2 E 1/(x +
    /// lambda)^2 + sigma^2 gamma (m - lambda E 1/(x + lambda)^2), averages over the law of Marchenko and Pastur.
    /// Panics unless gamma and lambda are positive.
    /// Checked against: `ridge_has_the_risk_of_its_limit`.
    #[must_use]
    #[track_caller]
    pub fn ridge(&self, gamma: f64, lambda: f64) -> f64 {
        let law = MarchenkoPastur::new(gamma);
        let (m, square) = (law.resolvent(lambda), law.resolvent_squared(lambda));
        self.signal * lambda * lambda * square + self.noise * gamma * (m - lambda * square)
    }

    /// The ridge of smallest limit risk, gamma sigma^2 / r^2: with it more data never hurts, and there is no second descent.
    /// Panics unless there is signal.
    /// Source: Hastie et al., arXiv 1903.08560; Dobriban and Wager, arXiv 1507.03003.
    /// Checked against: `ridge_has_the_risk_of_its_limit`.
    #[must_use]
    #[track_caller]
    pub fn best_ridge(&self, gamma: f64) -> f64 {
        assert!(self.signal > 0.0, "without signal every finite ridge is too small");
        gamma * self.noise / self.signal
    }

    /// The excess risk of drawn regressions, mean and standard error over `draws` of data: |w_hat - w|^2 with ridge `lambda` (of X^T
    /// X / n; 0 is least squares of smallest norm).
    /// Panics unless all sizes are positive.
    /// Cost: O(draws min(n, p)^2 max(n, p)), on all cores, whose number does not matter.
    /// Checked against: `least_squares_has_its_exact_risk`, `ridge_has_the_risk_of_its_limit`.
    #[must_use]
    #[track_caller]
    pub fn sampled(&self, n: usize, p: usize, lambda: f64, draws: usize, seed: u64) -> Estimate {
        assert!(n > 0 && p > 0 && draws > 1, "sampling takes examples, parameters and draws");
        let risks = map_indexed(draws, |draw| {
            let mut stream = Stream::new(seed).split(draw as u64);
            let x = stream.normal_matrix(n, p);
            let w = stream.unit_vector(p) * self.signal.sqrt();
            let y = x.dot(&w) + Array1::from(stream.normals(n)) * self.noise.sqrt();
            let fitted = ridge_solution(&x, &y, lambda * n as f64);
            (fitted - w).mapv(|v| v * v).sum()
        });
        Estimate::of_mean(&risks)
    }
}

/// (X^T X + lambda)^-1 X^T y by the smaller of the two Gram matrices; with lambda = 0 the solution of smallest norm.
fn ridge_solution(x: &Array2<f64>, y: &Array1<f64>, lambda: f64) -> Array1<f64> {
    let (n, p) = x.dim();
    let wide = p > n;
    let mut small = if wide { gram(x) } else { gram(&x.t()) };
    small.diag_mut().mapv_inplace(|v| v + lambda);
    // Nearly as many examples as parameters: the factor tells if it had to help itself, which rounding alone never asks for.
    let factor = Cholesky::of(&small).expect("Gram matrices of random inputs are positive");
    let column = |v: Array1<f64>| v.insert_axis(Axis(1));
    let solved = if wide { factor.solve(&column(y.clone())) } else { factor.solve(&column(x.t().dot(y))) };
    let solved = solved.index_axis_move(Axis(1), 0);
    if wide { x.t().dot(&solved) } else { solved }
}

/// Random features: ridge regression on sigma(theta_j . x / sqrt d), j = 1, ..., N, of inputs x on the sphere of radius sqrt d,
/// with targets of a linear part of power F_1^2, a nonlinear part of power F_*^2 and noise tau^2, as d, N and n examples grow
/// together: psi_1 = N/d, psi_2 = n/d. The penalty is lambda N/d |a|^2 beside (1/n) |y - Z a|^2.
///
/// The activation enters by mu_1 = E z sigma(z) and mu_*^2 = E sigma^2 - mu_0^2 - mu_1^2; its mean mu_0 is taken to be 0.
///
/// ```
/// use theoria::theory::*;
/// let features = RandomFeatures::of(Relu).signal(1.0, 0.0).noise(0.25);
/// assert!((features.risk(3.0, 3.0, 0.1) - 0.36967954).abs() < 1e-7);
/// ```
/// Source: Mei and Montanari, arXiv 1908.05355, Theorem 2.
/// Checked against: `random_features_have_the_risk_of_their_limit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomFeatures {
    activation: Activation,
    mu: [f64; 3],
    linear: f64,
    nonlinear: f64,
    noise: f64,
}

impl RandomFeatures {
    /// Features of an activation, whose mean is subtracted; a linear target of power 1 without noise.
    /// Panics if the activation is linear: then mu_* = 0, and the formulas do not hold.
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    #[track_caller]
    pub fn of(activation: Activation) -> Self {
        let bell = 1.0 / (2.0 * std::f64::consts::PI).sqrt();
        let (mean, first) = match (activation, activation.slopes()) {
            // Kinks: E max(z, 0) = 1/sqrt(2 pi), E z max(z, 0) = 1/2, ...
            (_, Some((below, above))) => ((above - below) * bell, 0.5 * (above + below)),
            (Activation::Step, _) => (0.5, bell),
            (Activation::ReluSquared, _) => (0.5, 2.0 * bell),
            _ => {
                let value = |z: f64| activation.value(z);
                (gaussian_expectation(1.0, value), gaussian_expectation(1.0, |z| z * value(z)))
            }
        };
        let square = activation.dual(1.0, 1.0, 1.0).value;
        let rest = square - mean * mean - first * first;
        assert!(rest > 1e-12, "random features need a nonlinear activation, {activation:?} has no such part");
        Self { activation, mu: [mean, first, rest.sqrt()], linear: 1.0, nonlinear: 0.0, noise: 0.0 }
    }

    /// The same for targets with a linear part of power F_1^2 and a nonlinear one of F_*^2.
    /// Panics unless both are finite and not negative.
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    #[track_caller]
    pub fn signal(self, linear: f64, nonlinear: f64) -> Self {
        assert!(linear >= 0.0 && nonlinear >= 0.0 && (linear + nonlinear).is_finite(), "powers are not negative");
        Self { linear, nonlinear, ..self }
    }

    /// The same with noise of variance tau^2.
    /// Panics unless it is finite and not negative.
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    #[track_caller]
    pub fn noise(self, variance: f64) -> Self {
        assert!(variance >= 0.0 && variance.is_finite(), "a variance is finite and not negative, got {variance}");
        Self { noise: variance, ..self }
    }

    /// (mu_0, mu_1, mu_*).
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    pub fn moments(&self) -> [f64; 3] {
        self.mu
    }

    /// The limit of the excess test error: F_1^2 B + (tau^2 + F_*^2) V + F_*^2, with B = E_1/E_0, V = E_2/E_0.
    /// Panics unless psi_1, psi_2 and lambda are positive.
    /// Cost: O(1), some thousand steps of a fixed point of two complex numbers.
    /// Source: Mei and Montanari, arXiv 1908.05355, Definition 1 and Theorem 2.
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    #[track_caller]
    pub fn risk(&self, psi_1: f64, psi_2: f64, lambda: f64) -> f64 {
        let [bias, variance] = self.bias_and_variance(psi_1, psi_2, lambda);
        self.linear * bias + (self.noise + self.nonlinear) * variance + self.nonlinear
    }

    /// (B, V): what part of the linear signal is missed, and how much of the noise is fitted.
    /// Panics as [`risk`](RandomFeatures::risk).
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    #[track_caller]
    pub fn bias_and_variance(&self, psi_1: f64, psi_2: f64, lambda: f64) -> [f64; 2] {
        assert!(psi_1 > 0.0 && psi_2 > 0.0 && lambda > 0.0, "sizes and ridge are positive");
        let [_, mu_1, mu_star] = self.mu;
        let z2 = (mu_1 / mu_star) * (mu_1 / mu_star);
        let chi = fixed_point(psi_1, psi_2, z2, (psi_1 * psi_2 * lambda).sqrt() / mu_star);
        let (z4, z6) = (z2 * z2, z2 * z2 * z2);
        let (c2, c3) = (chi * chi, chi * chi * chi);
        let c4 = c2 * c2;
        let c5 = c4 * chi;
        let both = psi_1 * psi_2;
        let e0 = -c5 * z6 + 3.0 * c4 * z4 + (both - psi_2 - psi_1 + 1.0) * c3 * z6 - 2.0 * c3 * z4 - 3.0 * c3 * z2
            + (psi_1 + psi_2 - 3.0 * both + 1.0) * c2 * z4
            + 2.0 * c2 * z2
            + c2
            + 3.0 * both * chi * z2
            - both;
        let e1 = psi_2 * c3 * z4 - psi_2 * c2 * z2 + both * chi * z2 - both;
        let e2 = c5 * z6 - 3.0 * c4 * z4 + (psi_1 - 1.0) * c3 * z6 + 2.0 * c3 * z4 + 3.0 * c3 * z2
            - (psi_1 + 1.0) * c2 * z4
            - 2.0 * c2 * z2
            - c2;
        [e1 / e0, e2 / e0]
    }

    /// The excess test error of drawn features at finite d, mean and standard error over `draws`, each on 2,000 test inputs: with
    /// linear targets (of power F_1^2), and noise.
    /// Panics unless the target is linear, all sizes are positive, and there are at least two draws.
    /// Cost: O(draws min(n, N)^2 max(n, N)), on all cores, whose number does not matter.
    /// Checked against: `random_features_have_the_risk_of_their_limit`.
    #[must_use]
    #[track_caller]
    pub fn sampled(
        &self,
        d: usize,
        features: usize,
        examples: usize,
        lambda: f64,
        draws: usize,
        seed: u64,
    ) -> Estimate {
        assert!(self.nonlinear == 0.0, "targets that are not linear are not drawn");
        assert!(d > 0 && features > 0 && examples > 0 && draws > 1, "sampling takes sizes and draws");
        let risks = map_indexed(draws, |draw| {
            let mut stream = Stream::new(seed).split(draw as u64);
            let radius = (d as f64).sqrt();
            let sphere = |count: usize, stream: &mut Stream| {
                let rows: Vec<f64> = (0..count).flat_map(|_| (stream.unit_vector(d) * radius).to_vec()).collect();
                Array2::from_shape_vec((count, d), rows).expect("as many numbers")
            };
            let theta = sphere(features, &mut stream);
            let signal = stream.unit_vector(d) * self.linear.sqrt();
            let see = |x: &Array2<f64>| {
                product(x, &theta.t()).mapv(|overlap| self.activation.value(overlap / radius) - self.mu[0])
            };
            let x = sphere(examples, &mut stream);
            let y = x.dot(&signal) + Array1::from(stream.normals(examples)) * self.noise.sqrt();
            // (1/n) |y - Z a|^2 + (N/d) lambda |a|^2.
            let penalty = lambda * (features * examples) as f64 / d as f64;
            let a = ridge_solution(&see(&x), &y, penalty);
            let test = sphere(2000, &mut stream);
            let missed = see(&test).dot(&a) - test.dot(&signal);
            missed.mapv(|v| v * v).sum() / 2000.0
        });
        Estimate::of_mean(&risks)
    }
}

/// chi = nu_1 nu_2 at xi = i `height`, where nu_1 = psi_1 / (-xi - nu_2 - zeta^2 nu_2 / (1 - zeta^2 nu_1 nu_2)), and nu_2 alike. On
/// the imaginary axis both are i times a positive number: nu_k = i t_k with t_1 = psi_1 / (h + t_2 + z t_2 / (1 + z t_1 t_2)).
/// By damped steps, from far above down to `height`.
fn fixed_point(psi_1: f64, psi_2: f64, z2: f64, height: f64) -> f64 {
    let above = height.max(10.0 * (1.0 + psi_1 + psi_2) * (1.0 + z2));
    let levels = 40;
    let (mut t1, mut t2) = (psi_1 / above, psi_2 / above);
    for level in 0..=levels {
        let share = f64::from(level) / f64::from(levels);
        let h = above * crate::theory::numeric::pow(height / above, share);
        for _ in 0..20_000 {
            let tail = z2 / (1.0 + z2 * t1 * t2);
            let next = (psi_1 / (h + t2 + tail * t2), psi_2 / (h + t1 + tail * t1));
            let moved = ((next.0 - t1) / next.0).abs().max(((next.1 - t2) / next.1).abs());
            (t1, t2) = (0.5 * (t1 + next.0), 0.5 * (t2 + next.1));
            if moved < 1e-14 {
                break;
            }
        }
    }
    -t1 * t2
}
