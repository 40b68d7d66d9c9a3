//! Dual maps in closed form, written for one pair without branches, so that loops over pairs become vectors.

use super::real::Real;
use crate::theory::activation::Activation;
use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2};

/// What a pair's dual needs of one of its two variances, computed once for each input and not for each pair.
pub(in crate::theory) type View<T> = [T; 4];

/// The dual map of an activation.
pub(in crate::theory) trait DualMap<T>: Copy + Sync {
    fn view(self, variance: T) -> View<T>;
    /// (E sigma(u) sigma(v), E sigma'(u) sigma'(v)) for the views of the variances of u and v, and their
    /// covariance.
    fn dual(self, u: View<T>, v: View<T>, covariance: T) -> (T, T);
}

/// An activation whose dual map has a closed form.
#[derive(Clone, Copy)]
pub(in crate::theory) enum ClosedForm<T> {
    Homogeneous(Homogeneous<T>),
    Erf(ErfMap),
    Sin(SinMap),
    Gelu(GeluMap),
}

impl<T: Real> ClosedForm<T> {
    pub(in crate::theory) fn of(activation: Activation) -> Option<Self> {
        match (activation, activation.slopes()) {
            (_, Some((below, above))) => Some(Self::Homogeneous(Homogeneous::new((T::of(below), T::of(above))))),
            (Activation::Erf, _) => Some(Self::Erf(ErfMap)),
            (Activation::Sin, _) => Some(Self::Sin(SinMap)),
            (Activation::Gelu, _) => Some(Self::Gelu(GeluMap)),
            _ => None,
        }
    }
}

/// sqrt(x y), which is x exactly if x = y, from the roots.
#[inline(always)]
fn mean<T: Real>(x: T, y: T, root_x: T, root_y: T) -> T {
    if x == y { x } else { root_x * root_y }
}

/// 1/x, or 0 where x is 0.
#[inline(always)]
fn inverse<T: Real>(x: T) -> T {
    if x > T::of(0.0) { T::of(1.0) / x } else { T::of(0.0) }
}

/// arcsin(x / s) for 0 <= x <= s from the gap s - x, which is exact near 1, and 1/s: z + z^3 P(z^2) with z = x/s
/// below 1/2, and pi/2 - 2 (z + z^3 P(z^2)) with z = sqrt(gap/2s) above.
#[inline(always)]
fn arcsine<T: Real>(x: T, gap: T, inverse: T) -> T {
    let ratio = x * inverse;
    let low = ratio < T::of(0.5);
    let square = if low { ratio * ratio } else { gap * inverse * T::of(0.5) };
    let z = square.sqrt();
    let arcsine = z + z * square * T::arcsine_tail(square);
    if low { arcsine } else { T::of(FRAC_PI_2) - (arcsine + arcsine) }
}

/// sigma(z) = a min(z, 0) + b max(z, 0).
#[derive(Clone, Copy)]
pub(in crate::theory) struct Homogeneous<T> {
    /// m^2, m the mean of the slopes.
    odd: T,
    /// h^2 2/pi, h half the difference of the slopes.
    even: T,
}

impl<T: Real> Homogeneous<T> {
    pub(in crate::theory) fn new((below, above): (T, T)) -> Self {
        let half = T::of(0.5);
        let (odd, even) = (half * (above + below), half * (above - below));
        Self { odd: odd * odd, even: even * even * T::of(FRAC_2_PI) }
    }
}

/// With s = sqrt(p q), d = s - |c|: T = m^2 c + h^2 (2/pi) [sqrt(d (s + |c|)) + |c| arcsin(|c|/s)], Tdot = m^2 +
/// h^2 (2/pi) arcsin(c/s).
impl<T: Real> DualMap<T> for Homogeneous<T> {
    #[inline(always)]
    fn view(self, p: T) -> View<T> {
        let root = p.sqrt();
        [p, root, inverse(root), T::default()]
    }

