//! Overlaps of all pairs of inputs, block by block: a matrix product with the same bits on every machine.
//!
//! An overlap is the sum of x_k y_k in the order of k, each step a fused multiply-add, rounded once. So it depends
//! on nothing but the two inputs: not on their places, the blocks, the threads or the width of vectors; it is
//! symmetric, and the overlap of equal inputs is their squared length to the last bit. Processors without a fused
//! multiply-add (before 2013) compute the same by software, slowly.

use super::parallel::map_indexed;
use super::vector::{Instructions, Loop, Real, instructions, vectorised};

/// Inputs on one side of a block of pairs. A multiple of the widths and heights of tiles below.
pub(super) const BLOCK: usize = 96;

/// A stretch of coordinates short enough that the panels of a block stay in the cache.
const STRETCH: usize = 1024;

/// n inputs of `length` coordinates, row by row.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a, T> {
    pub(super) values: &'a [T],
    pub(super) length: usize,
}

impl<'a, T: Real> Inputs<'a, T> {
    pub(super) fn count(self) -> usize {
        self.values.len() / self.length
    }

    pub(super) fn row(self, index: usize) -> &'a [T] {
        &self.values[index * self.length..(index + 1) * self.length]
    }

    /// x . x of every input.
    pub(super) fn squares(self) -> Vec<T> {
        let blocks = map_indexed(self.count().div_ceil(BLOCK), |block| {
            let first = block * BLOCK;
            let mut squares = vec![T::default(); BLOCK.min(self.count() - first)];
            vectorised(Squares { inputs: self, first, squares: &mut squares });
            squares
        });
        blocks.concat()
    }
}

/// Inputs laid out for the columns of blocks: panels of `width` inputs, coordinate by coordinate.
pub(super) struct Panels<T> {
    length: usize,
    width: usize,
    blocks: Vec<Vec<T>>,
}

impl<T: Real> Panels<T> {
    pub(super) fn new(inputs: Inputs<'_, T>) -> Self {
        let width = panel_bytes() / size_of::<T>();
        let length = inputs.length;
        let blocks = map_indexed(inputs.count().div_ceil(BLOCK), |block| {
            let mut panels = vec![T::default(); BLOCK * length];
            for column in 0..BLOCK.min(inputs.count() - block * BLOCK) {
                let panel = &mut panels[column / width * width * length..];
                let places = panel.iter_mut().skip(column % width).step_by(width);
                for (place, &value) in places.zip(inputs.row(block * BLOCK + column)) {
                    *place = value;
                }
            }
            panels
        });
        Self { length, width, blocks }
    }

    /// Writes the overlaps of the rows from `first` on, one block of them, with the inputs of column block
    /// `block` to `overlaps` (BLOCK x BLOCK, zeros). Rows beyond the last repeat it, columns beyond the last are 0;
    /// `half`: entries above the diagonal may be left as they are.
    pub(super) fn overlaps(&self, rows: Inputs<'_, T>, first: usize, block: usize, half: bool, overlaps: &mut [T]) {
        vectorised(Overlaps { panels: &self.blocks[block], width: self.width, rows, first, half, overlaps });
        debug_assert_eq!(rows.length, self.length);
    }
}

/// With 32 registers of 64 bytes, a tile of 8 x 3 of them; with 16 of 32 bytes, one of 6 x 2.
const WIDE_PANEL: usize = 192;
const NARROW_PANEL: usize = 64;

fn panel_bytes() -> usize {
    if instructions() == Instructions::Avx512 { WIDE_PANEL } else { NARROW_PANEL }
}

struct Squares<'a, T> {
    inputs: Inputs<'a, T>,
    first: usize,
    squares: &'a mut [T],
}

impl<T: Real> Loop for Squares<'_, T> {
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "k runs over eight rows at once")]
    fn run(self) {
        // Eight inputs at a time: eight chains of dependent operations side by side.
        for (group, squares) in self.squares.chunks_mut(8).enumerate() {
            let first = self.first + 8 * group;
            let last = first + squares.len() - 1;
            let rows: [&[T]; 8] = std::array::from_fn(|i| self.inputs.row((first + i).min(last)));
            let mut sums = [T::default(); 8];
            for k in 0..self.inputs.length {
                for i in 0..8 {
                    sums[i] = rows[i][k].fused(rows[i][k], sums[i]);
                }
            }
            squares.copy_from_slice(&sums[..squares.len()]);
        }
    }
}

