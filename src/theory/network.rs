//! Random networks of finite width at initialisation, and ensembles of them.

use super::kernel::{Kernels, Mlp, check_inputs};
use super::product::{gram, product};
use super::random::Stream;
use ndarray::{Array1, Array2, Axis};

/// One network with drawn parameters: D + 1 dense layers, W ~ N(0, C_W / fan_in), b ~ N(0, C_b), hidden layers
/// of one width.
///
/// ```
/// use theoria::theory::*;
/// let mut stream = Stream::new(0);
/// let network = Network::draw(&Mlp::critical(Relu).depth(2), 3, 64, 1, &mut stream);
/// let outputs = network.forward(&stream.normal_matrix(5, 3)); // 5 inputs x 1 output
/// assert_eq!(outputs.dim(), (5, 1));
/// ```
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, section 2.3.
/// Checked against: `empirical_kernels_average_to_the_closed_form`.
#[derive(Clone, Debug)]
pub struct Network {
    /// The law that the parameters were drawn from.
    pub mlp: Mlp,
    /// Weights of each dense layer, fan_out x fan_in.
    pub weights: Vec<Array2<f64>>,
    /// Biases of each dense layer, fan_out.
    pub biases: Vec<Array1<f64>>,
}

impl Network {
    /// A network with `input_dim` inputs, `mlp.depth` hidden layers of `width` neurons, and `outputs` outputs,
    /// drawn from `stream`.
    /// Panics if a size is 0.
    /// Cost: O(number of parameters).
    /// Checked against: `empirical_kernels_average_to_the_closed_form`.
    #[must_use]
    #[track_caller]
    pub fn draw(mlp: &Mlp, input_dim: usize, width: usize, outputs: usize, stream: &mut Stream) -> Self {
        Self::draw_shape(mlp, input_dim, &vec![width; mlp.depth], outputs, stream)
    }

    /// As [`Network::draw`], with a width for each hidden layer.
    /// Panics if a size is 0 or there is not one width per hidden layer.
    /// Cost: O(number of parameters).
    /// Checked against: `excess_kurtosis_of_unequal_widths_is_exact`.
    #[must_use]
    #[track_caller]
    pub fn draw_shape(mlp: &Mlp, input_dim: usize, widths: &[usize], outputs: usize, stream: &mut Stream) -> Self {
        assert!(widths.len() == mlp.depth, "depth {} needs as many widths, got {}", mlp.depth, widths.len());
        let sizes: Vec<usize> = [input_dim].iter().chain(widths).chain(&[outputs]).copied().collect();
        assert!(sizes.iter().all(|&n| n > 0), "every layer needs at least one neuron, got sizes {sizes:?}");
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for size in sizes.windows(2) {
            let deviation = (mlp.weight_variance / size[0] as f64).sqrt();
            weights.push(stream.normal_matrix(size[1], size[0]) * deviation);
            biases.push(Array1::from(stream.normals(size[1])) * mlp.bias_variance.sqrt());
        }
        Self { mlp: *mlp, weights, biases }
    }

    /// Outputs of the rows of `x` (N x n_0): N x outputs.
    /// Panics if the number of coordinates is wrong or a value is not finite.
    /// Cost: O(N * number of parameters).
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn forward(&self, x: &Array2<f64>) -> Array2<f64> {
        self.preactivations(x).pop().expect("there is at least one dense layer")
    }

    /// Preactivations z^(1), ..., z^(D+1) of the rows of `x`: D + 1 arrays, N x (width of that layer); the last
    /// is the output. z^(1) = b + W x, z^(l+1) = b + W sigma(z^(l)).
    /// Panics and cost as [`forward`](Network::forward).
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn preactivations(&self, x: &Array2<f64>) -> Vec<Array2<f64>> {
        self.check(x);
        let mut all: Vec<Array2<f64>> = Vec::with_capacity(self.weights.len());
        for (weights, biases) in self.weights.iter().zip(&self.biases) {
            let z = match all.last() {
                None => product(x, &weights.t()),
                Some(z) => product(&self.features(z), &weights.t()),
            };
            all.push(z + biases);
        }
        all
    }

