//! The kernels of all pairs of two sets of inputs.

use super::pair::{Pairs, Room, Size, State, Trace, Walk};
use super::{Layer, Layers};
use crate::theory::images::Images;
use crate::theory::kernel::Kernels;
use crate::theory::parallel::map_indexed;
use crate::theory::vector::Real;
use ndarray::{Array2, Array4};

/// Inputs of a network: vectors as the rows of a matrix, or images (number, height, width, channels); an [`Images`] is
/// turned about by itself.
/// Checked against: `layers_match_golden_values`.
pub trait Inputs {
    /// Number, height, width and channels; height and width of a vector are 1.
    fn shape(&self) -> [usize; 4];

    /// The numbers of one input, pixel after pixel, channel after channel.
    fn pixels(&self, index: usize) -> Vec<f64>;
}

impl Inputs for Array2<f64> {
    fn shape(&self) -> [usize; 4] {
        [self.nrows(), 1, 1, self.ncols()]
    }

    fn pixels(&self, index: usize) -> Vec<f64> {
        self.row(index).to_vec()
    }
}

impl Inputs for Array4<f64> {
    fn shape(&self) -> [usize; 4] {
        let (count, height, width, channels) = self.dim();
        [count, height, width, channels]
    }

    fn pixels(&self, index: usize) -> Vec<f64> {
        self.index_axis(ndarray::Axis(0), index).iter().copied().collect()
    }
}

impl Inputs for Images {
    fn shape(&self) -> [usize; 4] {
        let (channels, height, width) = Images::shape(self);
        [self.count(), height, width, channels]
    }

    fn pixels(&self, index: usize) -> Vec<f64> {
        let image = self.image(index);
        image.permuted_axes([1, 2, 0]).iter().copied().collect()
    }
}

/// A set of inputs and the variances of each on its way.
struct Side<T> {
    channels: usize,
    inputs: Vec<Vec<f64>>,
    traces: Vec<Trace<T>>,
}

impl Layers {
    /// NNGP and tangent kernel of one output, between each input of `x1` and each of `x2`: (N_1 x N_2). A final image
    /// is not allowed: end in `flatten()` or `global_average_pool()` and `dense`.
    /// Panics if the inputs differ in shape, are no finite numbers, or the layers do not fit them.
    /// Cost: for vectors O(n_0 + layers) a pair. For images, with P = H W pixels: O(P k^2) a layer and pair of images if
    /// nothing but `flatten()` follows, and O(P^2) if `global_average_pool()` does, of which most is the activation's
    /// dual. Half of that where `x1` and `x2` are the same. On all cores; memory O(P^2) a core beside the result.
    /// Checked against: `layers_match_golden_values`, `layers_of_a_perceptron_are_the_perceptron`.
    #[must_use]
    #[track_caller]
    pub fn kernels<I: Inputs>(&self, x1: &I, x2: &I) -> Kernels {
        self.kernels_in(x1, x2)
    }

    /// The same computed in `f32`: half the memory, and up to twice the speed. Relative to the largest entry, accurate to
    /// some 1e-6 times the number of layers.
    /// Panics and cost as [`kernels`](Layers::kernels).
    /// Checked against: `single_precision_is_near_double`.
    #[must_use]
    #[track_caller]
    pub fn kernels_f32<I: Inputs>(&self, x1: &I, x2: &I) -> Kernels<f32> {
        self.kernels_in(x1, x2)
    }

    #[track_caller]
    fn kernels_in<T: Real, I: Inputs>(&self, x1: &I, x2: &I) -> Kernels<T> {
        let ([_, height, width, channels], other) = (x1.shape(), x2.shape());
        assert!(
            other[1..] == x1.shape()[1..],
            "inputs are {height} x {width} x {channels} and {} x {} x {}: they need one shape",
            other[1],
            other[2],
            other[3]
        );
        assert!(height * width * channels > 0, "an input holds at least one number");
        let size = Size { height, width };
        let one = self.side(x1, size);
        let same = std::ptr::eq(x1, x2);
        let two = if same { None } else { Some(self.side(x2, size)) };
        let two = two.as_ref().unwrap_or(&one);
        let rows = map_indexed(one.inputs.len(), |i| {
            let first = if same { i } else { 0 };
            (first..two.inputs.len()).map(|j| self.pair(&one, i, two, j, size)).collect::<Vec<_>>()
        });
        let at =
            |i: usize, j: usize| if same && j < i { rows[j][i - j] } else { rows[i][if same { j - i } else { j }] };
        let shape = (one.inputs.len(), two.inputs.len());
        Kernels {
            nngp: Array2::from_shape_fn(shape, |(i, j)| at(i, j).0),
            ntk: Array2::from_shape_fn(shape, |(i, j)| at(i, j).1),
        }
    }

