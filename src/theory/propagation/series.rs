//! Dual maps of smooth activations without a closed form, by their Hermite series.
//!
//! With orthonormal Hermite polynomials h_n, b_n(p) = E sigma'(sqrt(p) x) h_n(x) and r = c / sqrt(p q): Tdot = sum_n
//! b_n(p) b_n(q) r^n, and T = E sigma(u) E sigma(v) + sqrt(p q) sum_n b_n(p) b_n(q) r^{n+1} / (n+1). A series cut after
//! N terms lacks at most the roots of E sigma'^2 - sum_{n <= N} b_n^2 of both inputs, multiplied: so N is chosen, and
//! an input whose variance would need too many terms is left to quadrature.

use super::super::activation::Activation;
use super::super::numeric;
use super::super::overlaps::BLOCK;
use super::super::parallel::map_indexed;
use super::super::vector::{Loop, Real, vectorised};
use super::Block;
use super::layer::Dense;
use std::f64::consts::TAU;

/// Terms at most.
const MOST: usize = 400;

/// What may be missing of E sigma'^2, relative to it.
const MISSING: f64 = 1e-14;

/// Beyond this many standard deviations the root of the Gaussian weight, times a Hermite function, is below 1e-17.
const REACH: f64 = 12.5;

/// The series of many inputs' variances.
pub(super) struct Series {
    count: usize,
    variances: Vec<f64>,
    /// E sigma(sqrt(p) x).
    means: Vec<f64>,
    /// Whether the input has a series.
    known: Vec<bool>,
    /// b_n of all inputs, for n = 0, then for n = 1, ...; 0 beyond an input's own N.
    terms: Vec<f64>,
}

/// One input's mean and its b_n.
struct Expansion {
    mean: f64,
    terms: Option<Vec<f64>>,
}

impl Series {
    pub(super) fn new<T: Real>(activation: Activation, variances: &[T]) -> Self {
        let variances: Vec<f64> = variances.iter().map(|variance| variance.to_f64()).collect();
        let count = variances.len();
        let all = map_indexed(count, |j| Expansion::new(activation, variances[j]));
        let known: Vec<bool> = all.iter().map(|expansion| expansion.terms.is_some()).collect();
        let length = all.iter().filter_map(|expansion| expansion.terms.as_ref()).map(Vec::len).max().unwrap_or(0);
        let mut terms = vec![0.0; length * count];
        for (j, expansion) in all.iter().enumerate() {
            for (n, term) in expansion.terms.iter().flatten().enumerate() {
                terms[n * count + j] = *term;
            }
        }
        Self { count, means: all.iter().map(|expansion| expansion.mean).collect(), variances, known, terms }
    }

    fn length(&self) -> usize {
        self.terms.len() / self.count.max(1)
    }
}

impl Expansion {
    fn new(activation: Activation, variance: f64) -> Self {
        let deviation = variance.sqrt();
        let step = TAU / (30.0 * deviation + (MOST as f64).sqrt() + 12.0);
        let reach = (REACH / step).ceil() as i64;
        let nodes: Vec<f64> = (-reach..=reach).map(|k| k as f64 * step).collect();
        let weight = |x: f64| step * numeric::exp(-0.5 * x * x) / TAU.sqrt();
        let values: Vec<f64> = nodes.iter().map(|&x| activation.value(deviation * x)).collect();
        let mean = nodes.iter().zip(&values).map(|(&x, value)| weight(x) * value).sum();
        let square = nodes.iter().zip(&values).map(|(&x, value)| weight(x) * value * value).sum();
        let slopes: Vec<f64> = nodes.iter().map(|&x| activation.slope(deviation * x)).collect();
        let mut weighted: Vec<f64> = nodes.iter().zip(&slopes).map(|(&x, slope)| weight(x) * slope).collect();
        let whole: f64 = weighted.iter().zip(&slopes).map(|(a, b)| a * b).sum();
        // `weighted` holds weight * slope * h_n; h_{n+1} sqrt(n+1) = x h_n - sqrt(n) h_{n-1}.
        let mut before = vec![0.0; nodes.len()];
        let (mut terms, mut missing) = (Vec::new(), whole);
        for n in 0..MOST {
            let term: f64 = weighted.iter().sum();
            terms.push(term);
            missing -= term * term;
            if missing.abs() <= MISSING * whole {
                let terms = Some(terms).filter(|terms| is_of_its_slope(terms, mean, square, variance));
                return Self { mean, terms };
            }
            let (root, next) = ((n as f64).sqrt(), (n as f64 + 1.0).sqrt());
            for ((before, now), x) in before.iter_mut().zip(&mut weighted).zip(&nodes) {
                (*before, *now) = (*now, (x * *now - root * *before) / next);
            }
        }
        Self { mean, terms: None }
    }
}

