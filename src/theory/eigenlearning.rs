//! How many examples a kernel needs: learning curves of kernel regression from its spectrum.

use super::linear::Eigen;
use super::numeric;
use ndarray::{Array1, ArrayRef2};

/// An eigenspace of a kernel: K(x, x') = sum over modes and their eigenfunctions of lambda phi(x) phi(x'), with E
/// phi^2 = 1 over the inputs.
/// Checked against: `learning_curves_match_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// lambda.
    pub eigenvalue: f64,
    /// The number m of eigenfunctions that share it.
    pub multiplicity: f64,
    /// What the target has in it: the sum of its squared coefficients E f phi.
    pub power: f64,
}

/// The theory of kernel regression on random examples, exact for Gaussian eigenfunctions and many examples, and
/// accurate to a few percent for real ones.
///
/// With n examples, ridge delta and noise sigma^2: kappa solves n = sum_i m_i lambda_i / (lambda_i + kappa) + delta
/// / kappa; mode i is learned to the share L_i = lambda_i / (lambda_i + kappa); the test error is E_0 (sum_i (1 -
/// L_i)^2 v_i^2 + sigma^2) with E_0 = n / (n - sum_i m_i L_i^2).
///
/// ```
/// use theoria::theory::*;
/// let modes = (1..=2000).map(|i| Mode {
///     eigenvalue: numeric::pow(f64::from(i), -1.5),
///     multiplicity: 1.0,
///     power: numeric::pow(f64::from(i), -2.0),
/// });
/// let curve = Eigenlearning::new(modes);
/// assert!((curve.at(100.0).test - 0.026443485).abs() < 1e-9);
/// ```
/// Source: Simon, Dickens, Karkada and DeWeese, arXiv 2110.03922; the same as Bordelon, Canatar and Pehlevan, arXiv
/// 2002.02561.
/// Checked against: `learning_curves_match_golden_values`, `learning_curves_are_those_of_simulated_regression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigenlearning {
    modes: Vec<Mode>,
    ridge: f64,
    noise: f64,
}

/// What n examples teach.
/// Checked against: `learning_curves_match_golden_values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// kappa, the eigenvalue that is half learned.
    pub kappa: f64,
    /// L_i of each mode, in [0, 1]: also the mean of the coefficient learned, over the true one.
    pub learnability: Vec<f64>,
    /// E_0, by how much errors are inflated by fitting noise and the modes that are out of reach; infinite where the
    /// examples are just as many as the modes and there is no ridge.
    pub overfitting: f64,
    /// The mean squared error on new examples, noise included.
    pub test: f64,
    /// The mean squared error on the examples themselves.
    pub train: f64,
}

