//! Descriptive statistics and least-squares slopes, with sums in a fixed order.
//!
//! Sums are Neumaier's compensated sums (ZAMM 54, 39, 1974): the error is a few units in the last place of the result whatever the
//! length. Functions take anything that lends its numbers: `&vec`, `&array`, `&[1, 2, 4]`. No function returns NaN for finite input:
//! what is not defined panics, naming the caller's line.

use super::numeric;

/// A number that statistics can read: `f64`, or a whole number without loss below 2^53.
/// Checked against: `statistics_of_known_samples`.
pub trait Number: Copy {
    /// The value as `f64`.
    fn value(self) -> f64;
}

macro_rules! number {
    ($($t:ty),*) => { $(impl Number for $t { fn value(self) -> f64 { self as f64 } })* };
}
number!(f64, f32, i32, i64, u8, u32, u64, usize);

fn numbers<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> Vec<f64> {
    values.into_iter().map(|v| v.value()).collect()
}

/// sum_i x_i, compensated (Neumaier). Empty gives 0. O(n). Checked against: `sums_are_compensated`.
pub fn sum<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0f64);
    for x in values {
        let x = x.value();
        let next = total + x;
        lost += if total.abs() >= x.abs() { (total - next) + x } else { (x - next) + total };
        total = next;
    }
    total + lost
}

/// Mean (1/n) sum_i x_i. Panics if empty. O(n). Checked against: `statistics_of_known_samples`.
#[track_caller]
pub fn mean<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    let x = numbers(values);
    assert!(!x.is_empty(), "the mean of no numbers is not defined");
    sum(&x) / x.len() as f64
}

/// Central moment (1/n) sum_i (x_i - mean)^order.
fn central_moment(x: &[f64], order: u32) -> f64 {
    let centre = sum(x) / x.len() as f64;
    let powers: Vec<f64> = x.iter().map(|v| numeric::powi(v - centre, order)).collect();
    sum(&powers) / x.len() as f64
}

/// Unbiased sample variance, sum_i (x_i - mean)^2 / (n - 1). Panics if n < 2. O(n). Checked against: `statistics_of_known_samples`.
#[track_caller]
pub fn variance<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    let x = numbers(values);
    assert!(x.len() > 1, "a variance needs at least 2 numbers, got {}", x.len());
    central_moment(&x, 2) * x.len() as f64 / (x.len() - 1) as f64
}

/// Square root of the [`variance`]. Panics if n < 2. O(n). Checked against: `statistics_of_known_samples`.
#[track_caller]
pub fn standard_deviation<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    variance(values).sqrt()
}

/// Standard error of the mean, sqrt(variance / n), for independent samples. Panics if n < 2. O(n).
/// Checked against: `statistics_of_known_samples`.
#[track_caller]
pub fn standard_error<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    let x = numbers(values);
    (variance(&x) / x.len() as f64).sqrt()
}

/// Excess kurtosis m4/m2^2 - 3, with central moments m_j = (1/n) sum (x - mean)^j; 0 for a Gaussian, at least -2.
/// Its standard error for Gaussian samples is sqrt(24/n). Panics if n < 2 or all values are equal. O(n).
/// Checked against: `statistics_of_known_samples`.
#[track_caller]
pub fn excess_kurtosis<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    let x = numbers(values);
    assert!(x.len() > 1, "a kurtosis needs at least 2 numbers, got {}", x.len());
    let m2 = central_moment(&x, 2);
    assert!(m2 > 0.0, "the kurtosis of equal numbers is not defined");
    central_moment(&x, 4) / (m2 * m2) - 3.0
}

fn pair(x: Vec<f64>, y: Vec<f64>) -> Option<(f64, f64, f64)> {
    let (mx, my) = (sum(&x) / x.len() as f64, sum(&y) / y.len() as f64);
    let products = |f: fn(f64, f64) -> f64| sum(&x.iter().zip(&y).map(|(a, b)| f(a - mx, b - my)).collect::<Vec<_>>());
    (x.len() > 1).then(|| (products(|a, _| a * a), products(|a, b| a * b), products(|_, b| b * b)))
}

