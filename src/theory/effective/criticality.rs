//! Criticality: the initialisation at which signals neither grow nor decay exponentially, and its classes.

use super::layer::Growth;
use super::moments::Moments;
use super::roots::first_root;
use crate::theory::activation::Activation;
use crate::theory::kernel::Mlp;
use crate::theory::numeric;

/// The variances of biases and weights at which both susceptibilities of an activation are 1, and the
/// universality class that this puts it in.
///
/// ```
/// use theoria::theory::*;
/// let critical = Criticality::of(Gelu).expect("gelu has a critical initialisation");
/// assert!((critical.weight_variance - 1.98306).abs() < 1e-5);
/// let Universality::HalfStable { kernel, .. } = critical.class else { panic!() };
/// assert!((kernel - 0.5 * (3.0 + 17.0f64.sqrt())).abs() < 1e-9);
/// let mlp = critical.mlp().depth(20); // a network with these variances
/// # let _ = mlp;
/// ```
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, chapter 5.
/// Checked against: `criticality_matches_golden_values`, `every_class_is_recognised`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criticality {
    /// sigma.
    pub activation: Activation,
    /// C_b.
    pub bias_variance: f64,
    /// C_W.
    pub weight_variance: f64,
    /// How the kernel behaves with depth.
    pub class: Universality,
}

/// Universality classes of activations at criticality.
/// Source: arXiv 2106.10165, sections 5.2, 5.3.3 and 5.3.4.
/// Checked against: `every_class_is_recognised`, `the_kernel_decays_with_its_exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Universality {
    /// a min(z, 0) + b max(z, 0): every kernel K is a fixed point.
    ScaleInvariant {
        /// A2 = (a^2 + b^2) / 2.
        a2: f64,
        /// A4 = (a^4 + b^4) / 2.
        a4: f64,
    },
    /// K* = 0, from which the kernel falls as K -> 1 / (-a1 l); sigma(0) = 0, sigma'(0) is not.
    ZeroKernel {
        /// a1 = s3/s1 + (3/4) (s2/s1)^2 < 0, with s_p the p-th derivative of sigma at 0: K' = K + a1 K^2 + ...
        a1: f64,
        /// b1 = s3/s1 + (s2/s1)^2: chi_perp = 1 + b1 K + ...
        b1: f64,
    },
    /// One K* > 0 that is approached from one side only, as K - K* -> -1 / (bend l).
    HalfStable {
        /// K*.
        kernel: f64,
        /// Half the second derivative of the kernel's map at K*: if negative, K* is stable from above.
        bend: f64,
        /// dchi_perp / dK at K*.
        tilt: f64,
    },
}

/// Why an activation has no critical initialisation.
/// Checked against: `activations_without_criticality_are_refused`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotCritical {
    /// sigma is zero everywhere.
    Zero(Activation),
    /// The two susceptibilities agree at no variance between 1e-3 and 1e3, and K = 0 is no stable fixed point
    /// either.
    NoFixedPoint(Activation),
    /// They agree at this variance, but its layer would need biases of negative variance.
    NegativeBias {
        /// sigma.
        activation: Activation,
        /// The variance at which the susceptibilities agree.
        kernel: f64,
        /// What C_b would have to be.
        bias_variance: f64,
    },
}

impl std::fmt::Display for NotCritical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Zero(activation) => write!(f, "{activation:?} is zero, so no signal passes"),
            Self::NoFixedPoint(activation) => {
                write!(
                    f,
                    "{activation:?} has no critical initialisation: its two susceptibilities are 1 at no variance"
                )
            }
            Self::NegativeBias { activation, kernel, bias_variance } => write!(
                f,
                "{activation:?} would be critical at K = {kernel} with biases of negative variance, {bias_variance}"
            ),
        }
    }
}

impl std::error::Error for NotCritical {}

/// Variances between which a critical point is looked for.
const SEARCH: (f64, f64) = (1e-3, 1e3);