    #[inline(always)]
    fn dual(self, u: View<T>, v: View<T>, c: T) -> (T, T) {
        let s = mean(u[0], v[0], u[1], v[1]);
        let magnitude = if c.abs() < s { c.abs() } else { s };
        let gap = s - magnitude;
        let arcsine = arcsine(magnitude, gap, u[2] * v[2]);
        let s_sine = (gap * (s + magnitude)).sqrt();
        let value = self.odd * magnitude.copysign(c) + self.even * (s_sine + arcsine * magnitude);
        (value, self.odd + self.even * arcsine.copysign(c))
    }
}

/// T = (2/pi) arcsin(2c/s), Tdot = (4/pi) / sqrt(s^2 - 4c^2), s^2 = (1+2p)(1+2q).
#[derive(Clone, Copy)]
pub(in crate::theory) struct ErfMap;

impl<T: Real> DualMap<T> for ErfMap {
    #[inline(always)]
    fn view(self, p: T) -> View<T> {
        let full = T::of(1.0) + (p + p);
        let root = full.sqrt();
        [full, root, T::of(1.0) / root, T::default()]
    }

    #[inline(always)]
    fn dual(self, u: View<T>, v: View<T>, c: T) -> (T, T) {
        let s = mean(u[0], v[0], u[1], v[1]);
        let twice = (c + c).abs();
        let gap = s - twice;
        let value = T::of(FRAC_2_PI) * arcsine(twice, gap, u[2] * v[2]);
        (value.copysign(c), T::of(2.0 * FRAC_2_PI) / (gap * (s + twice)).sqrt())
    }
}

/// T, Tdot = [e^{-(p+q-2c)/2} -+ e^{-(p+q+2c)/2}] / 2.
#[derive(Clone, Copy)]
pub(in crate::theory) struct SinMap;

impl<T: Real> DualMap<T> for SinMap {
    #[inline(always)]
    fn view(self, p: T) -> View<T> {
        [p, T::default(), T::default(), T::default()]
    }

    #[inline(always)]
    fn dual(self, u: View<T>, v: View<T>, c: T) -> (T, T) {
        let half = T::of(0.5);
        let (sum, twice) = (u[0] + v[0], c + c);
        let near = (-half * (sum - twice)).exp();
        let far = (-half * (sum + twice)).exp();
        (half * (near - far), half * (near + far))
    }
}

/// With D = (1+p)(1+q) - c^2, E0 = 1/(2 pi sqrt D), P = 1/4 + arcsin(c / sqrt((1+p)(1+q)))/(2 pi), t = 1/(1+p) +
/// 1/(1+q) - 1: T = c P + E0 [p q + c^2 t], Tdot = P + c E0 (1 + 2t + [p q + c^2 t] / D).
#[derive(Clone, Copy)]
pub(in crate::theory) struct GeluMap;

impl<T: Real> DualMap<T> for GeluMap {
    #[inline(always)]
    fn view(self, p: T) -> View<T> {
        let full = T::of(1.0) + p;
        let root = full.sqrt();
        [p, full, root, T::of(1.0) / root]
    }

    #[inline(always)]
    fn dual(self, u: View<T>, v: View<T>, c: T) -> (T, T) {
        let s = mean(u[1], v[1], u[2], v[2]);
        let magnitude = c.abs();
        let gap = s - magnitude;
        let turn = arcsine(magnitude, gap, u[3] * v[3]).copysign(c);
        let orthant = T::of(0.25) + T::of(0.5 * FRAC_1_PI) * turn;
        let determinant = gap * (s + magnitude);
        let e0 = T::of(0.5 * FRAC_1_PI) / determinant.sqrt();
        let tilt = (u[3] * u[3] + v[3] * v[3]) - T::of(1.0);
        let bracket = u[0] * v[0] + c * c * tilt;
        (c * orthant + e0 * bracket, orthant + c * e0 * (T::of(1.0) + (tilt + tilt) + bracket / determinant))
    }
}
