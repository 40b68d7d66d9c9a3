//! Gaussian expectations by the trapezoid rule, for activations without a closed form.

use super::activation::{Activation, Dual};
use super::numeric;
use std::f64::consts::TAU;

/// Beyond this many standard deviations the Gaussian weight is below 1e-19.
const REACH: f64 = 9.5;

/// Nodes x_k = k h and weights h phi(x_k) of the standard normal law.
fn nodes(variance: f64) -> Vec<(f64, f64)> {
    nodes_at((0.2 / variance.sqrt()).min(0.25))
}

fn nodes_at(step: f64) -> Vec<(f64, f64)> {
    let count = (REACH / step).ceil() as i64;
    let weight = |x: f64| step * numeric::exp(-0.5 * x * x) / TAU.sqrt();
    (-count..=count).map(|k| k as f64 * step).map(|x| (x, weight(x))).collect()
}

/// `<f>_K` = E f(z), z ~ N(0, K), for smooth f, by the trapezoid rule on the standardised variable:
/// exponentially convergent, where Gauss-Hermite is not (its nodes grow too slowly for the poles of tanh).
///
/// Error about exp(-2 pi a / (h sqrt K)), a being the distance of the nearest complex singularity of f, h =
/// min(1/4, 1/(5 sqrt K)): below 1e-12 for tanh.
/// Panics if K is negative or not finite.
/// Cost: 77 calls of f for K < 0.6, then growing as sqrt K.
/// Checked against: `expectations_of_powers_are_gaussian_moments`.
#[must_use]
#[track_caller]
pub fn gaussian_expectation(variance: f64, f: impl Fn(f64) -> f64) -> f64 {
    assert!(variance >= 0.0 && variance.is_finite(), "a variance is finite and not negative, got {variance}");
    let deviation = variance.sqrt();
    nodes(variance).iter().map(|(x, w)| w * f(deviation * x)).sum()
}

/// Both expectations of a dual, over u = sqrt(p) x, v = sqrt(q) (r x + sqrt(1-r^2) y) with independent standard
/// x, y.
pub(super) fn dual(activation: Activation, p: f64, q: f64, c: f64) -> Dual {
    dual_over(&nodes(p.max(q)), activation, p, q, c)
}

/// The same with half as many nodes.
pub(super) fn coarse_dual(activation: Activation, p: f64, q: f64, c: f64) -> Dual {
    dual_over(&nodes_at(2.0 * (0.2 / p.max(q).sqrt()).min(0.25)), activation, p, q, c)
}

fn dual_over(outer: &[(f64, f64)], activation: Activation, p: f64, q: f64, c: f64) -> Dual {
    let (sp, sq) = (p.sqrt(), q.sqrt());
    let r = if p == q && c == p {
        1.0
    } else if sp * sq == 0.0 {
        0.0
    } else {
        (c / (sp * sq)).clamp(-1.0, 1.0)
    };
    let across = ((1.0 - r) * (1.0 + r)).sqrt();
    let inner = if across == 0.0 { &[(0.0, 1.0)] } else { outer };
    let (mut value, mut slope) = (0.0, 0.0);
    for &(x, wx) in outer {
        let (mut values, mut slopes) = (0.0, 0.0);
        for &(y, wy) in inner {
            let v = sq * (r * x + across * y);
            values += wy * activation.value(v);
            slopes += wy * activation.slope(v);
        }
        value += wx * activation.value(sp * x) * values;
        slope += wx * activation.slope(sp * x) * slopes;
    }
    Dual { value, slope }
}
