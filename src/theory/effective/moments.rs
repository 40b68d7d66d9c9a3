//! The Gaussian moments of an activation that one layer of the effective theory needs.

use crate::theory::activation::Activation;
use crate::theory::numeric;
use std::f64::consts::{PI, TAU};

/// Expectations over z ~ N(0, K) of products of s = sigma(z), s' and s''.
///
/// Derivatives in K are by the heat equation, d<f>/dK = `<f (z^2 - K)>` / (2 K^2) and half the second derivative
/// `<f (z^4 - 6 K z^2 + 3 K^2)>` / (8 K^4), which hold for functions with kinks as well.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    /// `<s^2>`
    pub square: f64,
    /// `<s^4> - <s^2>^2`
    pub square_variance: f64,
    /// d`<s^2>`/dK
    pub square_growth: f64,
    /// (1/2) d^2`<s^2>`/dK^2
    pub square_bend: f64,
    /// `<s'^2>`
    pub slope: f64,
    /// `<s'^4>`
    pub slope_fourth: f64,
    /// `<s'^4> - <s'^2>^2`
    pub slope_variance: f64,
    /// d`<s'^2>`/dK, which is also `<s' s'' z>` / K
    pub slope_growth: f64,
    /// (1/2) d^2`<s'^2>`/dK^2
    pub slope_bend: f64,
    /// `<s^2 s'^2>`
    pub mixed: f64,
    /// `<s^2 s'^2> - <s^2> <s'^2>`
    pub covariance: f64,
    /// `<s s''>`
    pub curvature: f64,
    /// `<s s'' s'^2>`
    pub curved_slope: f64,
}

impl Moments {
    /// The moments at variance K > 0: in closed form for a positively homogeneous activation, else by quadrature.
    pub(super) fn of(activation: Activation, variance: f64) -> Self {
        match activation.slopes() {
            Some((below, above)) => Self::homogeneous(below, above, variance),
            None => Rule::adapted(activation, variance).moments(variance),
        }
    }

    /// `<s^2>` = A2 K, `<s^4>` = 3 A4 K^2, `<s'^2>` = A2, `<s'^4>` = A4, with A_k = (|a|^k + |b|^k) / 2.
    fn homogeneous(below: f64, above: f64, variance: f64) -> Self {
        let a2 = 0.5 * (below * below + above * above);
        let a4 = 0.5 * (numeric::powi(below, 4) + numeric::powi(above, 4));
        Self {
            square: a2 * variance,
            square_variance: (3.0 * a4 - a2 * a2) * variance * variance,
            square_growth: a2,
            square_bend: 0.0,
            slope: a2,
            slope_fourth: a4,
            slope_variance: a4 - a2 * a2,
            slope_growth: 0.0,
            slope_bend: 0.0,
            mixed: a4 * variance,
            covariance: (a4 - a2 * a2) * variance,
            curvature: 0.0,
            curved_slope: 0.0,
        }
    }
}

/// One node of a rule in x = z / sqrt K: its weight, and the activation there.
#[derive(Clone, Copy)]
struct Node {
    weight: f64,
    x: f64,
    value: f64,
    slope: f64,
    curvature: f64,
}

impl Node {
    /// A node that stands for a piece of this length.
    fn at(activation: Activation, variance: f64, x: f64, length: f64) -> Self {
        let z = variance.sqrt() * x;
        Self {
            weight: length * normal_density(x),
            x,
            value: activation.value(z),
            slope: activation.slope(z),
            curvature: activation.curvature(z),
        }
    }
}

/// A rule of integration for the standard normal law, with the activation already evaluated.
struct Rule(Vec<Node>);

/// A smooth activation needs 50 to 300 nodes; with more than this it has a kink.
const SMOOTH: usize = 1_024;

/// One with kinks elsewhere than at 0 converges slowly, and is left at this many nodes.
const MOST_NODES: usize = 8_192;

impl Rule {
    /// The trapezoid rule if the activation is smooth; else Gauss-Legendre rules on either side of 0, where kinks are.
    fn adapted(activation: Activation, variance: f64) -> Self {
        let reach = reach(activation, variance);
        Self::trapezoid(activation, variance, reach).unwrap_or_else(|| Self::split_at_zero(activation, variance, reach))
    }