impl Criticality {
    /// The critical point of any activation: chi_par = chi_perp = 1 at a kernel K that the layer keeps.
    ///
    /// A positively homogeneous activation has C_W = 1 / A2, C_b = 0. One with sigma(0) = 0, smooth there, has C_W
    /// = 1 / sigma'(0)^2, C_b = 0, if K = 0 is then stable (a1 < 0). Else K* is the smallest root of
    /// `<sigma'^2> = d<sigma^2>/dK` between 1e-3 and 1e3, C_W = 1 / `<sigma'^2>` and C_b = K* - C_W `<sigma^2>`.
    /// Errors: [`NotCritical`] says why there is none.
    /// Cost: at most some 200 Gaussian integrals, a few milliseconds.
    /// Source: arXiv 2106.10165, chapter 5.
    /// Checked against: `criticality_matches_golden_values`, `every_class_is_recognised`,
    /// `activations_without_criticality_are_refused`.
    pub fn of(activation: Activation) -> Result<Self, NotCritical> {
        let at = |weight_variance, bias_variance, class| Self { activation, bias_variance, weight_variance, class };
        if let Some((below, above)) = activation.slopes() {
            let moment = |k| 0.5 * (numeric::powi(below, k) + numeric::powi(above, k));
            let (a2, a4) = (moment(2), moment(4));
            let class = Universality::ScaleInvariant { a2, a4 };
            return if a2 > 0.0 { Ok(at(1.0 / a2, 0.0, class)) } else { Err(NotCritical::Zero(activation)) };
        }
        if let Some((a1, b1)) = expansion_at_zero(activation)
            && a1 < 0.0
        {
            let slope = activation.slope(0.0);
            return Ok(at(1.0 / (slope * slope), 0.0, Universality::ZeroKernel { a1, b1 }));
        }
        let difference = |k| {
            let moments = Moments::of(activation, k);
            moments.square_growth - moments.slope
        };
        let Some(kernel) = first_root(SEARCH.0, SEARCH.1, difference) else {
            return Err(NotCritical::NoFixedPoint(activation));
        };
        let moments = Moments::of(activation, kernel);
        let c_w = 1.0 / moments.slope;
        let bias_variance = kernel - c_w * moments.square;
        if bias_variance < 0.0 {
            return Err(NotCritical::NegativeBias { activation, kernel, bias_variance });
        }
        let (bend, tilt) = (c_w * moments.square_bend, c_w * moments.slope_growth);
        if bend.abs() * kernel < 1e-9 {
            return Err(NotCritical::NoFixedPoint(activation)); // linear in all but name, as a hard tanh is at small K
        }
        Ok(at(c_w, bias_variance, Universality::HalfStable { kernel, bend, tilt }))
    }

    /// A network of depth 1 with these variances.
    /// O(1).
    /// Checked against: `every_class_is_recognised`.
    #[must_use]
    pub fn mlp(&self) -> Mlp {
        Mlp::new(self.activation).weight_variance(self.weight_variance).bias_variance(self.bias_variance)
    }

    /// |x|^2 / n_0 of the inputs whose first-layer kernel is K = `kernel`: (K - C_b) / C_W. A half-stable network
    /// wants its K*.
    /// Panics if that is negative.
    /// O(1).
    /// Checked against: `ratios_approach_their_asymptotes`.
    #[must_use]
    #[track_caller]
    pub fn input_of(&self, kernel: f64) -> f64 {
        let x2 = (kernel - self.bias_variance) / self.weight_variance;
        assert!(x2 >= 0.0 && x2.is_finite(), "no input has a first kernel of {kernel}: C_b is {}", self.bias_variance);
        x2
    }

    /// p_perp of chi_perp = 1 - p_perp / l, which is also the exponent of decay of the part of the kernel that
    /// tells two inputs apart: 0 for the scale-invariant class, b1 / a1 for K* = 0 (1 for an odd activation),
    /// (dchi_perp/dK) / bend for the half-stable class.
    /// O(1).
    /// Source: arXiv 2106.10165, section 5.3.
    /// Checked against: `the_kernel_decays_with_its_exponent`.
    #[must_use]
    pub fn perpendicular_exponent(&self) -> f64 {
        match self.class {
            Universality::ScaleInvariant { .. } => 0.0,
            Universality::ZeroKernel { a1, b1 } => b1 / a1,
            Universality::HalfStable { bend, tilt, .. } => tilt / bend,
        }
    }

    /// p of chi_par = 1 - p / l: 0 for the scale-invariant class, 2 where the kernel approaches its fixed point.
    /// O(1).
    /// Source: arXiv 2106.10165, section 5.3.
    /// Checked against: `the_kernel_decays_with_its_exponent`.
    #[must_use]
    pub fn parallel_exponent(&self) -> f64 {
        if matches!(self.class, Universality::ScaleInvariant { .. }) { 0.0 } else { 2.0 }
    }

    /// nu of V / K^2 -> nu l: how fast networks of width n cease to be Gaussian, excess kurtosis 3 nu l/n.
    ///
    /// Scale-invariant 3 A4 / A2^2 - 1 (relu 5, linear 2); 2/3 for the whole K* = 0 class; for a half-stable
    /// activation at K = K*, Var(sigma^2) C_W^2 / K*^2.
    /// O(1), for a half-stable activation one Gaussian integral.
    /// Source: arXiv 2106.10165, section 5.4.
    /// Checked against: `ratios_approach_their_asymptotes`, `criticality_matches_golden_values`.
    #[must_use]
    pub fn vertex_growth(&self) -> f64 {
        match self.class {
            Universality::ScaleInvariant { a2, a4 } => 3.0 * a4 / (a2 * a2) - 1.0,
            Universality::ZeroKernel { .. } => 2.0 / 3.0,
            Universality::HalfStable { kernel, .. } => {
                let ratio = self.weight_variance / kernel;
                ratio * ratio * Moments::of(self.activation, kernel).square_variance
            }
        }
    }
}

