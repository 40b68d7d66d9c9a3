//! The trained side of diffusion: a convolutional residual network that learns to tell noise from image.
//!
//! The network is that of Kamb and Ganguli's comparison ("MinimalResNet"): it sees the time and a window of
//! 2 (L + 2) + 1 pixels, and nothing of the image beyond it. All of it is convolutions, so that with circular
//! padding it is equivariant; with zero padding the border tells it where it is.

mod convolution;
mod embedding;
mod files;
mod maps;
mod training;

pub use maps::Padding;
pub use training::{Trained, Training};

use super::random::Stream;
use super::vector::Real;
use convolution::{add_gradients, convolve, slope_of_input};
use embedding::{Telling, Told, ToldSlopes, embedding};
use maps::{Grid, Maps, Room};
use ndarray::{Array2, Array4, ArrayView2, ArrayViewMut2};
use std::ops::Range;

/// The shape of a denoiser: with C channels of the image, F features and L blocks,
///
/// h = conv(x), C to F; h <- h + relu(conv(h + e_i(t))), i = 0, ..., L - 1; eps = conv(h + e_L(t)), F to C,
///
/// every convolution with 3 x 3 filters and a bias; e_i(t) = relu(groupnorm_8(V_i emb(t) + c_i)) is added to every
/// pixel; emb(t) = (sin, cos)(t 10000^(-j/(q-1))), j = 0, ..., q - 1, q = F/2.
///
/// ```
/// use theoria::theory::*;
/// # let bytes: Vec<u8> = (0..32 * 64).map(|i| (i * 37 % 17) as u8).collect();
/// let images = Images::from_bytes(&bytes, 16, (1, 8, 8));
/// let network = ResNet::new(1).features(16).blocks(2); // sees 9 x 9 pixels
/// let trained = Training::new(5).batch(16).run(network, &images, &mut Stream::new(1));
/// let start = images.noise(2, &mut Stream::new(2));
/// let made = Sampler::new(10).trajectory_of(&start, |x, t| trained.denoiser.noise(x, t)).pop().unwrap();
/// assert_eq!(made.dim(), start.dim());
/// ```
/// Source: Kamb and Ganguli, arXiv 2412.20292, and its code.
/// Checked against: `gradients_match_finite_differences`, `a_denoiser_sees_its_window_and_no_more`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResNet {
    channels: usize,
    features: usize,
    blocks: usize,
    padding: Padding,
}

/// A [`ResNet`] with its parameters, in `f32` unless said otherwise.
/// Checked against: `gradients_match_finite_differences`.
#[derive(Clone, Debug, PartialEq)]
pub struct Denoiser<T = f32> {
    network: ResNet,
    parameters: Vec<T>,
}

/// Where the parameters of a convolution or of an embedding lie: its matrix, then its vectors.
struct Place {
    rows: usize,
    columns: usize,
    start: usize,
}

impl ResNet {
    /// A network for images of so many channels, with 32 features, 4 blocks and zero padding. O(1).
    /// Panics if there is no channel.
    /// Checked against: `a_denoiser_sees_its_window_and_no_more`.
    #[must_use]
    #[track_caller]
    pub fn new(channels: usize) -> Self {
        assert!(channels > 0, "an image has at least one channel");
        Self { channels, features: 32, blocks: 4, padding: Padding::Zero }
    }

