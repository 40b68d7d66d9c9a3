//! Where the blocks' results go: two matrices, into which threads write at once.

use super::super::overlaps::BLOCK;
use super::super::vector::{Loop, Real, vectorised};
use super::Block;
use std::sync::Mutex;

/// Which of the two kernels are wanted.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::theory) enum Wanted {
    Both,
    Nngp,
    Ntk,
}

/// Both kernels, row by row; empty if not wanted.
pub(in crate::theory) struct Matrices<T> {
    pub(in crate::theory) shape: (usize, usize),
    pub(in crate::theory) nngp: Vec<T>,
    pub(in crate::theory) ntk: Vec<T>,
}

impl<T: Real> Matrices<T> {
    pub(super) fn new(shape: (usize, usize), wanted: Wanted) -> Self {
        let zeros = |unwanted| if wanted == unwanted { Vec::new() } else { vec![T::default(); shape.0 * shape.1] };
        Self { shape, nngp: zeros(Wanted::Ntk), ntk: zeros(Wanted::Nngp) }
    }
}

/// The matrices, cut into strips of [`BLOCK`] rows, each of which one thread writes to at a time.
pub(super) struct Target<'a, T> {
    columns: usize,
    nngp: Vec<Mutex<&'a mut [T]>>,
    ntk: Vec<Mutex<&'a mut [T]>>,
}

impl<'a, T: Real> Target<'a, T> {
    pub(super) fn new(matrices: &'a mut Matrices<T>) -> Self {
        let columns = matrices.shape.1;
        let strips = |all: &'a mut [T]| all.chunks_mut(BLOCK * columns.max(1)).map(Mutex::new).collect();
        Self { columns, nngp: strips(&mut matrices.nngp), ntk: strips(&mut matrices.ntk) }
    }

    /// Writes a block; with `Some(on_diagonal)` also its mirror image, and of a block on the diagonal only what is
    /// not above it. Answers whether the tangent kernels are finite.
    pub(super) fn write(&self, block: &Block<'_, T>, mirrored: Option<bool>) -> bool {
        for (strips, values) in [(&self.nngp, &*block.covariances), (&self.ntk, &*block.tangents)] {
            if strips.is_empty() {
                continue;
            }
            match mirrored {
                None => self.write_rows(strips, block, values),
                Some(false) => {
                    self.write_rows(strips, block, values);
                    self.write_columns(strips, block, values);
                }
                Some(true) => self.write_symmetric(strips, block, values),
            }
        }
        let bad = |row: &[T]| row[..block.columns].iter().map(|v| usize::from(!v.finite())).sum::<usize>();
        block.tangents.chunks_exact(BLOCK).map(bad).sum::<usize>() == 0
    }

    fn write_rows(&self, strips: &[Mutex<&mut [T]>], block: &Block<'_, T>, values: &[T]) {
        let mut strip = lock(&strips[block.first_row / BLOCK]);
        for (row, values) in strip.chunks_exact_mut(self.columns).zip(values.chunks_exact(BLOCK)) {
            row[block.first_column..][..block.columns].copy_from_slice(&values[..block.columns]);
        }
    }

    /// The block's mirror image: its columns as rows.
    fn write_columns(&self, strips: &[Mutex<&mut [T]>], block: &Block<'_, T>, values: &[T]) {
        let mut turned = [T::default(); BLOCK * BLOCK];
        vectorised(Turn { values, turned: &mut turned });
        let rows = values.len() / BLOCK;
        let mut strip = lock(&strips[block.first_column / BLOCK]);
        for (row, values) in strip.chunks_exact_mut(self.columns).zip(turned.chunks_exact(BLOCK)).take(block.columns) {
            row[block.first_row..][..rows].copy_from_slice(&values[..rows]);
        }
    }

    fn write_symmetric(&self, strips: &[Mutex<&mut [T]>], block: &Block<'_, T>, values: &[T]) {
        let mut strip = lock(&strips[block.first_row / BLOCK]);
        for (i, row) in strip.chunks_exact_mut(self.columns).enumerate().take(block.columns) {
            for (j, place) in row[block.first_column..][..block.columns].iter_mut().enumerate() {
                *place = values[i.max(j) * BLOCK + i.min(j)];
            }
        }
    }
}

fn lock<'m, 'a, T>(strip: &'m Mutex<&'a mut [T]>) -> std::sync::MutexGuard<'m, &'a mut [T]> {
    strip.lock().expect("no thread panics while it writes")
}

/// Transposes a block.
struct Turn<'a, T> {
    values: &'a [T],
    turned: &'a mut [T],
}

/// By squares that stay in registers.
const SQUARE: usize = 8;

impl<T: Real> Loop for Turn<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (down, band) in self.values.chunks(SQUARE * BLOCK).enumerate() {
            for across in 0..BLOCK / SQUARE {
                let mut square = [[T::default(); SQUARE]; SQUARE];
                for (i, row) in band.chunks_exact(BLOCK).enumerate() {
                    for j in 0..SQUARE {
                        square[j][i] = row[across * SQUARE + j];
                    }
                }
                for (j, row) in square.iter().enumerate() {
                    self.turned[(across * SQUARE + j) * BLOCK + down * SQUARE..][..SQUARE].copy_from_slice(row);
                }
            }
        }
    }
}