/// (a1, b1) of an activation that is smooth at 0 with sigma(0) = 0 and sigma'(0) != 0.
fn expansion_at_zero(activation: Activation) -> Option<(f64, f64)> {
    let h = 1e-3;
    let jump = |f: &dyn Fn(f64) -> f64| (f(1e-9) - f(-1e-9)).abs();
    let smooth = jump(&|z| activation.slope(z)) < 1e-6 && jump(&|z| activation.curvature(z)) < 1e-6;
    let s1 = activation.slope(0.0);
    if !smooth || activation.value(0.0) != 0.0 || s1 == 0.0 {
        return None;
    }
    let difference = |h: f64| activation.curvature(h) - activation.curvature(-h);
    let s3 = (8.0 * difference(h) - difference(2.0 * h)) / (12.0 * h);
    let (bent, cubic) = (activation.curvature(0.0) / s1, s3 / s1);
    Some((cubic + 0.75 * bent * bent, cubic + bent * bent))
}

impl Criticality {
    /// The coefficients of l/n that [`Layer::ratios`](super::Layer::ratios) tends to with depth, for learning rates
    /// (lambda_b, lambda_W) and, in the scale-invariant class, at the kernel K = `kernel` (which the other class
    /// does not heed, its kernel tending to 0).
    ///
    /// Scale-invariant, with u = A4 / A2^2 and rho = lambda_W A2 K / (lambda_b + lambda_W A2 K): V 3u - 1, F u/2, B
    /// u/3, D d = [(3u-1) rho + u - 1] / 2, A [u - 1 + 2 rho d] / 3, P 0, Q rho u/6.
    ///
    /// K* = 0, with p = p_perp: V 2/3 and, for lambda_b = 0 (Theta tends to a constant), F 1/4, B 1/(1+2p), P -(2-p)
    /// / ((1+2p)(3+p)), A, D, Q 0; for lambda_b > 0 (Theta grows as l), F 1/5, B 1/(3+2p), D -2p / (3(3+p)), A 4p^2
    /// / (3(3+p)(3+2p)), P -(2-p) / ((3+2p)(5+p)), Q -p / (5(5+p)).
    ///
    /// `None` for the half-stable class, whose A and D grow as a higher power of l, and for K* = 0 with p <= 0, whose
    /// tangent kernel depends on the first layers for ever.
    /// Panics if both rates are 0 or one is negative.
    /// O(1).
    /// Source: arXiv 2106.10165, sections 5.4, 9.3, 9.4 and 11.3, for odd activations and the scale-invariant class;
    /// for other p solved anew from the recursion.
    /// Checked against: `ratios_approach_their_asymptotes`, `asymptotes_have_their_tabulated_values`.
    #[must_use]
    #[track_caller]
    pub fn growth(&self, lambda_b: f64, lambda_w: f64, kernel: f64) -> Option<Growth> {
        let valid = lambda_b >= 0.0 && lambda_w >= 0.0 && lambda_b + lambda_w > 0.0;
        assert!(valid, "learning rates are not negative and not both 0, got {lambda_b} and {lambda_w}");
        match self.class {
            Universality::ScaleInvariant { a2, a4 } => {
                let own = lambda_w * a2 * kernel;
                Some(scale_invariant_growth(a4 / (a2 * a2), own / (lambda_b + own)))
            }
            Universality::ZeroKernel { .. } if self.perpendicular_exponent() > 0.0 => {
                Some(zero_kernel_growth(self.perpendicular_exponent(), lambda_b > 0.0))
            }
            _ => None,
        }
    }
}

fn scale_invariant_growth(u: f64, rho: f64) -> Growth {
    let cross_d = 0.5 * ((3.0 * u - 1.0) * rho + u - 1.0);
    Growth {
        vertex: 3.0 * u - 1.0,
        ntk_a: (u - 1.0 + 2.0 * rho * cross_d) / 3.0,
        ntk_b: u / 3.0,
        cross_d,
        cross_f: 0.5 * u,
        dntk_p: 0.0,
        dntk_q: rho * u / 6.0,
    }
}

fn zero_kernel_growth(p: f64, biases_learn: bool) -> Growth {
    let vertex = 2.0 / 3.0;
    if biases_learn {
        Growth {
            vertex,
            ntk_a: 4.0 * p * p / (3.0 * (3.0 + p) * (3.0 + 2.0 * p)),
            ntk_b: 1.0 / (3.0 + 2.0 * p),
            cross_d: -2.0 * p / (3.0 * (3.0 + p)),
            cross_f: 0.2,
            dntk_p: -(2.0 - p) / ((3.0 + 2.0 * p) * (5.0 + p)),
            dntk_q: -p / (5.0 * (5.0 + p)),
        }
    } else {
        Growth {
            vertex,
            ntk_a: 0.0,
            ntk_b: 1.0 / (1.0 + 2.0 * p),
            cross_d: 0.0,
            cross_f: 0.25,
            dntk_p: -(2.0 - p) / ((1.0 + 2.0 * p) * (3.0 + p)),
            dntk_q: 0.0,
        }
    }
}
