//! Residual networks at finite width: their kernel, three-point and four-point vertices.

use super::criticality::Criticality;
use super::moments::Moments;
use crate::theory::kernel::Mlp;
use crate::theory::quadrature::gaussian_expectation;
use std::f64::consts::FRAC_2_PI;

/// A network of equal widths whose hidden layers carry their input along: z^(l+1) = b + W sigma(z^(l)) + gamma
/// z^(l), with z^(1) = b + W x.
///
/// ```
/// use theoria::theory::*;
/// // gamma^2 + C_W A2 = 1 keeps the variance; the stronger the skip, the slower fluctuations grow.
/// let network = |gamma: f64| Residual::new(Mlp::new(Relu).weight_variance(2.0 * (1.0 - gamma * gamma)), gamma);
/// assert_eq!(network(0.0).vertex_growth(), Some(5.0));
/// assert!(network(0.9).vertex_growth().expect("relu keeps its variance") < 1.0);
/// ```
/// Source: cf. Roberts, Yaida and Hanin, arXiv 2106.10165, appendix B; the recursion with its three-point vertex is
/// derived anew.
/// Checked against: `residual_vertices_follow_the_recursion`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// Law of the weights and biases, and the number of hidden layers.
    pub mlp: Mlp,
    /// gamma, the factor of the skip connection.
    pub skip: f64,
}

/// One layer of a residual network, to leading order each: E z_i^2 = K, E z_1 z_2^2 = T/n, Cov(z_1^2, z_2^2) = V/n
/// for different neurons 1 and 2.
/// Checked against: `residual_vertices_follow_the_recursion`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResidualLayer {
    /// l.
    pub index: usize,
    /// K.
    pub kernel: f64,
    /// T, which vanishes if sigma^2 is even.
    pub three_point: f64,
    /// V.
    pub vertex: f64,
}

impl Residual {
    /// The residual network of `mlp` with skip factor gamma.
    /// Panics if gamma is not finite. O(1).
    /// Checked against: `residual_vertices_follow_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn new(mlp: Mlp, skip: f64) -> Self {
        assert!(skip.is_finite(), "a skip factor is a finite number, got {skip}");
        Self { mlp, skip }
    }

    /// Layers 1, ..., D + 1 for an input with |x|^2 / n_0 = `x2`.
    ///
    /// With c = chi_par + gamma^2 and m1 = `<z sigma^2>` / K: K' = C_b + C_W `<sigma^2>` + gamma^2 K, T' = gamma
    /// (C_W `<z sigma^2>` + c T), V' = c^2 V + 2 c C_W m1 T + C_W^2 Var(sigma^2) + 4 gamma^2 K^2 chi_par.
    /// Panics if `x2` is negative or not finite, or the kernel of a layer is 0 or beyond what a number can hold.
    /// Cost: O(D), as [`EffectiveTheory::layers`](super::EffectiveTheory::layers).
    /// Source: derived anew; for gamma = 0 arXiv 2106.10165, section 4.3.
    /// Checked against: `residual_vertices_follow_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn layers(&self, x2: f64) -> Vec<ResidualLayer> {
        assert!(x2 >= 0.0 && x2.is_finite(), "|x|^2 / n_0 is finite and not negative, got {x2}");
        let (c_b, c_w, skip) = (self.mlp.bias_variance, self.mlp.weight_variance, self.skip);
        let mut layers = vec![ResidualLayer { index: 1, kernel: c_b + c_w * x2, three_point: 0.0, vertex: 0.0 }];
        for layer in 0..self.mlp.depth {
            let ResidualLayer { index, kernel, three_point, vertex } = layers[layer];
            assert!(kernel > 0.0 && kernel.is_finite(), "layer {index} has kernel {kernel}; K > 0 is needed");
            let at = Moments::of(self.mlp.activation, kernel);
            let chi = c_w * at.square_growth;
            let pass = chi + skip * skip;
            let third = c_w * self.third_moment(kernel);
            layers.push(ResidualLayer {
                index: index + 1,
                kernel: c_b + c_w * at.square + skip * skip * kernel,
                three_point: skip * (third + pass * three_point),
                vertex: pass * pass * vertex
                    + 2.0 * pass * third / kernel * three_point
                    + c_w * c_w * at.square_variance
                    + 4.0 * skip * skip * kernel * kernel * chi,
            });
        }
        layers
    }

    /// `<z sigma^2>`.
    fn third_moment(&self, kernel: f64) -> f64 {
        let activation = self.mlp.activation;
        match activation.slopes() {
            Some((a, b)) => (b * b - a * a) * FRAC_2_PI.sqrt() * kernel * kernel.sqrt(),
            None => gaussian_expectation(kernel, |z| {
                let value = activation.value(z);
                z * value * value
            }),
        }
    }

    /// nu(gamma) = (1 - gamma^2) [(1 - gamma^2) (3 A4 / A2^2 - 1) + 4 gamma^2]: what one layer adds to V / K^2 by
    /// its own fluctuations, for a positively homogeneous activation whose variance is kept, C_W A2 = 1 - gamma^2
    /// and C_b = 0. That is the growth of V / (l K^2) where sigma^2 is even (linear, abs); elsewhere the three-point
    /// vertex adds to it, see [`layers`](Residual::layers).
    ///
    /// `None` if the variance is not kept, to 1e-9, or the activation is not positively homogeneous. O(1).
    /// Source: derived anew.
    /// Checked against: `residual_vertices_follow_the_recursion`.
    #[must_use]
    pub fn vertex_growth(&self) -> Option<f64> {
        let critical = Criticality::of(self.mlp.activation).ok()?;
        self.mlp.activation.slopes()?;
        let own = self.mlp.weight_variance / critical.weight_variance;
        let kept = (own + self.skip * self.skip - 1.0).abs() < 1e-9 && self.mlp.bias_variance == 0.0;
        kept.then(|| own * (own * critical.vertex_growth() + 4.0 * self.skip * self.skip))
    }
}
