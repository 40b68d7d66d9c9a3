//! Embeddings of words as the factorisation of a matrix of how often they meet.

use crate::theory::numeric;
use crate::theory::product::{gram, product};
use crate::theory::random::Stream;
use ndarray::Array2;

/// M_ij = (P_ij - P_i P_j) / ((P_ij + P_i P_j) / 2): what embeddings of words learn to have as their inner products, w_i . w_j = M_ij,
/// in the quadratic approximation of word2vec around small embeddings. P_ij is the probability that words i and j meet (V x V,
/// symmetric), P_i its row sums.
///
/// ```
/// use theoria::theory::*;
/// let apart = embedding_target(&ndarray::array![[0.25, 0.25], [0.25, 0.25]]); // independent words
/// assert_eq!(apart, ndarray::array![[0.0, 0.0], [0.0, 0.0]]);
/// ```
/// Panics unless P is square, not negative and adds up to 1 within 1e-9, with no row of zeros.
/// Cost: O(V^2).
/// Source: Karkada et al., arXiv 2502.09863.
/// Checked against: `targets_of_embeddings_are_bounded`.
#[must_use]
#[track_caller]
pub fn embedding_target(joint: &Array2<f64>) -> Array2<f64> {
    assert!(joint.is_square() && joint.iter().all(|p| *p >= 0.0), "probabilities of pairs are a square of shares");
    assert!((joint.sum() - 1.0).abs() < 1e-9, "probabilities of pairs add up to {}", joint.sum());
    let single = joint.sum_axis(ndarray::Axis(1));
    assert!(single.iter().all(|p| *p > 0.0), "every word occurs");
    Array2::from_shape_fn(joint.dim(), |(i, j)| {
        let apart = single[i] * single[j];
        (joint[[i, j]] - apart) / (0.5 * (joint[[i, j]] + apart))
    })
}

/// How often the words of a made-up language meet: words are the leaves of a tree with `branches` branches at each of `levels`
/// levels. Every node, at level l from 1, has a random direction in R^16 of length s^l (s = `similarity`); a word x_i is the sum along its
/// path, and P_ij is proportional to e^(x_i . x_j). So words meet the more often, the later their paths part.
/// Panics unless there are branches and levels, and s is positive and finite.
/// Cost: O(V^2), V = branches^levels.
/// Checked against: `targets_of_embeddings_are_bounded`.
#[must_use]
#[track_caller]
pub fn hierarchical_language(branches: usize, levels: u32, similarity: f64, stream: &mut Stream) -> Array2<f64> {
    assert!(branches > 0 && levels > 0, "a tree has branches and levels");
    assert!(similarity > 0.0 && similarity.is_finite(), "similarity is positive and finite, got {similarity}");
    let mut words = Array2::zeros((1, 16));
    for level in 1..=levels {
        let length = numeric::powi(similarity, level);
        let children: Vec<f64> = words
            .rows()
            .into_iter()
            .flat_map(|parent| (0..branches).map(move |_| parent.to_owned()))
            .flat_map(|parent| parent + stream.unit_vector(16) * length)
            .collect();
        words = Array2::from_shape_vec((children.len() / 16, 16), children).expect("16 numbers a word");
    }
    let mut joint = gram(&words).mapv(numeric::exp);
    let whole = joint.sum();
    joint.mapv_inplace(|p| p / whole);
    joint
}

/// Embeddings W (V x d) that learn M by gradient flow on 1/4 |M - W W^T|^2: dW/dt = (M - W W^T) W.
///
/// Aligned with the eigenvectors of M the modes do not meet: each strength s_k^2 = v_k^T W W^T v_k of a positive eigenvalue
/// grows as lambda / (1 + (lambda/s_0^2 - 1) e^(-2 lambda t)), one after the other: see [`embedding_half_time`].
///
/// ```
/// use theoria::theory::*;
/// let mut words = Embeddings::draw(2, 1, 1e-3, &mut Stream::new(1));
/// words.flow(&ndarray::array![[2.0, 0.0], [0.0, -1.0]], 8.0, 400);
/// assert!((words.vectors[[0, 0]].abs() - 2f64.sqrt()).abs() < 1e-4); // only the positive mode is learned
/// ```
/// Source: Karkada et al., arXiv 2502.09863.
/// Checked against: `embeddings_learn_one_mode_after_the_other`.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// W: a row for each word.
    pub vectors: Array2<f64>,
}

impl Embeddings {
    /// V words in d dimensions, independent normal numbers of standard deviation `deviation`.
    /// Checked against: `embeddings_learn_one_mode_after_the_other`.
    #[must_use]
    pub fn draw(words: usize, dimensions: usize, deviation: f64, stream: &mut Stream) -> Self {
        Self { vectors: stream.normal_matrix(words, dimensions) * deviation }
    }

    /// Follows the flow for a time, in so many Runge-Kutta steps of fourth order.
    /// Panics unless the target is V x V and there is a step.
    /// Cost: 4 steps products of V x V with V x d.
    /// Checked against: `embeddings_learn_one_mode_after_the_other`.
    #[track_caller]
    pub fn flow(&mut self, target: &Array2<f64>, time: f64, steps: usize) {
        let words = self.vectors.nrows();
        assert!(target.dim() == (words, words) && steps > 0, "{words} words have targets {:?}", target.dim());
        let h = time / steps as f64;
        // (M - W W^T) W without the V x V matrix W W^T.
        let slope = |w: &Array2<f64>| product(target, w) - product(w, &product(&w.t(), w));
        for _ in 0..steps {
            let w = &self.vectors;
            let k1 = slope(w);
            let k2 = slope(&(w + &(&k1 * (0.5 * h))));
            let k3 = slope(&(w + &(&k2 * (0.5 * h))));
            let k4 = slope(&(w + &(&k3 * h)));
            self.vectors = w + &((k1 + k2 * 2.0 + k3 * 2.0 + k4) * (h / 6.0));
        }
    }

    /// v_k^T W W^T v_k for the columns v_k of `modes` (V x K).
    /// Panics unless they have V rows.
    /// Checked against: `embeddings_learn_one_mode_after_the_other`.
    #[must_use]
    #[track_caller]
    pub fn strengths(&self, modes: &Array2<f64>) -> Vec<f64> {
        let seen = product(&modes.t(), &self.vectors);
        seen.rows().into_iter().map(|row| row.dot(&row)).collect()
    }
}

/// When a mode of eigenvalue lambda is half learned by embeddings in d dimensions that begin with standard deviation sigma: s_0^2
/// is about d sigma^2, so 2 lambda t = ln(lambda / (d sigma^2) - 1).
/// Panics unless lambda > d sigma^2 > 0.
/// Source: Karkada et al., arXiv 2502.09863.
/// Checked against: `embeddings_learn_one_mode_after_the_other`.
#[must_use]
#[track_caller]
pub fn embedding_half_time(eigenvalue: f64, dimensions: usize, deviation: f64) -> f64 {
    let start = dimensions as f64 * deviation * deviation;
    assert!(start > 0.0 && eigenvalue > start, "a mode grows from {start} to {eigenvalue}");
    numeric::ln(eigenvalue / start - 1.0) / (2.0 * eigenvalue)
}
