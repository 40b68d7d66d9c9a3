//! Networks put together from layers, and what they are at infinite width.
//!
//! A network is written as its layers in their order, with `>>` between them: `dense(2.0) >> Relu >> dense(2.0)`, or
//! for images `conv(2.0) >> Relu >> global_average_pool() >> dense(2.0)`. Every layer has two sides. At infinite width
//! it maps the covariance K and the tangent kernel Theta of its inputs to those of its outputs
//! ([`Layers::kernels`]); at finite width it is a map with random parameters ([`Layers::draw`]).
//!
//! Parameters are N(0, 1) and stand behind factors, as in "NTK parametrisation": z = sqrt(C_W / fan in) W x + sqrt(C_b)
//! b. The tangent kernel is that of plain gradient descent on W and b. A hidden layer's width goes to infinity; the
//! kernels are those of one output.

mod finite;
mod pair;
mod propagate;

pub use finite::FiniteLayers;
pub use propagate::Inputs;

use super::activation::Activation;
use std::ops::Shr;

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Layer {
    Dense(Variances),
    Conv(Filter),
    Activation(Activation),
    Flatten,
    GlobalAveragePool,
    Normalise,
    /// Branches that read the same input, added up; an empty one is the identity.
    Sum(Vec<Layers>),
}

/// C_W and C_b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variances {
    pub weight: f64,
    pub bias: f64,
}

/// A convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Filter {
    pub variances: Variances,
    pub size: usize,
    pub stride: usize,
    pub edges: Edges,
}

/// What a convolution sees beyond the border of its input.
/// Checked against: `layers_match_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// Zeros; the output is as large as the input ("SAME"). The factor 1 / fan in stays that of a whole filter.
    Zero,
    /// The other side.
    Circular,
    /// Nothing: the filter stays inside, and the output is smaller ("VALID").
    Valid,
}

/// A network before its width is chosen: layers in their order.
///
/// ```
/// use theoria::theory::*;
/// let x = ndarray::array![[1.0, 0.0], [0.6, 0.8]]; // two inputs, a row each
/// let net = dense(2.0) >> Relu >> dense(2.0).bias(0.1);
/// let kernels = net.kernels(&x, &x);
/// assert_eq!(kernels.ntk.dim(), (2, 2));
///
/// // The same depth again, with a shortcut around it: x + F(x).
/// let block = residual(Relu >> dense(1.0));
/// let deep = dense(1.0) >> block.clone() >> block >> Relu >> dense(1.0);
/// assert_eq!(deep.nngp(&x, &x).dim(), (2, 2));
///
/// // Images: (number, height, width, channels).
/// let images = ndarray::Array4::from_elem((3, 8, 8, 1), 0.5);
/// let net = conv(2.0) >> Relu >> conv(2.0).stride(2) >> Relu >> global_average_pool() >> dense(1.0);
/// assert_eq!(net.kernels(&images, &images).nngp.dim(), (3, 3));
/// ```
/// Source: dense layers: Lee et al., arXiv 1711.00165; Jacot et al., arXiv 1806.07572; convolutions: Novak et al., arXiv
/// 1810.05148; Arora et al., arXiv 1904.11955.
/// Checked against: `layers_match_golden_values`, `finite_layers_approach_their_kernels_at_the_right_rate`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    pub(super) layers: Vec<Layer>,
}

impl From<Layer> for Layers {
    fn from(layer: Layer) -> Self {
        Self { layers: vec![layer] }
    }
}

impl From<Activation> for Layers {
    fn from(activation: Activation) -> Self {
        Layer::Activation(activation).into()
    }
}

impl<L: Into<Layers>> Shr<L> for Layers {
    type Output = Layers;

    fn shr(mut self, next: L) -> Layers {
        self.layers.extend(next.into().layers);
        self
    }
}

impl<L: Into<Layers>> Shr<L> for Activation {
    type Output = Layers;

    fn shr(self, next: L) -> Layers {
        Layers::from(self) >> next
    }
}

