//! Symmetric tridiagonal matrices: how a symmetric matrix becomes one, and what its eigenvalues are.

use super::cholesky::dot;
use crate::theory::numeric;
use crate::theory::parallel::map_indexed;
use ndarray::{Array2, ArrayRef2};
use std::sync::Mutex;

/// Rows of the matrix that one thread takes at a time.
const ROWS: usize = 128;

/// A = Q T Q^T with Q = H_0 H_1 ..., H_k = I - factor_k v_k v_k^T, T tridiagonal.
pub(super) struct Tridiagonal {
    pub diagonal: Vec<f64>,
    /// Between row k and row k + 1.
    pub beside: Vec<f64>,
    /// v_k from entry k + 1 on, which is 1, and factor_k.
    pub reflectors: Vec<(Vec<f64>, f64)>,
}

/// A rotation in the plane of rows k and k + 1: (x_k, x_{k+1}) <- (c x_k - s x_{k+1}, s x_k + c x_{k+1}).
#[derive(Clone, Copy)]
pub(super) struct Rotation {
    pub row: usize,
    pub cosine: f64,
    pub sine: f64,
}

/// Householder's reduction. Each step reads and writes what is left of the matrix once.
/// Cost: 4 N^3 / 3 operations, bound by memory.
/// Source: Golub and Van Loan, Matrix Computations, 4th ed., section 8.3.1.
pub(super) fn reduce(matrix: &ArrayRef2<f64>) -> Tridiagonal {
    let n = matrix.nrows();
    let mut a = matrix.as_standard_layout().into_owned();
    let (mut diagonal, mut beside, mut reflectors) = (Vec::new(), Vec::new(), Vec::new());
    // What the step before has still to take away: v w^T + w v^T.
    let mut pending: Option<(Vec<f64>, Vec<f64>)> = None;
    for k in 0..n {
        let mut row = a.row(k).to_vec();
        if let Some((v, w)) = &pending {
            let (vk, wk) = (v[k], w[k]);
            row[k..].iter_mut().zip(&v[k..]).zip(&w[k..]).for_each(|((a, v), w)| *a -= vk * w + wk * v);
        }
        diagonal.push(row[k]);
        if k + 1 == n {
            break;
        }
        let (tail, factor, head) = reflector(&row[k + 1..]);
        beside.push(head);
        let mut v = vec![0.0; k + 1];
        v.extend(&tail);
        let product = update(&mut a, k + 1, pending.as_ref(), &v);
        let mut w = vec![0.0; n];
        let along = 0.5 * factor * factor * dot(&product[k + 1..], &v[k + 1..]);
        for i in k + 1..n {
            w[i] = factor * product[i] - along * v[i];
        }
        reflectors.push((tail, factor));
        pending = Some((v, w));
    }
    Tridiagonal { diagonal, beside, reflectors }
}

/// (v, factor, head) such that (I - factor v v^T) x = (head, 0, ..., 0), with v_0 = 1.
fn reflector(x: &[f64]) -> (Vec<f64>, f64, f64) {
    let scale = x.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let mut v = x.to_vec();
    v[0] = 1.0;
    let rest: f64 = x[1..].iter().map(|v| (v / scale) * (v / scale)).sum();
    if scale == 0.0 || rest == 0.0 {
        v[1..].fill(0.0);
        return (v, 0.0, x[0]);
    }
    let first = x[0] / scale;
    let length = (first * first + rest).sqrt();
    let head = if first > 0.0 { -length } else { length };
    let step = first - head;
    v[1..].iter_mut().for_each(|v| *v /= scale * step);
    (v, -step / head, head * scale)
}

