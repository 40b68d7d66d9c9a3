//! Activations: their values, slopes and curvatures, and their Gaussian dual maps.

mod custom;
mod duals;
mod slices;

pub use custom::Custom;

use super::{numeric, quadrature};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, FRAC_PI_2, TAU};

/// A pointwise nonlinearity sigma.
///
/// All but the last five have a dual map in closed form. `Tanh`, `Swish`, `Softplus` and `Sigmoid` are integrated by
/// quadrature to about 1e-12; so is a function of one's own, [`Activation::custom`], to an error that
/// [`quadrature_error`](Activation::quadrature_error) tells.
///
/// ```
/// use theoria::theory::*;
/// // sigma(z) = z^2 / (1 + z^2), and its slope.
/// let mine = Activation::custom(|z| z * z / (1.0 + z * z), |z| 2.0 * z / (1.0 + z * z) / (1.0 + z * z));
/// let dual = mine.dual(1.0, 1.0, 0.5);
/// assert!(mine.quadrature_error(1.0, 1.0, 0.5) < 1e-4 && dual.value > 0.0);
/// ```
/// Checked against: `duals_match_tabulated_values`, `slopes_are_derivatives_of_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// max(z, 0)
    Relu,
    /// max(z, 0) + alpha min(z, 0)
    LeakyRelu(f64),
    /// a min(z, 0) + b max(z, 0), any scale-invariant activation: relu is (0, 1)
    ScaleInvariant(f64, f64),
    /// |z|
    Abs,
    /// z
    Linear,
    /// max(z, 0)^2
    ReluSquared,
    /// 1 for z > 0, 0 for z < 0, and 1/2 in between; its slope is 0, as gradient descent sees it
    Step,
    /// erf(z), without rescaling of the argument
    Erf,
    /// sin(z)
    Sin,
    /// cos(z)
    Cos,
    /// sin(a z + b)
    Sine(f64, f64),
    /// z Phi(z), with Phi the standard normal distribution function (exact, not the tanh approximation)
    Gelu,
    /// e^(a z)
    Exp(f64),
    /// e^(-a z^2), a >= 0
    Gaussian(f64),
    /// z^d
    Monomial(u32),
    /// He_d(z) / sqrt(d!), the probabilists' Hermite polynomials, orthonormal under N(0, 1)
    Hermite(u32),
    /// tanh(z)
    Tanh,
    /// z / (1 + e^-z), also called silu
    Swish,
    /// ln(1 + e^z)
    Softplus,
    /// 1 / (1 + e^-z)
    Sigmoid,
    /// A function of one's own: see [`Activation::custom`]
    Custom(Custom),
}

/// The two Gaussian expectations that one layer needs, for (u, v) ~ N(0, [[p, c], [c, q]]).
/// Checked against: `duals_match_tabulated_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// T = E sigma(u) sigma(v)
    pub value: f64,
    /// Tdot = E sigma'(u) sigma'(v), which is dT/dc (Price's theorem) for every activation that is continuous
    pub slope: f64,
}

use Activation::{
    Abs, Cos, Erf, Exp, Gaussian, Gelu, Hermite, LeakyRelu, Linear, Monomial, Relu, ReluSquared, ScaleInvariant,
    Sigmoid, Sin, Sine, Softplus, Step, Swish, Tanh,
};

impl Activation {
    /// A function of one's own with its slope sigma'. Closures that capture nothing will do.
    ///
    /// Its duals are integrated with some 40 to 80 nodes a dimension. The error is about e^(-31 a), where a is the
    /// distance of the nearest singularity from the real axis in the complex plane, as long as |sigma| grows slower
    /// than a Gaussian falls: at rounding for analytic functions, some 1e-3 for functions with kinks.
    /// Checked against: `a_function_of_one_s_own_is_as_good_as_a_built_in_one`.
    #[must_use]
    pub fn custom(value: fn(f64) -> f64, slope: fn(f64) -> f64) -> Self {
        Self::Custom(Custom { value, slope })
    }