struct Overlaps<'a, T> {
    panels: &'a [T],
    width: usize,
    rows: Inputs<'a, T>,
    first: usize,
    half: bool,
    overlaps: &'a mut [T],
}

impl<T: Real> Loop for Overlaps<'_, T> {
    #[inline(always)]
    fn run(self) {
        match (self.width * size_of::<T>(), size_of::<T>()) {
            (WIDE_PANEL, 8) => self.by_tiles::<TileOf8<24>>(),
            (WIDE_PANEL, _) => self.by_tiles::<TileOf8<48>>(),
            (_, 8) => self.by_tiles::<TileOf6<8>>(),
            (_, _) => self.by_tiles::<TileOf6<16>>(),
        }
    }
}

impl<T: Real> Overlaps<'_, T> {
    #[inline(always)]
    fn by_tiles<Shape: Tile<T>>(self) {
        let (length, width) = (self.rows.length, self.width);
        for start in (0..length).step_by(STRETCH) {
            let end = (start + STRETCH).min(length);
            for (index, panel) in self.panels.chunks_exact(width * length).enumerate() {
                let stretch = Stretch { start, end, panel: &panel[start * width..end * width] };
                for top in (0..BLOCK.min(self.rows.count() - self.first)).step_by(Shape::HEIGHT) {
                    if !self.half || index * width < top + Shape::HEIGHT {
                        Shape::add(
                            self.rows,
                            self.first + top,
                            stretch,
                            &mut self.overlaps[top * BLOCK + index * width..],
                        );
                    }
                }
            }
        }
    }
}

/// Coordinates `start`..`end` of the inputs of a panel.
#[derive(Clone, Copy)]
struct Stretch<'a, T> {
    start: usize,
    end: usize,
    panel: &'a [T],
}

/// sums + x y for a row's coordinate x and a panel's y.
#[inline(always)]
fn add_products<T: Real, const WIDTH: usize>(x: T, y: &[T; WIDTH], mut sums: [T; WIDTH]) -> [T; WIDTH] {
    for j in 0..WIDTH {
        sums[j] = x.fused(y[j], sums[j]);
    }
    sums
}

/// Some rows by some columns of a block.
trait Tile<T> {
    const HEIGHT: usize;

    /// Adds the products of a stretch to the overlaps of the rows from `first` on with the panel.
    fn add(rows: Inputs<'_, T>, first: usize, stretch: Stretch<'_, T>, overlaps: &mut [T]);
}

/// A tile of WIDTH columns whose sums, each row's under a name of its own, stay in registers.
macro_rules! tile {
    ($name:ident, $height:literal, $($row:ident $sums:ident $index:literal),+) => {
        struct $name<const WIDTH: usize>;

        impl<T: Real, const WIDTH: usize> Tile<T> for $name<WIDTH> {
            const HEIGHT: usize = $height;

            #[inline(always)]
            fn add(rows: Inputs<'_, T>, first: usize, stretch: Stretch<'_, T>, overlaps: &mut [T]) {
                let (panel, _) = stretch.panel.as_chunks::<WIDTH>();
                let length = panel.len();
                let last = rows.count() - 1;
                $(let $row = &rows.row((first + $index).min(last))[stretch.start..stretch.end][..length];)+
                $(let mut $sums = [T::default(); WIDTH];)+
                if stretch.start > 0 {
                    $($sums.copy_from_slice(&overlaps[$index * BLOCK..][..WIDTH]);)+
                }
                for k in 0..length {
                    let y = &panel[k];
                    $($sums = add_products($row[k], y, $sums);)+
                }
                $(overlaps[$index * BLOCK..][..WIDTH].copy_from_slice(&$sums);)+
            }
        }
    };
}

tile!(TileOf8, 8, r0 s0 0, r1 s1 1, r2 s2 2, r3 s3 3, r4 s4 4, r5 s5 5, r6 s6 6, r7 s7 7);
tile!(TileOf6, 6, r0 s0 0, r1 s1 1, r2 s2 2, r3 s3 3, r4 s4 4, r5 s5 5);