/// Whether the series of the slope is that of the activation itself: not if it jumps, as a step does, whose slope is 0
/// almost everywhere. E sigma^2 tells.
fn is_of_its_slope(terms: &[f64], mean: f64, square: f64, variance: f64) -> bool {
    let spread: f64 = terms.iter().enumerate().map(|(n, term)| term * term / (n + 1) as f64).sum();
    (mean * mean + variance * spread - square).abs() <= 1e-9 * square
}

/// A layer of such an activation, for a block of pairs.
pub(super) fn layer<T: Real>(
    activation: Activation,
    dense: Dense<T>,
    rows: &Series,
    columns: &Series,
    block: Block<'_, T>,
) {
    let (first_row, first_column, used) = (block.first_row, block.first_column, block.columns);
    for (i, (covariances, tangents)) in block.into_rows().enumerate() {
        let (mut ratios, mut values, mut slopes) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        let row = first_row + i;
        let p = rows.variances[row];
        let scale = |j: usize| {
            let q = columns.variances[first_column + j];
            if p == q { p } else { p.sqrt() * q.sqrt() }
        };
        for j in 0..used {
            let (s, c) = (scale(j), covariances[j].to_f64());
            ratios[j] = if s > 0.0 { (c / s).clamp(-1.0, 1.0) } else { 0.0 };
        }
        let sums = Sums { rows, columns, row, first_column, ratios: &ratios, values: &mut values, slopes: &mut slopes };
        vectorised(sums);
        for j in 0..used {
            let column = first_column + j;
            let (value, slope) = if rows.known[row] && columns.known[column] {
                (rows.means[row] * columns.means[column] + scale(j) * ratios[j] * values[j], slopes[j])
            } else {
                // In one order, so that the result is symmetric to the last bit.
                let q = columns.variances[column];
                let dual = activation.dual(p.min(q), p.max(q), covariances[j].to_f64());
                (dual.value, dual.slope)
            };
            (covariances[j], tangents[j]) = dense.apply(T::of(value), T::of(slope) * tangents[j]);
        }
    }
}

/// sum_n b_n b_n r^n / (n+1) and sum_n b_n b_n r^n of one row's pairs.
struct Sums<'a> {
    rows: &'a Series,
    columns: &'a Series,
    row: usize,
    first_column: usize,
    ratios: &'a [f64; BLOCK],
    values: &'a mut [f64; BLOCK],
    slopes: &'a mut [f64; BLOCK],
}

impl Loop for Sums<'_> {
    #[inline(always)]
    fn run(self) {
        let (mut values, mut slopes) = ([0.0; BLOCK], [0.0; BLOCK]);
        for n in (0..self.rows.length().min(self.columns.length())).rev() {
            let ours = self.rows.terms[n * self.rows.count + self.row];
            let theirs = &self.columns.terms[n * self.columns.count + self.first_column..][..BLOCK];
            let share = 1.0 / (n as f64 + 1.0);
            for j in 0..BLOCK {
                let product = ours * theirs[j];
                values[j] = values[j] * self.ratios[j] + product * share;
                slopes[j] = slopes[j] * self.ratios[j] + product;
            }
        }
        (*self.values, *self.slopes) = (values, slopes);
    }
}
