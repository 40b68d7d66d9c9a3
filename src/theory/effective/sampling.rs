//! Finite networks drawn at random, and what they say of the coefficients of 1/n.

use super::EffectiveTheory;
use crate::theory::kernel::Mlp;
use crate::theory::parallel::map_indexed;
use crate::theory::product::product;
use crate::theory::random::Stream;
use crate::theory::statistics;
use ndarray::{Array1, Array2, Array3, Axis};

/// Random networks of finite width, from which each coefficient of a [`Layer`](super::Layer) is estimated with a
/// standard error.
///
/// Given the layers up to l - 1, the average over the weights of layer l is taken in closed form, so its noise is
/// not there: `A = n Var(om)` with `om = lambda_b + mean(lambda_W s^2 + C_W s'^2 H_jj)`, `B = E (C_W^2/n) sum_jk
/// s'_j^2 s'_k^2 H_jk^2`, and so on. What is estimated holds at this n; it differs from the recursion by terms of
/// relative order l/n.
///
/// ```
/// use theoria::theory::*;
/// let mlp = Mlp::critical(Relu).depth(2).learning_rates(0.0, 1.0);
/// let theory = EffectiveTheory::new(mlp).layers(0.5);
/// let networks = FiniteNetworks::new(mlp, 32).members(500).seed(7).layers(0.5);
/// for (layer, sampled) in theory.iter().zip(&networks) {
///     println!("V = {}, sampled {} +- {}", layer.vertex, sampled.vertex.value, sampled.vertex.standard_error);
/// }
/// assert!(networks[1].vertex.differs_by(theory[1].vertex) < 4.0);
/// ```
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, sections 8.1 and 11.2 (the forward equations of H and dH).
/// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`, `the_sampler_agrees_with_whole_networks`.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteNetworks {
    mlp: Mlp,
    widths: Vec<usize>,
    members: usize,
    seed: u64,
    differentials: bool,
}

/// An estimate from random samples and its standard error.
/// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Estimates of the coefficients of one layer, by the names of [`Layer`](super::Layer).
/// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampledLayer {
    /// l.
    pub index: usize,
    /// E z_i^2, which is K + G1/n + O(1/n^2).
    pub kernel: Estimate,
    /// G1 = n (E z_i^2 - K).
    pub kernel_correction: Estimate,
    /// V.
    pub vertex: Estimate,
    /// E H_ii, which is Theta + H1/n + O(1/n^2).
    pub ntk: Estimate,
    /// H1 = n (E H_ii - Theta).
    pub ntk_correction: Estimate,
    /// n Var(H_ii) = A + 2B.
    pub ntk_variance: Estimate,
    /// A.
    pub ntk_a: Estimate,
    /// B.
    pub ntk_b: Estimate,
    /// D.
    pub cross_d: Estimate,
    /// F.
    pub cross_f: Estimate,
    /// P and Q, if [`FiniteNetworks::with_differentials`] asked for them.
    pub dntk: Option<(Estimate, Estimate)>,
}

impl Estimate {
    /// The mean of independent samples. Panics if there are fewer than 2. O(n).
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
    #[must_use]
    #[track_caller]
    pub fn of_mean(samples: &[f64]) -> Self {
        Self { value: statistics::mean(samples), standard_error: statistics::standard_error(samples) }
    }

    /// How many standard errors the estimate lies from `expected`; 0 if both agree exactly. O(1).
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
    #[must_use]
    pub fn differs_by(&self, expected: f64) -> f64 {
        let difference = (self.value - expected).abs();
        // Sums over networks that are all alike leave a rounding behind.
        if difference <= 1e-12 * expected.abs().max(1.0) { 0.0 } else { difference / self.standard_error }
    }

