//! Deep linear networks: one mode in closed form, all of them by the flow of the matrices.

use crate::theory::linear::Eigen;
use crate::theory::numeric;
use crate::theory::product::product;
use crate::theory::random::Stream;
use ndarray::Array2;

/// One mode of a deep linear network, the same in every layer: under gradient flow on 1/2 |Y - W_L ... W_1 X|^2 with whitened
/// inputs its strength a(t), the product of L equal factors, obeys
///
/// da/dt = L a^(2 - 2/L) (lambda - a),
///
/// with lambda the strength of the mode in the correlation of outputs and inputs.
///
/// ```
/// use theoria::theory::*;
/// let mode = LinearMode::new(3.0, 1e-3).layers(2); // strength 3, from 0.001
/// assert!(mode.at(0.0) == 1e-3 && (mode.at(mode.time_to(0.5)) - 1.5).abs() < 1e-9);
/// ```
/// Source: Saxe, McClelland and Ganguli, arXiv 1312.6120.
/// Checked against: `modes_of_linear_networks_keep_their_equation`, `flows_of_matrices_follow_their_modes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearMode {
    strength: f64,
    start: f64,
    layers: usize,
}

impl LinearMode {
    /// A mode of two layers that begins at a(0) = `start` and ends at lambda = `strength`.
    /// Panics unless 0 < start < strength, both finite.
    /// Checked against: `modes_of_linear_networks_keep_their_equation`.
    #[must_use]
    #[track_caller]
    pub fn new(strength: f64, start: f64) -> Self {
        let valid = start > 0.0 && start < strength && strength.is_finite();
        assert!(valid, "a mode grows from a positive start to its strength, got {start} and {strength}");
        Self { strength, start, layers: 2 }
    }

    /// The same with L layers.
    /// Panics if there is none.
    /// Checked against: `modes_of_linear_networks_keep_their_equation`.
    #[must_use]
    #[track_caller]
    pub fn layers(self, layers: usize) -> Self {
        assert!(layers > 0, "a network has at least one layer");
        Self { layers, ..self }
    }

    /// When the mode has learned the share `fraction` of its strength: closed for L = 1 and 2, else the integral of da /
    /// (L a^(2-2/L) (lambda - a)) in u = ln(a / (lambda - a)), by Gauss' rule.
    /// Panics unless the share lies between that of the start and 1.
    /// Cost: O(1).
    /// Checked against: `modes_of_linear_networks_keep_their_equation`.
    #[must_use]
    #[track_caller]
    pub fn time_to(&self, fraction: f64) -> f64 {
        let Self { strength, start, layers } = *self;
        let (first, last) = (start / strength, fraction);
        assert!(
            first <= last && last < 1.0,
            "a mode that starts at {first} of its strength never has the share {last}"
        );
        let odds = |share: f64| numeric::ln(share / (1.0 - share));
        match layers {
            1 => numeric::ln((1.0 - first) / (1.0 - last)),
            2 => (odds(last) - odds(first)) / (2.0 * strength),
            _ => {
                // With a = lambda / (1 + e^-u): da = a (1 - a/lambda) du, so dt = a^(2/L - 1) du / (L lambda).
                let power = 2.0 / layers as f64 - 1.0;
                let speed = |u: f64| {
                    let a = strength / (1.0 + numeric::exp(-u));
                    numeric::pow(a, power) / (layers as f64 * strength)
                };
                gauss_steps(odds(first), odds(last), speed)
            }
        }
    }

    /// Half of the way: [`time_to`](LinearMode::time_to) one half.
    /// Panics if the start is beyond it.
    /// Checked against: `modes_of_linear_networks_keep_their_equation`.
    #[must_use]
    #[track_caller]
    pub fn half_time(&self) -> f64 {
        self.time_to(0.5)
    }

    /// a(t): lambda / (1 + (lambda/a_0 - 1) e^(-2 lambda t)) for two layers; for more by bisection of
    /// [`time_to`](LinearMode::time_to).
    /// Panics if the time is negative.
    /// Cost: O(1); 60 integrals for L > 2.
    /// Checked against: `modes_of_linear_networks_keep_their_equation`.
    #[must_use]
    #[track_caller]
    pub fn at(&self, time: f64) -> f64 {
        let Self { strength, start, layers } = *self;
        assert!(time >= 0.0, "time runs from 0 on, got {time}");
        match layers {
            1 => strength - (strength - start) * numeric::exp(-time),
            2 => strength * start / (start + (strength - start) * numeric::exp(-2.0 * strength * time)),
            _ => {
                let odds = numeric::ln(start / (strength - start));
                let (mut low, mut high) = (odds, odds.max(0.0) + 36.0);
                let share = |u: f64| 1.0 / (1.0 + numeric::exp(-u));
                for _ in 0..60 {
                    let middle = 0.5 * (low + high);
                    let late = share(middle) >= 1.0 || self.time_to(share(middle).max(start / strength)) > time;
                    if late { high = middle } else { low = middle }
                }
                strength * share(0.5 * (low + high))
            }
        }
    }
}

