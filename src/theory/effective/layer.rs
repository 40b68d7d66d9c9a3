//! The state of one layer of the effective theory, and the recursion to the next.

use super::moments::Moments;
use crate::theory::kernel::Mlp;

/// What a random network of large width n does to one input x at layer l, to first order in 1/n.
///
/// Write z_i for the preactivations and H_ij = sum_mu lambda_mu dz_i/dtheta_mu dz_j/dtheta_mu for the tangent
/// kernel of the neurons of layer l, dH_ijk = sum_mu,nu lambda_mu lambda_nu (d^2 z_i / dtheta_mu dtheta_nu)
/// (dz_j/dtheta_mu) (dz_k/dtheta_nu) for its differential, and n for the width of the layer *before*, l - 1.
/// Each field is a coefficient that no longer depends on n:
///
/// | field | symbol | meaning (1 and 2 are different neurons) |
/// |---|---|---|
/// | `kernel` | K | E z_i^2 = K + G1/n |
/// | `kernel_correction` | G1 | |
/// | `vertex` | V | Cov(z_1^2, z_2^2) = V/n |
/// | `ntk` | Theta | E H_11 = Theta + H1/n |
/// | `ntk_correction` | H1 | |
/// | `ntk_a` | A | Cov(H_11, H_22) = A/n |
/// | `ntk_b` | B | E H_12^2 = B/n |
/// | `cross_d` | D | Cov(H_11, z_2^2) = D/n |
/// | `cross_f` | F | E H_12 z_1 z_2 = F/n |
/// | `dntk_p` | P | E dH_122 z_1 = P/n |
/// | `dntk_q` | Q | E dH_112 z_2 = Q/n |
///
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, chapter 4 (V, G1), chapter 8 (A, B, D, F, H1), chapter 11
/// (P, Q); the symbols are theirs.
/// Checked against: `the_recursion_matches_golden_values`, `relu_has_the_closed_forms`,
/// `coefficients_of_the_second_layer_are_those_of_networks`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// l = 1, 2, ..., counted in dense layers: layer D + 1 is the output of a network of depth D.
    pub index: usize,
    /// K, the variance of a preactivation at infinite width.
    pub kernel: f64,
    /// G1.
    pub kernel_correction: f64,
    /// V, the four-point vertex.
    pub vertex: f64,
    /// Theta, the tangent kernel at infinite width.
    pub ntk: f64,
    /// H1.
    pub ntk_correction: f64,
    /// A.
    pub ntk_a: f64,
    /// B.
    pub ntk_b: f64,
    /// D.
    pub cross_d: f64,
    /// F.
    pub cross_f: f64,
    /// P.
    pub dntk_p: f64,
    /// Q.
    pub dntk_q: f64,
    /// chi_par = C_W d`<sigma^2>`/dK at this layer's K: how a change of the variance is passed on.
    pub chi_parallel: f64,
    /// chi_perp = C_W `<sigma'^2>`: how a small difference of two inputs is passed on, squared.
    pub chi_perpendicular: f64,
}

impl Layer {
    /// The first layer, whose preactivations are exactly Gaussian and independent.
    #[track_caller]
    pub(super) fn first(mlp: &Mlp, x2: f64) -> (Self, Moments) {
        let (lambda_b, lambda_w) = mlp.rates();
        Self {
            index: 1,
            kernel: mlp.bias_variance + mlp.weight_variance * x2,
            kernel_correction: 0.0,
            vertex: 0.0,
            ntk: lambda_b + lambda_w * x2,
            ntk_correction: 0.0,
            ntk_a: 0.0,
            ntk_b: 0.0,
            cross_d: 0.0,
            cross_f: 0.0,
            dntk_p: 0.0,
            dntk_q: 0.0,
            chi_parallel: 0.0,
            chi_perpendicular: 0.0,
        }
        .with_moments(mlp)
    }

    /// The layer after this one, whose [`Moments`] are `at`. `ratio` is the width of this layer over that of the
    /// layer before.
    #[track_caller]
    pub(super) fn next(&self, mlp: &Mlp, at: &Moments, ratio: f64) -> (Self, Moments) {
        let (lambda_b, lambda_w) = mlp.rates();
        let c_w = mlp.weight_variance;
        let (par, perp) = (self.chi_parallel, self.chi_perpendicular);
        let passed = c_w * self.ntk; // C_W Theta
        // om = lambda_W s^2 + C_W Theta s'^2 is what one neuron adds to the next tangent kernel.
        let om_variance = lambda_w * lambda_w * at.square_variance
            + passed * (2.0 * lambda_w * at.covariance + passed * at.slope_variance);
        let om_covariance = lambda_w * at.square_variance + passed * at.covariance;
        let om_growth = lambda_w * at.square_growth + passed * at.slope_growth;
        // How <s^2> and <s'^2> respond to a kernel that is shifted by G1/n and fluctuates with variance V/n.
        let square_shift = self.kernel_correction * at.square_growth + self.vertex * at.square_bend;
        let slope_shift = self.kernel_correction * at.slope_growth + self.vertex * at.slope_bend;
        let ntk_shift = self.ntk * slope_shift
            + at.slope * self.ntk_correction
            + at.slope_growth * (self.cross_d + 2.0 * self.cross_f);
        let f_over_c_w = passed * at.mixed + ratio * par * at.square_growth * self.cross_f;
        let kick = passed * passed * at.curved_slope;
        Self {
            index: self.index + 1,
            kernel: mlp.bias_variance + c_w * at.square,
            kernel_correction: ratio * c_w * square_shift,
            vertex: c_w * c_w * at.square_variance + ratio * par * par * self.vertex,
            ntk: lambda_b + lambda_w * at.square + perp * self.ntk,
            ntk_correction: ratio * (lambda_w * square_shift + c_w * ntk_shift),
            ntk_a: om_variance
                + ratio
                    * (om_growth * om_growth * self.vertex
                        + 2.0 * om_growth * perp * self.cross_d
                        + perp * perp * self.ntk_a),
            ntk_b: passed * passed * at.slope_fourth + ratio * perp * perp * self.ntk_b,
            cross_d: c_w * om_covariance + ratio * par * (om_growth * self.vertex + perp * self.cross_d),
            cross_f: c_w * f_over_c_w,
            dntk_p: kick + ratio * perp * (c_w * at.curvature * self.ntk_b + par * self.dntk_p),
            dntk_q: lambda_w * f_over_c_w
                + kick
                + ratio * par * (passed * at.slope_growth * self.cross_f + perp * self.dntk_q),
            chi_parallel: 0.0,
            chi_perpendicular: 0.0,
        }
        .with_moments(mlp)
    }