impl Eigenlearning {
    /// The theory of these modes, without ridge and without noise. Modes of eigenvalue 0 are never learned.
    /// Panics if there is none, a number is negative or not finite, or all eigenvalues are 0.
    /// Checked against: `learning_curves_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn new(modes: impl IntoIterator<Item = Mode>) -> Self {
        let modes: Vec<Mode> = modes.into_iter().collect();
        let fine = |v: f64| v >= 0.0 && v.is_finite();
        let sound = modes.iter().all(|mode| fine(mode.eigenvalue) && fine(mode.multiplicity) && fine(mode.power));
        assert!(sound, "eigenvalues, multiplicities and powers are finite and not negative");
        let seen = modes.iter().any(|mode| mode.eigenvalue > 0.0 && mode.multiplicity > 0.0);
        assert!(seen, "a kernel has an eigenvalue other than 0");
        Self { modes, ridge: 0.0, noise: 0.0 }
    }

    /// The modes of a kernel over P inputs that stand for all there are (P x P), and of the targets `y` there: its
    /// eigenvalues over P, and (u_i . y)^2 / P for the orthonormal eigenvectors u_i. Eigenvalues below 0 by rounding
    /// count as 0. Curves of these modes are the "omniscient" estimate of the error: of one who knows every input.
    /// Source: Wei, Hu and Steinhardt, arXiv 2203.06176.
    /// Panics as [`Eigen::of`], or unless there is a target for each input.
    /// Cost: an eigendecomposition, O(P^3).
    /// Checked against: `a_kernel_over_all_inputs_has_the_modes_of_its_spectrum`.
    #[must_use]
    #[track_caller]
    pub fn of_kernel(kernel: &ArrayRef2<f64>, y: &Array1<f64>) -> Self {
        assert!(y.len() == kernel.nrows(), "{} inputs need as many targets, got {}", kernel.nrows(), y.len());
        let count = y.len() as f64;
        let Eigen { values, vectors } = Eigen::of(kernel);
        let modes = values.iter().zip(vectors.columns()).map(|(value, vector)| {
            let along = vector.dot(y);
            Mode { eigenvalue: (value / count).max(0.0), multiplicity: 1.0, power: along * along / count }
        });
        Self::new(modes)
    }

    /// The same with a ridge delta, as in (K + delta I)^-1.
    /// Panics if it is negative or not finite.
    /// Checked against: `learning_curves_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn ridge(self, ridge: f64) -> Self {
        assert!(ridge >= 0.0 && ridge.is_finite(), "a ridge is finite and not negative, got {ridge}");
        Self { ridge, ..self }
    }

    /// The same with noise of variance sigma^2 on the targets.
    /// Panics if it is negative or not finite.
    /// Checked against: `learning_curves_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn noise(self, variance: f64) -> Self {
        assert!(variance >= 0.0 && variance.is_finite(), "a variance is finite and not negative, got {variance}");
        Self { noise: variance, ..self }
    }

    /// The modes.
    /// Checked against: `a_kernel_over_all_inputs_has_the_modes_of_its_spectrum`.
    #[must_use]
    pub fn modes(&self) -> &[Mode] {
        &self.modes
    }

    /// sum_i m_i (lambda_i / (lambda_i + kappa))^power, of the modes that can be learned.
    fn degrees(&self, kappa: f64, power: u32) -> f64 {
        let share = |mode: &Mode| mode.multiplicity * numeric::powi(mode.eigenvalue / (mode.eigenvalue + kappa), power);
        self.modes.iter().filter(|mode| mode.eigenvalue > 0.0).map(share).sum()
    }

    /// kappa for n examples: 0 if there is no ridge and the examples are at least as many as the modes.
    /// Panics unless n is positive and finite.
    /// Cost: O(modes), some 60 times.
    /// Checked against: `learning_curves_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn kappa(&self, n: f64) -> f64 {
        assert!(n > 0.0 && n.is_finite(), "the number of examples is positive and finite, got {n}");
        if self.ridge == 0.0 && n >= self.degrees(0.0, 1) {
            return 0.0;
        }
        // kappa n = sum m lambda kappa / (lambda + kappa) + delta lies between delta and sum m lambda + delta.
        let total: f64 = self.modes.iter().map(|mode| mode.multiplicity * mode.eigenvalue).sum();
        falling_root(|kappa| self.degrees(kappa, 1) + self.ridge / kappa - n, (total + self.ridge) / n)
    }

    /// What n examples teach; n need not be whole.
    /// Panics and cost as [`kappa`](Eigenlearning::kappa).
    /// Checked against: `learning_curves_match_golden_values`, `learning_curves_are_those_of_simulated_regression`.
    #[must_use]
    #[track_caller]
    pub fn at(&self, n: f64) -> Learned {
        let kappa = self.kappa(n);
        let share =
            |mode: &Mode| if mode.eigenvalue == 0.0 { 0.0 } else { mode.eigenvalue / (mode.eigenvalue + kappa) };
        let learnability: Vec<f64> = self.modes.iter().map(share).collect();
        let overfitting = n / (n - self.degrees(kappa, 2));
        let missed =
            self.modes.iter().zip(&learnability).map(|(mode, share)| (1.0 - share) * (1.0 - share) * mode.power);
        let missed = missed.sum::<f64>() + self.noise;
        let test = if missed == 0.0 { 0.0 } else { overfitting * missed };
        // With a ridge, kappa is at least delta / n; without one the examples are fitted exactly while kappa > 0.
        let kept = if self.ridge > 0.0 {
            self.ridge / (n * kappa)
        } else if kappa > 0.0 {
            0.0
        } else {
            1.0 - self.degrees(0.0, 1) / n
        };
        let train = if kept == 0.0 { 0.0 } else { kept * kept * test };
        Learned { kappa, learnability, overfitting, test, train }
    }

    /// The mean squared error on new examples of regression on k random Gaussian features of the kernel, K = Phi
    /// Phi^T / k, with n examples: gamma solves n = S + delta / kappa, kappa = gamma (1 - S / k), S = sum m lambda /
    /// (lambda + gamma).
    /// Without a ridge the error is infinite where n is the smaller of k and the number of modes, unless nothing is
    /// missed; with more examples and features than modes only noise is left of it.
    /// Panics unless n and k are positive and finite.
    /// Cost: O(modes), some 60 times.
    /// Source: Simon, Karkada, Ghosh and Belkin, arXiv 2311.14646.
    /// Checked against: `random_features_match_golden_values`, `many_random_features_are_the_kernel`,
    /// `random_features_at_their_limits`.
    #[must_use]
    #[track_caller]
    pub fn with_random_features(&self, n: f64, k: f64) -> f64 {
        assert!(n > 0.0 && k > 0.0 && n.is_finite() && k.is_finite(), "examples and features, got {n} and {k}");
        let gamma = self.gamma(n, k);
        let (s, q) = (self.degrees(gamma, 1), self.degrees(gamma, 2));
        let kappa = gamma * (1.0 - s / k);
        let missed = |mode: &Mode| {
            if mode.eigenvalue == 0.0 {
                return mode.power;
            }
            let sum = mode.eigenvalue + gamma;
            let mixed = if kappa == 0.0 { 0.0 } else { kappa * mode.eigenvalue / (sum * sum) * k / (k - q) };
            (gamma / sum - mixed) * mode.power
        };
        let missed = self.modes.iter().map(missed).sum::<f64>() + self.noise;
        // Without a ridge, and unless n is the least of the three numbers, as many directions are fitted as there are
        // features or modes: q (k - 2 s) + s^2 = fitted (k - q), said without 0 / 0 for k = q.
        let fitted = k.min(self.degrees(0.0, 1));
        let spent = if self.ridge == 0.0 && n >= fitted { fitted } else { (q * (k - 2.0 * s) + s * s) / (k - q) };
        if missed == 0.0 { 0.0 } else { missed / (1.0 - spent / n) }
    }

    /// gamma of [`with_random_features`](Eigenlearning::with_random_features); 0 if every mode is learned.
    fn gamma(&self, n: f64, k: f64) -> f64 {
        let modes = self.degrees(0.0, 1);
        let start = self.modes.iter().map(|mode| mode.multiplicity * mode.eigenvalue).sum::<f64>() + self.ridge;
        let where_degrees_are = |count: f64| {
            if count >= modes { 0.0 } else { falling_root(|gamma| self.degrees(gamma, 1) - count, start / count) }
        };
        if self.ridge == 0.0 {
            return where_degrees_are(n.min(k));
        }
        // Below this gamma there are not enough features.
        let least = where_degrees_are(k);
        let rest = |gamma: f64| {
            let degrees = self.degrees(gamma, 1);
            if gamma <= least { f64::INFINITY } else { degrees + self.ridge / (gamma * (1.0 - degrees / k)) - n }
        };
        falling_root(rest, start / n.min(k) * 2.0 + 2.0 * self.ridge)
    }
}

