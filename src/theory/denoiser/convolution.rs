//! Convolutions with 3 x 3 filters and their exact backward pass, as products of matrices.

use crate::theory::product::add_product;
use crate::theory::vector::Real;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

/// What a convolution sees beyond the border.
/// Checked against: `gradients_match_finite_differences`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros, by which a network can tell where the border is.
    Zero,
    /// The other side of the image, by which it cannot.
    Circular,
}

/// The images of a batch, one pixel a row: image after image, row after row.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub height: usize,
    pub width: usize,
    pub padding: Padding,
}

impl Grid {
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// The pixel at an offset of -1, 0 or 1 in both directions, if there is one.
    fn neighbour(&self, pixel: usize, offset: (isize, isize)) -> Option<usize> {
        let step = |at: usize, by: isize, size: usize| match self.padding {
            Padding::Zero => at.checked_add_signed(by).filter(|to| *to < size),
            Padding::Circular => Some((at as isize + by).rem_euclid(size as isize) as usize),
        };
        let row = step(pixel / self.width, offset.0, self.height)?;
        Some(row * self.width + step(pixel % self.width, offset.1, self.width)?)
    }

    /// The nine neighbours of each pixel side by side: rows as in `x` (pixels x C), 9 C columns, offset after
    /// offset. They lie in `room`, which is made as large as it must be. Cost: O(9 size).
    fn patches<'r, T: Real>(&self, x: ArrayView2<T>, room: &'r mut Vec<T>) -> ArrayView2<'r, T> {
        let channels = x.ncols();
        let x = x.as_slice().expect("activations are contiguous");
        room.resize(9 * x.len(), T::zero());
        let image = self.pixels() * channels;
        // Where each part of a row comes from is the same in every image.
        let sources: Vec<Option<usize>> =
            (0..self.pixels()).flat_map(|pixel| OFFSETS.map(|offset| self.neighbour(pixel, offset))).collect();
        for (rows, x) in room.chunks_exact_mut(9 * image).zip(x.chunks_exact(image)) {
            for (part, source) in rows.chunks_exact_mut(channels).zip(&sources) {
                match source {
                    Some(source) => part.copy_from_slice(&x[source * channels..(source + 1) * channels]),
                    None => part.fill(T::zero()),
                }
            }
        }
        ArrayView2::from_shape((x.len() / channels, 9 * channels), room).expect("the sizes agree")
    }
}

/// In reading order; the opposite of number o is number 8 - o.
const OFFSETS: [(isize, isize); 9] = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)];

/// y_p = b + sum_o W_o^T x_{p+o}: `x` (pixels x C_in), `weights` (9 C_in x C_out) offset after offset, `bias`
/// (C_out); result (pixels x C_out). Cost: 18 C_in C_out operations a pixel.
pub(super) fn convolve<T: Real>(
    grid: &Grid,
    x: ArrayView2<T>,
    weights: ArrayView2<T>,
    bias: &[T],
    room: &mut Vec<T>,
) -> Array2<T> {
    let mut y = Array2::from_shape_fn((x.nrows(), bias.len()), |(_, channel)| bias[channel]);
    add_product(grid.patches(x, room), weights, y.view_mut());
    y
}

/// Adds dL/dW (9 C_in x C_out) and dL/db, given what came in and dL/dy. Cost: as [`convolve`].
pub(super) fn add_gradients<T: Real>(
    grid: &Grid,
    x: ArrayView2<T>,
    slope: ArrayView2<T>,
    mut weights: ArrayViewMut2<T>,
    bias: &mut [T],
    room: &mut Vec<T>,
) {
    // As (dL/dy)^T x, because the few rows of the left factor are those that are copied.
    let mut turned = Array2::zeros((slope.ncols(), weights.nrows()));
    add_product(slope.t(), grid.patches(x, room), turned.view_mut());
    weights.zip_mut_with(&turned.t(), |sum, part| *sum = *sum + *part);
    for row in slope.rows() {
        bias.iter_mut().zip(row).for_each(|(sum, part)| *sum = *sum + *part);
    }
}

/// dL/dx (pixels x C_in) given dL/dy: the convolution with the filters turned about. Cost: as [`convolve`].
pub(super) fn slope_of_input<T: Real>(
    grid: &Grid,
    slope: ArrayView2<T>,
    weights: ArrayView2<T>,
    room: &mut Vec<T>,
) -> Array2<T> {
    let (from, to) = (weights.ncols(), weights.nrows() / 9);
    let turned =
        Array2::from_shape_fn((9 * from, to), |(row, channel)| weights[[(8 - row / from) * to + channel, row % from]]);
    let mut out = Array2::zeros((slope.nrows(), to));
    add_product(grid.patches(slope, room), turned.view(), out.view_mut());
    out
}

/// For each image the sum of its pixels' rows: (pixels x C) to (images x C).
pub(super) fn sum_over_pixels<T: Real>(grid: &Grid, x: &Array2<T>) -> Array2<T> {
    let mut out = Array2::zeros((x.nrows() / grid.pixels(), x.ncols()));
    for (mut sum, rows) in out.rows_mut().into_iter().zip(x.axis_chunks_iter(Axis(0), grid.pixels())) {
        rows.rows().into_iter().for_each(|row| sum.zip_mut_with(&row, |sum, v| *sum = *sum + *v));
    }
    out
}

/// x_p + e for every pixel p of each image: `e` is (images x C).
pub(super) fn plus_everywhere<T: Real>(grid: &Grid, x: &Array2<T>, e: &Array2<T>) -> Array2<T> {
    let mut out = x.clone();
    for (mut rows, e) in out.axis_chunks_iter_mut(Axis(0), grid.pixels()).zip(e.rows()) {
        rows.rows_mut().into_iter().for_each(|mut row| row.zip_mut_with(&e, |v, e| *v = *v + *e));
    }
    out
}
