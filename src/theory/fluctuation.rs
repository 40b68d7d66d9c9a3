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

    /// Exact even moment E z^(2k) / (E z^2)^k of an output of a network of finite width, for a single input and
    /// hidden layers of `widths` n_1, ..., n_D; k = 2 is the kurtosis, 3 + excess.
    ///
    /// The output is N(0, G) given a product G of independent factors, each the mean of n_l independent X = sigma^2
    /// / E sigma^2, so the moment is (2k-1)!! prod_l E (mean X)^k, with E X^j = (2j-1)!! A_2j / A2^j. For k = 3
    /// the factor is (1 + 2/n)(1 + 4/n) for linear networks, 1 + 15/n + 44/n^2 for relu.
    /// ```
    /// use theoria::theory::*;
    /// let mlp = Mlp::critical(Relu).depth(2);
    /// let n = 50.0f64;
    /// let kurtosis = 3.0 * (1.0 + 5.0 / n) * (1.0 + 5.0 / n);
    /// assert!((mlp.exact_moment_of(2, &[50, 50]) - kurtosis).abs() < 1e-12);
    /// ```
    /// Panics unless C_b = 0, there is one width per hidden layer, every n_l >= 1 and the activation is positively
    /// homogeneous.
    /// Cost: O(D k^2 log n).
    /// Source: product of independent factors, cf. Hanin and Nica, arXiv 1812.05994; derived anew.
    /// Checked against: `exact_moments_match_golden_values`, `exact_moments_are_those_of_the_chain`.
    #[must_use]
    #[track_caller]
    pub fn exact_moment_of(&self, k: usize, widths: &[usize]) -> f64 {
        self.check_exact_law(widths);
        let (below, above) = self.activation.slopes().expect("the law has been checked");
        let moment = |j: u32| 0.5 * (numeric::powi(below.abs(), j) + numeric::powi(above.abs(), j));
        // E X^j / j!, the Taylor coefficients of E e^(tX).
        let term = |j: usize| {
            let order = j as u32;
            double_factorial(j) * moment(2 * order) / numeric::powi(moment(2), order) / factorial(j)
        };
        let one: Vec<f64> = (0..=k).map(term).collect();
        let factor = |n: usize| series_power(&one, n)[k] * factorial(k) / numeric::powi(n as f64, k as u32);
        double_factorial(k) * widths.iter().map(|&n| factor(n)).product::<f64>()
    }

    #[track_caller]
    fn exact_relative_variance_of(&self, widths: &[usize]) -> f64 {
        let nu = self.check_exact_law(widths);
        widths.iter().map(|&n| 1.0 + nu / n as f64).product::<f64>() - 1.0
    }

    /// nu, after a look at what the exact law needs.
    #[track_caller]
    fn check_exact_law(&self, widths: &[usize]) -> f64 {
        assert!(self.bias_variance == 0.0, "the exact law holds without biases, C_b = {}", self.bias_variance);
        assert!(widths.len() == self.depth, "depth {} needs as many widths, got {}", self.depth, widths.len());
        assert!(widths.iter().all(|&n| n > 0), "every layer needs at least one neuron");
        self.layer_fluctuation()
    }
}

/// (2k - 1)!!, the even moment of order 2k of the standard normal law.
fn double_factorial(k: usize) -> f64 {
    (1..=k).map(|j| (2 * j - 1) as f64).product()
}

fn factorial(k: usize) -> f64 {
    (1..=k).map(|j| j as f64).product()
}

/// The n-th power of a power series, cut off where the series is, by repeated squaring.
fn series_power(series: &[f64], n: usize) -> Vec<f64> {
    let times =
        |a: &[f64], b: &[f64]| -> Vec<f64> { (0..a.len()).map(|k| (0..=k).map(|j| a[j] * b[k - j]).sum()).collect() };
    let mut result: Vec<f64> = (0..series.len()).map(|k| f64::from(u8::from(k == 0))).collect();
    let (mut square, mut rest) = (series.to_vec(), n);
    while rest > 0 {
        if rest & 1 == 1 {
            result = times(&result, &square);
        }
        square = times(&square, &square);
        rest >>= 1;
    }
    result
}
