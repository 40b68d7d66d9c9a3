//! Convolutions with 3 x 3 filters and their exact backward pass, as products of matrices that are never written down.
//!
//! The nine neighbours of a pixel lie in three stretches of memory, one in each row: a product reads them there.

use super::maps::{Grid, Maps, Room};
use crate::theory::product::{Rows, add_product_of_rows};
use crate::theory::vector::{Loop, Real, vectorised};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

/// So few output channels would leave most of a product's registers empty: they are worked out one by one.
const FEW: usize = 2;

/// y_p = b + sum_o W_o^T x_{p+o}: `x` with margins that show what it is to see there, `weights` (9 C_in x C_out) offset
/// after offset in reading order, `bias` (C_out). Margins of the result are 0. Cost: 18 C_in C_out operations a pixel.
pub(super) fn convolve<T: Real>(
    grid: &Grid,
    x: &Maps<T>,
    weights: ArrayView2<T>,
    bias: &[T],
    room: &mut Room<T>,
) -> Maps<T> {
    let images = x.images(grid);
    let mut y = room.maps(grid, images, weights.ncols());
    let mut pixels = y.pixels_mut(grid);
    pixels.iter_mut().for_each(|pixel| pixel.copy_from_slice(bias));
    let stretch = 3 * x.channels;
    let mut starts = grid.places(images);
    // From a pixel to the one above it on the left.
    starts.iter_mut().for_each(|at| *at = (*at - grid.line() - 1) * x.channels);
    for row in 0..3 {
        let weights = weights.slice(s![row * stretch..(row + 1) * stretch, ..]);
        if weights.ncols() <= FEW {
            for (channel, weights) in weights.columns().into_iter().enumerate() {
                let weights = weights.to_vec();
                vectorised(Dots { numbers: &x.numbers, starts: &starts, weights: &weights, channel, out: &mut pixels });
            }
        } else {
            let rows = Rows { numbers: &x.numbers, starts: &starts, stride: 1 };
            add_product_of_rows(&rows, weights, &mut pixels);
        }
        starts.iter_mut().for_each(|at| *at += grid.line() * x.channels);
    }
    y
}

/// Adds dL/dW (9 C_in x C_out) and dL/db, given what came in and dL/dy, whose margins are 0. Cost: as [`convolve`], margins
/// included.
pub(super) fn add_gradients<T: Real>(
    grid: &Grid,
    x: &Maps<T>,
    slope: &Maps<T>,
    mut weights: ArrayViewMut2<T>,
    bias: &mut [T],
) {
    for pixel in slope.numbers.chunks_exact(slope.channels) {
        bias.iter_mut().zip(pixel).for_each(|(sum, part)| *sum = *sum + *part);
    }
    // From the first pixel to the last, margins between them included: there the slope is 0.
    let first = grid.line() + 1;
    let last = slope.numbers.len() / slope.channels - first;
    let stretch = 3 * x.channels;
    let stretches = [0, 1, 2].map(|row| row * grid.line() * x.channels);
    let slopes = ArrayView2::from_shape(
        (last - first, slope.channels),
        &slope.numbers[first * slope.channels..last * slope.channels],
    )
    .expect("the sizes agree");
    if slope.channels <= FEW {
        for (channel, slopes) in slopes.columns().into_iter().enumerate() {
            let mut sums = vec![T::zero(); 3 * stretch];
            let slopes = slopes.to_vec();
            vectorised(Sums { x, stretches, slopes: &slopes, sums: &mut sums });
            weights.column_mut(channel).iter_mut().zip(sums).for_each(|(to, sum)| *to = *to + sum);
        }
        return;
    }
    let starts: Vec<usize> = stretches.into_iter().flat_map(|start| start..start + stretch).collect();
    let rows = Rows { numbers: &x.numbers, starts: &starts, stride: x.channels };
    let mut to: Vec<&mut [T]> =
        weights.rows_mut().into_iter().map(|row| row.into_slice().expect("rows are contiguous")).collect();
    add_product_of_rows(&rows, slopes, &mut to);
}

/// dL/dx given dL/dy with margins as [`convolve`] wants them: the convolution with the filters turned about.
/// Cost: as [`convolve`].
pub(super) fn slope_of_input<T: Real>(
    grid: &Grid,
    slope: &Maps<T>,
    weights: ArrayView2<T>,
    room: &mut Room<T>,
) -> Maps<T> {
    let (from, to) = (weights.ncols(), weights.nrows() / 9);
    let turned =
        Array2::from_shape_fn((9 * from, to), |(row, channel)| weights[[(8 - row / from) * to + channel, row % from]]);
    convolve(grid, slope, turned.view(), &vec![T::zero(); to], room)
}

/// Adds to one channel of every pixel the product of a stretch of numbers with the weights.
struct Dots<'a, 'b, T> {
    numbers: &'a [T],
    starts: &'a [usize],
    weights: &'a [T],
    channel: usize,
    out: &'a mut [&'b mut [T]],
}

impl<T: Real> Loop for Dots<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let length = self.weights.len();
        let whole = length - length % 16;
        for (out, start) in self.out.iter_mut().zip(self.starts) {
            let numbers = &self.numbers[*start..][..length];
            let mut lanes = [T::zero(); 16];
            for (x, w) in numbers[..whole].as_chunks::<16>().0.iter().zip(self.weights[..whole].as_chunks::<16>().0) {
                for lane in 0..16 {
                    lanes[lane] = lanes[lane] + x[lane] * w[lane];
                }
            }
            let mut sum = T::zero();
            for (x, w) in numbers[whole..].iter().zip(&self.weights[whole..]) {
                sum = sum + *x * *w;
            }
            out[self.channel] = out[self.channel] + lanes.into_iter().fold(sum, |sum, lane| sum + lane);
        }
    }
}

/// Adds up stretches of numbers, each pixel's times its slope.
struct Sums<'a, T> {
    x: &'a Maps<T>,
    stretches: [usize; 3],
    slopes: &'a [T],
    sums: &'a mut [T],
}

impl<T: Real> Loop for Sums<'_, T> {
    #[inline(always)]
    fn run(self) {
        let stretch = 3 * self.x.channels;
        for (at, slope) in self.slopes.iter().enumerate() {
            for (sums, start) in self.sums.chunks_exact_mut(stretch).zip(self.stretches) {
                let numbers = &self.x.numbers[start + at * self.x.channels..][..stretch];
                for (sum, x) in sums.iter_mut().zip(numbers) {
                    *sum = *sum + *slope * *x;
                }
            }
        }
    }
}