    /// Fills in the susceptibilities, and returns the moments that they and the next layer are made of.
    #[track_caller]
    fn with_moments(mut self, mlp: &Mlp) -> (Self, Moments) {
        let (layer, k) = (self.index, self.kernel);
        assert!(k > 0.0 && k.is_finite(), "1/n needs a kernel K > 0 that a number can hold; layer {layer} has {k}");
        let at = Moments::of(mlp.activation, k);
        self.chi_parallel = mlp.weight_variance * at.square_growth;
        self.chi_perpendicular = mlp.weight_variance * at.slope;
        (self, at)
    }

    /// Excess kurtosis E z^4 / (E z^2)^2 - 3 of one preactivation to first order, 3 V / (n K^2), n being the width
    /// of the layer before.
    /// Panics if n = 0. O(1).
    /// Source: arXiv 2106.10165, section 4.1.
    /// Checked against: `excess_kurtosis_is_the_first_order_of_the_exact_law`.
    #[must_use]
    #[track_caller]
    pub fn excess_kurtosis(&self, n: usize) -> f64 {
        3.0 * self.vertex / (width(n) * self.kernel * self.kernel)
    }

    /// Var(H_ii) / Theta^2 = (A + 2B) / (n Theta^2): squared relative spread, over networks, of a diagonal entry
    /// of the tangent kernel, n being the width of the layer before.
    ///
    /// relu at criticality with lambda_b = 0: (l-1)(11l-4) / (3ln).
    /// Panics if n = 0. O(1).
    /// Source: arXiv 2106.10165, section 8.3.
    /// Checked against: `relu_has_the_closed_forms`, `fluctuations_of_deep_networks_approach_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn relative_ntk_variance(&self, n: usize) -> f64 {
        (self.ntk_a + 2.0 * self.ntk_b) / (width(n) * self.ntk * self.ntk)
    }

    /// E z_i^2 = K + G1/n to first order.
    /// Panics if n = 0. O(1).
    /// Source: arXiv 2106.10165, section 4.3.
    /// Checked against: `fluctuations_of_deep_networks_approach_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn mean_kernel(&self, n: usize) -> f64 {
        self.kernel + self.kernel_correction / width(n)
    }

    /// E H_ii = Theta + H1/n to first order.
    /// Panics if n = 0. O(1).
    /// Source: arXiv 2106.10165, section 8.4.
    /// Checked against: `fluctuations_of_deep_networks_approach_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn mean_ntk(&self, n: usize) -> f64 {
        self.ntk + self.ntk_correction / width(n)
    }

    /// The dimensionless ratios X / (l scale), with scale K^2 for V, K Theta for D and F, Theta^2 for A, B, P and
    /// Q: at criticality each tends to a constant, the coefficient of l/n, which
    /// [`Criticality::growth`](super::Criticality::growth) knows in closed form.
    /// O(1).
    /// Source: arXiv 2106.10165, sections 5.4, 9.3, 9.4 and 11.3.
    /// Checked against: `ratios_approach_their_asymptotes`.
    #[must_use]
    pub fn ratios(&self) -> Growth {
        let depth = self.index as f64;
        let (kk, kt, tt) = (self.kernel * self.kernel, self.kernel * self.ntk, self.ntk * self.ntk);
        Growth {
            vertex: self.vertex / (depth * kk),
            ntk_a: self.ntk_a / (depth * tt),
            ntk_b: self.ntk_b / (depth * tt),
            cross_d: self.cross_d / (depth * kt),
            cross_f: self.cross_f / (depth * kt),
            dntk_p: self.dntk_p / (depth * tt),
            dntk_q: self.dntk_q / (depth * tt),
        }
    }
}

/// Coefficients of l/n: V / K^2, A / Theta^2, B / Theta^2, D / (K Theta), F / (K Theta), P / Theta^2 and Q /
/// Theta^2, each divided by the depth l.
/// Checked against: `ratios_approach_their_asymptotes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// nu = V / (l K^2).
    pub vertex: f64,
    /// A / (l Theta^2).
    pub ntk_a: f64,
    /// B / (l Theta^2).
    pub ntk_b: f64,
    /// D / (l K Theta).
    pub cross_d: f64,
    /// F / (l K Theta).
    pub cross_f: f64,
    /// P / (l Theta^2).
    pub dntk_p: f64,
    /// Q / (l Theta^2).
    pub dntk_q: f64,
}

#[track_caller]
fn width(n: usize) -> f64 {
    assert!(n > 0, "a layer has at least one neuron");
    n as f64
}
