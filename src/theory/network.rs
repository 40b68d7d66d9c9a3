//! Random networks of finite width at initialisation, and ensembles of them.

use super::kernel::{Kernels, Mlp, check_inputs};
use super::numeric;
use super::parallel::map_indexed;
use super::random::Stream;
use ndarray::{Array1, Array2, Axis};

/// One network with drawn parameters: D + 1 dense layers, W ~ N(0, C_W / fan_in), b ~ N(0, C_b), hidden layers of one width.
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
    /// A network with `input_dim` inputs, `mlp.depth` hidden layers of `width` neurons, and `outputs` outputs, drawn from `stream`.
    /// Panics if a size is 0. Cost: O(number of parameters). Checked against: `empirical_kernels_average_to_the_closed_form`.
    #[must_use]
    #[track_caller]
    pub fn draw(mlp: &Mlp, input_dim: usize, width: usize, outputs: usize, stream: &mut Stream) -> Self {
        Self::draw_shape(mlp, input_dim, &vec![width; mlp.depth], outputs, stream)
    }

    /// As [`Network::draw`], with a width for each hidden layer. Panics if a size is 0 or there is not one width per hidden layer.
    /// Cost: O(number of parameters). Checked against: `excess_kurtosis_of_unequal_widths_is_exact`.
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

    /// Outputs of the rows of `x` (N x n_0): N x outputs. Panics if the number of coordinates is wrong or a value is not finite.
    /// Cost: O(N * number of parameters). Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn forward(&self, x: &Array2<f64>) -> Array2<f64> {
        self.preactivations(x).pop().expect("there is at least one dense layer")
    }

    /// Preactivations z^(1), ..., z^(D+1) of the rows of `x`: D + 1 arrays, N x (width of that layer); the last is the output.
    /// z^(1) = b + W x, z^(l+1) = b + W sigma(z^(l)). Panics and cost as [`forward`](Network::forward).
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn preactivations(&self, x: &Array2<f64>) -> Vec<Array2<f64>> {
        self.check(x);
        let mut all: Vec<Array2<f64>> = Vec::with_capacity(self.weights.len());
        for (weights, biases) in self.weights.iter().zip(&self.biases) {
            let z = match all.last() {
                None => x.dot(&weights.t()),
                Some(z) => self.features(z).dot(&weights.t()),
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

    /// Kernels of this network: covariance of an output over the last layer's parameters given the others, and tangent kernel.
    ///
    /// K_hat = C_b + (C_W / n) sum_i sigma(z_i(x)) sigma(z_i(x')), over the last hidden layer's n neurons;
    /// Theta_hat = sum_mu lambda_mu dz/dtheta_mu(x) dz/dtheta_mu(x'), exact, averaged over the outputs (a diagonal
    /// entry of the output-output matrix each). `x`: N x n_0; both results N x N.
    /// Panics as [`forward`](Network::forward). Cost: O(outputs * N * parameters + outputs * D N^2 width).
    /// Source: arXiv 2106.10165, eqs. 4.5 and 8.5 [numbers unsure]; gradients by the chain rule.
    /// Checked against: `tangent_kernels_match_finite_differences`, `empirical_kernels_average_to_the_closed_form`.
    #[must_use]
    #[track_caller]
    pub fn kernels(&self, x: &Array2<f64>) -> Kernels {
        let z = self.preactivations(x);
        let (hidden, output) = z.split_at(z.len() - 1);
        // What enters each dense layer, and the mean overlap of two inputs there.
        let entering: Vec<Array2<f64>> =
            std::iter::once(x.clone()).chain(hidden.iter().map(|z| self.features(z))).collect();
        let overlaps: Vec<Array2<f64>> = entering.iter().map(|h| h.dot(&h.t()) / h.ncols() as f64).collect();
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

    /// sum over layers l of (lambda_b + lambda_W overlap^(l)) (d^(l) . d'^(l)), d^(l) = dz_index/dz^(l) by backpropagation.
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
            ntk += &(overlaps[layer].mapv(|c| lambda_b + lambda_w * c) * delta.dot(&delta.t()));
            sensitivity = Some(delta.dot(&self.weights[layer]));
        }
        ntk
    }
}

/// Many independent networks of one law and width; member m is drawn from stream `Stream::new(seed).split(m)`, so that results
/// reproduce and do not depend on the number of threads, and members are the same for every set of inputs of one dimension.
///
/// ```
/// use theoria::theory::*;
/// let ensemble = Ensemble::new(Mlp::critical(Relu).depth(2), 64, 100, 7); // width 64, 100 members, seed 7
/// let x = ndarray::array![[1.0, 0.0], [0.6, 0.8]];
/// assert_eq!(ensemble.outputs(&x).dim(), (100, 2));
/// ```
/// Checked against: `ensembles_do_not_depend_on_threads`, `empirical_kernels_average_to_the_closed_form`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// The law of every member.
    pub mlp: Mlp,
    /// Neurons in every hidden layer.
    pub width: usize,
    /// Number of networks.
    pub members: usize,
    /// Seed of the parent stream.
    pub seed: u64,
}

