//! How a denoiser is trained.

use super::maps::{Grid, Maps, Room};
use super::{Denoiser, PART, ResNet};
use crate::theory::diffusion::CosineSchedule;
use crate::theory::images::Images;
use crate::theory::numeric;
use crate::theory::parallel::map_indexed;
use crate::theory::random::Stream;
use crate::theory::vector::Real;
use std::sync::Mutex;

/// Times at which networks are trained are multiples of 1/1000, below 1.
const TIMES: usize = 1000;

/// How a denoiser is trained: Adam on the mean square of eps(x_t, t) - eps, with x_t = a_t phi + b_t eps, phi drawn
/// from the images, eps standard normal, t uniform on {0, ..., 999}/1000. The learning rate rises linearly over
/// the first 5% of the steps and falls to 0 as a half cosine, unless [`decay`](Training::decay) says otherwise.
/// Source: loss and times after arXiv 2412.20292 and its code; Adam: Kingma and Ba, arXiv 1412.6980.
/// Checked against: `training_lowers_the_loss_and_reproduces`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    steps: usize,
    batch: usize,
    rate: f64,
    decay: Option<f64>,
}

/// What came of a training.
/// Checked against: `training_lowers_the_loss_and_reproduces`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained<T = f32> {
    /// The network.
    pub denoiser: Denoiser<T>,
    /// The loss on the batch of each step, before it.
    pub losses: Vec<f64>,
}

/// The moments of Adam.
struct Adam<T> {
    first: Vec<T>,
    second: Vec<T>,
}

impl Training {
    /// So many steps, with batches of 128 images and a highest learning rate of 0.002.
    /// Panics if there is no step.
    /// Checked against: `training_lowers_the_loss_and_reproduces`.
    #[must_use]
    #[track_caller]
    pub fn new(steps: usize) -> Self {
        assert!(steps > 0, "training takes at least one step");
        Self { steps, batch: 128, rate: 2e-3, decay: None }
    }

    /// The same with another number of images in a batch.
    /// Panics if there is none.
    /// Checked against: `training_lowers_the_loss_and_reproduces`.
    #[must_use]
    #[track_caller]
    pub fn batch(self, batch: usize) -> Self {
        assert!(batch > 0, "a batch has at least one image");
        Self { batch, ..self }
    }

    /// The same with another highest learning rate.
    /// Panics unless it is positive and finite.
    /// Checked against: `training_lowers_the_loss_and_reproduces`.
    #[must_use]
    #[track_caller]
    pub fn rate(self, rate: f64) -> Self {
        assert!(rate > 0.0 && rate.is_finite(), "a learning rate is positive and finite, got {rate}");
        Self { rate, ..self }
    }

    /// The same with a rate that is multiplied by `factor` after each step and does not rise first, as in the
    /// published code, where it is 0.999965.
    /// Panics unless the factor lies in (0, 1].
    /// Checked against: `training_lowers_the_loss_and_reproduces`.
    #[must_use]
    #[track_caller]
    pub fn decay(self, factor: f64) -> Self {
        assert!(factor > 0.0 && factor <= 1.0, "a rate is multiplied by a factor in (0, 1], got {factor}");
        Self { decay: Some(factor), ..self }
    }

    /// The learning rate of a step, the first of which is 0.
    fn rate_at(&self, step: usize) -> f64 {
        if let Some(factor) = self.decay {
            return self.rate * numeric::powi(factor, step as u32);
        }
        let rising = (self.steps as f64 / 20.0).max(1.0);
        let done = step as f64 / self.steps as f64;
        let falling = 0.5 * (1.0 + numeric::cos(std::f64::consts::PI * done));
        self.rate * falling.min((step as f64 + 1.0) / rising)
    }

    /// Draws a network and trains it on `images`; all randomness is `stream`'s. Computes in f32.
    /// Panics if the images have another number of channels than the network reads.
    /// Cost: 54 F (2 C + L F) operations a pixel, image of a batch and step, on all cores, whose number does not
    /// change the result. Memory: a few MB a core.
    /// Checked against: `training_lowers_the_loss_and_reproduces`.
    #[must_use]
    #[track_caller]
    pub fn run(&self, network: ResNet, images: &Images, stream: &mut Stream) -> Trained {
        let (channels, ..) = images.shape();
        assert!(channels == network.channels, "the network reads {} channels, got {channels}", network.channels);
        let mut denoiser = network.draw::<f32>(stream);
        let draws = stream.split(0);
        let count = network.parameters();
        let mut adam = Adam { first: vec![0.0; count], second: vec![0.0; count] };
        let mut losses = Vec::with_capacity(self.steps);
        // Memory that every step uses again: asking the system for it costs a good part of a small step.
        let rooms = rooms(self.batch);
        for step in 0..self.steps {
            let (loss, gradient) = denoiser.loss_in(&rooms, images, self.batch, &draws.split(step as u64));
            losses.push(loss);
            adam.step(&mut denoiser.parameters, &gradient, step, self.rate_at(step));
        }
        Trained { denoiser, losses }
    }
}