/// The root of a falling function of a positive number, by halving in the logarithm to the last digits.
fn falling_root(f: impl Fn(f64) -> f64, guess: f64) -> f64 {
    let (mut low, mut high) = (guess, guess);
    while f(low) < 0.0 && low > f64::MIN_POSITIVE {
        low *= 0.0625;
    }
    while f(high) > 0.0 && high < f64::MAX / 32.0 {
        high *= 16.0;
    }
    for _ in 0..200 {
        let middle = (low * high).sqrt();
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) > 0.0 { low = middle } else { high = middle }
    }
    (low * high).sqrt()
}

/// Learning curves of a power-law spectrum, in closed form: lambda_i = i^-alpha, squared coefficients i^-beta, i = 1,
/// 2, ..., without ridge and noise.
///
/// ```
/// use theoria::theory::PowerLaw;
/// let law = PowerLaw::new(1.5, 2.0);
/// assert!((law.test(1000.0) - 0.0029243272).abs() < 1e-10);
/// ```
/// Source: capacity and source exponents as in Caponnetto and De Vito (2007) and Bordelon et al., arXiv 2002.02561; the
/// prefactor is derived from the equations of [`Eigenlearning`].
/// Checked against: `power_laws_are_the_limit_of_many_modes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerLaw {
    alpha: f64,
    beta: f64,
}

impl PowerLaw {
    /// Panics unless alpha > 1, beta > 1 and q = (beta - 1) / alpha < 2, beyond which the error falls no faster than
    /// n^(-2 alpha).
    /// Checked against: `power_laws_are_the_limit_of_many_modes`.
    #[must_use]
    #[track_caller]
    pub fn new(alpha: f64, beta: f64) -> Self {
        assert!(alpha > 1.0 && beta > 1.0, "both exponents are above 1, or the sums diverge; got {alpha} and {beta}");
        assert!(beta - 1.0 < 2.0 * alpha, "the law holds for beta < 2 alpha + 1, got {alpha} and {beta}");
        Self { alpha, beta }
    }

    /// q = (beta - 1) / alpha.
    fn q(self) -> f64 {
        (self.beta - 1.0) / self.alpha
    }

    /// kappa -> (c / n)^alpha, c = (pi / alpha) / sin(pi / alpha).
    /// Checked against: `power_laws_are_the_limit_of_many_modes`.
    #[must_use]
    pub fn kappa(self, n: f64) -> f64 {
        let angle = std::f64::consts::PI / self.alpha;
        numeric::pow(angle / numeric::sin(angle) / n, self.alpha)
    }

    /// E_0 -> alpha, however many examples there are.
    /// Checked against: `power_laws_are_the_limit_of_many_modes`.
    #[must_use]
    pub fn overfitting(self) -> f64 {
        self.alpha
    }

    /// The error after n examples, Gamma(q) Gamma(2 - q) (c / n)^(beta - 1).
    /// Checked against: `power_laws_are_the_limit_of_many_modes`.
    #[must_use]
    pub fn test(self, n: f64) -> f64 {
        let q = self.q();
        numeric::gamma(q) * numeric::gamma(2.0 - q) * numeric::pow(self.kappa(n), q)
    }

    /// The error after gradient flow for time t on all of the distribution, sum v_i^2 e^(-2 lambda_i t) -> Gamma(q) /
    /// alpha (2 t)^-q.
    /// Checked against: `power_laws_are_the_limit_of_many_modes`.
    #[must_use]
    pub fn after_flow(self, t: f64) -> f64 {
        let q = self.q();
        numeric::gamma(q) / self.alpha * numeric::pow(2.0 * t, -q)
    }
}
