//! Activations, and their Gaussian dual maps in closed form (tanh: by quadrature).

use super::{numeric, quadrature};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, FRAC_2_SQRT_PI, FRAC_PI_2, PI, TAU};

/// A pointwise nonlinearity sigma.
///
/// Those listed have a dual map in closed form, save `Tanh`, whose dual is computed by quadrature to about
/// 1e-12.
/// Checked against: `duals_match_tabulated_values`, `slopes_are_derivatives_of_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// max(z, 0)
    Relu,
    /// max(z, 0) + alpha min(z, 0)
    LeakyRelu(f64),
    /// |z|
    Abs,
    /// z
    Linear,
    /// erf(z), without rescaling of the argument
    Erf,
    /// sin(z)
    Sin,
    /// z Phi(z), with Phi the standard normal distribution function (exact, not the tanh approximation)
    Gelu,
    /// tanh(z)
    Tanh,
}

/// The two Gaussian expectations that one layer needs, for (u, v) ~ N(0, [[p, c], [c, q]]).
/// Checked against: `duals_match_tabulated_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// T = E sigma(u) sigma(v)
    pub value: f64,
    /// Tdot = E sigma'(u) sigma'(v) = dT/dc
    pub slope: f64,
}

use Activation::{Abs, Erf, Gelu, LeakyRelu, Linear, Relu, Sin, Tanh};

impl Activation {
    /// sigma(z). O(1).
    /// Checked against: `slopes_are_derivatives_of_values`.
    #[must_use]
    pub fn value(self, z: f64) -> f64 {
        match self {
            Erf => numeric::erf(z),
            Sin => numeric::sin(z),
            Gelu => z * normal_distribution(z),
            Tanh => numeric::tanh(z),
            _ => {
                let (below, above) = self.slopes().expect("what is left is piecewise linear");
                if z < 0.0 { below * z } else { above * z }
            }
        }
    }

    /// sigma'(z). At a kink it is the mean of the two slopes, which makes a zero input agree with its dual.
    /// O(1).
    /// Checked against: `slopes_are_derivatives_of_values`.
    #[must_use]
    pub fn slope(self, z: f64) -> f64 {
        match self {
            Erf => FRAC_2_SQRT_PI * numeric::exp(-z * z),
            Sin => numeric::cos(z),
            Gelu => normal_distribution(z) + z * numeric::exp(-0.5 * z * z) / TAU.sqrt(),
            Tanh => {
                let t = numeric::tanh(z);
                (1.0 - t) * (1.0 + t)
            }
            _ => {
                let (below, above) = self.slopes().expect("what is left is piecewise linear");
                match z.partial_cmp(&0.0) {
                    Some(std::cmp::Ordering::Less) => below,
                    Some(std::cmp::Ordering::Greater) => above,
                    _ => 0.5 * (below + above),
                }
            }
        }
    }

    /// sigma''(z), the curvature. At a kink sigma'' is a delta function, which is left out here: where this number
    /// enters, the delta meets a factor that vanishes there (sigma(0) = 0, or z), so nothing is lost; a piecewise
    /// linear activation has curvature 0 everywhere. O(1).
    /// Checked against: `curvatures_are_derivatives_of_slopes`.
    #[must_use]
    pub fn curvature(self, z: f64) -> f64 {
        match self {
            Erf => -2.0 * z * self.slope(z),
            Sin => -numeric::sin(z),
            Gelu => (2.0 - z * z) * numeric::exp(-0.5 * z * z) / TAU.sqrt(),
            Tanh => {
                let t = numeric::tanh(z);
                -2.0 * t * (1.0 - t) * (1.0 + t)
            }
            Relu | LeakyRelu(_) | Abs | Linear => 0.0,
        }
    }

    /// The slopes (a, b) of a positively homogeneous activation a min(z, 0) + b max(z, 0), if it is one: relu
    /// (0, 1), leaky relu (alpha, 1), abs (-1, 1), linear (1, 1). O(1).
    /// Source: "scale-invariant universality class", Roberts, Yaida and Hanin, arXiv 2106.10165, section 5.2.
    /// Checked against: `critical_networks_keep_the_variance_of_scale_invariant_activations`.
    #[must_use]
    pub fn slopes(self) -> Option<(f64, f64)> {
        match self {
            Relu => Some((0.0, 1.0)),
            LeakyRelu(alpha) => Some((alpha, 1.0)),
            Abs => Some((-1.0, 1.0)),
            Linear => Some((1.0, 1.0)),
            Erf | Sin | Gelu | Tanh => None,
        }
    }