    /// The estimate of a multiple of the same quantity. O(1).
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { value: factor * self.value, standard_error: factor.abs() * self.standard_error }
    }

    fn shifted(self, by: f64) -> Self {
        Self { value: self.value + by, ..self }
    }

    /// The covariance of two samples, with the standard error of the mean product of departures.
    fn of_covariance(a: &[f64], b: &[f64]) -> Self {
        Self::of_mean(&departures(a, b)).times(a.len() as f64 / (a.len() - 1) as f64)
    }
}

fn departures(a: &[f64], b: &[f64]) -> Vec<f64> {
    let (mean_a, mean_b) = (statistics::mean(a), statistics::mean(b));
    a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).collect()
}

impl FiniteNetworks {
    /// Networks of `width` neurons in every hidden layer: 1,000 members of seed 0, unless
    /// [`members`](FiniteNetworks::members) and [`seed`](FiniteNetworks::seed) say otherwise.
    /// Panics if the width is 0. O(D).
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
    #[must_use]
    #[track_caller]
    pub fn new(mlp: Mlp, width: usize) -> Self {
        Self::of_widths(mlp, &vec![width; mlp.depth])
    }

    /// Networks with a width n_1, ..., n_D for each hidden layer.
    /// Panics unless there is one for each, and none is 0. O(D).
    /// Checked against: `sampled_pyramids_follow_the_recursion`.
    #[must_use]
    #[track_caller]
    pub fn of_widths(mlp: Mlp, widths: &[usize]) -> Self {
        assert!(widths.len() == mlp.depth, "depth {} needs as many widths, got {}", mlp.depth, widths.len());
        assert!(widths.iter().all(|&n| n > 0), "every layer needs at least one neuron");
        Self { mlp, widths: widths.to_vec(), members: 1000, seed: 0, differentials: false }
    }

    /// The same with this number of networks.
    /// Panics if below 2. O(1).
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
    #[must_use]
    #[track_caller]
    pub fn members(self, members: usize) -> Self {
        assert!(members > 1, "a standard error needs at least 2 networks");
        Self { members, ..self }
    }