    /// Halves the step until the rule and the one shifted by half a step agree to 1e-9, and returns both together.
    /// The error of a trapezoid rule of an analytic function is squared when its step is halved, so theirs is then
    /// about 1e-18, below the rounding.
    fn trapezoid(activation: Activation, variance: f64, reach: f64) -> Option<Self> {
        let mut step = (0.5 / variance.sqrt()).min(0.8);
        let most = SMOOTH.max((32.0 * reach / step) as usize);
        let mut rule = Self::shifted(activation, variance, reach, step, 0.0);
        while rule.0.len() <= most {
            let between = Self::shifted(activation, variance, reach, step, 0.5);
            let agree = rule.agrees_with(&between);
            rule.0.extend(between.0);
            rule.0.iter_mut().for_each(|node| node.weight *= 0.5);
            step *= 0.5;
            if agree {
                return Some(rule);
            }
        }
        None
    }

    /// Panels of 16 nodes on both sides of 0, halved until two rules agree to 1e-9; the finer is then better still.
    fn split_at_zero(activation: Activation, variance: f64, reach: f64) -> Self {
        let rule = |panels: usize| {
            let width = reach / panels as f64;
            let points = gauss_legendre(16);
            let panel = |k: usize, sign: f64| {
                let points = points.clone().into_iter();
                points.map(move |(t, weight)| (sign * (k as f64 + t) * width, weight * width))
            };
            let nodes = (0..panels).flat_map(|k| panel(k, 1.0).chain(panel(k, -1.0)));
            Self(nodes.map(|(x, length)| Node::at(activation, variance, x, length)).collect())
        };
        let mut panels = 8;
        let mut coarse = rule(panels);
        loop {
            panels *= 2;
            let fine = rule(panels);
            if coarse.agrees_with(&fine) || fine.0.len() >= MOST_NODES {
                return fine;
            }
            coarse = fine;
        }
    }

    fn shifted(activation: Activation, variance: f64, reach: f64, step: f64, shift: f64) -> Self {
        let count = (reach / step).ceil() as i64;
        let node = |k: i64| Node::at(activation, variance, (k as f64 + shift) * step, step);
        Self((-count..=count).map(node).collect())
    }

    /// E f over the nodes.
    fn mean(&self, f: impl Fn(&Node) -> f64) -> f64 {
        self.0.iter().map(|node| node.weight * f(node)).sum()
    }

    fn agrees_with(&self, other: &Self) -> bool {
        let tests: [fn(&Node) -> f64; 5] = [
            |n| n.value * n.value,
            |n| n.slope * n.slope,
            |n| n.curvature * n.curvature,
            |n| numeric::powi(n.value, 4) + numeric::powi(n.slope, 4),
            |n| n.slope * n.slope * numeric::powi(n.x, 4),
        ];
        tests.iter().all(|f| {
            let (a, b) = (self.mean(f), other.mean(f));
            (a - b).abs() <= 1e-9 * (a.abs() + b.abs())
        })
    }

    /// Means, then central moments and Hermite coefficients of what the means leave over: at small K the parts
    /// that cancel would otherwise be 1/K^2 times as large as the results.
    fn moments(&self, variance: f64) -> Moments {
        let square = self.mean(|n| n.value * n.value);
        let slope = self.mean(|n| n.slope * n.slope);
        let (square_growth, square_bend) = self.derivatives(variance, square, |n| n.value * n.value);
        let (slope_growth, slope_bend) = self.derivatives(variance, slope, |n| n.slope * n.slope);
        let (off_square, off_slope) = (|n: &Node| n.value * n.value - square, |n: &Node| n.slope * n.slope - slope);
        Moments {
            square,
            square_variance: self.mean(|n| off_square(n) * off_square(n)),
            square_growth,
            square_bend,
            slope,
            slope_fourth: self.mean(|n| numeric::powi(n.slope, 4)),
            slope_variance: self.mean(|n| off_slope(n) * off_slope(n)),
            slope_growth,
            slope_bend,
            mixed: self.mean(|n| n.value * n.value * n.slope * n.slope),
            covariance: self.mean(|n| off_square(n) * off_slope(n)),
            curvature: self.mean(|n| n.value * n.curvature),
            curved_slope: self.mean(|n| n.value * n.curvature * n.slope * n.slope),
        }
    }

