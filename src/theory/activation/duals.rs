//! Dual maps in closed form.

use super::Dual;
use crate::theory::numeric;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, PI, TAU};

/// T = m^2 c + h^2 (2/pi) [s sin + (pi/2 - th) c], Tdot = m^2 + h^2 (1 - 2 th/pi), with m, h half the sum and
/// half the difference of the slopes.
pub(super) fn piecewise_linear(below: f64, above: f64, s: f64, c: f64) -> Dual {
    let (even, odd) = (0.5 * (above - below), 0.5 * (above + below));
    // s sin(th) from the factors, and th from both, because acos near 1 turns a rounding of 1e-16 into an angle
    // of 1e-8.
    let s_sine = ((s - c) * (s + c)).sqrt();
    let angle = angle(s, s_sine, c);
    Dual {
        value: odd * odd * c + even * even * FRAC_2_PI * (s_sine + (FRAC_PI_2 - angle) * c),
        slope: odd * odd + even * even * (1.0 - FRAC_2_PI * angle),
    }
}

/// T = (2/pi) asin(2c / sqrt((1+2p)(1+2q))), Tdot = (4/pi) / sqrt((1+2p)(1+2q) - 4c^2).
pub(super) fn erf(p: f64, q: f64, c: f64) -> Dual {
    let full = (1.0 + 2.0 * p) * (1.0 + 2.0 * q);
    let rest = (full - 4.0 * c * c).sqrt();
    Dual { value: FRAC_2_PI * numeric::atan2(2.0 * c, rest), slope: 2.0 * FRAC_2_PI / rest }
}

/// T = [e^{-a^2 (p+q-2c)/2} - cos(2b) e^{-a^2 (p+q+2c)/2}] / 2 for sin(a z + b), Tdot = a^2 times the same with a plus.
pub(super) fn sine(a: f64, b: f64, p: f64, q: f64, c: f64) -> Dual {
    let near = numeric::exp(-0.5 * a * a * (p + q - 2.0 * c));
    let far = numeric::cos(2.0 * b) * numeric::exp(-0.5 * a * a * (p + q + 2.0 * c));
    Dual { value: 0.5 * (near - far), slope: 0.5 * a * a * (near + far) }
}

/// With D = (1 + 2ap)(1 + 2aq) - 4 a^2 c^2: T = D^(-1/2), Tdot = 4 a^2 c D^(-3/2).
pub(super) fn gaussian(a: f64, p: f64, q: f64, c: f64) -> Dual {
    let determinant = (1.0 + 2.0 * a * p) * (1.0 + 2.0 * a * q) - 4.0 * a * a * c * c;
    let value = 1.0 / determinant.sqrt();
    Dual { value, slope: 4.0 * a * a * c * value / determinant }
}

/// T = pq / (2 pi) [3 sin cos + (pi - th)(1 + 2 cos^2)], Tdot = 4 T of relu.
pub(super) fn relu_squared(pq: f64, s: f64, c: f64) -> Dual {
    let s_sine = ((s - c) * (s + c)).sqrt();
    let angle = angle(s, s_sine, c);
    let value = (3.0 * s_sine * c + (PI - angle) * (pq + 2.0 * c * c)) / TAU;
    Dual { value, slope: 4.0 * piecewise_linear(0.0, 1.0, s, c).value }
}

/// T = (pi - th) / (2 pi), the chance that both are positive; Tdot = 0, because the slope is 0 almost everywhere.
pub(super) fn step(s: f64, c: f64) -> Dual {
    let angle = angle(s, ((s - c) * (s + c)).sqrt(), c);
    Dual { value: (PI - angle) / TAU, slope: 0.0 }
}

/// The angle th of cosine c / s; a right one where there is no direction.
fn angle(s: f64, s_sine: f64, c: f64) -> f64 {
    if s == 0.0 { FRAC_PI_2 } else { numeric::atan2(s_sine, c) }
}

/// The dual of the member of degree d of a family whose slopes are members of degree d - 1, up to a factor whose square
/// is `scale`.
pub(super) fn of_degree(d: u32, value: impl Fn(u32) -> f64, scale: impl Fn(u32) -> f64) -> Dual {
    Dual { value: value(d), slope: if d == 0 { 0.0 } else { scale(d) * value(d - 1) } }
}

/// E u^d v^d = sum over k = d, d - 2, ... of k! C(d,k)^2 ((d-k-1)!!)^2 (pq)^((d-k)/2) c^k.
pub(super) fn monomial(d: u32, p: f64, q: f64, c: f64) -> f64 {
    let term = |k: u32| {
        let rest = d - k;
        let choices: f64 = (1..=rest).map(|i| f64::from(d + 1 - i) / f64::from(i)).product();
        let pairings: f64 = (1..=rest / 2).map(|i| f64::from(2 * i - 1)).product();
        let orders: f64 = (1..=k).map(f64::from).product();
        orders * choices * choices * pairings * pairings * numeric::powi(p * q, rest / 2) * numeric::powi(c, k)
    };
    (0..=d).filter(|k| (d - k).is_multiple_of(2)).map(term).sum()
}

/// E h_d(u) h_d(v) = d! sum over k = d, d - 2, ... of c^k / k! [((p-1)(q-1)/4)^j / (j!)^2], j = (d - k) / 2: from the
/// generating function e^{s u - s^2/2}. For unit variances only c^d is left.
pub(super) fn hermite(d: u32, p: f64, q: f64, c: f64) -> f64 {
    let excess = 0.25 * (p - 1.0) * (q - 1.0);
    let term = |k: u32| {
        let j = (d - k) / 2;
        // d! / (k! j! j!) step by step, so that nothing overflows before the result does.
        let orders: f64 = (k + 1..=d).map(f64::from).product();
        let twice: f64 = (1..=j).map(|i| f64::from(i) * f64::from(i)).product();
        orders / twice * numeric::powi(excess, j) * numeric::powi(c, k)
    };
    (0..=d).filter(|k| (d - k).is_multiple_of(2)).map(term).sum()
}

/// With D = (1+p)(1+q) - c^2, E0 = 1/(2 pi sqrt D), P = 1/4 + asin(c / sqrt((1+p)(1+q)))/(2 pi): T = c P + E0
/// [pq - c^2 + c^2/(1+p) + c^2/(1+q)]; Tdot is its derivative in c.
pub(super) fn gelu(p: f64, q: f64, c: f64) -> Dual {
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
