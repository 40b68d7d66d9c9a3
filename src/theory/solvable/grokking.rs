//! Grokking: generalisation long after the training data are fitted, in settings that can be solved.

use super::marchenko_pastur::MarchenkoPastur;
use crate::theory::activation::Activation;
use crate::theory::kernel::Mlp;
use crate::theory::linear::Eigen;
use crate::theory::network::Network;
use crate::theory::numeric;
use crate::theory::product::gram;
use crate::theory::random::Stream;
use ndarray::Array2;
use std::f64::consts::TAU;

/// Linear regression that groks: a student of d weights learns a linear teacher from n examples by gradient flow on the mean
/// square loss, with d / n = gamma. Both losses are averages over the law of Marchenko and Pastur,
///
/// train = 1/2 E nu e^(-2 nu t), test = 1/2 E e^(-2 nu t),
///
/// (with |student - teacher| = 1 at the start). Directions in which the data vary little hardly count in training and fully in the
/// test: near gamma = 1 the test loss falls far later.
///
/// ```
/// use theoria::theory::*;
/// let race = LinearGrokking::new(0.9);
/// assert!(race.test_time(1e-4) > 8.0 * race.train_time(1e-4));
/// ```
/// Source: Levi, Beck and Bar-Sinai, arXiv 2310.16441.
/// Checked against: `linear_grokking_has_its_times`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearGrokking {
    law: MarchenkoPastur,
    gamma: f64,
}

impl LinearGrokking {
    /// d / n = gamma.
    /// Panics unless gamma lies in (0, 1): beyond, the test loss never vanishes.
    /// Checked against: `linear_grokking_has_its_times`.
    #[must_use]
    #[track_caller]
    pub fn new(gamma: f64) -> Self {
        assert!(gamma > 0.0 && gamma < 1.0, "the student learns all of its teacher if d / n is below 1, got {gamma}");
        Self { law: MarchenkoPastur::new(gamma), gamma }
    }

    /// The training loss at time t.
    /// Checked against: `linear_grokking_has_its_times`.
    #[must_use]
    pub fn train(&self, time: f64) -> f64 {
        0.5 * self.law.mean(|nu| nu * numeric::exp(-2.0 * nu * time))
    }

    /// The test loss at time t.
    /// Checked against: `linear_grokking_has_its_times`.
    #[must_use]
    pub fn test(&self, time: f64) -> f64 {
        0.5 * self.law.mean(|nu| numeric::exp(-2.0 * nu * time))
    }

    /// When the training loss has fallen to a threshold (0 if it begins below).
    /// Panics unless the threshold is positive.
    /// Checked against: `linear_grokking_has_its_times`.
    #[must_use]
    #[track_caller]
    pub fn train_time(&self, threshold: f64) -> f64 {
        first_below(|time| self.train(time), threshold)
    }

    /// When the test loss has.
    /// Panics unless the threshold is positive.
    /// Checked against: `linear_grokking_has_its_times`.
    #[must_use]
    #[track_caller]
    pub fn test_time(&self, threshold: f64) -> f64 {
        first_below(|time| self.test(time), threshold)
    }

    /// (train, test) at the given times for drawn data: n = d / gamma Gaussian examples, and a teacher in a random direction.
    /// Panics if d is 0.
    /// Cost: O(d^3).
    /// Checked against: `linear_grokking_has_its_times`.
    #[must_use]
    #[track_caller]
    pub fn sampled(&self, d: usize, times: &[f64], stream: &mut Stream) -> Vec<(f64, f64)> {
        assert!(d > 0, "a student has at least one weight");
        let n = (d as f64 / self.gamma).round() as usize;
        let x = stream.normal_matrix(n, d);
        let eigen = Eigen::of(&(gram(&x.t()) / n as f64));
        let away = eigen.vectors.t().dot(&stream.unit_vector(d));
        let losses = |time: &f64| {
            let modes = eigen.values.iter().zip(&away).map(|(nu, a)| (nu, a * a * numeric::exp(-2.0 * nu * time)));
            modes.fold((0.0, 0.0), |(train, test), (nu, part)| (train + 0.5 * nu * part, test + 0.5 * part))
        };
        times.iter().map(losses).collect()
    }
}

