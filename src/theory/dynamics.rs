//! Training of infinitely wide networks in closed form: gradient flow and gradient descent on the mean square.

use super::linear::{Eigen, IllConditioned};
use super::numeric;
use super::product::product;
use super::regression::{check_cross, check_targets, check_test};
use ndarray::{Array2, ArrayRef2};

/// How far training has got.
/// Checked against: `closed_forms_are_what_gradient_descent_does`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// Gradient flow for this time, at learning rate 1: d f/dt = -Theta (f - y) / N.
    Flow(f64),
    /// So many steps of gradient descent with this learning rate.
    Steps(u32, f64),
    /// Until nothing changes any more.
    Converged,
}

/// The outputs of an infinitely wide network under training on the loss sum (f - y)^2 / (2 N), where N is the number
/// of numbers in y (inputs times outputs, as neural-tangents has it; not the number of inputs).
///
/// With the tangent kernel Theta of the training inputs, which training does not change, the error decays mode by
/// mode: f_t(X) = (I - D_t) y on average, where D_t = exp(-Theta t / N) for gradient flow and (I - eta Theta / N)^k
/// after k steps; elsewhere f_t(x) = Theta(x, X) E_t y, E_t = Theta^-1 (I - D_t). Networks begin as draws of a
/// Gaussian process with mean 0 and covariance K, which adds a spread about the mean.
///
/// ```
/// use theoria::theory::*;
/// let x = ndarray::array![[1.0, 0.0], [0.0, 1.0]];
/// let y = ndarray::array![[1.0], [-1.0]];
/// let mlp = Mlp::critical(Relu).depth(2);
/// let training = Dynamics::of(&mlp.ntk(&x, &x), &y)?;
/// let fitted = training.train(Progress::Converged);
/// assert!((fitted[[0, 0]] - 1.0).abs() < 1e-12);
/// # Ok::<(), IllConditioned>(())
/// ```
/// Source: Jacot, Gabriel and Hongler, arXiv 1806.07572; Lee et al., arXiv 1902.06720, section 2.
/// Checked against: `ensembles_under_gradient_flow_match_golden_values`,
/// `closed_forms_are_what_gradient_descent_does`, `wide_networks_train_as_their_kernel_says`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dynamics {
    modes: Eigen,
    targets: Array2<f64>,
}

/// The covariances of networks before training: of the training inputs with themselves (N x N), of test with
/// training inputs (N_test x N), and of test inputs with themselves (N_test x N_test).
/// Checked against: `ensembles_under_gradient_flow_match_golden_values`.
#[derive(Clone, Copy, Debug)]
pub struct Prior<'a> {
    /// K(X, X).
    pub train: &'a Array2<f64>,
    /// K(x, X).
    pub cross: &'a Array2<f64>,
    /// K(x, x').
    pub test: &'a Array2<f64>,
}

impl Dynamics {
    /// Training with this kernel of the training inputs (N x N) on `y` (N x outputs): the tangent kernel, or the
    /// NNGP kernel if only the last layer is trained.
    ///
    /// Eigenvalues within N epsilon of 0, in parts of the largest, are 0 but for rounding: these modes are never
    /// learned, and neither are those that rounding made negative, down to -10^-8 of the largest. A matrix with an
    /// eigenvalue below that is no kernel, training on it would diverge, and it is an error that names its extreme
    /// eigenvalues.
    /// Panics unless the kernel is symmetric, `y` has its rows and all is finite.
    /// Cost: an eigendecomposition, O(N^3).
    /// Checked against: `ensembles_under_gradient_flow_match_golden_values`, `what_is_no_kernel_is_not_trained_on`.
    #[track_caller]
    pub fn of(kernel: &ArrayRef2<f64>, y: &ArrayRef2<f64>) -> Result<Self, IllConditioned> {
        check_targets(kernel, y);
        let mut modes = Eigen::of(kernel);
        if let (Some(&largest), Some(&smallest)) = (modes.values.first(), modes.values.last())
            && smallest < -1e-8 * largest.max(0.0)
        {
            return Err(IllConditioned { largest, smallest });
        }
        // What is 0 up to rounding is 0: else a mode that is none would be learned at the end of time.
        let noise = modes.values.len() as f64 * f64::EPSILON * modes.values.first().copied().unwrap_or_default();
        modes.values.iter_mut().filter(|value| **value <= noise).for_each(|value| *value = 0.0);
        Ok(Self { modes, targets: y.to_owned() })
    }

    /// The largest learning rate at which gradient descent does not diverge: 2 N over the largest eigenvalue.
    /// Checked against: `too_large_a_learning_rate_is_told`.
    #[must_use]
    pub fn largest_rate(&self) -> f64 {
        2.0 * self.targets.len() as f64 / self.modes.values[0]
    }

