//! The kernels of one network of finite width.

use super::Network;
use super::pass::numbers;
use crate::theory::kernel::Kernels;
use crate::theory::product::{gram, product};
use crate::theory::vector::Real;
use ndarray::{Array2, Axis};

impl<T: Real> Network<T> {
    /// Kernels of this network: covariance of an output over the last layer's parameters given the others, and
    /// tangent kernel.
    ///
    /// K_hat = C_b + (C_W / n) sum_i sigma(z_i(x)) sigma(z_i(x')), over the last hidden layer's n neurons;
    /// Theta_hat = sum_mu lambda_mu dz/dtheta_mu(x) dz/dtheta_mu(x'), exact, averaged over the outputs (a
    /// diagonal entry of the output-output matrix each), with lambda_b of a bias and lambda_W / fan_in of a weight
    /// ([`Mlp::rates`](crate::theory::Mlp::rates)). `x`: N x n_0; both results N x N.
    /// Panics as [`forward`](Network::forward).
    /// Cost: O(outputs * N * parameters + outputs * D N^2 width).
    /// Source: arXiv 2106.10165, chapters 4 and 8; gradients by the chain rule.
    /// Checked against: `tangent_kernels_match_finite_differences`,
    /// `empirical_kernels_average_to_the_closed_form`.
    #[must_use]
    #[track_caller]
    pub fn kernels(&self, x: &Array2<T>) -> Kernels<T> {
        let z = self.preactivations(x);
        let (hidden, output) = z.split_at(z.len() - 1);
        // What enters each dense layer, and the mean overlap of two inputs there.
        let overlap = |h: &Array2<T>| gram(h).mapv(|sum| sum / T::of(h.ncols() as f64));
        let mut slopes = Vec::new();
        let mut overlaps = vec![overlap(x)];
        for z in hidden {
            let (mut features, mut slope) = (z.clone(), Array2::zeros(z.dim()));
            self.mlp.activation.values_and_slopes(numbers(&mut features), numbers(&mut slope));
            overlaps.push(overlap(&features));
            slopes.push(slope);
        }
        let (c_b, c_w) = (T::of(self.mlp.bias_variance), T::of(self.mlp.weight_variance));
        let nngp = overlaps[overlaps.len() - 1].mapv(|c| c_b + c_w * c);
        let outputs = output[0].ncols();
        let mut ntk: Array2<T> = Array2::zeros((x.nrows(), x.nrows()));
        for index in 0..outputs {
            ntk = ntk + self.tangent_kernel(index, &slopes, &overlaps);
        }
        Kernels { nngp, ntk: ntk.mapv(|sum| sum / T::of(outputs as f64)) }
    }

    /// The empirical tangent kernel alone, N x N: see [`kernels`](Network::kernels).
    /// Checked against: `tangent_kernels_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn ntk(&self, x: &Array2<T>) -> Array2<T> {
        self.kernels(x).ntk
    }

    /// sum over layers l of (lambda_b + lambda_W overlap^(l)) (d^(l) . d'^(l)), d^(l) = dz_index/dz^(l) by
    /// backpropagation.
    fn tangent_kernel(&self, index: usize, slopes: &[Array2<T>], overlaps: &[Array2<T>]) -> Array2<T> {
        let (lambda_b, lambda_w) = self.mlp.rates();
        let (lambda_b, lambda_w) = (T::of(lambda_b), T::of(lambda_w));
        let last = self.layers() - 1;
        let mut ntk = overlaps[last].mapv(|c| lambda_b + lambda_w * c);
        let row = self.weights(last).row(index).to_owned().insert_axis(Axis(0));
        let mut sensitivity: Option<Array2<T>> = None; // of the output to the features of the layer at hand
        for layer in (0..last).rev() {
            let delta = match &sensitivity {
                None => &slopes[layer] * &row,
                Some(s) => &slopes[layer] * s,
            };
            ntk = ntk + overlaps[layer].mapv(|c| lambda_b + lambda_w * c) * gram(&delta);
            sensitivity = Some(product(&delta, &self.weights(layer)));
        }
        ntk
    }
}