#[track_caller]
fn variance(name: &str, value: f64) -> f64 {
    assert!(value >= 0.0 && value.is_finite(), "a {name} variance is finite and not negative, got {value}");
    value
}

/// A dense layer with C_W = `weight_variance` and no bias: z = sqrt(C_W / fan in) W x. On images it acts on each pixel,
/// as a convolution of one pixel.
///
/// K <- C_b + C_W K, Theta <- K_new + C_W Theta.
/// Panics if the variance is negative or not finite.
/// Source: arXiv 1806.07572.
/// Checked against: `layers_match_golden_values`, `layers_of_a_perceptron_are_the_perceptron`.
#[must_use]
#[track_caller]
pub fn dense(weight_variance: f64) -> Layers {
    Layer::Dense(Variances { weight: variance("weight", weight_variance), bias: 0.0 }).into()
}

/// A convolution with 3 x 3 filters of C_W = `weight_variance`, no bias, stride 1 and zeros beyond the border; chain
/// [`size`](Layers::size), [`stride`](Layers::stride), [`edges`](Layers::edges), [`bias`](Layers::bias) to change it.
///
/// K(p, p') <- C_b + C_W / k^2 sum over offsets b of K(p + b, p' + b), Theta likewise plus K_new.
/// Panics if the variance is negative or not finite.
/// Source: Novak et al., arXiv 1810.05148; Arora et al., arXiv 1904.11955.
/// Checked against: `layers_match_golden_values`, `finite_layers_approach_their_kernels_at_the_right_rate`.
#[must_use]
#[track_caller]
pub fn conv(weight_variance: f64) -> Layers {
    let variances = Variances { weight: variance("weight", weight_variance), bias: 0.0 };
    Layer::Conv(Filter { variances, size: 3, stride: 1, edges: Edges::Zero }).into()
}

/// All pixels and channels side by side, as one vector: the mean of K(p, p) over pixels.
/// Source: arXiv 1810.05148, section 3.
/// Checked against: `layers_match_golden_values`.
#[must_use]
pub fn flatten() -> Layers {
    Layer::Flatten.into()
}

/// The mean over all pixels, channel by channel: the mean of K(p, p') over pairs of pixels. It makes the kernel of a
/// circular network blind to translations; every pair of pixels has to be followed through the layers before it.
/// Source: arXiv 1810.05148, section 3.
/// Checked against: `layers_match_golden_values`, `pooling_makes_circular_networks_blind_to_translations`.
#[must_use]
pub fn global_average_pool() -> Layers {
    Layer::GlobalAveragePool.into()
}

/// Layer normalisation over the channels of each pixel, without parameters: mean 0, variance 1.
///
/// K <- K / sqrt(p q), Theta <- Theta / sqrt(p q), with the variances p, q of the two sides; an input of variance 0 stays
/// 0. (At infinite width the mean over channels is 0 before it is subtracted, for preactivations; after an activation it
/// need not be, and this layer is meant for preactivations.)
/// Source: Yang, arXiv 1910.12478, section on layer normalisation.
/// Checked against: `finite_layers_approach_their_kernels_at_the_right_rate`.
#[must_use]
pub fn layer_norm() -> Layers {
    Layer::Normalise.into()
}

/// x + F(x): K <- K + K_F, Theta <- Theta + Theta_F, since the parameters of F are independent of all before.
/// F must end in a layer with parameters, and keep the size of images.
/// Panics if F is empty or ends otherwise.
/// Source: Yang and Schoenholz, arXiv 1712.08969.
/// Checked against: `layers_match_golden_values`, `finite_layers_approach_their_kernels_at_the_right_rate`.
#[must_use]
#[track_caller]
pub fn residual(branch: impl Into<Layers>) -> Layers {
    sum([Layers::default(), branch.into()])
}

