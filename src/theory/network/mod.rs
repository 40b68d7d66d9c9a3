//! Fully connected networks of finite width: drawn, run, differentiated.

mod kernels;
mod parametrization;
mod pass;

pub use parametrization::Parametrization;

use super::kernel::Mlp;
use super::random::Stream;
use super::training::Group;
use super::vector::Real;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};
use parametrization::Rates;
use std::ops::Range;

/// One network with drawn parameters: D + 1 dense layers, W ~ N(0, C_W / fan_in), b ~ N(0, C_b), in `f64` unless
/// made [`single`](Network::single). It can be trained: see [`Descent`](super::Descent).
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
#[derive(Clone, Debug, PartialEq)]
pub struct Network<T = f64> {
    /// The law that the parameters were drawn from.
    pub mlp: Mlp,
    /// n_0, n_1, ..., n_{D+1}.
    sizes: Vec<usize>,
    /// Layer after layer: the rows of W, then b.
    parameters: Vec<T>,
    /// How fast each layer learns.
    rates: Vec<Rates>,
    /// Parameters that are held at 0, if any are.
    pruned: Option<Vec<bool>>,
}

impl Network {
    /// A network with `input_dim` inputs, `mlp.depth` hidden layers of `width` neurons, and `outputs` outputs,
    /// drawn from `stream`.
    /// Panics if a size is 0.
    /// Cost: O(number of parameters), some 5 nanoseconds each.
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
        let mut parameters = Vec::new();
        for size in sizes.windows(2) {
            let deviation = (mlp.weight_variance / size[0] as f64).sqrt();
            parameters.extend(stream.normals(size[1] * size[0]).into_iter().map(|z| z * deviation));
            parameters.extend(stream.normals(size[1]).into_iter().map(|z| z * mlp.bias_variance.sqrt()));
        }
        let rates = vec![Rates::STANDARD; mlp.depth + 1];
        Self { mlp: *mlp, sizes, parameters, rates, pruned: None }
    }

    /// The same network in single precision: half the memory, about twice as fast. O(number of parameters).
    /// Checked against: `single_precision_follows_double`.
    #[must_use]
    pub fn single(&self) -> Network<f32> {
        let parameters = self.parameters.iter().map(|p| *p as f32).collect();
        let Self { mlp, sizes, rates, pruned, .. } = self.clone();
        Network { mlp, sizes, parameters, rates, pruned }
    }
}