    /// The same network with F features.
    /// Panics unless F is a multiple of 8 above 8: what tells the time is normalised in eight groups, and a group of
    /// one feature has nothing left to tell.
    /// Checked against: `gradients_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn features(self, features: usize) -> Self {
        let fits = features > 8 && features.is_multiple_of(8);
        assert!(fits, "features come in eight groups of at least two: 16, 24, 32, ..., got {features}");
        Self { features, ..self }
    }

    /// The same network with L blocks.
    /// Checked against: `a_denoiser_sees_its_window_and_no_more`.
    #[must_use]
    pub fn blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// The same network with another padding.
    /// Checked against: `circular_padding_makes_a_denoiser_equivariant`.
    #[must_use]
    pub fn padding(self, padding: Padding) -> Self {
        Self { padding, ..self }
    }

    /// 2 (L + 2) + 1, the side of the window that an output pixel depends on.
    /// Checked against: `a_denoiser_sees_its_window_and_no_more`.
    #[must_use]
    pub fn window(self) -> usize {
        2 * (self.blocks + 2) + 1
    }

    /// The number of parameters. O(1).
    /// Checked against: `gradients_match_finite_differences`.
    #[must_use]
    pub fn parameters(self) -> usize {
        self.telling(self.blocks).end(3)
    }

    /// Convolution number `at`: 0 is the first, L + 1 the last.
    fn convolution(self, at: usize) -> Place {
        let Self { channels, features, blocks, .. } = self;
        let first = (9 * channels + 1) * features;
        let block = (9 * features + 1) * features;
        let rows = 9 * if at == 0 { channels } else { features };
        let columns = if at == blocks + 1 { channels } else { features };
        Place { rows, columns, start: if at == 0 { 0 } else { first + (at - 1) * block } }
    }

    /// Embedding number `at`, 0 to L: a matrix, a bias, a scale and a shift.
    fn telling(self, at: usize) -> Place {
        let after = self.convolution(self.blocks + 1).end(1);
        let size = (self.features + 3) * self.features;
        Place { rows: self.features, columns: self.features, start: after + at * size }
    }

    /// A network as it is before training: weights and biases uniform on +-1/sqrt(fan in), scales 1, shifts 0.
    /// O(parameters).
    /// Source: PyTorch's defaults, which the published code uses.
    /// Checked against: `untrained_denoisers_have_the_usual_scale`.
    #[must_use]
    pub fn draw<T: Real>(self, stream: &mut Stream) -> Denoiser<T> {
        let mut parameters = Vec::with_capacity(self.parameters());
        let mut uniform = |count: usize, fan_in: usize, parameters: &mut Vec<T>| {
            let bound = 1.0 / (fan_in as f64).sqrt();
            parameters.extend((0..count).map(|_| T::of(bound * (2.0 * stream.uniform() - 1.0))));
        };
        for at in 0..self.blocks + 2 {
            let place = self.convolution(at);
            uniform((place.rows + 1) * place.columns, place.rows, &mut parameters);
        }
        for _ in 0..=self.blocks {
            uniform((self.features + 1) * self.features, self.features, &mut parameters);
            parameters.extend(std::iter::repeat_n(T::one(), self.features));
            parameters.extend(std::iter::repeat_n(T::zero(), self.features));
        }
        Denoiser { network: self, parameters }
    }
}

impl Place {
    fn matrix(&self) -> Range<usize> {
        self.start..self.start + self.rows * self.columns
    }

    /// Vector number `at` after the matrix.
    fn vector(&self, at: usize) -> Range<usize> {
        let start = self.matrix().end + at * self.columns;
        start..start + self.columns
    }

    /// Where so many vectors end.
    fn end(&self, vectors: usize) -> usize {
        self.matrix().end + vectors * self.columns
    }

    fn view<'a, T>(&self, parameters: &'a [T]) -> ArrayView2<'a, T> {
        ArrayView2::from_shape((self.rows, self.columns), &parameters[self.matrix()]).expect("the sizes agree")
    }

    /// The matrix and the vectors, to be changed.
    fn split<'a, T, const N: usize>(&self, parameters: &'a mut [T]) -> (ArrayViewMut2<'a, T>, [&'a mut [T]; N]) {
        let (matrix, rest) = parameters[self.start..self.end(N)].split_at_mut(self.rows * self.columns);
        let matrix = ArrayViewMut2::from_shape((self.rows, self.columns), matrix).expect("the sizes agree");
        let mut vectors = rest.chunks_exact_mut(self.columns);
        (matrix, std::array::from_fn(|_| vectors.next().expect("as many as there are")))
    }
}

