//! The channels of a batch of images, with a margin around each, and the room that they lie in.

use crate::theory::vector::Real;

/// What a convolution sees beyond the border.
/// Checked against: `gradients_match_finite_differences`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros, by which a network can tell where the border is.
    Zero,
    /// The other side of the image, by which it cannot.
    Circular,
}

/// Images of one size.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub height: usize,
    pub width: usize,
    pub padding: Padding,
}

/// Image after image, row after row, the channels of a pixel together; each image has a margin of one pixel, so that a
/// pixel's neighbours lie at fixed distances from it.
pub(super) struct Maps<T> {
    pub numbers: Vec<T>,
    pub channels: usize,
}

/// Memory that is used again: what is given back is taken for the next.
pub(super) struct Room<T>(Vec<Vec<T>>);

impl Grid {
    /// Pixels of a row with its margins.
    pub(super) fn line(&self) -> usize {
        self.width + 2
    }

    /// Pixels of an image with its margins.
    pub(super) fn padded(&self) -> usize {
        (self.height + 2) * self.line()
    }

    /// Where the first pixel of every row of an image lies, margins not counted as rows.
    fn rows(&self) -> impl Iterator<Item = usize> + use<> {
        let line = self.line();
        (1..=self.height).map(move |row| row * line + 1)
    }

    /// Where every pixel of so many images lies.
    pub(super) fn places(&self, images: usize) -> Vec<usize> {
        let image = |index: usize| self.rows().flat_map(move |row| row..row + self.width).map(move |at| (index, at));
        (0..images).flat_map(image).map(|(index, at)| index * self.padded() + at).collect()
    }

    /// Fills the margins with the other side of the image, if that is what convolutions see there.
    pub(super) fn wrap<T: Real>(&self, maps: &mut Maps<T>) {
        if self.padding == Padding::Zero {
            return;
        }
        let (channels, line) = (maps.channels, self.line() * maps.channels);
        for image in maps.numbers.chunks_exact_mut(self.padded() * channels) {
            for row in image.chunks_exact_mut(line).skip(1).take(self.height) {
                row.copy_within(self.width * channels..(self.width + 1) * channels, 0);
                row.copy_within(channels..2 * channels, (self.width + 1) * channels);
            }
            image.copy_within(self.height * line..(self.height + 1) * line, 0);
            image.copy_within(line..2 * line, (self.height + 1) * line);
        }
    }
}

impl<T: Real> Room<T> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Maps of so many images, all 0.
    pub(super) fn maps(&mut self, grid: &Grid, images: usize, channels: usize) -> Maps<T> {
        let mut numbers = self.0.pop().unwrap_or_default();
        numbers.clear();
        numbers.resize(images * grid.padded() * channels, T::zero());
        Maps { numbers, channels }
    }

    /// A copy of some maps.
    pub(super) fn copy(&mut self, maps: &Maps<T>) -> Maps<T> {
        let mut numbers = self.0.pop().unwrap_or_default();
        numbers.clear();
        numbers.extend_from_slice(&maps.numbers);
        Maps { numbers, channels: maps.channels }
    }

    pub(super) fn give_back(&mut self, maps: impl IntoIterator<Item = Maps<T>>) {
        self.0.extend(maps.into_iter().map(|maps| maps.numbers));
    }
}

impl<T: Real> Maps<T> {
    pub(super) fn images(&self, grid: &Grid) -> usize {
        self.numbers.len() / (grid.padded() * self.channels)
    }

    /// The number of each row's image, and its numbers.
    pub(super) fn rows_mut(&mut self, grid: &Grid) -> impl Iterator<Item = (usize, &mut [T])> {
        let (height, line, row) = (grid.height, grid.line() * self.channels, grid.width * self.channels);
        let (channels, image) = (self.channels, grid.padded() * self.channels);
        self.numbers.chunks_exact_mut(image).enumerate().flat_map(move |(index, image)| {
            let rows = image.chunks_exact_mut(line).skip(1).take(height);
            rows.map(move |line| (index, &mut line[channels..][..row]))
        })
    }

    /// The channels of every pixel.
    pub(super) fn pixels_mut(&mut self, grid: &Grid) -> Vec<&mut [T]> {
        let channels = self.channels;
        self.rows_mut(grid).flat_map(|(_, row)| row.chunks_exact_mut(channels)).collect()
    }

    /// The channels of every pixel.
    pub(super) fn pixels(&self, grid: &Grid) -> impl Iterator<Item = &[T]> {
        let places = grid.places(self.images(grid));
        places.into_iter().map(|at| &self.numbers[at * self.channels..][..self.channels])
    }

    /// x_p + e for every pixel p of each image: `e` is image after image.
    pub(super) fn plus_everywhere(&self, grid: &Grid, e: &[T], room: &mut Room<T>) -> Maps<T> {
        let mut out = room.copy(self);
        let channels = self.channels;
        for (image, row) in out.rows_mut(grid) {
            let e = &e[image * channels..][..channels];
            for pixel in row.chunks_exact_mut(channels) {
                pixel.iter_mut().zip(e).for_each(|(v, e)| *v = *v + *e);
            }
        }
        out
    }

    /// For each image the sum of its pixels, whose margins are 0.
    pub(super) fn sum_over_pixels(&self, grid: &Grid) -> Vec<T> {
        let image = grid.padded() * self.channels;
        let sum = |image: &[T]| {
            let mut sum = vec![T::zero(); self.channels];
            for pixel in image.chunks_exact(self.channels) {
                sum.iter_mut().zip(pixel).for_each(|(sum, v)| *sum = *sum + *v);
            }
            sum
        };
        self.numbers.chunks_exact(image).flat_map(sum).collect()
    }
}