    /// The share of the error in a mode of eigenvalue `value` that is left.
    #[track_caller]
    fn left(&self, progress: Progress, value: f64) -> f64 {
        let scale = self.targets.len() as f64;
        match progress {
            Progress::Flow(t) => {
                assert!(t >= 0.0 && t.is_finite(), "training takes a finite time, got {t}; there is `Converged`");
                numeric::exp(-value * t / scale)
            }
            Progress::Steps(count, rate) => {
                assert!(rate >= 0.0 && rate.is_finite(), "a learning rate is finite and not negative, got {rate}");
                let left = numeric::powi(1.0 - rate * value / scale, count);
                let limit = self.largest_rate();
                assert!(left.is_finite(), "gradient descent diverges: the learning rate {rate} is above {limit:.4}");
                left
            }
            Progress::Converged => f64::from(value == 0.0),
        }
    }

    /// (1 - left) / value, by which E_t acts on a mode; without cancellation for modes that have hardly begun.
    #[track_caller]
    fn learned(&self, progress: Progress, value: f64) -> f64 {
        let scale = self.targets.len() as f64;
        let left = self.left(progress, value);
        match progress {
            _ if value == 0.0 => 0.0,
            Progress::Flow(t) if (value * t / scale).abs() < 1e-8 => t / scale,
            Progress::Flow(t) => -numeric::exp_m1(-value * t / scale) / value,
            Progress::Steps(count, rate) if (rate * value / scale).abs() < 0.5 => {
                // The geometric series 1 + q + ... + q^(k-1) = (1 - q^k) / (1 - q).
                let step = rate * value / scale;
                let sum = if step == 0.0 {
                    f64::from(count)
                } else {
                    -numeric::exp_m1(f64::from(count) * numeric::ln_1p(-step)) / step
                };
                rate / scale * sum
            }
            _ => (1.0 - left) / value,
        }
    }

    /// The mean output at the training inputs: (I - D_t) y, N x outputs.
    /// Panics if a time or rate is not finite, or gradient descent has left the range of numbers.
    /// Cost: 4 N^2 outputs operations.
    /// Checked against: `closed_forms_are_what_gradient_descent_does`.
    #[must_use]
    #[track_caller]
    pub fn train(&self, progress: Progress) -> Array2<f64> {
        self.modes.apply(|value| value * self.learned(progress, value), &self.targets)
    }

    /// The mean output at test inputs: Theta(x, X) E_t y, N_test x outputs, given the kernel of test with training
    /// inputs (N_test x N). Modes without an eigenvalue stay as they are.
    /// Panics as [`train`](Dynamics::train), or if sizes differ or a number is not finite.
    /// Cost: 4 N^2 outputs + 2 N_test N outputs operations.
    /// Checked against: `ensembles_under_gradient_flow_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn predict(&self, cross: &ArrayRef2<f64>, progress: Progress) -> Array2<f64> {
        check_cross(cross, self.targets.nrows());
        product(cross, &self.modes.apply(|value| self.learned(progress, value), &self.targets))
    }

    /// The covariance of the outputs of trained networks at test inputs, N_test x N_test, when all layers are
    /// trained: K_** + P K P^T - P K_X* - K_*X P^T with P = Theta(x, X) E_t, K the covariance before training.
    /// Panics as [`predict`](Dynamics::predict).
    /// Cost: O(N^2 N_test + N N_test^2) operations.
    /// Source: arXiv 1902.06720, eq. 16.
    /// Checked against: `ensembles_under_gradient_flow_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn covariance(&self, cross: &ArrayRef2<f64>, prior: Prior, progress: Progress) -> Array2<f64> {
        check_cross(cross, self.targets.nrows());
        check_cross(prior.cross, self.targets.nrows());
        let (tests, priors) = (cross.nrows(), prior.cross.nrows());
        assert!(priors == tests, "the prior's kernel of test with training inputs has {priors} rows, not {tests}");
        check_targets(prior.train, &self.targets);
        check_test(prior.test, cross);
        let turned = self.modes.apply(|value| self.learned(progress, value), &cross.t());
        let both = product(prior.cross, &turned);
        prior.test + &product(&turned.t(), &product(prior.train, &turned)) - &both - both.t()
    }

    /// The same when only the last layer is trained and this is the training of the NNGP kernel: K_** - K_*X K^-1
    /// (I - D_t^2) K_X*.
    /// Panics as [`predict`](Dynamics::predict).
    /// Source: arXiv 1902.06720, section 2.3.1.
    /// Checked against: `ensembles_under_gradient_flow_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn last_layer_covariance(
        &self,
        cross: &ArrayRef2<f64>,
        test: &ArrayRef2<f64>,
        progress: Progress,
    ) -> Array2<f64> {
        check_cross(cross, self.targets.nrows());
        check_test(test, cross);
        // 1 - D^2 = (1 - D) (1 + D).
        let gone = |value| self.learned(progress, value) * (1.0 + self.left(progress, value));
        test.to_owned() - product(cross, &self.modes.apply(gone, &cross.t()))
    }
}
