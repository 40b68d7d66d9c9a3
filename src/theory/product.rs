//! Products of matrices with the same bits on every machine.
//!
//! Each entry of a product is a sum in one fixed order, of products and sums rounded one by one: no fused
//! multiplication, which only some processors have and which rounds otherwise. Wider vectors hold more entries
//! side by side and change no entry. So SSE2, AVX2 and AVX-512 give the same bits, and so do any number of
//! threads and any other processor.

use super::parallel::map_indexed;
use super::vector::Real;
use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, Axis, s};
use sealed::Vectors;
use std::sync::Mutex;

/// Terms that are added up by themselves before they are added to an entry: an entry is the sum of these sums,
/// in their order. Part of what the result is.
pub(super) const DEPTH: usize = 256;
/// Rows and columns of the result that one thread works on at a time: what it reads meanwhile fits its cache.
const ROWS: usize = 240;
const COLUMNS: usize = 512;

/// The matrix product A B, with entries sum_p a_ip b_pj. `a`: M x K, `b`: K x N, in any layout (a transposed
/// matrix as good as any); result M x N.
///
/// ```
/// use theoria::theory::*;
/// let a = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(product(&a, &a.t()), ndarray::array![[5.0, 11.0], [11.0, 25.0]]);
/// ```
/// Panics unless the inner dimensions agree.
/// Cost: 2 M N K operations, on all cores; memory O(K) beside the result.
/// Checked against: `products_have_the_bits_of_a_plain_loop`, `results_do_not_depend_on_threads`.
#[must_use]
#[track_caller]
pub fn product<T: Real>(a: &ArrayRef2<T>, b: &ArrayRef2<T>) -> Array2<T> {
    assert!(a.ncols() == b.nrows(), "no product of {:?} and {:?}: the inner dimensions differ", a.dim(), b.dim());
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    let parts = c.axis_chunks_iter_mut(Axis(0), ROWS).zip(a.axis_chunks_iter(Axis(0), ROWS));
    let parts: Vec<Mutex<_>> = parts.map(Mutex::new).collect();
    map_indexed(parts.len(), |i| {
        let (c, a) = &mut *parts[i].lock().expect("each part is visited once");
        add_product(a.view(), b.view(), c.view_mut());
    });
    c
}

/// The Gram matrix X X^T of the rows of `x` (N x K): N x N, symmetric to the last bit and equal to
/// [`product`]`(x, &x.t())`.
/// Cost: N^2 K operations, half of the product's, on all cores; memory O(K) beside the result.
/// Checked against: `products_have_the_bits_of_a_plain_loop`.
#[must_use]
pub fn gram<T: Real>(x: &ArrayRef2<T>) -> Array2<T> {
    let n = x.nrows();
    let mut c = Array2::zeros((n, n));
    let parts: Vec<Mutex<_>> = c.axis_chunks_iter_mut(Axis(0), ROWS).map(Mutex::new).collect();
    map_indexed(parts.len(), |i| {
        let start = i * ROWS;
        let mut c = parts[i].lock().expect("each part is visited once");
        let rows = x.slice(s![start..(start + ROWS).min(n), ..]);
        add_product(rows, x.slice(s![start.., ..]).reversed_axes(), c.slice_mut(s![.., start..]));
    });
    drop(parts);
    for i in 0..n {
        for j in 0..i - i % ROWS {
            c[[i, j]] = c[[j, i]];
        }
    }
    c
}

/// C <- C + A B on one thread. Rows of `c` must be contiguous.
/// Cost: 2 M N K operations.
pub(super) fn add_product<T: Real>(a: ArrayView2<T>, b: ArrayView2<T>, c: ArrayViewMut2<T>) {
    T::add_product(Vectors::widest(), a, b, c);
}

pub(super) mod sealed {
    use super::{ArrayView2, ArrayViewMut2};

    /// What this processor offers.
    /// Checked against: `products_have_the_bits_of_a_plain_loop`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Vectors {
        Plain,
        #[cfg(target_arch = "x86_64")]
        Avx2,
        #[cfg(target_arch = "x86_64")]
        Avx512,
    }

    impl Vectors {
        /// All that this processor offers, the widest last.
        /// Checked against: `products_have_the_bits_of_a_plain_loop`.
        pub fn all() -> Vec<Vectors> {
            let mut all = vec![Vectors::Plain];
            #[cfg(target_arch = "x86_64")]
            {
                all.extend(is_x86_feature_detected!("avx2").then_some(Vectors::Avx2));
                all.extend(is_x86_feature_detected!("avx512f").then_some(Vectors::Avx512));
            }
            all
        }

        /// The widest of them.
        /// Checked against: `products_have_the_bits_of_a_plain_loop`.
        pub fn widest() -> Vectors {
            *Self::all().last().expect("there is always one")
        }
    }

    /// Which tiles a type is multiplied in.
    /// Checked against: `products_have_the_bits_of_a_plain_loop`.
    pub trait Tiles: Sized {
        fn add_product(vectors: Vectors, a: ArrayView2<Self>, b: ArrayView2<Self>, c: ArrayViewMut2<Self>);
    }
}

