//! Exact fluctuations of networks of finite width, for one input and positively homogeneous activations.

use super::kernel::Mlp;
use super::numeric;

impl Mlp {
    /// nu = 3 A4 / A2^2 - 1, with A_k = (|a|^k + |b|^k) / 2 for slopes (a, b): relative variance of sigma(z)^2,
    /// which is what one layer of width n adds, over n, to the relative variance of K_hat. relu 5, linear and
    /// abs 2, leaky relu of 0.1 4.88.
    /// Panics unless the activation is positively homogeneous and not zero. O(1).
    /// Source: arXiv 2106.10165, section 5.4.
    /// Checked against: `excess_kurtosis_is_exact_at_small_width`.
    #[must_use]
    #[track_caller]
    pub fn layer_fluctuation(&self) -> f64 {
        let slopes = self.activation.slopes();
        let Some((a, b)) = slopes else { panic!("{:?} is not positively homogeneous", self.activation) };
        let moment = |k| 0.5 * (numeric::powi(a, k) + numeric::powi(b, k));
        assert!(moment(2) > 0.0, "the zero activation has no fluctuation");
        3.0 * moment(4) / (moment(2) * moment(2)) - 1.0
    }

    /// Exact excess kurtosis of an output of a network of finite width, for a single input: 3 [(1 + nu/n)^D -
    /// 1], where nu is [`layer_fluctuation`](Mlp::layer_fluctuation) and D the depth. Holds at every width n,
    /// whatever C_W.
    /// Panics unless C_b = 0, n >= 1 and the activation is positively homogeneous. O(log D).
    /// Source: product of independent factors, cf. Hanin and Nica, arXiv 1812.05994; derived anew.
    /// Checked against: `excess_kurtosis_is_exact_at_small_width`.
    #[must_use]
    #[track_caller]
    pub fn exact_excess_kurtosis(&self, width: usize) -> f64 {
        self.exact_excess_kurtosis_of(&vec![width; self.depth])
    }

    /// As [`exact_excess_kurtosis`](Mlp::exact_excess_kurtosis), with a width for each hidden layer: 3 [prod_l
    /// (1 + nu/n_l) - 1].
    /// Panics as there, or unless there is one width per hidden layer. O(D).
    /// Checked against: `excess_kurtosis_of_unequal_widths_is_exact`.
    #[must_use]
    #[track_caller]
    pub fn exact_excess_kurtosis_of(&self, widths: &[usize]) -> f64 {
        3.0 * self.exact_relative_variance_of(widths)
    }

    /// Exact relative variance Var(K_hat) / K^2 of the empirical NNGP kernel of one input: (1 + nu/n)^D - 1.
    /// Panics as [`exact_excess_kurtosis`](Mlp::exact_excess_kurtosis). O(D).
    /// Checked against: `the_variance_of_empirical_kernels_falls_as_one_over_width`.
    #[must_use]
    #[track_caller]
    pub fn exact_relative_variance(&self, width: usize) -> f64 {
        self.exact_relative_variance_of(&vec![width; self.depth])
    }

    #[track_caller]
    fn exact_relative_variance_of(&self, widths: &[usize]) -> f64 {
        assert!(self.bias_variance == 0.0, "the exact law holds without biases, C_b = {}", self.bias_variance);
        assert!(widths.len() == self.depth, "depth {} needs as many widths, got {}", self.depth, widths.len());
        assert!(widths.iter().all(|&n| n > 0), "every layer needs at least one neuron");
        let nu = self.layer_fluctuation();
        widths.iter().map(|&n| 1.0 + nu / n as f64).product::<f64>() - 1.0
    }
}
