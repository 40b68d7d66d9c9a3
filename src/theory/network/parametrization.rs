//! Parametrizations: how large the layers are at the start, and how fast they learn.

use super::Network;
use crate::theory::training::LayerRates;
use crate::theory::vector::Real;

/// How widths enter initialisation and learning. A parametrization in which each weight has a factor before it,
/// W = m w, trains as one without factors whose rates are m^2 (gradient descent) and m (Adam); all of them are stated so here.
///
/// | | input W, all b | hidden W | output W |
/// |---|---|---|---|
/// | **Standard** | variances C_W/fan_in, C_b; rates 1 | | |
/// | **Ntk**: variance | C_W/fan_in, C_b | C_W/fan_in | C_W/fan_in |
/// | gradient descent | lambda_W/fan_in, lambda_b | lambda_W/fan_in | lambda_W/fan_in |
/// | Adam | the roots of these | | |
/// | **MuP**: variance | C_W/fan_in, C_b | C_W/fan_in | C_W/fan_in^2 |
/// | gradient descent | fan_out | 1 | 1/fan_in |
/// | Adam | 1 | 1/fan_in | 1/fan_in |
///
/// Under `Ntk` gradient descent of a wide network follows the kernel of [`Mlp::kernels`](crate::theory::Mlp::kernels); under
/// `MuP` every layer's change stays of order one as widths grow, and the best rate keeps its place. The bias of the output
/// has fan_out = outputs. A network without hidden layers learns as `Standard` under `MuP`.
/// Source: Jacot, Gabriel and Hongler, arXiv 1806.07572; Yang et al., arXiv 2203.03466, Table 3.
/// Checked against: `coordinates_move_as_each_parametrization_says`, `wide_networks_follow_their_kernel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parametrization {
    /// Every parameter learns at the same rate: what libraries do by default.
    Standard,
    /// The one of the neural tangent kernel.
    Ntk,
    /// The maximal update parametrization.
    MuP,
}

/// The rates of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    pub weights: LayerRates,
    pub biases: LayerRates,
}

impl Rates {
    pub const STANDARD: Self =
        Self { weights: LayerRates { gradient: 1.0, adam: 1.0 }, biases: LayerRates { gradient: 1.0, adam: 1.0 } };
}

/// The rates of a parameter with a factor before it.
fn of_factor(square: f64) -> LayerRates {
    LayerRates { gradient: square, adam: square.sqrt() }
}

impl<T: Real> Network<T> {
    /// The network, as drawn, in another parametrization: rates are set, and `MuP` divides the output weights by the root
    /// of their fan-in.
    /// O(number of parameters).
    /// Checked against: `coordinates_move_as_each_parametrization_says`, `wide_networks_follow_their_kernel`.
    #[must_use]
    pub fn parametrization(mut self, parametrization: Parametrization) -> Self {
        let last = self.layers() - 1;
        let (lambda_b, lambda_w) = self.mlp.rates();
        for layer in 0..=last {
            let (fan_in, fan_out) = (self.sizes[layer] as f64, self.sizes[layer + 1] as f64);
            let hidden = layer > 0 && layer < last;
            self.rates[layer] = match parametrization {
                Parametrization::Standard => Rates::STANDARD,
                Parametrization::Ntk => Rates { weights: of_factor(lambda_w / fan_in), biases: of_factor(lambda_b) },
                Parametrization::MuP if last == 0 => Rates::STANDARD,
                Parametrization::MuP => {
                    let outer = LayerRates { gradient: fan_out, adam: 1.0 };
                    let weights = if hidden {
                        LayerRates { gradient: 1.0, adam: 1.0 / fan_in }
                    } else if layer == last {
                        LayerRates { gradient: 1.0 / fan_in, adam: 1.0 / fan_in }
                    } else {
                        outer
                    };
                    Rates { weights, biases: outer }
                }
            };
        }
        if parametrization == Parametrization::MuP && last > 0 {
            let factor = T::of(1.0 / (self.sizes[last] as f64).sqrt());
            self.weights_mut(last).mapv_inplace(|w| w * factor);
        }
        self
    }

    /// The network with outputs alpha f(x): the output layer and its rates as if a factor alpha stood before it. A large
    /// alpha makes training lazy, with a rate of order 1/alpha^2; a small one rich.
    /// Panics unless alpha is positive and finite.
    /// O(number of parameters).
    /// Source: Chizat, Oyallon and Bach, arXiv 1812.07956.
    /// Checked against: `a_large_output_scale_freezes_the_features`.
    #[must_use]
    #[track_caller]
    pub fn output_scale(mut self, alpha: f64) -> Self {
        assert!(alpha > 0.0 && alpha.is_finite(), "an output scale is positive and finite, got {alpha}");
        let last = self.layers() - 1;
        self.weights_mut(last).mapv_inplace(|w| w * T::of(alpha));
        self.biases_mut(last).mapv_inplace(|b| b * T::of(alpha));
        let scaled =
            |rates: LayerRates| LayerRates { gradient: rates.gradient * alpha * alpha, adam: rates.adam * alpha };
        let Rates { weights, biases } = self.rates[last];
        self.rates[last] = Rates { weights: scaled(weights), biases: scaled(biases) };
        self
    }
}