impl<T: Real> Network<T> {
    /// n_0, n_1, ..., n_{D+1}: inputs, neurons of every hidden layer, outputs.
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The number of dense layers, D + 1.
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.sizes.len() - 1
    }

    /// W of dense layer number `layer`, from 0: fan_out x fan_in.
    /// Panics if there is no such layer.
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn weights(&self, layer: usize) -> ArrayView2<'_, T> {
        self.matrix_in(layer, &self.parameters)
    }

    /// b of dense layer number `layer`: fan_out.
    /// Panics if there is no such layer.
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn biases(&self, layer: usize) -> ArrayView1<'_, T> {
        ArrayView1::from(&self.parameters[self.bias_range(layer)])
    }

    /// W of a layer, to be changed.
    /// Panics if there is no such layer.
    /// Checked against: `tangent_kernels_match_finite_differences`.
    #[track_caller]
    pub fn weights_mut(&mut self, layer: usize) -> ArrayViewMut2<'_, T> {
        let (shape, range) = ((self.sizes[layer + 1], self.sizes[layer]), self.weight_range(layer));
        ArrayViewMut2::from_shape(shape, &mut self.parameters[range]).expect("the sizes agree")
    }

    /// b of a layer, to be changed.
    /// Panics if there is no such layer.
    /// Checked against: `tangent_kernels_match_finite_differences`.
    #[track_caller]
    pub fn biases_mut(&mut self, layer: usize) -> ArrayViewMut1<'_, T> {
        let range = self.bias_range(layer);
        ArrayViewMut1::from(&mut self.parameters[range])
    }

    /// |W|, the root of the sum of squares, of every dense layer. O(number of parameters).
    /// Checked against: `weight_decay_shrinks_all_parametrizations_alike`.
    #[must_use]
    pub fn weight_norms(&self) -> Vec<f64> {
        let norm = |layer| self.weights(layer).iter().map(|w| w.to_f64() * w.to_f64()).sum::<f64>().sqrt();
        (0..self.layers()).map(norm).collect()
    }

    /// The network without the weights for which `keep` (one for each parameter, in the order of
    /// [`Model::parameters`](super::Model::parameters)) is false: they are 0 now and stay 0 in training.
    /// Panics unless there is one for each parameter.
    /// Source: Frankle and Carbin, arXiv 1803.03635.
    /// Checked against: `pruned_weights_stay_zero`.
    #[must_use]
    #[track_caller]
    pub fn pruned(mut self, keep: &[bool]) -> Self {
        let count = self.parameters.len();
        assert!(keep.len() == count, "the network has {count} parameters, the mask {}", keep.len());
        for (parameter, keep) in self.parameters.iter_mut().zip(keep) {
            *parameter = if *keep { *parameter } else { T::zero() };
        }
        self.pruned = Some(keep.iter().map(|keep| !keep).collect());
        self
    }

    /// Which parameters remain if of the weights that `keep` has (all, if `None`) only the share `density` of largest
    /// size is kept, over all layers together; biases stay. Equal sizes: the first ones stay.
    /// Panics unless the density lies in (0, 1].
    /// Cost: O(P log P) for P parameters.
    /// Source: global magnitude pruning, Frankle and Carbin, arXiv 1803.03635, appendix.
    /// Checked against: `pruning_keeps_the_largest`.
    #[must_use]
    #[track_caller]
    pub fn largest_weights(&self, density: f64, keep: Option<&[bool]>) -> Vec<bool> {
        assert!(density > 0.0 && density <= 1.0, "a share in (0, 1], got {density}");
        let alive = |at: &usize| keep.is_none_or(|keep| keep[*at]);
        let mut places: Vec<usize> =
            (0..self.layers()).flat_map(|layer| self.weight_range(layer)).filter(alive).collect();
        let count = (density * places.len() as f64).round() as usize;
        let size = |at: usize| self.parameters[at].to_f64().abs();
        places.sort_by(|a, b| size(*b).total_cmp(&size(*a)).then(a.cmp(b)));
        let mut kept = vec![false; self.parameters.len()];
        (0..self.layers()).for_each(|layer| kept[self.bias_range(layer)].fill(true));
        places[..count].iter().for_each(|at| kept[*at] = true);
        kept
    }

    fn weight_range(&self, layer: usize) -> Range<usize> {
        let start: usize = self.sizes[..=layer].windows(2).map(|size| (size[0] + 1) * size[1]).sum();
        start..start + self.sizes[layer] * self.sizes[layer + 1]
    }

    fn bias_range(&self, layer: usize) -> Range<usize> {
        let start = self.weight_range(layer).end;
        start..start + self.sizes[layer + 1]
    }

    /// The place of a layer's weights in numbers that are laid out as the parameters.
    fn matrix_in<'a>(&self, layer: usize, numbers: &'a [T]) -> ArrayView2<'a, T> {
        let shape = (self.sizes[layer + 1], self.sizes[layer]);
        ArrayView2::from_shape(shape, &numbers[self.weight_range(layer)]).expect("the sizes agree")
    }

    /// The parameters of every layer with the rates at which they learn.
    fn groups_of_layers(&self) -> Vec<Group> {
        let of_layer = |layer: usize| {
            let Rates { weights, biases } = self.rates[layer];
            [
                Group { range: self.weight_range(layer), rates: weights },
                Group { range: self.bias_range(layer), rates: biases },
            ]
        };
        (0..self.layers()).flat_map(of_layer).collect()
    }
}

/// A row as it is, for every row of a matrix.
fn everywhere<T: Real>(row: ArrayView1<T>, rows: usize) -> Array2<T> {
    let row: Array1<T> = row.to_owned();
    row.broadcast((rows, row.len())).expect("a row fits every row").to_owned()
}
