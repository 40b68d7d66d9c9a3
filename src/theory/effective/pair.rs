//! Kernels of two inputs on their way through the layers, and the expansion for nearby ones.

use super::EffectiveTheory;
use super::moments::Moments;

/// The kernel of two inputs x, x' in one layer at infinite width.
/// Checked against: `pair_kernels_are_those_of_the_network`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairKernel {
    /// K(x, x).
    pub first: f64,
    /// K(x', x').
    pub second: f64,
    /// K(x, x').
    pub cross: f64,
}

/// The kernel of two nearby inputs x_+ and x_- in the basis of their mean and their difference: K_++ = K0 + K1 +
/// K2, K_-- = K0 - K1 + K2, K_+- = K0 - K2.
///
/// K0 is the kernel of the midpoint, K1 half the difference of the two variances, and 4 K2 the mean square of
/// z(x_+) - z(x_-).
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, section 5.1.
/// Checked against: `nearby_inputs_follow_the_expansion`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearbyInputs {
    /// K0.
    pub midpoint: f64,
    /// K1.
    pub parallel: f64,
    /// K2.
    pub perpendicular: f64,
}

impl PairKernel {
    /// K(x, x') / sqrt(K(x, x) K(x', x')), in [-1, 1].
    /// Panics if a variance is 0. O(1).
    /// Checked against: `pair_kernels_are_those_of_the_network`.
    #[must_use]
    #[track_caller]
    pub fn correlation(&self) -> f64 {
        assert!(self.first > 0.0 && self.second > 0.0, "the correlation with a constant is not defined");
        (self.cross / (self.first.sqrt() * self.second.sqrt())).clamp(-1.0, 1.0)
    }

    /// The same three numbers as K0, K1, K2. O(1).
    /// Source: arXiv 2106.10165, section 5.1.
    /// Checked against: `nearby_inputs_follow_the_expansion`.
    #[must_use]
    pub fn nearby(&self) -> NearbyInputs {
        let mean = 0.5 * (self.first + self.second);
        NearbyInputs {
            midpoint: 0.5 * (mean + self.cross),
            parallel: 0.5 * (self.first - self.second),
            perpendicular: 0.5 * (mean - self.cross),
        }
    }
}

impl EffectiveTheory {
    /// The exact kernel of two inputs in layers 1, ..., D + 1, at infinite width: K(x, x') <- C_b + C_W E sigma(u)
    /// sigma(v), and alike for the variances; `x2` = |x|^2 / n_0, `y2` = |x'|^2 / n_0, `overlap` = x . x' / n_0.
    ///
    /// ```
    /// use theoria::theory::*;
    /// let theory = EffectiveTheory::new(Mlp::critical(Relu).depth(3));
    /// let last = theory.pair_kernels(1.0, 0.6, 1.0)[3];
    /// assert!((last.correlation() - 0.7753).abs() < 1e-4); // deep relu networks pull inputs together
    /// ```
    /// Panics if a number is not finite, a square is negative or |overlap| > sqrt(x2 y2).
    /// Cost: O(D); activations whose dual is by quadrature some 0.5 ms a layer.
    /// Source: Lee et al., arXiv 1711.00165; arXiv 2106.10165, section 5.1.
    /// Checked against: `pair_kernels_are_those_of_the_network`.
    #[must_use]
    #[track_caller]
    pub fn pair_kernels(&self, x2: f64, overlap: f64, y2: f64) -> Vec<PairKernel> {
        let valid = x2 >= 0.0 && y2 >= 0.0 && x2.is_finite() && y2.is_finite();
        assert!(valid, "|x|^2 / n_0 is finite and not negative, got {x2} and {y2}");
        let most = (x2 * y2).sqrt();
        assert!(overlap.abs() <= most * (1.0 + 1e-12), "an overlap of {overlap} exceeds the lengths, {most}");
        let same = x2 == y2 && overlap == x2;
        let (c_b, c_w) = (self.mlp.bias_variance, self.mlp.weight_variance);
        let dense = |k: PairKernel| PairKernel {
            first: c_b + c_w * k.first,
            second: c_b + c_w * k.second,
            cross: c_b + c_w * k.cross,
        };
        let variance = |k: f64| self.mlp.activation.dual(k, k, k).value;
        let mut kernels = vec![dense(PairKernel { first: x2, second: y2, cross: overlap })];
        for layer in 0..self.mlp.depth {
            let PairKernel { first, second, cross } = kernels[layer];
            let next = PairKernel { first: variance(first), second: variance(second), cross: 0.0 };
            let cross = if same { next.first } else { self.mlp.activation.dual(first, second, cross).value };
            kernels.push(dense(PairKernel { cross, ..next }));
        }
        kernels
    }

    /// Layers 1, ..., D + 1 of the expansion for nearby inputs, to second order in their difference:
    ///
    /// K0 <- C_b + C_W `<sigma^2>`, K1 <- chi_par K1, K2 <- chi_perp K2 + h K1^2, h = (1/2) dchi_perp/dK = C_W
    /// `<sigma'^2 (z^2 - K)>` / (4 K^2), all at K0.
    ///
    /// `start` is the first layer. Compare [`pair_kernels`](EffectiveTheory::pair_kernels), which is exact.
    /// Panics if the kernel of a layer is not positive and finite.
    /// Cost: O(D), as [`layers`](EffectiveTheory::layers).
    /// Source: arXiv 2106.10165, section 5.1.
    /// Checked against: `nearby_inputs_follow_the_expansion`.
    #[must_use]
    #[track_caller]
    pub fn nearby_layers(&self, start: NearbyInputs) -> Vec<NearbyInputs> {
        let c_w = self.mlp.weight_variance;
        let mut layers = vec![start];
        for layer in 0..self.mlp.depth {
            let NearbyInputs { midpoint, parallel, perpendicular } = layers[layer];
            assert!(midpoint > 0.0 && midpoint.is_finite(), "the kernel of layer {} is {midpoint}", layer + 1);
            let at = Moments::of(self.mlp.activation, midpoint);
            layers.push(NearbyInputs {
                midpoint: self.mlp.bias_variance + c_w * at.square,
                parallel: c_w * at.square_growth * parallel,
                perpendicular: c_w * (at.slope * perpendicular + 0.5 * at.slope_growth * parallel * parallel),
            });
        }
        layers
    }
}
