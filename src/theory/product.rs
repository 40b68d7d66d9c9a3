//! Products of matrices with the same bits on every machine.
//!
//! Each entry of a product is a sum in one fixed order, each step of which (a product and its addition) is rounded
//! once, as the fused multiplication of today's processors does it. Wider vectors hold more entries side by side and
//! change no entry. So AVX2 and AVX-512 give the same bits, and so do any number of threads and any other processor;
//! those of before 2013, which lack the instruction, compute it in software, correctly and slowly.

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
    add_product_on_all_cores(a.view(), b.view(), c.view_mut());
    c
}

/// C <- C + A B on all cores. Rows of `c` must be contiguous.
/// Cost: 2 M N K operations.
pub(super) fn add_product_on_all_cores<T: Real>(a: ArrayView2<T>, b: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
    let parts = c.axis_chunks_iter_mut(Axis(0), ROWS).zip(a.axis_chunks_iter(Axis(0), ROWS));
    let parts: Vec<Mutex<_>> = parts.map(Mutex::new).collect();
    map_indexed(parts.len(), |i| {
        let (c, a) = &mut *parts[i].lock().expect("each part is visited once");
        add_product(a.view(), b, c.view_mut());
    });
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

/// C <- C + A^T B on all cores, with A read where it lies. `a` and the rows of `c` must be contiguous.
/// Cost: 2 M N K operations.
pub(super) fn add_transposed_product_on_all_cores<T: Real>(
    a: &ArrayRef2<T>,
    b: ArrayView2<T>,
    mut c: ArrayViewMut2<T>,
) {
    let numbers = a.as_slice().expect("a matrix that is contiguous");
    let parts: Vec<Mutex<_>> = c.axis_chunks_iter_mut(Axis(0), ROWS).map(Mutex::new).collect();
    map_indexed(parts.len(), |i| {
        let mut c = parts[i].lock().expect("each part is visited once");
        let starts: Vec<usize> = (i * ROWS..i * ROWS + c.nrows()).collect();
        let mut to: Vec<&mut [T]> =
            c.rows_mut().into_iter().map(|row| row.into_slice().expect("rows are contiguous")).collect();
        add_product_of_rows(&Rows { numbers, starts: &starts, stride: a.ncols() }, b, &mut to);
    });
}

/// C <- C + A B on one thread. Rows of `c` must be contiguous.
/// Cost: 2 M N K operations.
pub(super) fn add_product<T: Real>(a: ArrayView2<T>, b: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
    let a = a.as_standard_layout();
    let starts: Vec<usize> = (0..a.nrows()).map(|row| row * a.ncols()).collect();
    let rows = Rows { numbers: a.as_slice().expect("a standard layout is contiguous"), starts: &starts, stride: 1 };
    let mut to: Vec<&mut [T]> =
        c.rows_mut().into_iter().map(|row| row.into_slice().expect("rows are contiguous")).collect();
    add_product_of_rows(&rows, b, &mut to);
}

/// The same with rows of A and of C that lie anywhere: row r of A is b.nrows() numbers, each `stride` after the last,
/// from the `starts[r]`-th on.
pub(super) fn add_product_of_rows<T: Real>(a: &Rows<T>, b: ArrayView2<T>, c: &mut [&mut [T]]) {
    assert!(a.starts.len() == c.len(), "{} rows times a matrix are not {} rows", a.starts.len(), c.len());
    if b.is_empty() || c.is_empty() {
        return;
    }
    let last = a.starts.iter().max().map_or(0, |start| start + (b.nrows() - 1) * a.stride);
    assert!(last < a.numbers.len() && c.iter().all(|row| row.len() == b.ncols()), "a row sticks out");
    T::add_product(Vectors::widest(), a, b, c);
}

/// Rows of a matrix that lie anywhere in `numbers`.
pub(super) struct Rows<'a, T> {
    pub numbers: &'a [T],
    pub starts: &'a [usize],
    pub stride: usize,
}