/// The sum of branches that read the same input; [`Layers::default()`] is the identity, of which there may be one. All
/// others must end in a layer with parameters: what comes out of them is then uncorrelated, and kernels add.
/// Panics if there is no branch or one ends otherwise.
/// Checked against: `sums_of_branches_add_their_kernels`.
#[must_use]
#[track_caller]
pub fn sum(branches: impl IntoIterator<Item = Layers>) -> Layers {
    let branches: Vec<Layers> = branches.into_iter().collect();
    let plain = branches.iter().filter(|branch| branch.layers.is_empty()).count();
    let ends = |branch: &Layers| matches!(branch.layers.last(), None | Some(Layer::Dense(_) | Layer::Conv(_)));
    assert!(!branches.is_empty() && plain <= 1, "a sum has branches, and one identity at most; got {plain}");
    assert!(
        branches.iter().all(ends),
        "a branch of a sum ends in `dense` or `conv`, or it would be correlated with others"
    );
    Layer::Sum(branches).into()
}

impl Layers {
    /// The layer last written, with C_b = `bias_variance`.
    /// Panics unless it is dense or a convolution, or if the variance is negative or not finite.
    /// Checked against: `layers_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn bias(mut self, bias_variance: f64) -> Self {
        let bias = variance("bias", bias_variance);
        match self.layers.last_mut() {
            Some(Layer::Dense(variances)) => variances.bias = bias,
            Some(Layer::Conv(filter)) => filter.variances.bias = bias,
            other => panic!("a bias belongs to `dense` or `conv`, not to {other:?}"),
        }
        self
    }

    #[track_caller]
    fn filter(&mut self, what: &str) -> &mut Filter {
        match self.layers.last_mut() {
            Some(Layer::Conv(filter)) => filter,
            other => panic!("a {what} belongs to `conv`, not to {other:?}"),
        }
    }

    /// The convolution last written, with filters of k x k.
    /// Panics unless it is a convolution and k is odd.
    /// Checked against: `convolutions_match_a_naive_sum`.
    #[must_use]
    #[track_caller]
    pub fn size(mut self, k: usize) -> Self {
        assert!(k % 2 == 1, "a filter has a centre: its size is odd, got {k}");
        self.filter("size").size = k;
        self
    }

    /// The convolution last written, at every s-th pixel in both directions: ceil(H / s) rows, or for filters that stay
    /// inside ceil((H - k + 1) / s). Where zeros or the other side are needed, half of the rest, rounded down, lies before
    /// the image, as TensorFlow's "SAME" has it.
    /// Panics unless it is a convolution and s is positive.
    /// Checked against: `convolutions_match_a_naive_sum`.
    #[must_use]
    #[track_caller]
    pub fn stride(mut self, s: usize) -> Self {
        assert!(s > 0, "a stride is at least 1");
        self.filter("stride").stride = s;
        self
    }

    /// The convolution last written, with other edges.
    /// Panics unless it is a convolution.
    /// Checked against: `convolutions_match_a_naive_sum`.
    #[must_use]
    #[track_caller]
    pub fn edges(mut self, edges: Edges) -> Self {
        self.filter("kind of edges").edges = edges;
        self
    }

    /// The layer last written so many times.
    /// Checked against: `layers_of_a_perceptron_are_the_perceptron`.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        Self { layers: std::iter::repeat_n(self.layers, count).flatten().collect() }
    }
}

impl Filter {
    /// Pixels along an axis of so many, and where the first filter begins, which may be before the first pixel.
    #[track_caller]
    pub(super) fn along(&self, size: usize) -> (usize, isize) {
        let (k, s) = (self.size, self.stride);
        if self.edges == Edges::Valid {
            assert!(k <= size, "no filter of {k} pixels lies inside {size}");
            return ((size - k) / s + 1, 0);
        }
        let out = size.div_ceil(s);
        let beyond = ((out - 1) * s + k).saturating_sub(size);
        (out, -((beyond / 2) as isize))
    }

    /// The input pixel that offset `at` of the filter of output pixel `out` reads, on an axis of `size` pixels.
    pub(super) fn reads(&self, out: usize, at: usize, size: usize) -> Option<usize> {
        let index = (out * self.stride + at) as isize + self.along(size).1;
        match self.edges {
            Edges::Circular => Some(index.rem_euclid(size as isize) as usize),
            _ => usize::try_from(index).ok().filter(|index| *index < size),
        }
    }
}
