//! The quantization model of neural scaling: many skills, each as often used as it is.

use crate::theory::numeric;
use crate::theory::random::Stream;

/// Skills ("quanta") k = 1, ..., K; an example needs one of them, number k with probability p_k = k^-(alpha+1) / sum. Whoever has
/// learned a skill loses nothing on its examples, else 1.
///
/// A model with room for n skills learns the n most frequent: L = sum over k > n of p_k ~ n^-alpha. One that sees D examples learns
/// those that came up at least tau times: L ~ D^(-alpha/(alpha+1)), because skill k needs D ~ 1/p_k ~ k^(alpha+1) examples.
///
/// ```
/// use theoria::theory::*;
/// let skills = Quanta::new(1.0, 10_000);
/// let rate = log_log_slope(&[100, 400], &[skills.with_capacity(100), skills.with_capacity(400)]);
/// assert!((rate + 1.0).abs() < 0.05);
/// ```
/// Source: Michaud, Liu, Girit and Tegmark, arXiv 2303.13506.
/// Checked against: `skills_scale_as_their_law_says`, `learned_skills_match_sampling`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quanta {
    /// p_k.
    shares: Vec<f64>,
    alpha: f64,
    threshold: usize,
}

impl Quanta {
    /// K = `count` skills of exponent alpha, each learned when seen once.
    /// Panics unless alpha is positive and there is a skill.
    /// Cost: O(K).
    /// Checked against: `skills_scale_as_their_law_says`.
    #[must_use]
    #[track_caller]
    pub fn new(alpha: f64, count: usize) -> Self {
        assert!(alpha > 0.0 && alpha.is_finite() && count > 0, "skills need a positive exponent, got {alpha}");
        let weights: Vec<f64> = (1..=count).map(|k| numeric::pow(k as f64, -(alpha + 1.0))).collect();
        // The smallest first, so that none is lost.
        let whole: f64 = weights.iter().rev().sum();
        Self { shares: weights.into_iter().map(|weight| weight / whole).collect(), alpha, threshold: 1 }
    }

    /// The same with skills that are learned when seen tau times.
    /// Panics unless tau is at least 1.
    /// Checked against: `learned_skills_match_sampling`.
    #[must_use]
    #[track_caller]
    pub fn threshold(self, times: usize) -> Self {
        assert!(times > 0, "a skill is learned when it was seen at least once");
        Self { threshold: times, ..self }
    }

    /// The exponents (alpha, alpha/(alpha+1)) of loss in capacity and in data, for K without end.
    /// Checked against: `skills_scale_as_their_law_says`.
    #[must_use]
    pub fn exponents(&self) -> (f64, f64) {
        (self.alpha, self.alpha / (self.alpha + 1.0))
    }

    /// The loss with the n most frequent skills learned, exact.
    /// Cost: O(K).
    /// Checked against: `skills_scale_as_their_law_says`.
    #[must_use]
    pub fn with_capacity(&self, n: usize) -> f64 {
        self.shares.iter().skip(n).rev().sum()
    }

    /// The mean loss after D examples: sum_k p_k P(fewer than tau of D examples need k), exact.
    /// Cost: O(K tau).
    /// Checked against: `skills_scale_as_their_law_says`, `learned_skills_match_sampling`.
    #[must_use]
    pub fn with_examples(&self, examples: usize) -> f64 {
        self.shares.iter().rev().map(|p| p * self.unlearned(*p, examples)).sum()
    }

    /// P(Binomial(D, p) < tau).
    fn unlearned(&self, p: f64, examples: usize) -> f64 {
        if p >= 1.0 {
            return if examples < self.threshold { 1.0 } else { 0.0 };
        }
        let odds = p / (1.0 - p);
        let mut term = numeric::exp(examples as f64 * numeric::ln_1p(-p));
        let mut whole = 0.0;
        for seen in 0..self.threshold.min(examples + 1) {
            whole += term;
            term *= (examples - seen) as f64 / (seen + 1) as f64 * odds;
        }
        whole
    }

    /// The loss of one learner who sees D drawn examples.
    /// Cost: O(K + D log K).
    /// Checked against: `learned_skills_match_sampling`.
    #[must_use]
    pub fn sampled(&self, examples: usize, stream: &mut Stream) -> f64 {
        let below: Vec<f64> = self
            .shares
            .iter()
            .scan(0.0, |sum, p| {
                *sum += p;
                Some(*sum)
            })
            .collect();
        let mut seen = vec![0usize; self.shares.len()];
        for _ in 0..examples {
            let draw = stream.uniform();
            let at = below.partition_point(|below| *below <= draw);
            seen[at.min(self.shares.len() - 1)] += 1;
        }
        let skills = self.shares.iter().zip(&seen).rev();
        skills.filter(|(_, seen)| **seen < self.threshold).map(|(p, _)| p).sum()
    }
}