impl Ensemble {
    /// `members` networks of `width` neurons a layer with one output each. Nothing is drawn yet. Panics if a number is 0. O(1).
    /// Checked against: `ensembles_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn new(mlp: Mlp, width: usize, members: usize, seed: u64) -> Self {
        assert!(width > 0 && members > 0, "an ensemble needs at least one member and one neuron a layer");
        Self { mlp, width, members, seed }
    }

    /// Member `index`, for inputs of `input_dim` coordinates. Panics if the index is not below `members`. Cost: as [`Network::draw`].
    /// Checked against: `ensembles_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn member(&self, index: usize, input_dim: usize) -> Network {
        assert!(index < self.members, "member {index} of an ensemble of {}", self.members);
        let mut stream = Stream::new(self.seed).split(index as u64);
        Network::draw(&self.mlp, input_dim, self.width, 1, &mut stream)
    }

    /// Outputs of every member on the rows of `x` (N x n_0): members x N. Panics if a value is not finite.
    /// Cost: O(members * N * parameters), on all cores. Checked against: `ensembles_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn outputs(&self, x: &Array2<f64>) -> Array2<f64> {
        check_inputs(x);
        let rows = map_indexed(self.members, |m| self.member(m, x.ncols()).forward(x).column(0).to_owned());
        Array2::from_shape_fn((self.members, x.nrows()), |(m, i)| rows[m][i])
    }

    /// [`Network::kernels`] of every member on the rows of `x`. Panics if a value is not finite.
    /// Cost: O(members) times that of one, on all cores. Checked against: `empirical_kernels_average_to_the_closed_form`,
    /// `the_variance_of_empirical_kernels_falls_as_one_over_width`.
    #[must_use]
    #[track_caller]
    pub fn empirical_kernels(&self, x: &Array2<f64>) -> Vec<Kernels> {
        check_inputs(x);
        map_indexed(self.members, |m| self.member(m, x.ncols()).kernels(x))
    }

    /// Conditional variances G of the output for one input with |x|^2 / n_0 = `x2`, one per member, without drawing a weight.
    ///
    /// Given G^(l), the neurons of layer l are independent N(0, G^(l)), so G^(l+1) = C_b + (C_W / n) sum_i sigma(z_i)^2 is a Markov chain: the same
    /// law as the diagonal of K_hat in [`Network::kernels`], about `width` times cheaper. The output is N(0, G), so E z^4 = 3 E G^2.
    /// (These are other draws than those of [`outputs`](Ensemble::outputs).) Panics if `x2` is negative or not finite.
    /// Cost: O(members * D * width), on all cores. Source: Hanin, arXiv 2204.01058 (the chain); arXiv 2106.10165, chapter 4.
    /// Checked against: `the_variance_chain_has_the_law_of_full_networks`, `excess_kurtosis_is_exact_at_small_width`.
    #[must_use]
    #[track_caller]
    pub fn conditional_variances(&self, x2: f64) -> Vec<f64> {
        assert!(x2 >= 0.0 && x2.is_finite(), "|x|^2 / n_0 is finite and not negative, got {x2}");
        let (c_b, c_w) = (self.mlp.bias_variance, self.mlp.weight_variance);
        // A stream apart from the members', so that chain and network of one index are independent.
        let parent = Stream::new(self.seed).split(u64::MAX - 1);
        map_indexed(self.members, |m| {
            let mut stream = parent.split(m as u64);
            let mut variance = c_b + c_w * x2;
            for _ in 0..self.mlp.depth {
                let deviation = variance.sqrt();
                let square = |z: f64| z * z;
                let total: f64 =
                    (0..self.width).map(|_| square(self.mlp.activation.value(deviation * stream.normal()))).sum();
                variance = c_b + c_w * total / self.width as f64;
            }
            variance
        })
    }
}