    /// The same with another seed; network m is drawn from stream `Stream::new(seed).split(m)`. O(1).
    /// Checked against: `sampled_layers_do_not_depend_on_threads`.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same, following the differential dH of the tangent kernel as well, for P and Q. It is a tensor of n^3
    /// numbers, so keep n small.
    /// O(1).
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`.
    #[must_use]
    pub fn with_differentials(self) -> Self {
        Self { differentials: true, ..self }
    }

    /// Estimates for layers 1, ..., D + 1, for an input with |x|^2 / n_0 = `x2`; those of layer 1, where nothing
    /// fluctuates, are exact.
    /// Panics if `x2` is negative or not finite, or a kernel is 0.
    /// Cost: O(members D n^3), with differentials O(members D n^4), on all cores.
    /// Source: arXiv 2106.10165, sections 4.3, 8.1 and 11.2; the averages over the last weights by Wick's theorem.
    /// Checked against: `coefficients_of_the_second_layer_are_those_of_networks`,
    /// `fluctuations_of_deep_networks_approach_the_recursion`, `the_sampler_agrees_with_whole_networks`.
    #[must_use]
    #[track_caller]
    pub fn layers(&self, x2: f64) -> Vec<SampledLayer> {
        let limit = EffectiveTheory::new(self.mlp).layers(x2);
        let parent = Stream::new(self.seed);
        let draws = map_indexed(self.members, |m| self.draw(x2, &mut parent.split(m as u64)));
        let alike = vec![Summary::of_first_layer(limit[0].kernel, limit[0].ntk); self.members];
        let column = |hidden: usize| draws.iter().map(|draw| draw[hidden]).collect();
        let columns = std::iter::once(alike).chain((0..self.mlp.depth).map(column));
        let widths = std::iter::once(1).chain(self.widths.iter().copied());
        limit
            .iter()
            .zip(widths.zip(columns))
            .map(|(layer, (n, column))| self.reduce(layer, n as f64, &column))
            .collect()
    }

    /// What one network says of layers 2, ..., D + 1.
    fn draw(&self, x2: f64, stream: &mut Stream) -> Vec<Summary> {
        let mut layer = Neurons::first(&self.mlp, x2, self.widths.first().copied().unwrap_or(0), stream);
        let mut summaries = Vec::with_capacity(self.mlp.depth);
        for hidden in 0..self.mlp.depth {
            if hidden > 0 {
                layer = layer.next(&self.mlp, self.widths[hidden], self.differentials, stream);
            }
            summaries.push(layer.summary(&self.mlp));
        }
        summaries
    }

    fn reduce(&self, limit: &super::Layer, n: f64, draws: &[Summary]) -> SampledLayer {
        let column = |f: fn(&Summary) -> f64| draws.iter().map(f).collect::<Vec<f64>>();
        let (kernels, ntks, b) = (column(|s| s.kernel), column(|s| s.ntk), column(|s| s.b));
        let (kernel, ntk) = (Estimate::of_mean(&kernels), Estimate::of_mean(&ntks));
        let spread = departures(&ntks, &ntks);
        let total: Vec<f64> = spread.iter().zip(&b).map(|(square, b)| n * square + 2.0 * b).collect();
        let mean = |f| Estimate::of_mean(&column(f));
        SampledLayer {
            index: limit.index,
            kernel,
            kernel_correction: kernel.shifted(-limit.kernel).times(n),
            vertex: Estimate::of_covariance(&kernels, &kernels).times(n),
            ntk,
            ntk_correction: ntk.shifted(-limit.ntk).times(n),
            ntk_variance: Estimate::of_mean(&total),
            ntk_a: Estimate::of_covariance(&ntks, &ntks).times(n),
            ntk_b: Estimate::of_mean(&b),
            cross_d: Estimate::of_covariance(&ntks, &kernels).times(n),
            cross_f: mean(|s| s.f),
            dntk: self.differentials.then(|| (mean(|s| s.p), mean(|s| s.q))),
        }
    }
}

/// What the hidden layers of one network say of the next layer, averaged over its weights.
#[derive(Clone, Copy)]
struct Summary {
    /// E z_i^2.
    kernel: f64,
    /// E H_ii.
    ntk: f64,
    /// n E H_12^2.
    b: f64,
    /// n E H_12 z_1 z_2.
    f: f64,
    /// n E dH_122 z_1.
    p: f64,
    /// n E dH_112 z_2.
    q: f64,
}

impl Summary {
    fn of_first_layer(kernel: f64, ntk: f64) -> Self {
        Self { kernel, ntk, b: 0.0, f: 0.0, p: 0.0, q: 0.0 }
    }
}

/// A layer of one network: sigma and its derivatives at its preactivations, H_ij, and dH_ijk if it is followed and
/// not zero.
struct Neurons {
    values: Array1<f64>,
    slopes: Array1<f64>,
    curvatures: Array1<f64>,
    tangents: Array2<f64>,
    differentials: Option<Array3<f64>>,
}

impl Neurons {
    fn new(mlp: &Mlp, z: &Array1<f64>, tangents: Array2<f64>, differentials: Option<Array3<f64>>) -> Self {
        let sigma = mlp.activation;
        let (values, slopes) = (z.mapv(|z| sigma.value(z)), z.mapv(|z| sigma.slope(z)));
        Self { values, slopes, curvatures: z.mapv(|z| sigma.curvature(z)), tangents, differentials }
    }

    fn first(mlp: &Mlp, x2: f64, width: usize, stream: &mut Stream) -> Self {
        let (lambda_b, lambda_w) = mlp.rates();
        let deviation = (mlp.bias_variance + mlp.weight_variance * x2).sqrt();
        let z = Array1::from(stream.normals(width)) * deviation;
        Self::new(mlp, &z, Array2::eye(width) * (lambda_b + lambda_w * x2), None)
    }

    /// Averages over the weights W_ij ~ N(0, C_W / n) of the next layer, by Wick's theorem.
    fn summary(&self, mlp: &Mlp) -> Summary {
        let (lambda_b, lambda_w) = mlp.rates();
        let (c_w, n) = (mlp.weight_variance, self.values.len() as f64);
        let (s, slope, h) = (&self.values, &self.slopes, &self.tangents);
        let (products, squares) = (s * slope, slope * slope); // s s' and s'^2
        let mean_square = s.dot(s) / n;
        let passed = h.dot(&products); // sum_k H_jk (s s')_k
        let h2 = h * h;
        let spread = h2.dot(&squares); // sum_k H_jk^2 s'_k^2
        let diagonal = h.diag();
        let own = c_w * c_w / n;
        let bent = s * &self.curvatures; // s s''
        let mut p = bent.dot(&spread);
        let mut q = (&self.curvatures * slope * diagonal).dot(&passed);
        if let Some(dh) = &self.differentials {
            for (j, slice) in dh.axis_iter(Axis(0)).enumerate() {
                p += products[j] * slice.diag().dot(&squares);
                q += squares[j] * slice.row(j).dot(&products);
            }
        }
        let chained = products.dot(&passed);
        Summary {
            kernel: mlp.bias_variance + c_w * mean_square,
            ntk: lambda_b + lambda_w * mean_square + c_w * squares.dot(&diagonal) / n,
            b: own * squares.dot(&spread),
            f: own * chained,
            p: own * p,
            q: lambda_w * c_w / n * chained + own * q,
        }
    }

    /// The next layer, its parameters drawn: z' = b + W s, H' = (lambda_b + lambda_W mean s^2) 1 + (W s') H (W s')^T.
    fn next(&self, mlp: &Mlp, width: usize, differentials: bool, stream: &mut Stream) -> Self {
        let (lambda_b, lambda_w) = mlp.rates();
        let n = self.values.len();
        let weights = stream.normal_matrix(width, n) * (mlp.weight_variance / n as f64).sqrt();
        let biases = Array1::from(stream.normals(width)) * mlp.bias_variance.sqrt();
        let gates = &weights * &self.slopes; // W s'
        let carried = product(&gates, &self.tangents); // W s' H
        let mut tangents = product(&carried, &gates.t());
        let own = lambda_b + lambda_w * self.values.dot(&self.values) / n as f64;
        tangents.diag_mut().mapv_inplace(|h| h + own);
        let dh = differentials.then(|| self.next_differentials(lambda_w, &weights, &gates, &carried));
        Self::new(mlp, &(weights.dot(&self.values) + biases), tangents, dh)
    }

    /// dH'_abc = delta_ab u_c + delta_ac u_b + sum_j W_aj s''_j X_bj X_cj + sum_jkm (W s')_aj (W s')_bk (W s')_cm
    /// dH_jkm, with X = W s' H and u = (lambda_W / n) (W s') H (s s').
    fn next_differentials(
        &self,
        lambda_w: f64,
        weights: &Array2<f64>,
        gates: &Array2<f64>,
        carried: &Array2<f64>,
    ) -> Array3<f64> {
        let (width, n) = weights.dim();
        let u = carried.dot(&(&self.values * &self.slopes)) * (lambda_w / n as f64);
        let bent = weights * &self.curvatures; // W s''
        let contracted = self.differentials.as_ref().map(|dh| {
            let flat = dh.to_shape((n, n * n)).expect("n^3 numbers").to_owned();
            product(gates, &flat).into_shape_with_order((width, n, n)).expect("width n^2 numbers")
        });
        let mut next = Array3::zeros((width, width, width));
        for (a, mut slice) in next.axis_iter_mut(Axis(0)).enumerate() {
            slice.assign(&product(&(carried * &bent.row(a)), &carried.t()));
            if let Some(contracted) = &contracted {
                slice += &product(&product(gates, &contracted.index_axis(Axis(0), a)), &gates.t());
            }
            slice.row_mut(a).scaled_add(1.0, &u);
            slice.column_mut(a).scaled_add(1.0, &u);
        }
        next
    }
}