/// The integral of a smooth function by 40 intervals with eight Gauss points each.
fn gauss_steps(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let width = (to - from) / 40.0;
    if width <= 0.0 {
        return 0.0;
    }
    let rule = crate::theory::spectra::gauss_legendre(8, 0.0, width);
    let part = |k: usize| rule.iter().map(|(x, w)| w * f(from + k as f64 * width + x)).sum::<f64>();
    (0..40).map(part).sum()
}

/// p(t) of two scalars, p = u v, under du/dt = v (lambda - p), dv/dt = u (lambda - p): what unequal layers do. u^2 - v^2 = c is
/// conserved, and dp/dt = (lambda - p) sqrt(c^2 + 4 p^2).
///
/// With p = (c/2) sinh theta the equation is solved by partial fractions in e^theta; this is that solution.
/// Panics unless all are finite, t >= 0, and u + v is not 0.
/// Cost: O(1).
/// Source: Saxe, McClelland and Ganguli, arXiv 1312.6120, appendix on unbalanced starts.
/// Checked against: `unequal_layers_keep_their_equation`.
#[must_use]
#[track_caller]
pub fn unbalanced_mode(strength: f64, u: f64, v: f64, time: f64) -> f64 {
    let valid = [strength, u, v, time].iter().all(|x| x.is_finite()) && time >= 0.0 && u + v != 0.0;
    assert!(valid, "a mode needs finite numbers and a start that moves, got {strength}, {u}, {v}, {time}");
    let c = (u * u - v * v).abs();
    if c == 0.0 {
        // u = v up to a sign, which it keeps.
        let p = u * v;
        let grown = numeric::exp(-2.0 * strength * time);
        return if strength == 0.0 { p / (1.0 + 2.0 * p * time) } else { strength * p / (p + (strength - p) * grown) };
    }
    // g = (2 p + sqrt(c^2 + 4 p^2)) / c = e^theta obeys dg/dt = 2 lambda g - c (g^2 - 1) / 2: a Riccati equation with the two
    // fixed points g_1 > 0 > g_2.
    let root = (c * c + 4.0 * strength * strength).sqrt();
    // Their product is -1: the one that does not cancel gives the other.
    let (g1, g2) = if strength >= 0.0 {
        ((2.0 * strength + root) / c, -c / (2.0 * strength + root))
    } else {
        (c / (root - 2.0 * strength), (2.0 * strength - root) / c)
    };
    let start = {
        let p = u * v;
        let whole = (c * c + 4.0 * p * p).sqrt();
        if p >= 0.0 { (2.0 * p + whole) / c } else { c / (whole - 2.0 * p) }
    };
    let ratio = (start - g1) / (start - g2) * numeric::exp(-root * time);
    let g = (g1 - g2 * ratio) / (1.0 - ratio);
    0.25 * c * (g - 1.0 / g)
}

/// A deep linear network as its matrices W_1, ..., W_L, under gradient flow on 1/2 |M - W_L ... W_1|^2: the loss of whitened
/// inputs whose correlation with the outputs is M.
///
/// ```
/// use theoria::theory::*;
/// let target = Array2::from_diag(&ndarray::array![3.0, 1.0]);
/// # use ndarray::Array2;
/// let mut network = LinearNetwork::draw(&[2, 2, 2], 1e-3, &mut Stream::new(1));
/// network.flow(&target, 4.0, 400);
/// assert!((network.strengths(&target)[0] - 3.0).abs() < 1e-3);
/// ```
/// Source: Saxe, McClelland and Ganguli, arXiv 1312.6120.
/// Checked against: `flows_of_matrices_follow_their_modes`, `flows_keep_layers_balanced`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearNetwork {
    /// W_1, ..., W_L, fan_out x fan_in each.
    pub weights: Vec<Array2<f64>>,
}

impl LinearNetwork {
    /// Matrices between layers of these sizes, inputs first, of independent normal numbers with standard deviation
    /// `deviation`.
    /// Panics unless there are at least two sizes.
    /// Cost: O(parameters).
    /// Checked against: `flows_of_matrices_follow_their_modes`.
    #[must_use]
    #[track_caller]
    pub fn draw(sizes: &[usize], deviation: f64, stream: &mut Stream) -> Self {
        assert!(sizes.len() > 1, "a network has inputs and outputs, got {} sizes", sizes.len());
        Self { weights: sizes.windows(2).map(|size| stream.normal_matrix(size[1], size[0]) * deviation).collect() }
    }

    /// W_L ... W_1.
    /// Checked against: `flows_of_matrices_follow_their_modes`.
    #[must_use]
    pub fn product(&self) -> Array2<f64> {
        chain(&self.weights).expect("there is at least one layer")
    }

