//! Ensembles of random networks of finite width.

use super::kernel::{Kernels, Mlp, check_inputs};
use super::network::Network;
use super::parallel::map_indexed;
use super::random::Stream;
use ndarray::Array2;

/// Many independent networks of one law and width; member m is drawn from stream `Stream::new(seed).split(m)`,
/// so that results reproduce and do not depend on the number of threads, and members are the same for every set
/// of inputs of one dimension.
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
    /// `members` networks of `width` neurons a layer with one output each. Nothing is drawn yet.
    /// Panics if a number is 0. O(1).
    /// Checked against: `ensembles_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn new(mlp: Mlp, width: usize, members: usize, seed: u64) -> Self {
        assert!(width > 0 && members > 0, "an ensemble needs at least one member and one neuron a layer");
        Self { mlp, width, members, seed }
    }

    /// Member `index`, for inputs of `input_dim` coordinates.
    /// Panics if the index is not below `members`.
    /// Cost: as [`Network::draw`].
    /// Checked against: `ensembles_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn member(&self, index: usize, input_dim: usize) -> Network {
        assert!(index < self.members, "member {index} of an ensemble of {}", self.members);
        let mut stream = Stream::new(self.seed).split(index as u64);
        Network::draw(&self.mlp, input_dim, self.width, 1, &mut stream)
    }

    /// Outputs of every member on the rows of `x` (N x n_0): members x N.
    /// Panics if a value is not finite.
    /// Cost: O(members * N * parameters), on all cores.
    /// Checked against: `ensembles_do_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn outputs(&self, x: &Array2<f64>) -> Array2<f64> {
        check_inputs(x);
        let rows = map_indexed(self.members, |m| self.member(m, x.ncols()).forward(x).column(0).to_owned());
        Array2::from_shape_fn((self.members, x.nrows()), |(m, i)| rows[m][i])
    }

    /// f(m, network, stream) for every member m, on all cores: any experiment with each. The stream is the member's own,
    /// apart from the one that it was drawn from.
    ///
    /// ```
    /// use theoria::theory::*;
    /// let (x, y) = (ndarray::array![[1.0], [-1.0]], ndarray::array![[0.5], [0.0]]);
    /// let ensemble = Ensemble::new(Mlp::critical(Tanh), 20, 4, 7);
    /// let losses = ensemble.map(1, |_, network, stream| {
    ///     let trained = Descent::new(0.1).steps(500).run(network, &x, &y, stream);
    ///     Loss::Square.of(&trained, &x, &y)
    /// });
    /// assert!(losses.iter().all(|loss| *loss < 0.01));
    /// ```
    /// Cost: what f costs, and drawing the members.
    /// Checked against: `training_does_not_depend_on_threads`.
    pub fn map<R: Send>(&self, input_dim: usize, f: impl Fn(usize, Network, &mut Stream) -> R + Sync) -> Vec<R> {
        let parent = Stream::new(self.seed);
        map_indexed(self.members, |m| f(m, self.member(m, input_dim), &mut parent.split(m as u64).split(0)))
    }

    /// [`Network::kernels`] of every member on the rows of `x`.
    /// Panics if a value is not finite.
    /// Cost: O(members) times that of one, on all cores.
    /// Checked against: `empirical_kernels_average_to_the_closed_form`,
    /// `the_variance_of_empirical_kernels_falls_as_one_over_width`.
    #[must_use]
    #[track_caller]
    pub fn empirical_kernels(&self, x: &Array2<f64>) -> Vec<Kernels> {
        check_inputs(x);
        map_indexed(self.members, |m| self.member(m, x.ncols()).kernels(x))
    }

    /// Conditional variances G of the output for one input with |x|^2 / n_0 = `x2`, one per member, without
    /// drawing a weight.
    ///
    /// Given G^(l), the neurons of layer l are independent N(0, G^(l)), so G^(l+1) = C_b + (C_W / n) sum_i
    /// sigma(z_i)^2 is a Markov chain: the same law as the diagonal of K_hat in [`Network::kernels`], about
    /// `width` times cheaper. The output is N(0, G), so E z^4 = 3 E G^2. (These are other draws than those of
    /// [`outputs`](Ensemble::outputs).)
    /// Panics if `x2` is negative or not finite.
    /// Cost: O(members * D * width), on all cores.
    /// Source: Hanin, arXiv 2204.01058 (the chain); arXiv 2106.10165, chapter 4.
    /// Checked against: `the_variance_chain_has_the_law_of_full_networks`,
    /// `excess_kurtosis_is_exact_at_small_width`.
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
                let mut z = stream.normals(self.width);
                z.iter_mut().for_each(|z| *z *= deviation);
                self.mlp.activation.values(&mut z);
                let total: f64 = z.iter().map(|feature| feature * feature).sum();
                variance = c_b + c_w * total / self.width as f64;
            }
            variance
        })
    }
}
