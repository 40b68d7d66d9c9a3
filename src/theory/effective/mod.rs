//! The effective theory of deep networks: what 1/n adds to the limit of infinite width.
//!
//! A network of infinite width is simple: at initialisation its neurons are independent and Gaussian, and its
//! tangent kernel is a number that training does not move. A network of width n departs from this by 1/n, and depth
//! multiplies the departure, so that what counts is depth over width. This module computes the departure.
//!
//! | question | answer |
//! |---|---|
//! | At which initialisation does a signal survive depth? | [`Criticality::of`], [`Mlp::edge_of_chaos`] |
//! | Where does the kernel settle? | [`Mlp::fixed_point`], [`Mlp::correlation_fixed_point`] |
//! | How fast? | [`depth_scale`] |
//! | How far from Gaussian is a network of width n? | [`EffectiveTheory::layers`], [`Layer`] |
//! | How much does its tangent kernel vary, or move in training? | the same |
//! | How do these grow in deep networks? | [`Layer::ratios`], [`Criticality::growth`] |
//! | What do two inputs do? | [`EffectiveTheory::pair_kernels`], [`EffectiveTheory::nearby_layers`] |
//! | And with skip connections? | [`Residual`] |
//! | What do finite networks say? | [`FiniteNetworks`], [`Mlp::exact_moment_of`] |
//! | How deep should a network of given width be? | [`optimal_aspect_ratio`], with its caveat |
//!
//! Throughout, l counts dense layers from 1, z^(l) are the preactivations, `<f>` is the expectation of f(z) over z ~
//! N(0, K^(l)), and sigma', sigma'' are derivatives of the activation. A delta function in sigma'', at a kink, drops
//! out of every expectation that appears.

mod criticality;
mod fixed_points;
mod information;
mod layer;
mod moments;
mod pair;
mod residual;
mod roots;
mod sampling;

pub use criticality::{Criticality, NotCritical, Universality};
pub use fixed_points::{CorrelationFixedPoint, FixedPoint, NoFixedPoint, depth_scale};
pub use information::{
    entropy, lognormal_entropy, lognormal_mutual_information, mutual_information, optimal_aspect_ratio,
};
pub use layer::{Growth, Layer};
pub use pair::{NearbyInputs, PairKernel};
pub use residual::{Residual, ResidualLayer};
pub use sampling::{Estimate, FiniteNetworks, SampledLayer};

use super::kernel::Mlp;

/// The distribution of a random network of large but finite width n, for one input, to first order in 1/n.
///
/// At infinite width every preactivation is Gaussian and the tangent kernel is a number. At width n both
/// fluctuate from network to network, by an amount that grows as depth over width; a recursion from layer to
/// layer gives each amount. [`layers`](EffectiveTheory::layers) returns it layer by layer, as [`Layer`]s.
///
/// ```
/// use theoria::theory::*;
/// let mlp = Mlp::critical(Relu).depth(9).learning_rates(0.0, 1.0); // nine hidden layers
/// let theory = EffectiveTheory::new(mlp);
/// let output = theory.output(0.5); // for an input with |x|^2 / n_0 = 1/2
/// assert!((output.vertex - 45.0).abs() < 1e-9); // V = 5 (l - 1), l = 10
/// assert!((output.excess_kurtosis(100) - 1.35).abs() < 1e-9); // 3 V / (n K^2)
/// for layer in theory.layers(0.5) {
///     println!("layer {}: K = {}, Theta = {}", layer.index, layer.kernel, layer.ntk);
/// }
/// ```
/// Source: Roberts, Yaida and Hanin, "The Principles of Deep Learning Theory", arXiv 2106.10165, chapters 4, 5, 8,
/// 9 and 11; Yaida, arXiv 1910.00019.
/// Checked against: `the_recursion_matches_golden_values`, `relu_has_the_closed_forms`,
/// `coefficients_of_the_second_layer_are_those_of_networks`,
/// `fluctuations_of_deep_networks_approach_the_recursion`.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveTheory {
    /// The law of the networks, with its depth and learning rates.
    pub mlp: Mlp,
    /// n_1, ..., n_D up to a common factor, if they are not all equal.
    widths: Option<Vec<usize>>,
}

impl EffectiveTheory {
    /// The theory of networks whose hidden layers all have one width n.
    ///
    /// The tangent kernel has the learning rates of `mlp`: (C_b, C_W) unless
    /// [`Mlp::learning_rates`] set others, such as the textbook's (0, 1). O(1).
    /// Checked against: `the_recursion_matches_golden_values`.
    #[must_use]
    pub fn new(mlp: Mlp) -> Self {
        Self { mlp, widths: None }
    }

    /// The same with hidden layers of unequal widths n_1, ..., n_D; only their ratios r = n_l / n_(l-1) matter.
    ///
    /// The coefficients of layer l then go with 1/n_(l-1): E z_i^2 = K + G1 / n_(l-1), and so on.
    /// Panics unless there is one width for each hidden layer, and none is 0. O(D).
    /// Source: arXiv 2106.10165, section 4.3.
    /// Checked against: `unequal_widths_add_up_their_inverses`, `sampled_pyramids_follow_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn widths(self, widths: &[usize]) -> Self {
        let depth = self.mlp.depth;
        assert!(widths.len() == depth, "depth {depth} needs as many widths, got {}", widths.len());
        assert!(widths.iter().all(|&n| n > 0), "every layer needs at least one neuron");
        Self { widths: Some(widths.to_vec()), ..self }
    }

    /// Layers 1, ..., D + 1 for an input with |x|^2 / n_0 = `x2`.
    /// Panics if `x2` is negative or not finite, or the kernel of a layer is 0 or beyond what a number can hold.
    ///
    /// Cost: O(D). A positively homogeneous activation takes some 50 ns a layer; others are integrated by a
    /// trapezoid rule that adapts to each layer, with 50 to 300 evaluations of the activation, some 3 us a
    /// layer for tanh, sin and erf and 25 us for gelu: 2,000 layers of tanh take 6 ms. Errors are about 1e-13 for activations that are smooth, or smooth on
    /// either side of 0 (these take some 0.2 ms a layer); with kinks elsewhere, about 1e-5.
    /// Source: arXiv 2106.10165, chapters 4, 8 and 11.
    /// Checked against: `the_recursion_matches_golden_values`, `relu_has_the_closed_forms`,
    /// `linear_networks_have_the_closed_forms`.
    #[must_use]
    #[track_caller]
    pub fn layers(&self, x2: f64) -> Vec<Layer> {
        assert!(x2 >= 0.0 && x2.is_finite(), "|x|^2 / n_0 is finite and not negative, got {x2}");
        let (first, mut at) = Layer::first(&self.mlp, x2);
        let mut layers = vec![first];
        for hidden in 0..self.mlp.depth {
            let (layer, moments) = layers[hidden].next(&self.mlp, &at, self.ratio(hidden));
            layers.push(layer);
            at = moments;
        }
        layers
    }

    /// The last of the [`layers`](EffectiveTheory::layers), D + 1.
    /// Panics and cost as there.
    /// Checked against: `relu_has_the_closed_forms`.
    #[must_use]
    #[track_caller]
    pub fn output(&self, x2: f64) -> Layer {
        self.layers(x2).pop().expect("there is at least one dense layer")
    }

    /// r = n_l / n_(l-1) for l = `hidden` + 1; nothing of the first layer fluctuates, so there r is never used.
    fn ratio(&self, hidden: usize) -> f64 {
        match &self.widths {
            Some(widths) if hidden > 0 => widths[hidden] as f64 / widths[hidden - 1] as f64,
            _ => 1.0,
        }
    }
}