/// From row and column `from` on: takes away what is pending, and multiplies by v; in one pass over the matrix.
fn update(a: &mut Array2<f64>, from: usize, pending: Option<&(Vec<f64>, Vec<f64>)>, v: &[f64]) -> Vec<f64> {
    let n = a.nrows();
    let rows = a.as_slice_mut().expect("a standard layout is contiguous");
    let parts: Vec<Mutex<_>> = rows[from * n..].chunks_mut(ROWS * n).map(Mutex::new).collect();
    let one = |part: usize| {
        let mut rows = parts[part].lock().expect("each part is visited once");
        let first = from + part * ROWS;
        let products = rows.chunks_exact_mut(n).enumerate().map(|(at, row)| {
            if let Some((old, w)) = pending {
                let (vi, wi) = (old[first + at], w[first + at]);
                row[from..].iter_mut().zip(&old[from..]).zip(&w[from..]).for_each(|((a, v), w)| *a -= vi * w + wi * v);
            }
            dot(&row[from..], &v[from..])
        });
        products.collect::<Vec<f64>>()
    };
    let mut out = vec![0.0; from];
    // Below some size a thread takes longer to start than to work.
    let small = (n - from) * (n - from) < 1 << 17;
    let products = if small { (0..parts.len()).map(one).collect() } else { map_indexed(parts.len(), one) };
    out.extend(products.concat());
    out
}

impl Tridiagonal {
    /// The eigenvalues, and the rotations that turn Q into the eigenvectors, by the implicit QL algorithm with
    /// Wilkinson's shifts; nothing if it does not end, which only numbers beyond all range could cause.
    /// Cost: some 1.7 N^2 rotations.
    /// Source: Golub and Van Loan, section 8.3.5 (QR; QL is its mirror image).
    pub(super) fn diagonalise(&self) -> Option<(Vec<f64>, Vec<Rotation>)> {
        let (mut d, mut e) = (self.diagonal.clone(), self.beside.clone());
        let n = d.len();
        e.push(0.0);
        let mut rotations = Vec::new();
        let largest = d.iter().chain(&e).fold(0.0f64, |most, v| most.max(v.abs()));
        for first in 0..n {
            for round in 0.. {
                // Small eigenvalues beside large ones are found to their own precision if they can be. Where rounding has left
                // nothing but noise, as in matrices of low rank, they cannot, and steps would not end.
                let noise = if round < 12 { f64::MIN_POSITIVE } else { largest };
                // The block from `first` ends where the matrix falls apart.
                let negligible =
                    |m: &usize| *m + 1 >= n || e[*m].abs() <= f64::EPSILON * (d[*m].abs() + d[*m + 1].abs()).max(noise);
                let last = (first..n).find(negligible).expect("the last row stands alone");
                if last == first {
                    break;
                }
                if round == 60 {
                    return None;
                }
                sweep(&mut d, &mut e, first..last, &mut rotations);
            }
        }
        Some((d, rotations))
    }
}

/// One implicit step from the bottom of a block to its top.
fn sweep(d: &mut [f64], e: &mut [f64], block: std::ops::Range<usize>, rotations: &mut Vec<Rotation>) {
    let (first, last) = (block.start, block.end);
    let half = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let root = numeric::hypot(half, 1.0);
    let shift = d[first] - e[first] / (half + if half >= 0.0 { root } else { -root });
    let (mut sine, mut cosine, mut taken) = (1.0, 1.0, 0.0);
    let mut bulge = d[last] - shift;
    for k in block.rev() {
        let (beside, across) = (sine * e[k], cosine * e[k]);
        let length = numeric::hypot(beside, bulge);
        e[k + 1] = length;
        if length == 0.0 {
            // The matrix fell apart on the way.
            d[k + 1] -= taken;
            e[last] = 0.0;
            return;
        }
        (sine, cosine) = (beside / length, bulge / length);
        let rest = d[k + 1] - taken;
        let mixed = (d[k] - rest) * sine + 2.0 * cosine * across;
        taken = sine * mixed;
        d[k + 1] = rest + taken;
        bulge = cosine * mixed - across;
        rotations.push(Rotation { row: k, cosine, sine });
    }
    d[first] -= taken;
    e[first] = bulge;
    e[last] = 0.0;
}