/// Where a falling function comes to a threshold, by bisection.
#[track_caller]
fn first_below(f: impl Fn(f64) -> f64, threshold: f64) -> f64 {
    assert!(threshold > 0.0, "a loss falls below a positive threshold, got {threshold}");
    if f(0.0) <= threshold {
        return 0.0;
    }
    let mut high = 1.0;
    while f(high) > threshold {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if f(middle) > threshold { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// When weight decay has brought a norm w_0 down to w_c, if the loss asks for nothing: w = w_0 e^(-eta lambda t), so t = ln(w_0 /
/// w_c) / (eta lambda) steps. The simplest clock of grokking: late by one over the decay.
/// Panics unless w_0 >= w_c > 0, and the rest is positive.
/// Source: the norm argument of Liu et al., arXiv 2210.01117, in its simplest form.
/// Checked against: `decay_takes_its_time`.
#[must_use]
#[track_caller]
pub fn norm_decay_time(start: f64, end: f64, rate: f64, decay: f64) -> f64 {
    assert!(start >= end && end > 0.0 && rate > 0.0 && decay > 0.0, "a norm decays from larger to smaller");
    numeric::ln(start / end) / (rate * decay)
}

/// Addition modulo p as a task of classification: all p^2 pairs (a, b) as two one-hot vectors side by side, with label (a + b) mod p.
///
/// ```
/// use theoria::theory::*;
/// let task = ModularAddition::new(23);
/// let network = task.analytic_network(300, &mut Stream::new(1)); // weights that nobody trained
/// assert!(accuracy(&network.forward(&task.inputs()), &task.labels()) > 0.99);
/// ```
/// Source: Power et al., arXiv 2201.02177; Gromov, arXiv 2301.02679.
/// Checked against: `analytic_weights_add`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModularAddition {
    p: usize,
}

impl ModularAddition {
    /// Addition on a circle of p numbers.
    /// Panics unless p is at least 3.
    /// Checked against: `analytic_weights_add`.
    #[must_use]
    #[track_caller]
    pub fn new(p: usize) -> Self {
        assert!(p >= 3, "a circle has at least three numbers, got {p}");
        Self { p }
    }

    /// The pairs, a slow and b fast: p^2 x 2p.
    /// Checked against: `analytic_weights_add`.
    #[must_use]
    pub fn inputs(&self) -> Array2<f64> {
        let p = self.p;
        Array2::from_shape_fn((p * p, 2 * p), |(row, at)| if at == row / p || at == p + row % p { 1.0 } else { 0.0 })
    }

    /// (a + b) mod p for each pair.
    /// Checked against: `analytic_weights_add`.
    #[must_use]
    pub fn labels(&self) -> Vec<usize> {
        (0..self.p * self.p).map(|row| (row / self.p + row % self.p) % self.p).collect()
    }

    /// A quadratic network of `hidden` neurons that solves the task by construction: neuron j has a random frequency k in 1, ...,
    /// (p-1)/2 and two random phases f, g: z_j = cos(2 pi k a/p + f) + cos(2 pi k b/p + g), squared, and read by cos(2 pi k c/p + f + g)
    /// for class c. The squares' cross terms add up at c = a + b, all others cancel at random.
    /// Panics if there is no neuron.
    /// Cost: O(hidden p).
    /// Source: Gromov, arXiv 2301.02679.
    /// Checked against: `analytic_weights_add`.
    #[must_use]
    #[track_caller]
    pub fn analytic_network(&self, hidden: usize, stream: &mut Stream) -> Network {
        let p = self.p;
        let law = Mlp::new(Activation::Monomial(2)).weight_variance(0.0);
        let mut network = Network::draw(&law, 2 * p, hidden, p, &mut stream.clone());
        let neurons: Vec<(f64, f64, f64)> = (0..hidden)
            .map(|_| {
                let k = 1 + stream.below((p - 1) / 2);
                (TAU * k as f64 / p as f64, TAU * stream.uniform(), TAU * stream.uniform())
            })
            .collect();
        for (j, mut row) in network.weights_mut(0).rows_mut().into_iter().enumerate() {
            let (angle, f, g) = neurons[j];
            for at in 0..p {
                row[at] = numeric::cos(angle * at as f64 + f);
                row[p + at] = numeric::cos(angle * at as f64 + g);
            }
        }
        for (c, mut row) in network.weights_mut(1).rows_mut().into_iter().enumerate() {
            for (to, (angle, f, g)) in row.iter_mut().zip(&neurons) {
                *to = numeric::cos(angle * c as f64 + f + g) / hidden as f64;
            }
        }
        network
    }
}