    /// 1/2 |M - W_L ... W_1|^2.
    /// Checked against: `flows_of_matrices_follow_their_modes`.
    #[must_use]
    pub fn loss(&self, target: &Array2<f64>) -> f64 {
        0.5 * (target - self.product()).mapv(|v| v * v).sum()
    }

    /// u_k^T (W_L ... W_1) v_k for the singular modes (u_k, v_k) of the target, strongest first: how much of each is learned.
    /// Cost: O(n^3).
    /// Checked against: `flows_of_matrices_follow_their_modes`.
    #[must_use]
    pub fn strengths(&self, target: &Array2<f64>) -> Vec<f64> {
        let right = Eigen::of(&product(&target.t(), target));
        let made = self.product();
        let modes = right.values.iter().zip(right.vectors.columns()).take(target.nrows().min(target.ncols()));
        // Modes that the target lacks, to rounding, have no direction among the outputs.
        let modes = modes.filter(|(square, _)| **square > 1e-24 * right.values[0]);
        modes.map(|(square, v)| (target.dot(&v) / square.sqrt()).dot(&made.dot(&v))).collect()
    }

    /// The largest entry of W_{l+1}^T W_{l+1} - W_l W_l^T over all pairs of layers, less what it was in `start`: gradient flow
    /// conserves it.
    /// Panics unless both have the same shape.
    /// Source: Arora, Cohen and Hazan, arXiv 1802.06509.
    /// Checked against: `flows_keep_layers_balanced`.
    #[must_use]
    #[track_caller]
    pub fn imbalance_since(&self, start: &Self) -> f64 {
        let imbalances = |network: &Self| -> Vec<Array2<f64>> {
            let pair = |pair: &[Array2<f64>]| product(&pair[1].t(), &pair[1]) - product(&pair[0], &pair[0].t());
            network.weights.windows(2).map(pair).collect()
        };
        let drift = imbalances(self).into_iter().zip(imbalances(start)).map(|(now, then)| now - then);
        drift.flat_map(|drift| drift.into_iter().map(f64::abs)).fold(0.0, f64::max)
    }

    /// Follows the flow for a time, in so many Runge-Kutta steps of fourth order.
    /// Panics unless the target has the shape of the product and there is a step.
    /// Cost: 4 steps L^2 products of matrices.
    /// Checked against: `flows_of_matrices_follow_their_modes`, `flows_keep_layers_balanced`.
    #[track_caller]
    pub fn flow(&mut self, target: &Array2<f64>, time: f64, steps: usize) {
        let shape = self.product().dim();
        assert!(target.dim() == shape && steps > 0, "the network makes {shape:?}, the target is {:?}", target.dim());
        let h = time / steps as f64;
        let moved = |weights: &[Array2<f64>], by: f64, slope: &[Array2<f64>]| -> Vec<Array2<f64>> {
            weights.iter().zip(slope).map(|(w, s)| w + &(s * by)).collect()
        };
        for _ in 0..steps {
            let k1 = descent(&self.weights, target);
            let k2 = descent(&moved(&self.weights, 0.5 * h, &k1), target);
            let k3 = descent(&moved(&self.weights, 0.5 * h, &k2), target);
            let k4 = descent(&moved(&self.weights, h, &k3), target);
            for (at, w) in self.weights.iter_mut().enumerate() {
                *w += &((&k1[at] + &(&k2[at] * 2.0) + &k3[at] * 2.0 + &k4[at]) * (h / 6.0));
            }
        }
    }
}

/// When a mode of strength lambda, from matrices of standard deviation eps between layers of d neurons, is half learned by
/// a network of two layers: it starts at about d eps^2 / 2, so lambda t = 1/2 ln(2 lambda / (d eps^2)), with an error of order
/// one over lambda. At time t the product has about as many modes as have t_k < t: the flow is greedy in rank.
/// Panics unless all are positive.
/// Checked against: `flows_of_matrices_follow_their_modes`.
#[must_use]
#[track_caller]
pub fn escape_time(strength: f64, width: usize, deviation: f64) -> f64 {
    assert!(strength > 0.0 && width > 0 && deviation > 0.0, "an escape needs positive numbers");
    0.5 * numeric::ln(2.0 * strength / (width as f64 * deviation * deviation)) / strength
}

fn chain(weights: &[Array2<f64>]) -> Option<Array2<f64>> {
    let (first, rest) = weights.split_first()?;
    Some(rest.iter().fold(first.clone(), |made, w| product(w, &made)))
}

/// -dL/dW_l = (W_L ... W_{l+1})^T (M - W_L ... W_1) (W_{l-1} ... W_1)^T.
fn descent(weights: &[Array2<f64>], target: &Array2<f64>) -> Vec<Array2<f64>> {
    let error = target - &chain(weights).expect("there is at least one layer");
    (0..weights.len())
        .map(|at| {
            let above = chain(&weights[at + 1..]).map_or_else(|| error.clone(), |above| product(&above.t(), &error));
            chain(&weights[..at]).map_or_else(|| above.clone(), |below| product(&above, &below.t()))
        })
        .collect()
}