/// A stretch of at most R rows of A, all of one length: row r begins at `starts[r]`.
struct Strip<'a, T, const R: usize> {
    numbers: &'a [T],
    starts: [usize; R],
}

/// C <- C + A B by tiles of R x C: B is copied into panels of C columns, A is read where it lies.
fn by_tiles<T: Real, const R: usize, const C: usize>(
    tile: impl Fn(&Strip<T, R>, &[[T; C]], [&mut [T; C]; R]),
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    mut c: ArrayViewMut2<T>,
) {
    let a = a.as_standard_layout();
    let (depth, numbers) = (a.ncols(), a.as_slice().expect("a standard layout is contiguous"));
    let mut panels = Vec::new();
    for (b, mut c) in b.axis_chunks_iter(Axis(1), COLUMNS).zip(c.axis_chunks_iter_mut(Axis(1), COLUMNS)) {
        for start in (0..depth).step_by(DEPTH) {
            let steps = start..(start + DEPTH).min(depth);
            pack(b.slice(s![steps.clone(), ..]), &mut panels);
            let mut rows: Vec<&mut [T]> =
                c.rows_mut().into_iter().map(|row| row.into_slice().expect("rows are contiguous")).collect();
            for (strip, rows) in rows.chunks_mut(R).enumerate() {
                // Rows beyond the last are those of the last again, and not kept.
                let begin = |r: usize| (strip * R + r).min(a.nrows() - 1) * depth + start;
                let strip = Strip { numbers, starts: std::array::from_fn(begin) };
                for (at, panel) in panels.chunks_exact(steps.len()).enumerate() {
                    add_tile(&tile, &strip, panel, rows, at * C);
                }
            }
        }
    }
}

/// Adds one tile to the columns from `at` on of some rows: in place, where there is room for all of it.
#[inline]
fn add_tile<T: Real, const R: usize, const C: usize>(
    tile: impl Fn(&Strip<T, R>, &[[T; C]], [&mut [T; C]; R]),
    strip: &Strip<T, R>,
    panel: &[[T; C]],
    rows: &mut [&mut [T]],
    at: usize,
) {
    if rows[0].len() >= at + C
        && let Some(rows) = rows.as_mut_array::<R>()
    {
        return tile(strip, panel, rows.each_mut().map(|row| row[at..].first_chunk_mut().expect("there is room")));
    }
    let mut sums = [[T::zero(); C]; R];
    tile(strip, panel, sums.each_mut());
    for (row, sums) in rows.iter_mut().zip(sums) {
        row[at..].iter_mut().zip(sums).for_each(|(c, sum)| *c = *c + sum);
    }
}