pub(super) mod sealed {
    use super::{ArrayView2, Rows};

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
                let fused = is_x86_feature_detected!("fma");
                all.extend((fused && is_x86_feature_detected!("avx2")).then_some(Vectors::Avx2));
                all.extend((fused && is_x86_feature_detected!("avx512f")).then_some(Vectors::Avx512));
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
        #[expect(private_interfaces, reason = "nobody outside can call what is sealed")]
        fn add_product(vectors: Vectors, a: &Rows<Self>, b: ArrayView2<Self>, c: &mut [&mut [Self]]);
    }
}

/// A stretch of at most R rows of A, all of one length: row r begins at `starts[r]`.
struct Strip<'a, T, const R: usize> {
    numbers: &'a [T],
    starts: [usize; R],
    stride: usize,
}

/// C <- C + A B by tiles of R x C: B is copied into panels of C columns, A is read where it lies.
fn by_tiles<T: Real, const R: usize, const C: usize>(
    tile: impl Fn(&Strip<T, R>, &[[T; C]], [&mut [T; C]; R]),
    a: &Rows<T>,
    b: ArrayView2<T>,
    c: &mut [&mut [T]],
) {
    let mut panels = Vec::new();
    for (column, b) in (0..).step_by(COLUMNS).zip(b.axis_chunks_iter(Axis(1), COLUMNS)) {
        for start in (0..b.nrows()).step_by(DEPTH) {
            let steps = start..(start + DEPTH).min(b.nrows());
            pack(b.slice(s![steps.clone(), ..]), &mut panels);
            for (strip, rows) in c.chunks_mut(R).enumerate() {
                // Rows beyond the last are those of the last again, and not kept.
                let begin = |r: usize| a.starts[(strip * R + r).min(a.starts.len() - 1)] + start * a.stride;
                let strip = Strip { numbers: a.numbers, starts: std::array::from_fn(begin), stride: a.stride };
                for (at, panel) in panels.chunks_exact(steps.len()).enumerate() {
                    add_tile(&tile, &strip, panel, rows, column + at * C);
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
    panels.resize(b.ncols().div_ceil(C) * b.nrows(), [T::zero(); C]);
    let by_columns = b.nrows() > 1 && b.strides()[0] == 1;
    for (panel, columns) in panels.chunks_exact_mut(b.nrows()).zip(b.axis_chunks_iter(Axis(1), C)) {
        if columns.ncols() < C {
            panel.fill([T::zero(); C]);
        }
        if !by_columns {
            for (step, row) in panel.iter_mut().zip(columns.rows()) {
                match row.to_slice() {
                    Some(row) => step[..row.len()].copy_from_slice(row),
                    None => step.iter_mut().zip(row).for_each(|(to, from)| *to = *from),
                }
            }
            continue;
        }
        // A transposed matrix. Few steps at a time, so that what is written stays near.
        for (part, steps) in panel.chunks_mut(16).enumerate() {
            for (at, column) in columns.columns().into_iter().enumerate() {
                let column = &column.to_slice().expect("columns are contiguous")[part * 16..][..steps.len()];
                steps.iter_mut().zip(column).for_each(|(step, from)| step[at] = *from);
            }
        }
    }
}

/// Adds one tile to `c`, in plain Rust: what every other way must agree with.
fn plain<T: Real, const R: usize, const C: usize>(a: &Strip<T, R>, b: &[[T; C]], c: [&mut [T; C]; R]) {
    let mut sums = [[T::zero(); C]; R];
    for (step, b) in b.iter().enumerate() {
        for (sums, start) in sums.iter_mut().zip(a.starts) {
            let a = a.numbers[start + step * a.stride];
            sums.iter_mut().zip(b).for_each(|(sum, b)| *sum = a.fused(*b, *sum));
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
     $zero:ident, $load:ident, $splat:ident, $fused:ident, $add:ident, $store:ident) => {
        #[target_feature(enable = $feature)]
        fn $name(a: &Strip<$t, $rows>, b: &[[$t; $lanes * $vectors]], c: [&mut [$t; $lanes * $vectors]; $rows]) {
            use std::arch::x86_64::{$add, $fused, $load, $splat, $store, $zero};
            let mut sums = [[$zero(); $vectors]; $rows];
            let stride = a.stride;
            let rows = a.starts.map(|start| a.numbers[start..=start + (b.len() - 1) * stride].as_ptr());
            for (step, b) in b.iter().enumerate() {
                // SAFETY: `b` has `$lanes * $vectors` numbers.
                let b: [_; $vectors] = std::array::from_fn(|v| unsafe { $load(b.as_ptr().add(v * $lanes)) });
                for (sums, row) in sums.iter_mut().zip(rows) {
                    // SAFETY: a row has a number for each step.
                    let a = $splat(unsafe { *row.add(step * stride) });
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum = $fused(a, b, *sum);
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
tile!(avx2_f64, "avx2,fma", f64, 6 x 2 x 4, _mm256_setzero_pd, _mm256_loadu_pd, _mm256_set1_pd, _mm256_fmadd_pd,
    _mm256_add_pd, _mm256_storeu_pd);
#[cfg(target_arch = "x86_64")]
tile!(avx2_f32, "avx2,fma", f32, 6 x 2 x 8, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_fmadd_ps,
    _mm256_add_ps, _mm256_storeu_ps);
#[cfg(target_arch = "x86_64")]
tile!(avx512_f64, "avx512f", f64, 12 x 2 x 8, _mm512_setzero_pd, _mm512_loadu_pd, _mm512_set1_pd, _mm512_fmadd_pd,
    _mm512_add_pd, _mm512_storeu_pd);
#[cfg(target_arch = "x86_64")]
tile!(avx512_f32, "avx512f", f32, 12 x 2 x 16, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_fmadd_ps,
    _mm512_add_ps, _mm512_storeu_ps);

macro_rules! by_vectors {
    ($t:ty, $columns:literal, $avx2:ident, $avx512:ident) => {
        impl sealed::Tiles for $t {
            #[expect(private_interfaces, reason = "nobody outside can call what is sealed")]
            fn add_product(vectors: Vectors, a: &Rows<Self>, b: ArrayView2<Self>, c: &mut [&mut [Self]]) {
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
    use super::*;
    use crate::theory::vector::Operations as _;

    /// start + A B, with A read by columns.
    fn sum<T: Real>(vectors: Vectors, a: &Array2<T>, b: &Array2<T>, start: &Array2<T>) -> Array2<T> {
        let turned = a.t().as_standard_layout().to_owned();
        let starts: Vec<usize> = (0..a.nrows()).collect();
        let numbers = turned.as_slice().expect("contiguous");
        let rows = Rows { numbers, starts: &starts, stride: a.nrows() };
        let mut c = start.clone();
        let mut to: Vec<&mut [T]> = c.rows_mut().into_iter().map(|row| row.into_slice().expect("contiguous")).collect();
        if !b.is_empty() {
            T::add_product(vectors, &rows, b.view(), &mut to);
        }
        c
    }

    /// The bits of every way that this processor offers are those of the loop over steps, in sums of 256.
    #[test]
    fn every_way_gives_the_same_bits() {
        let number =
            |seed: usize| move |(i, j): (usize, usize)| ((i * 7919 + j * 104_729 + seed) % 1009) as f64 / 31.0 - 16.0;
        for (m, n, k) in [(1, 1, 1), (13, 33, 257), (5, 17, 0), (100, 530, 600), (7, 16, 1000)] {
            let (a, b) = (Array2::from_shape_fn((m, k), number(1)), Array2::from_shape_fn((k, n), number(2)));
            let start = Array2::from_shape_fn((m, n), number(3));
            let expected = Array2::from_shape_fn((m, n), |(i, j)| {
                let step = |sum: f64, p: usize| a[[i, p]].fused(b[[p, j]], sum);
                let sum = |from: usize| (from..(from + DEPTH).min(k)).fold(0.0, step);
                (0..k).step_by(DEPTH).fold(start[[i, j]], |c, from| c + sum(from))
            });
            let narrow = |x: &Array2<f64>| x.mapv(|v| v as f32);
            let plain32 = sum(Vectors::Plain, &narrow(&a), &narrow(&b), &narrow(&start));
            for vectors in Vectors::all() {
                assert_eq!(sum(vectors, &a, &b, &start), expected, "{vectors:?} {m} {n} {k}");
                assert_eq!(sum(vectors, &narrow(&a), &narrow(&b), &narrow(&start)), plain32, "{vectors:?} {m} {n} {k}");
            }
        }
    }
}