#[track_caller]
fn assert_same_length(x: &[f64], y: &[f64]) {
    assert!(x.len() == y.len(), "x has {} numbers and y has {}", x.len(), y.len());
}

/// Slope of the least-squares line y = a + b x: b = sum (x - mx)(y - my) / sum (x - mx)^2.
/// Panics if lengths differ, n < 2, or all x are equal. O(n). Checked against: `slopes_of_known_lines`.
#[track_caller]
pub fn slope<'a, 'b, S: Number + 'a, T: Number + 'b>(
    x: impl IntoIterator<Item = &'a S>,
    y: impl IntoIterator<Item = &'b T>,
) -> f64 {
    let (x, y) = (numbers(x), numbers(y));
    assert_same_length(&x, &y);
    let Some((xx, xy, _)) = pair(x, y) else { panic!("a slope needs at least 2 points") };
    assert!(xx > 0.0, "a slope needs at least 2 different x");
    xy / xx
}

/// Exponent b of the power law y = A x^b: the [`slope`] of ln y against ln x.
/// Panics as `slope` does, and if a number is not positive. O(n). Checked against: `slopes_of_known_lines`.
#[track_caller]
pub fn log_log_slope<'a, 'b, S: Number + 'a, T: Number + 'b>(
    x: impl IntoIterator<Item = &'a S>,
    y: impl IntoIterator<Item = &'b T>,
) -> f64 {
    let (x, y) = (numbers(x), numbers(y));
    for &v in x.iter().chain(&y) {
        assert!(v > 0.0, "a power law needs positive numbers, got {v}");
    }
    let logs = |v: &[f64]| v.iter().map(|&v| numeric::ln(v)).collect::<Vec<_>>();
    slope(&logs(&x), &logs(&y))
}

/// Pearson correlation r = sum (x-mx)(y-my) / sqrt(sum (x-mx)^2 sum (y-my)^2), in [-1, 1].
/// Panics if lengths differ, n < 2, or one side is constant. O(n). Checked against: `slopes_of_known_lines`.
#[track_caller]
pub fn pearson<'a, 'b, S: Number + 'a, T: Number + 'b>(
    x: impl IntoIterator<Item = &'a S>,
    y: impl IntoIterator<Item = &'b T>,
) -> f64 {
    let (x, y) = (numbers(x), numbers(y));
    assert_same_length(&x, &y);
    let Some((xx, xy, yy)) = pair(x, y) else { panic!("a correlation needs at least 2 points") };
    assert!(xx > 0.0 && yy > 0.0, "the correlation with a constant is not defined");
    (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0)
}

/// Quantile at level `q` in [0, 1], linear between order statistics at position q (n-1) (type 7 of Hyndman and Fan 1996).
/// Panics if empty, if q is outside, or on NaN. O(n log n). Checked against: `quantiles_of_known_samples`.
#[track_caller]
pub fn quantile<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>, q: f64) -> f64 {
    let mut x = numbers(values);
    assert!(!x.is_empty(), "a quantile of no numbers is not defined");
    assert!((0.0..=1.0).contains(&q), "the level of a quantile lies in [0, 1], got {q}");
    assert!(x.iter().all(|v| !v.is_nan()), "a quantile of NaN is not defined");
    x.sort_by(f64::total_cmp);
    let position = q * (x.len() - 1) as f64;
    let (low, share) = (position.floor() as usize, position - position.floor());
    let high = (low + 1).min(x.len() - 1);
    if share == 0.0 { x[low] } else { x[low] + share * (x[high] - x[low]) }
}

/// Median: the [`quantile`] at 1/2. Panics if empty. O(n log n). Checked against: `quantiles_of_known_samples`.
#[track_caller]
pub fn median<'a, T: Number + 'a>(values: impl IntoIterator<Item = &'a T>) -> f64 {
    quantile(values, 0.5)
}