/// Panels of C columns of B, each step by step; columns beyond the last are 0.
fn pack<T: Real, const C: usize>(b: ArrayView2<T>, panels: &mut Vec<[T; C]>) {
    panels.clear();
    panels.resize(b.ncols().div_ceil(C) * b.nrows(), [T::zero(); C]);
    for (panel, columns) in panels.chunks_exact_mut(b.nrows()).zip(b.axis_chunks_iter(Axis(1), C)) {
        let slices: Option<Vec<&[T]>> = columns.columns().into_iter().map(|column| column.to_slice()).collect();
        match slices {
            // A transposed matrix: its columns are contiguous.
            Some(slices) => {
                for (at, slice) in slices.into_iter().enumerate() {
                    panel.iter_mut().zip(slice).for_each(|(step, from)| step[at] = *from);
                }
            }
            None => {
                for (step, row) in panel.iter_mut().zip(columns.rows()) {
                    step.iter_mut().zip(row).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

/// Adds one tile to `c`, in plain Rust: what every other way must agree with.
fn plain<T: Real, const R: usize, const C: usize>(a: &Strip<T, R>, b: &[[T; C]], c: [&mut [T; C]; R]) {
    let mut sums = [[T::zero(); C]; R];
    for (step, b) in b.iter().enumerate() {
        for (sums, start) in sums.iter_mut().zip(a.starts) {
            let a = a.numbers[start + step];
            sums.iter_mut().zip(b).for_each(|(sum, b)| *sum = *sum + a * *b);
        }
    }
    for (c, sums) in c.into_iter().zip(sums) {
        c.iter_mut().zip(sums).for_each(|(c, sum)| *c = *c + sum);
    }
}

/// The same in vectors of `$lanes` numbers, `$vectors` of them side by side in each of `$rows` rows.
#[cfg(target_arch = "x86_64")]
macro_rules! tile {
    ($name:ident, $feature:literal, $t:ty, $rows:literal x $vectors:literal x $lanes:literal,
     $zero:ident, $load:ident, $splat:ident, $mul:ident, $add:ident, $store:ident) => {
        #[target_feature(enable = $feature)]
        fn $name(a: &Strip<$t, $rows>, b: &[[$t; $lanes * $vectors]], c: [&mut [$t; $lanes * $vectors]; $rows]) {
            use std::arch::x86_64::{$add, $load, $mul, $splat, $store, $zero};
            let mut sums = [[$zero(); $vectors]; $rows];
            let rows = a.starts.map(|start| a.numbers[start..start + b.len()].as_ptr());
            for (step, b) in b.iter().enumerate() {
                // SAFETY: `b` has `$lanes * $vectors` numbers.
                let b: [_; $vectors] = std::array::from_fn(|v| unsafe { $load(b.as_ptr().add(v * $lanes)) });
                for (sums, row) in sums.iter_mut().zip(rows) {
                    // SAFETY: a row has a number for each step.
                    let a = $splat(unsafe { *row.add(step) });
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum = $add(*sum, $mul(a, b));
                    }
                }
            }
            for (c, sums) in c.into_iter().zip(sums) {
                for (v, sum) in sums.into_iter().enumerate() {
                    // SAFETY: a row of `c` has `$lanes * $vectors` numbers.
                    unsafe {
                        let at = c.as_mut_ptr().add(v * $lanes);
                        $store(at, $add($load(at), sum));
                    }
                }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
tile!(avx2_f64, "avx2", f64, 6 x 2 x 4, _mm256_setzero_pd, _mm256_loadu_pd, _mm256_set1_pd, _mm256_mul_pd,
    _mm256_add_pd, _mm256_storeu_pd);
#[cfg(target_arch = "x86_64")]
tile!(avx2_f32, "avx2", f32, 6 x 2 x 8, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_mul_ps,
    _mm256_add_ps, _mm256_storeu_ps);
#[cfg(target_arch = "x86_64")]
tile!(avx512_f64, "avx512f", f64, 12 x 2 x 8, _mm512_setzero_pd, _mm512_loadu_pd, _mm512_set1_pd, _mm512_mul_pd,
    _mm512_add_pd, _mm512_storeu_pd);
#[cfg(target_arch = "x86_64")]
tile!(avx512_f32, "avx512f", f32, 12 x 2 x 16, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_mul_ps,
    _mm512_add_ps, _mm512_storeu_ps);

macro_rules! by_vectors {
    ($t:ty, $columns:literal, $avx2:ident, $avx512:ident) => {
        impl sealed::Tiles for $t {
            fn add_product(vectors: Vectors, a: ArrayView2<Self>, b: ArrayView2<Self>, c: ArrayViewMut2<Self>) {
                match vectors {
                    Vectors::Plain => by_tiles(plain::<$t, 4, $columns>, a, b, c),
                    // SAFETY: only what the processor offers is chosen.
                    #[cfg(target_arch = "x86_64")]
                    Vectors::Avx2 => by_tiles(|a: &_, b: &_, c: _| unsafe { $avx2(a, b, c) }, a, b, c),
                    #[cfg(target_arch = "x86_64")]
                    Vectors::Avx512 => by_tiles(|a: &_, b: &_, c: _| unsafe { $avx512(a, b, c) }, a, b, c),
                }
            }
        }
    };
}
by_vectors!(f64, 4, avx2_f64, avx512_f64);
by_vectors!(f32, 8, avx2_f32, avx512_f32);

#[cfg(test)]
mod tests {
    use super::sealed::Tiles;
    use super::*;

    /// The bits of every way that this processor offers are those of the loop over steps, in sums of 256.
    #[test]
    fn every_way_gives_the_same_bits() {
        let number =
            |seed: usize| move |(i, j): (usize, usize)| ((i * 7919 + j * 104_729 + seed) % 1009) as f64 / 31.0 - 16.0;
        for (m, n, k) in [(1, 1, 1), (13, 33, 257), (5, 17, 0), (100, 530, 600), (7, 16, 1000)] {
            let (a, b) = (Array2::from_shape_fn((m, k), number(1)), Array2::from_shape_fn((k, n), number(2)));
            let start = Array2::from_shape_fn((m, n), number(3));
            let expected = Array2::from_shape_fn((m, n), |(i, j)| {
                let sum = |from: usize| (from..(from + DEPTH).min(k)).fold(0.0, |sum, p| sum + a[[i, p]] * b[[p, j]]);
                (0..k).step_by(DEPTH).fold(start[[i, j]], |c, from| c + sum(from))
            });
            let narrow = |x: &Array2<f64>| x.mapv(|v| v as f32);
            let (a32, b32, mut plain32) = (narrow(&a), narrow(&b), narrow(&start));
            f32::add_product(Vectors::Plain, a32.view(), b32.view(), plain32.view_mut());
            for vectors in Vectors::all() {
                let (mut c, mut c32) = (start.clone(), narrow(&start));
                f64::add_product(vectors, a.view(), b.view(), c.view_mut());
                f32::add_product(vectors, a32.view(), b32.view(), c32.view_mut());
                assert_eq!(c, expected, "{vectors:?} {m} {n} {k}");
                assert_eq!(c32, plain32, "{vectors:?} {m} {n} {k}");
            }
        }
    }
}