    /// The dual map: T(p, q, c) = E sigma(u) sigma(v) and Tdot(p, q, c) = E sigma'(u) sigma'(v).
    ///
    /// `p`, `q` are the variances of u and v, `c` their covariance; |c| <= sqrt(p q), and an excess by rounding
    /// is cut. Exact for zero variances, and for c = +-p with p = q.
    /// Panics if p or q is negative or any of the three is not finite.
    /// Cost: O(1), a few transcendental functions; `Tanh` some 6,000.
    /// Source: Cho and Saul, NeurIPS 2009 (relu and its class); Williams, Neural Comput. 10, 1203 (1998) (erf);
    /// the others by Gaussian integration.
    /// Checked against: `duals_match_tabulated_values`, `the_slope_dual_is_the_derivative_of_the_dual` (Price's
    /// theorem), `duals_match_sampling_at_the_monte_carlo_rate`.
    #[must_use]
    #[track_caller]
    pub fn dual(self, p: f64, q: f64, c: f64) -> Dual {
        assert!(p >= 0.0 && q >= 0.0, "variances cannot be negative: p = {p}, q = {q}");
        assert!(p.is_finite() && q.is_finite() && c.is_finite(), "a dual needs finite p, q, c; got {p}, {q}, {c}");
        let s = if p == q { p } else { p.sqrt() * q.sqrt() };
        let c = c.clamp(-s, s);
        match self {
            Relu | LeakyRelu(_) | Abs | Linear => {
                let (below, above) = self.slopes().expect("piecewise linear");
                piecewise_linear(below, above, s, c)
            }
            Erf => erf_dual(p, q, c),
            Sin => sin_dual(p, q, c),
            Gelu => gelu_dual(p, q, c),
            Tanh => quadrature::dual(self, p, q, c),
        }
    }
}

/// Phi(z), the standard normal distribution function, without cancellation in the lower tail.
fn normal_distribution(z: f64) -> f64 {
    0.5 * numeric::erfc(-z * FRAC_1_SQRT_2)
}

/// T = m^2 c + h^2 (2/pi) [s sin + (pi/2 - th) c], Tdot = m^2 + h^2 (1 - 2 th/pi), with m, h half the sum and
/// half the difference of the slopes.
fn piecewise_linear(below: f64, above: f64, s: f64, c: f64) -> Dual {
    let (even, odd) = (0.5 * (above - below), 0.5 * (above + below));
    // s sin(th) from the factors, and th from both, because acos near 1 turns a rounding of 1e-16 into an angle
    // of 1e-8.
    let s_sine = ((s - c) * (s + c)).sqrt();
    let angle = if s == 0.0 { FRAC_PI_2 } else { numeric::atan2(s_sine, c) };
    Dual {
        value: odd * odd * c + even * even * FRAC_2_PI * (s_sine + (FRAC_PI_2 - angle) * c),
        slope: odd * odd + even * even * (1.0 - FRAC_2_PI * angle),
    }
}

/// T = (2/pi) asin(2c / sqrt((1+2p)(1+2q))), Tdot = (4/pi) / sqrt((1+2p)(1+2q) - 4c^2).
fn erf_dual(p: f64, q: f64, c: f64) -> Dual {
    let full = (1.0 + 2.0 * p) * (1.0 + 2.0 * q);
    let rest = (full - 4.0 * c * c).sqrt();
    Dual { value: FRAC_2_PI * numeric::atan2(2.0 * c, rest), slope: 2.0 * FRAC_2_PI / rest }
}

/// T, Tdot = [e^{-(p+q-2c)/2} -+ e^{-(p+q+2c)/2}] / 2.
fn sin_dual(p: f64, q: f64, c: f64) -> Dual {
    let near = numeric::exp(-0.5 * (p + q - 2.0 * c));
    let far = numeric::exp(-0.5 * (p + q + 2.0 * c));
    Dual { value: 0.5 * (near - far), slope: 0.5 * (near + far) }
}

/// With D = (1+p)(1+q) - c^2, E0 = 1/(2 pi sqrt D), P = 1/4 + asin(c / sqrt((1+p)(1+q)))/(2 pi): T = c P + E0
/// [pq - c^2 + c^2/(1+p) + c^2/(1+q)]; Tdot is its derivative in c.
fn gelu_dual(p: f64, q: f64, c: f64) -> Dual {
    let determinant = (1.0 + p) * (1.0 + q) - c * c;
    let root = determinant.sqrt();
    let e0 = 1.0 / (TAU * root);
    let orthant = 0.25 + numeric::atan2(c, root) / (2.0 * PI);
    let tilt = -1.0 + 1.0 / (1.0 + p) + 1.0 / (1.0 + q);
    let bracket = p * q + c * c * tilt;
    Dual {
        value: c * orthant + e0 * bracket,
        slope: orthant + c * e0 + e0 * (c / determinant) * bracket + 2.0 * c * e0 * tilt,
    }
}