    fn features(&self, z: &Array2<f64>) -> Array2<f64> {
        z.mapv(|z| self.mlp.activation.value(z))
    }

    #[track_caller]
    fn check(&self, x: &Array2<f64>) {
        check_inputs(x);
        let fan_in = self.weights[0].ncols();
        assert!(x.ncols() == fan_in, "the network takes {fan_in} coordinates, the inputs have {}", x.ncols());
    }

    /// Kernels of this network: covariance of an output over the last layer's parameters given the others, and
    /// tangent kernel.
    ///
    /// K_hat = C_b + (C_W / n) sum_i sigma(z_i(x)) sigma(z_i(x')), over the last hidden layer's n neurons;
    /// Theta_hat = sum_mu lambda_mu dz/dtheta_mu(x) dz/dtheta_mu(x'), exact, averaged over the outputs (a
    /// diagonal entry of the output-output matrix each). `x`: N x n_0; both results N x N.
    /// Panics as [`forward`](Network::forward).
    /// Cost: O(outputs * N * parameters + outputs * D N^2 width).
    /// Source: arXiv 2106.10165, chapters 4 and 8; gradients by the chain rule.
    /// Checked against: `tangent_kernels_match_finite_differences`,
    /// `empirical_kernels_average_to_the_closed_form`.
    #[must_use]
    #[track_caller]
    pub fn kernels(&self, x: &Array2<f64>) -> Kernels {
        let z = self.preactivations(x);
        let (hidden, output) = z.split_at(z.len() - 1);
        // What enters each dense layer, and the mean overlap of two inputs there.
        let entering: Vec<Array2<f64>> =
            std::iter::once(x.clone()).chain(hidden.iter().map(|z| self.features(z))).collect();
        let overlaps: Vec<Array2<f64>> = entering.iter().map(|h| gram(h) / h.ncols() as f64).collect();
        let nngp = overlaps[overlaps.len() - 1].mapv(|c| self.mlp.bias_variance + self.mlp.weight_variance * c);
        let outputs = output[0].ncols();
        let mut ntk = Array2::zeros((x.nrows(), x.nrows()));
        for index in 0..outputs {
            ntk += &self.tangent_kernel(index, hidden, &overlaps);
        }
        Kernels { nngp, ntk: ntk / outputs as f64 }
    }

    /// The empirical tangent kernel alone, N x N: see [`kernels`](Network::kernels).
    /// Checked against: `tangent_kernels_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn ntk(&self, x: &Array2<f64>) -> Array2<f64> {
        self.kernels(x).ntk
    }

    /// sum over layers l of (lambda_b + lambda_W overlap^(l)) (d^(l) . d'^(l)), d^(l) = dz_index/dz^(l) by
    /// backpropagation.
    fn tangent_kernel(&self, index: usize, hidden: &[Array2<f64>], overlaps: &[Array2<f64>]) -> Array2<f64> {
        let (lambda_b, lambda_w) = self.mlp.rates();
        let last = self.weights.len() - 1;
        let mut ntk = overlaps[last].mapv(|c| lambda_b + lambda_w * c);
        let row = self.weights[last].row(index).to_owned().insert_axis(Axis(0));
        let mut sensitivity: Option<Array2<f64>> = None; // of the output to the features of the layer at hand
        for layer in (0..last).rev() {
            let slopes = hidden[layer].mapv(|z| self.mlp.activation.slope(z));
            let delta = match sensitivity {
                None => slopes * &row,
                Some(s) => slopes * &s,
            };
            ntk += &(overlaps[layer].mapv(|c| lambda_b + lambda_w * c) * gram(&delta));
            sensitivity = Some(product(&delta, &self.weights[layer]));
        }
        ntk
    }
}
