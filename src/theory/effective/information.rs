//! Entropy and mutual information of neurons at finite width, and the optimal aspect ratio.

use crate::theory::numeric;
use std::f64::consts::{E, LN_2, TAU};

/// r* = 4 / ((20 + 3 M) nu): depth over width at which the mutual information of two groups of together M output
/// neurons, cut off after its cubic term, is largest.
///
/// **Caveat.** This is where truncated perturbation theory turns over. It is not a maximum of the mutual
/// information itself: for the log-normal law that deep scale-invariant networks have exactly,
/// [`lognormal_mutual_information`] rises with depth for ever. r* marks the depth at which 1/n ceases to be a small
/// correction.
///
/// nu is [`Criticality::vertex_growth`](super::Criticality::vertex_growth).
///
/// ```
/// use theoria::theory::*;
/// let nu = Criticality::of(Relu).expect("relu is critical").vertex_growth();
/// assert!((optimal_aspect_ratio(nu, 2) - 0.030769).abs() < 1e-6);
/// ```
/// Panics unless nu > 0 and M > 0. O(1).
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, appendix A.3.
/// Checked against: `the_aspect_ratio_is_where_the_truncated_information_turns_over`,
/// `aspect_ratios_match_golden_values`.
#[must_use]
#[track_caller]
pub fn optimal_aspect_ratio(nu: f64, neurons: usize) -> f64 {
    assert!(nu > 0.0 && neurons > 0, "an aspect ratio needs nu > 0 and at least one neuron, got {nu} and {neurons}");
    4.0 / ((20.0 + 3.0 * neurons as f64) * nu)
}

/// Entropy in nats of `neurons` = m preactivations of one layer, to second order in v = V / (n K^2):
/// (m/2) ln(2 pi e K) - (m^2 + 2m) v^2 / 16.
/// Panics unless K > 0. O(1).
/// Source: arXiv 2106.10165, appendix A.2.
/// Checked against: `the_entropy_is_the_second_order_of_the_exact_one`.
#[must_use]
#[track_caller]
pub fn entropy(neurons: usize, kernel: f64, v: f64) -> f64 {
    assert!(kernel > 0.0, "an entropy needs a positive kernel, got {kernel}");
    let m = neurons as f64;
    0.5 * m * numeric::ln(TAU * E * kernel) - (m * m + 2.0 * m) * v * v / 16.0
}

/// Mutual information in nats of two groups of m1 and m2 neurons of one layer, to third order in v = V / (n K^2):
/// (m1 m2 / 8) [v^2 - v^3 (3 (m1 + m2) + 20) / 6].
///
/// At infinite width neurons are independent; this is what finite width makes them share.
/// The cubic term takes v = nu r, with r = l/n, for the leading vertex alone.
/// O(1).
/// Source: arXiv 2106.10165, appendix A.2; the cubic term derived anew.
/// Checked against: `the_truncated_information_agrees_with_the_exact_one_when_small`.
#[must_use]
pub fn mutual_information(m1: usize, m2: usize, v: f64) -> f64 {
    let (m1, m2) = (m1 as f64, m2 as f64);
    m1 * m2 / 8.0 * (v * v - v * v * v * (3.0 * (m1 + m2) + 20.0) / 6.0)
}