/// What the backward pass needs of the forward one.
struct Pass<T> {
    times: Array2<T>,
    told: Vec<Telling<T>>,
    /// What enters each convolution.
    entering: Vec<Maps<T>>,
    /// What each block's convolution gives, before the relu.
    before: Vec<Maps<T>>,
    noise: Maps<T>,
}

impl<T: Real> Pass<T> {
    fn give_back(self, room: &mut Room<T>) {
        room.give_back(self.entering.into_iter().chain(self.before).chain([self.noise]));
    }
}

impl<T: Real> Denoiser<T> {
    /// The shape of the network.
    /// Checked against: `a_denoiser_sees_its_window_and_no_more`.
    #[must_use]
    pub fn network(&self) -> ResNet {
        self.network
    }

    /// All parameters: the convolutions in their order, each with its filters (offset, input channel, output
    /// channel) and biases, then the embeddings, each V^T, c, gamma and delta.
    /// Checked against: `gradients_match_finite_differences`.
    #[must_use]
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// The network with these parameters, in the order of [`parameters`](Denoiser::parameters).
    /// Panics unless their number is the network's and all are finite.
    /// Checked against: `gradients_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn of(network: ResNet, parameters: Vec<T>) -> Self {
        let count = network.parameters();
        assert!(parameters.len() == count, "the network has {count} parameters, got {}", parameters.len());
        assert!(parameters.iter().all(|p| Into::<f64>::into(*p).is_finite()), "parameters must be finite numbers");
        Self { network, parameters }
    }

    /// eps(x, t): the network's guess of the noise in images `x` (B, channels, height, width) at time t. Same
    /// shape.
    /// Panics if the number of channels is not the network's or a value is not finite.
    /// Cost: 18 F (2 C + L F) operations a pixel, on all cores.
    /// Checked against: `gradients_match_finite_differences`, `circular_padding_makes_a_denoiser_equivariant`.
    #[must_use]
    #[track_caller]
    pub fn noise(&self, x: &Array4<f64>, t: f64) -> Array4<f64> {
        let (count, channels, height, width) = x.dim();
        assert!(
            channels == self.network.channels,
            "the network reads {} channels, got {channels}",
            self.network.channels
        );
        assert!(x.iter().all(|v| v.is_finite()), "noise images must be finite numbers");
        let grid = Grid { height, width, padding: self.network.padding };
        let parts: Vec<Range<usize>> = (0..count).step_by(PART).map(|at| at..(at + PART).min(count)).collect();
        let found = super::parallel::map_indexed(parts.len(), |part| {
            let rows = parts[part].clone();
            let mut room = Room::new();
            let x = to_maps(x, rows.clone(), &grid, &mut room);
            self.forward(&grid, x, &vec![t; rows.len()], &mut room).noise
        });
        let mut out = Array4::zeros(x.dim());
        for (rows, found) in parts.iter().zip(&found) {
            for (at, pixel) in found.pixels(&grid).enumerate() {
                let (image, at) = (rows.start + at / (height * width), at % (height * width));
                let place = |channel| [image, channel, at / width, at % width];
                pixel.iter().enumerate().for_each(|(channel, v)| out[place(channel)] = (*v).into());
            }
        }
        out
    }

    fn told(&self, at: usize) -> Told<'_, T> {
        let place = self.network.telling(at);
        let [bias, scale, shift] = [0, 1, 2].map(|vector| &self.parameters[place.vector(vector)]);
        Told { weights: place.view(&self.parameters), bias, scale, shift }
    }

    /// One part of a batch.
    fn forward(&self, grid: &Grid, mut x: Maps<T>, times: &[f64], room: &mut Room<T>) -> Pass<T> {
        let blocks = self.network.blocks;
        let times = embedding(times, self.network.features);
        let told: Vec<Telling<T>> = (0..=blocks).map(|at| self.told(at).tell(&times)).collect();
        let convolve = |at: usize, x: &mut Maps<T>, room: &mut Room<T>| {
            let place = self.network.convolution(at);
            grid.wrap(x);
            convolve(grid, x, place.view(&self.parameters), &self.parameters[place.vector(0)], room)
        };
        let mut h = convolve(0, &mut x, room);
        let (mut entering, mut before) = (vec![x], Vec::new());
        for (at, told) in told.iter().enumerate() {
            let e = told.value.as_slice().expect("contiguous");
            let mut u = h.plus_everywhere(grid, e, room);
            let y = convolve(at + 1, &mut u, room);
            entering.push(u);
            before.push(y);
            if let Some(y) = before.get(at).filter(|_| at < blocks) {
                for (h, y) in h.numbers.iter_mut().zip(&y.numbers) {
                    *h = if *y > T::zero() { *h + *y } else { *h };
                }
            }
        }
        room.give_back([h]);
        let noise = before.pop().expect("the last convolution gives the noise");
        Pass { times, told, entering, before, noise }
    }

    /// dL/dparameters, given dL/deps. Cost: twice the forward pass.
    fn backward(&self, grid: &Grid, pass: &Pass<T>, mut slope: Maps<T>, room: &mut Room<T>) -> Vec<T> {
        let (network, blocks) = (self.network, self.network.blocks);
        let mut gradient = vec![T::zero(); self.parameters.len()];
        // Adds what convolution number `at` asks for; the slope of what entered it.
        let through = |at: usize, slope: &mut Maps<T>, gradient: &mut [T], room: &mut Room<T>| {
            let place = network.convolution(at);
            let (weights, [bias]) = place.split(gradient);
            add_gradients(grid, &pass.entering[at], slope, weights, bias);
            (at > 0).then(|| {
                grid.wrap(slope);
                slope_of_input(grid, slope, place.view(&self.parameters), room)
            })
        };
        let tell = |at: usize, slope: &Maps<T>, gradient: &mut [T]| {
            let (weights, [bias, scale, shift]) = network.telling(at).split(gradient);
            let mut to = ToldSlopes { weights, bias, scale, shift };
            let slope = Array2::from_shape_vec(pass.told[at].value.dim(), slope.sum_over_pixels(grid));
            self.told(at).add_slopes(&pass.times, &pass.told[at], &slope.expect("the sizes agree"), &mut to);
        };
        let mut h = through(blocks + 1, &mut slope, &mut gradient, room).expect("only the first has none");
        room.give_back([slope]);
        tell(blocks, &h, &mut gradient);
        for at in (0..blocks).rev() {
            let mut y = room.copy(&h);
            for (y, before) in y.numbers.iter_mut().zip(&pass.before[at].numbers) {
                *y = if *before > T::zero() { *y } else { T::zero() };
            }
            let u = through(at + 1, &mut y, &mut gradient, room).expect("only the first has none");
            tell(at, &u, &mut gradient);
            h.numbers.iter_mut().zip(&u.numbers).for_each(|(h, u)| *h = *h + *u);
            room.give_back([y, u]);
        }
        through(0, &mut h, &mut gradient, room);
        room.give_back([h]);
        gradient
    }
}

/// Images that are worked on together: what a pass holds of them stays in a core's cache.
const PART: usize = 8;

/// Some images of a batch.
fn to_maps<T: Real>(x: &Array4<f64>, images: Range<usize>, grid: &Grid, room: &mut Room<T>) -> Maps<T> {
    let (_, channels, height, width) = x.dim();
    let mut maps = room.maps(grid, images.len(), channels);
    for (at, pixel) in maps.pixels_mut(grid).into_iter().enumerate() {
        let (image, at) = (images.start + at / (height * width), at % (height * width));
        pixel.iter_mut().enumerate().for_each(|(channel, v)| *v = T::of(x[[image, channel, at / width, at % width]]));
    }
    maps
}