impl Adam<f32> {
    fn step(&mut self, parameters: &mut [f32], gradient: &[f32], step: usize, rate: f64) {
        const KEPT: [f32; 2] = [0.9, 0.999];
        let corrected = KEPT.map(|kept| 1.0 - numeric::powi(f64::from(kept), step as u32 + 1));
        let rate = (rate / corrected[0]) as f32;
        let unbiased = 1.0 / corrected[1] as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, slope), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            *first = KEPT[0] * *first + (1.0 - KEPT[0]) * slope;
            *second = KEPT[1] * *second + (1.0 - KEPT[1]) * slope * slope;
            *parameter -= rate * *first / ((*second * unbiased).sqrt() + 1e-8);
        }
    }
}

impl<T: Real> Denoiser<T> {
    /// The loss on a batch of so many images that `stream` draws, and its gradient in the order of
    /// [`parameters`](Denoiser::parameters): what [`Training`] descends.
    ///
    /// Each part of the batch has a stream of its own, and the parts are added up in their order, so that threads do not
    /// matter.
    /// Panics if the batch is empty or the images have another number of channels.
    /// Cost: three times that of [`noise`](Denoiser::noise).
    /// Checked against: `gradients_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn loss(&self, images: &Images, batch: usize, stream: &Stream) -> (f64, Vec<T>) {
        let (channels, ..) = images.shape();
        assert!(batch > 0, "a batch has at least one image");
        assert!(
            channels == self.network.channels,
            "the network reads {} channels, got {channels}",
            self.network.channels
        );
        self.loss_in(&rooms(batch), images, batch, stream)
    }

    /// The same, with a room for each part.
    fn loss_in(&self, rooms: &[Mutex<Room<T>>], images: &Images, batch: usize, stream: &Stream) -> (f64, Vec<T>) {
        let (channels, height, width) = images.shape();
        let grid = Grid { height, width, padding: self.network.padding };
        let all = (batch * channels * height * width) as f64;
        let parts = map_indexed(batch.div_ceil(PART), |part| {
            let mut stream = stream.split(part as u64);
            let count = PART.min(batch - part * PART);
            let room = &mut *rooms[part].lock().expect("each part is visited once a step");
            let (x, eps, times) = noisy(images, count, &grid, &mut stream, room);
            let pass = self.forward(&grid, x, &times, room);
            let mut rest = eps;
            let mut loss = 0.0;
            for (rest, noise) in rest.numbers.iter_mut().zip(&pass.noise.numbers) {
                let missed = *noise - *rest;
                loss += missed.into() * missed.into() / all;
                *rest = missed * T::of(2.0 / all);
            }
            let gradient = self.backward(&grid, &pass, rest, room);
            pass.give_back(room);
            (loss, gradient)
        });
        let mut parts = parts.into_iter();
        let mut sum = parts.next().expect("a batch has at least one part");
        for (loss, gradient) in parts {
            sum.0 += loss;
            sum.1.iter_mut().zip(gradient).for_each(|(sum, part)| *sum = *sum + part);
        }
        sum
    }
}

/// A room for each part of a batch.
fn rooms<T: Real>(batch: usize) -> Vec<Mutex<Room<T>>> {
    (0..batch.div_ceil(PART)).map(|_| Mutex::new(Room::new())).collect()
}

/// Noisy images, the noise in them, and their times.
fn noisy<T: Real>(
    images: &Images,
    count: usize,
    grid: &Grid,
    stream: &mut Stream,
    room: &mut Room<T>,
) -> (Maps<T>, Maps<T>, Vec<f64>) {
    let (channels, height, width) = images.shape();
    let (mut x, mut eps) = (room.maps(grid, count, channels), room.maps(grid, count, channels));
    let mut times = Vec::new();
    let (mut noisy, mut noise) = (x.pixels_mut(grid), eps.pixels_mut(grid));
    for image in 0..count {
        let clean = images.image(stream.below(images.count()));
        let t = stream.below(TIMES) as f64 / TIMES as f64;
        let (a, b) = (CosineSchedule.signal(t), CosineSchedule.beta(t).sqrt());
        for (channel, clean) in clean.outer_iter().enumerate() {
            for (pixel, v) in clean.iter().enumerate() {
                let (at, draw) = (image * height * width + pixel, stream.normal());
                noisy[at][channel] = T::of(a * v + b * draw);
                noise[at][channel] = T::of(draw);
            }
        }
        times.push(t);
    }
    (x, eps, times)
}