    /// d<f>/dK and half of d^2<f>/dK^2, given <f>: in x = z / sqrt K, `<f He_2(x)>` / (2K) and `<f He_4(x)>` /
    /// (8 K^2).
    fn derivatives(&self, variance: f64, mean: f64, f: impl Fn(&Node) -> f64) -> (f64, f64) {
        let second = |x: f64| x * x - 1.0;
        let fourth = |x: f64| x * x * (x * x - 6.0) + 3.0;
        let coefficient = 0.5 * self.mean(|n| (f(n) - mean) * second(n.x));
        let rest = |n: &Node| f(n) - mean - coefficient * second(n.x);
        let bend = self.mean(|n| rest(n) * fourth(n.x));
        (coefficient / variance, bend / (8.0 * variance * variance))
    }
}

/// Nodes in (0, 1) and weights of the Gauss-Legendre rule of n points: the roots of P_n by Newton's method, from
/// Chebyshev's points.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let at = |t: f64| {
        let (mut before, mut value) = (1.0, t);
        for k in 2..=n {
            let k = k as f64;
            (before, value) = (value, ((2.0 * k - 1.0) * t * value - (k - 1.0) * before) / k);
        }
        (value, n as f64 * (t * value - before) / (t * t - 1.0)) // P_n and its derivative
    };
    let node = |i: usize| {
        let mut t = numeric::cos(PI * (i as f64 + 0.75) / (n as f64 + 0.5));
        for _ in 0..6 {
            let (value, slope) = at(t);
            t -= value / slope;
        }
        let slope = at(t).1;
        (0.5 * (1.0 + t), 1.0 / ((1.0 - t * t) * slope * slope))
    };
    (0..n).map(node).collect()
}

fn normal_density(x: f64) -> f64 {
    numeric::exp(-0.5 * x * x) / TAU.sqrt()
}

/// Number of standard deviations beyond which nothing is left of `<s^4>`: 9.5, and more for an activation that
/// grows fast.
fn reach(activation: Activation, variance: f64) -> f64 {
    let deviation = variance.sqrt();
    let fourth = |x: f64| numeric::powi(activation.value(deviation * x), 4);
    let weighted = |x: f64| normal_density(x) * (fourth(x) + fourth(-x));
    let bulk = [1.0, 2.0, 4.0, 6.0].map(weighted).into_iter().fold(0.0, f64::max);
    let mut reach = 9.5;
    while weighted(reach) > 1e-15 * bulk && reach < 37.0 {
        reach += 1.0;
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{Abs, Gelu, LeakyRelu, Relu, Tanh};

    fn list(m: &Moments) -> [f64; 13] {
        let first = [m.square, m.square_variance, m.square_growth, m.square_bend, m.slope, m.slope_fourth];
        let rest = [m.slope_variance, m.slope_growth, m.slope_bend, m.mixed, m.covariance, m.curvature, m.curved_slope];
        std::array::from_fn(|i| if i < 6 { first[i] } else { rest[i - 6] })
    }

    #[track_caller]
    fn assert_agree(ours: &Moments, theirs: &Moments, variance: f64) {
        let scale = 1.0 + variance * variance;
        for (a, b) in list(ours).into_iter().zip(list(theirs)) {
            assert!((a - b).abs() < 1e-12 * scale.max(1.0 / variance), "{ours:?} and {theirs:?} at {variance}");
        }
    }

    #[test]
    fn rules_split_at_zero_are_exact_for_kinked_and_for_smooth_activations() {
        for variance in [0.02, 1.0, 9.0] {
            for activation in [Relu, LeakyRelu(-0.3), Abs] {
                assert!(Rule::trapezoid(activation, variance, 9.5).is_none(), "a kink is not smooth");
                let split = Rule::adapted(activation, variance).moments(variance);
                assert_agree(&split, &Moments::of(activation, variance), variance);
            }
            for activation in [Tanh, Gelu] {
                let split = Rule::split_at_zero(activation, variance, 9.5).moments(variance);
                assert_agree(&split, &Moments::of(activation, variance), variance);
            }
        }
    }

    #[test]
    fn the_gauss_legendre_rule_integrates_powers() {
        for power in 0..32 {
            let sum: f64 = gauss_legendre(16).iter().map(|(t, weight)| weight * numeric::powi(*t, power)).sum();
            assert!((sum * f64::from(power + 1) - 1.0).abs() < 1e-13, "{power}: {sum}");
        }
    }
}