impl Mlp {
    /// nu = 3 A4 / A2^2 - 1, with A_k = (|a|^k + |b|^k) / 2 for slopes (a, b): relative variance of sigma(z)^2, which is what one layer of
    /// width n adds, over n, to the relative variance of K_hat. relu 5, linear and abs 2, leaky relu of 0.1 4.88.
    /// Panics unless the activation is positively homogeneous and not zero. O(1).
    /// Source: arXiv 2106.10165, section 5.4. Checked against: `excess_kurtosis_is_exact_at_small_width`.
    #[must_use]
    #[track_caller]
    pub fn layer_fluctuation(&self) -> f64 {
        let slopes = self.activation.slopes();
        let Some((a, b)) = slopes else { panic!("{:?} is not positively homogeneous", self.activation) };
        let moment = |k| 0.5 * (numeric::powi(a, k) + numeric::powi(b, k));
        assert!(moment(2) > 0.0, "the zero activation has no fluctuation");
        3.0 * moment(4) / (moment(2) * moment(2)) - 1.0
    }

    /// Exact excess kurtosis of an output of a network of finite width, for a single input: 3 [(1 + nu/n)^D - 1], where nu is
    /// [`layer_fluctuation`](Mlp::layer_fluctuation) and D the depth. Holds at every width n, whatever C_W.
    /// Panics unless C_b = 0, n >= 1 and the activation is positively homogeneous. O(log D).
    /// Source: product of independent factors, cf. Hanin and Nica, arXiv 1812.05994; derived anew.
    /// Checked against: `excess_kurtosis_is_exact_at_small_width`.
    #[must_use]
    #[track_caller]
    pub fn exact_excess_kurtosis(&self, width: usize) -> f64 {
        self.exact_excess_kurtosis_of(&vec![width; self.depth])
    }

    /// As [`exact_excess_kurtosis`](Mlp::exact_excess_kurtosis), with a width for each hidden layer: 3 [prod_l (1 + nu/n_l) - 1].
    /// Panics as there, or unless there is one width per hidden layer. O(D).
    /// Checked against: `excess_kurtosis_of_unequal_widths_is_exact`.
    #[must_use]
    #[track_caller]
    pub fn exact_excess_kurtosis_of(&self, widths: &[usize]) -> f64 {
        3.0 * self.exact_relative_variance_of(widths)
    }

    /// Exact relative variance Var(K_hat) / K^2 of the empirical NNGP kernel of one input: (1 + nu/n)^D - 1.
    /// Panics as [`exact_excess_kurtosis`](Mlp::exact_excess_kurtosis). O(D).
    /// Checked against: `the_variance_of_empirical_kernels_falls_as_one_over_width`.
    #[must_use]
    #[track_caller]
    pub fn exact_relative_variance(&self, width: usize) -> f64 {
        self.exact_relative_variance_of(&vec![width; self.depth])
    }

    #[track_caller]
    fn exact_relative_variance_of(&self, widths: &[usize]) -> f64 {
        assert!(self.bias_variance == 0.0, "the exact law holds without biases, C_b = {}", self.bias_variance);
        assert!(widths.len() == self.depth, "depth {} needs as many widths, got {}", self.depth, widths.len());
        assert!(widths.iter().all(|&n| n > 0), "every layer needs at least one neuron");
        let nu = self.layer_fluctuation();
        widths.iter().map(|&n| 1.0 + nu / n as f64).product::<f64>() - 1.0
    }
}