    /// The NNGP kernel alone: see [`kernels`](Layers::kernels).
    /// Checked against: `layers_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn nngp<I: Inputs>(&self, x1: &I, x2: &I) -> Array2<f64> {
        self.kernels(x1, x2).nngp
    }

    /// The tangent kernel alone: see [`kernels`](Layers::kernels).
    /// Checked against: `layers_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn ntk<I: Inputs>(&self, x1: &I, x2: &I) -> Array2<f64> {
        self.kernels(x1, x2).ntk
    }

    /// Whether a layer needs all pairs of pixels of what enters it.
    fn pools(&self) -> bool {
        self.layers.iter().any(|layer| match layer {
            Layer::GlobalAveragePool => true,
            Layer::Sum(branches) => branches.iter().any(Layers::pools),
            _ => false,
        })
    }

    #[track_caller]
    fn side<T: Real, I: Inputs>(&self, x: &I, size: Size) -> Side<T> {
        let [count, .., channels] = x.shape();
        let inputs: Vec<Vec<f64>> = (0..count).map(|index| x.pixels(index)).collect();
        assert!(inputs.iter().flatten().all(|v| v.is_finite()), "inputs must be finite numbers");
        let traces = map_indexed(count, |index| {
            let mut walk = Walk { traces: None, equal: true, found: Trace::new(), asked: 0, room: Room::default() };
            self.walk(&mut walk, [&inputs[index], &inputs[index]], channels, size);
            walk.found
        });
        Side { channels, inputs, traces }
    }

    /// Covariance and tangent kernel of one pair.
    #[track_caller]
    fn pair<T: Real>(&self, one: &Side<T>, i: usize, two: &Side<T>, j: usize, size: Size) -> (T, T) {
        let (x, y) = (&one.inputs[i], &two.inputs[j]);
        let traces = Some([&one.traces[i], &two.traces[j]]);
        let mut walk = Walk { traces, equal: x == y, found: Trace::new(), asked: 0, room: Room::default() };
        self.walk(&mut walk, [x, y], one.channels, size)
    }

    #[track_caller]
    fn walk<T: Real>(&self, walk: &mut Walk<T>, inputs: [&Vec<f64>; 2], channels: usize, size: Size) -> (T, T) {
        let pairs = if size.pixels() > 1 && self.pools() { Pairs::All } else { Pairs::Same };
        let covariance = overlaps(inputs, channels, size, pairs);
        let tangent = vec![T::of(0.0); covariance.len()];
        let mut state = State { size, pairs, covariance, tangent };
        walk.through(self, &mut state);
        let one = state.covariance.len() == 1;
        assert!(
            one,
            "the network ends in an image: put `flatten()` or `global_average_pool()` before the last `dense`"
        );
        (state.covariance[0], state.tangent[0])
    }
}

/// (1 / C) sum over channels of x(p) y(p') for the pairs of pixels.
fn overlaps<T: Real>([x, y]: [&Vec<f64>; 2], channels: usize, size: Size, pairs: Pairs) -> Vec<T> {
    let dot = |p: usize, q: usize| {
        let (x, y) = (&x[p * channels..(p + 1) * channels], &y[q * channels..(q + 1) * channels]);
        T::of(x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / channels as f64)
    };
    let Size { height, width } = size;
    match pairs {
        Pairs::Same => (0..size.pixels()).map(|p| dot(p, p)).collect(),
        Pairs::All => {
            let mut out = Vec::with_capacity(size.pixels() * size.pixels());
            for (row, other) in (0..height).flat_map(|row| (0..height).map(move |other| (row, other))) {
                for column in 0..width {
                    out.extend((0..width).map(|at| dot(row * width + column, other * width + at)));
                }
            }
            out
        }
    }
}