    /// sigma(z). O(1).
    /// Checked against: `slopes_are_derivatives_of_values`.
    #[must_use]
    pub fn value(self, z: f64) -> f64 {
        match self {
            ReluSquared => z.max(0.0) * z.max(0.0),
            Step => 0.5 * (1.0 + sign(z)),
            Erf => numeric::erf(z),
            Sin => numeric::sin(z),
            Cos => numeric::cos(z),
            Sine(a, b) => numeric::sin(a * z + b),
            Gelu => z * normal_distribution(z),
            Exp(a) => numeric::exp(a * z),
            Gaussian(a) => numeric::exp(-a * z * z),
            Monomial(d) => numeric::powi(z, d),
            Hermite(d) => hermite(d, z),
            Tanh => numeric::tanh(z),
            Swish => z * logistic(z),
            Softplus => z.max(0.0) + numeric::ln_1p(numeric::exp(-z.abs())),
            Sigmoid => logistic(z),
            Self::Custom(own) => (own.value)(z),
            Relu | LeakyRelu(_) | ScaleInvariant(..) | Abs | Linear => {
                let (below, above) = self.slopes().expect("piecewise linear");
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
            ReluSquared => 2.0 * z.max(0.0),
            Step => 0.0,
            Erf => FRAC_2_SQRT_PI * numeric::exp(-z * z),
            Sin => numeric::cos(z),
            Cos => -numeric::sin(z),
            Sine(a, b) => a * numeric::cos(a * z + b),
            Gelu => normal_distribution(z) + z * numeric::exp(-0.5 * z * z) / TAU.sqrt(),
            Exp(a) => a * numeric::exp(a * z),
            Gaussian(a) => -2.0 * a * z * numeric::exp(-a * z * z),
            Monomial(0) | Hermite(0) => 0.0,
            Monomial(d) => f64::from(d) * numeric::powi(z, d - 1),
            Hermite(d) => f64::from(d).sqrt() * hermite(d - 1, z),
            Tanh => {
                let t = numeric::tanh(z);
                (1.0 - t) * (1.0 + t)
            }
            Swish => logistic(z) * (1.0 + z * logistic(-z)),
            Softplus => logistic(z),
            Sigmoid => logistic(z) * logistic(-z),
            Self::Custom(own) => (own.slope)(z),
            Relu | LeakyRelu(_) | ScaleInvariant(..) | Abs | Linear => {
                let (below, above) = self.slopes().expect("piecewise linear");
                0.5 * (below + above) + 0.5 * (above - below) * sign(z)
            }
        }
    }

    /// sigma''(z), the curvature. At a kink sigma'' is a delta function, which is left out here: where this number
    /// enters, the delta meets a factor that vanishes there (sigma(0) = 0, or z), so nothing is lost; a piecewise
    /// linear activation has curvature 0 everywhere. That of a function of one's own is a difference of its slopes,
    /// good to 1e-9. O(1).
    /// Checked against: `curvatures_are_derivatives_of_slopes`.
    #[must_use]
    pub fn curvature(self, z: f64) -> f64 {
        match self {
            ReluSquared => 1.0 + sign(z),
            Erf => -2.0 * z * self.slope(z),
            Sin => -numeric::sin(z),
            Cos => -numeric::cos(z),
            Sine(a, b) => -a * a * numeric::sin(a * z + b),
            Gelu => (2.0 - z * z) * numeric::exp(-0.5 * z * z) / TAU.sqrt(),
            Exp(a) => a * a * numeric::exp(a * z),
            Gaussian(a) => 2.0 * a * (2.0 * a * z * z - 1.0) * numeric::exp(-a * z * z),
            Monomial(0 | 1) | Hermite(0 | 1) | Step => 0.0,
            Monomial(d) => f64::from(d) * f64::from(d - 1) * numeric::powi(z, d - 2),
            Hermite(d) => (f64::from(d) * f64::from(d - 1)).sqrt() * hermite(d - 2, z),
            Tanh => {
                let t = numeric::tanh(z);
                -2.0 * t * (1.0 - t) * (1.0 + t)
            }
            Swish => {
                let (s, rest) = (logistic(z), logistic(-z));
                s * rest * (2.0 + z * (rest - s))
            }
            Softplus => logistic(z) * logistic(-z),
            Sigmoid => logistic(z) * logistic(-z) * (logistic(-z) - logistic(z)),
            Self::Custom(own) => own.curvature(z),
            Relu | LeakyRelu(_) | ScaleInvariant(..) | Abs | Linear => 0.0,
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
            ScaleInvariant(below, above) => Some((below, above)),
            Abs => Some((-1.0, 1.0)),
            Linear => Some((1.0, 1.0)),
            _ => None,
        }
    }

    /// The dual map: T(p, q, c) = E sigma(u) sigma(v) and Tdot(p, q, c) = E sigma'(u) sigma'(v).
    ///
    /// `p`, `q` are the variances of u and v, `c` their covariance; |c| <= sqrt(p q), and an excess by rounding
    /// is cut. Exact for zero variances, and for c = +-p with p = q.
    /// Panics if p or q is negative or any of the three is not finite.
    /// Cost: O(1), a few transcendental functions, O(d) for polynomials; those by quadrature some 6,000.
    /// Source: Cho and Saul, NeurIPS 2009 (relu and its class, step, relu squared); Williams, Neural Comput. 10, 1203
    /// (1998) (erf); Mehler's formula (polynomials); the others by Gaussian integration.
    /// Checked against: `duals_match_tabulated_values`, `the_slope_dual_is_the_derivative_of_the_dual` (Price's
    /// theorem), `duals_match_sampling_at_the_monte_carlo_rate`, `closed_forms_agree_with_quadrature`.
    #[must_use]
    #[track_caller]
    pub fn dual(self, p: f64, q: f64, c: f64) -> Dual {
        assert!(p >= 0.0 && q >= 0.0, "variances cannot be negative: p = {p}, q = {q}");
        assert!(p.is_finite() && q.is_finite() && c.is_finite(), "a dual needs finite p, q, c; got {p}, {q}, {c}");
        let s = if p == q { p } else { p.sqrt() * q.sqrt() };
        let c = c.clamp(-s, s);
        match self {
            Relu | LeakyRelu(_) | ScaleInvariant(..) | Abs | Linear => {
                let (below, above) = self.slopes().expect("piecewise linear");
                duals::piecewise_linear(below, above, s, c)
            }
            ReluSquared => duals::relu_squared(p * q, s, c),
            Step => duals::step(s, c),
            Erf => duals::erf(p, q, c),
            Sin => duals::sine(1.0, 0.0, p, q, c),
            Cos => duals::sine(1.0, FRAC_PI_2, p, q, c),
            Sine(a, b) => duals::sine(a, b, p, q, c),
            Gelu => duals::gelu(p, q, c),
            Exp(a) => {
                let value = numeric::exp(0.5 * a * a * (p + q + 2.0 * c));
                Dual { value, slope: a * a * value }
            }
            Gaussian(a) => duals::gaussian(a, p, q, c),
            Monomial(d) => duals::of_degree(d, |d| duals::monomial(d, p, q, c), |d| f64::from(d) * f64::from(d)),
            Hermite(d) => duals::of_degree(d, |d| duals::hermite(d, p, q, c), f64::from),
            Tanh | Swish | Softplus | Sigmoid | Self::Custom(_) => quadrature::dual(self, p, q, c),
        }
    }

    /// How far the quadrature of T and Tdot may be off, from the difference to the rule of half as many nodes: an
    /// upper bound for analytic functions, whose error falls exponentially with the number of nodes, and about right
    /// for functions with kinks. For any activation, though [`dual`](Activation::dual) needs it for those by
    /// quadrature alone.
    /// Panics as [`dual`](Activation::dual). Cost: some 8,000 evaluations.
    /// Checked against: `a_function_of_one_s_own_is_as_good_as_a_built_in_one`.
    #[must_use]
    #[track_caller]
    pub fn quadrature_error(self, p: f64, q: f64, c: f64) -> f64 {
        assert!(p >= 0.0 && q >= 0.0, "variances cannot be negative: p = {p}, q = {q}");
        let (fine, coarse) = (quadrature::dual(self, p, q, c), quadrature::coarse_dual(self, p, q, c));
        (fine.value - coarse.value).abs().max((fine.slope - coarse.slope).abs())
    }
}

/// -1, 0 or 1.
fn sign(z: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// 1 / (1 + e^-z), without overflow.
fn logistic(z: f64) -> f64 {
    let small = numeric::exp(-z.abs());
    if z < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// He_d(z) / sqrt(d!), by sqrt(d) h_d = z h_{d-1} - sqrt(d-1) h_{d-2}.
fn hermite(d: u32, z: f64) -> f64 {
    let (mut before, mut here) = (0.0, 1.0);
    for k in 1..=d {
        let k = f64::from(k);
        (before, here) = (here, (z * here - (k - 1.0).sqrt() * before) / k.sqrt());
    }
    here
}

/// Phi(z), the standard normal distribution function, without cancellation in the lower tail.
fn normal_distribution(z: f64) -> f64 {
    0.5 * numeric::erfc(-z * FRAC_1_SQRT_2)
}