/// Mutual information in nats of two groups of m1 and m2 neurons z_i = sqrt(G) x_i, with x_i standard normal and ln
/// G normal of variance s: the law of deep, wide scale-invariant networks at fixed depth over width, s = nu l/n.
///
/// By the entropy of |z|^2, integrated numerically to about 1e-13. It rises with s for ever.
/// Panics if s is negative or not finite, or a group is empty.
/// Cost: some 200,000 exponentials for s below 1, milliseconds; growing as s.
/// Source: the law, Hanin and Nica, arXiv 1812.05994; the mutual information of a scale mixture by its definition.
/// Checked against: `the_truncated_information_agrees_with_the_exact_one_when_small`,
/// `the_exact_information_rises_for_ever`.
#[must_use]
#[track_caller]
pub fn lognormal_mutual_information(m1: usize, m2: usize, s: f64) -> f64 {
    assert!(s >= 0.0 && s.is_finite(), "the variance of a logarithm is finite and not negative, got {s}");
    assert!(m1 > 0 && m2 > 0, "mutual information needs two groups with at least one neuron each");
    if s == 0.0 {
        return 0.0;
    }
    let first = lognormal_entropy(m1, s);
    let second = if m1 == m2 { first } else { lognormal_entropy(m2, s) };
    first + second - lognormal_entropy(m1 + m2, s)
}

/// Entropy in nats of m numbers z_i = sqrt(G) x_i as in [`lognormal_mutual_information`], with E G = 1: its exact
/// counterpart of [`entropy`] at K = 1.
/// Panics if s is negative or not finite, or m = 0.
/// Cost: some 100,000 exponentials.
/// Source: by the definition of entropy, in polar coordinates.
/// Checked against: `the_entropy_is_the_second_order_of_the_exact_one`.
#[must_use]
#[track_caller]
pub fn lognormal_entropy(m: usize, s: f64) -> f64 {
    assert!(m > 0, "an entropy needs at least one neuron");
    assert!(s >= 0.0 && s.is_finite(), "the variance of a logarithm is finite and not negative, got {s}");
    // t = ln |z|^2 = ln G + ln chi^2_m has density f(t), and z has density f(t) / (area e^(m t / 2)), where area =
    // pi^(m/2) / Gamma(m/2).
    let (half, deviation) = (0.5 * m as f64, s.sqrt());
    let ln_gamma = ln_gamma_of_half(m);
    let inner_step = 0.25 / deviation.max(1.0);
    let inner = (9.5 / inner_step).ceil() as i64;
    // ln G with its weight, and 1 / G, so that chi^2 = |z|^2 / G takes one exponential for all of them.
    let strengths: Vec<(f64, f64, f64)> = (-inner..=inner)
        .map(|k| k as f64 * inner_step)
        .map(|x| (deviation * x - 0.5 * s, inner_step * numeric::exp(-0.5 * x * x) / TAU.sqrt()))
        .map(|(ln_g, weight)| (ln_g, weight, numeric::exp(-ln_g)))
        .collect();
    let density = |t: f64| {
        let square = numeric::exp(t);
        let log_chi = |ln_g: f64, inverse: f64| half * (t - ln_g - LN_2) - 0.5 * square * inverse - ln_gamma;
        strengths.iter().map(|&(ln_g, weight, inverse)| weight * numeric::exp(log_chi(ln_g, inverse))).sum::<f64>()
    };
    let low = numeric::ln(m as f64) - 42.0 / half - 10.0 * deviation - s;
    let high = numeric::ln(120.0 + 4.0 * m as f64) + 10.0 * deviation;
    let step = 0.1;
    let ln_area = half * numeric::ln(0.5 * TAU) - ln_gamma;
    let steps = ((high - low) / step).ceil() as usize;
    let contribution = |k: usize| {
        let t = low + k as f64 * step;
        let f = density(t);
        if f > 0.0 { step * f * (ln_area + half * t - numeric::ln(f)) } else { 0.0 }
    };
    (0..=steps).map(contribution).sum()
}

/// ln Gamma(m/2), by Gamma(x + 1) = x Gamma(x) from Gamma(1/2) = sqrt pi or Gamma(1) = 1.
fn ln_gamma_of_half(m: usize) -> f64 {
    let start = if m.is_multiple_of(2) { 0.0 } else { 0.5 * numeric::ln(0.5 * TAU) };
    let first = if m.is_multiple_of(2) { 2 } else { 1 };
    (first..m).step_by(2).map(|k| numeric::ln(0.5 * k as f64)).fold(start, |sum, term| sum + term)
}
