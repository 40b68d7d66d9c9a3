//! Statistics of samples whose answers are known.

use theoria::theory::*;

#[test]
fn sums_are_compensated() {
    assert_eq!(sum(&[1e16, 1.0, -1e16, 1.0]), 2.0);
    assert_eq!(sum(&[0.1; 10]), 1.0);
    assert_eq!(sum::<f64>(&[]), 0.0);
}

#[test]
fn statistics_of_known_samples() {
    let x = [2, 4, 4, 4, 5, 5, 7, 9];
    assert_eq!(mean(&x), 5.0);
    assert!((variance(&x) - 32.0 / 7.0).abs() < 1e-15);
    assert!((standard_deviation(&x) - (32.0f64 / 7.0).sqrt()).abs() < 1e-15);
    assert!((standard_error(&x) - (4.0f64 / 7.0).sqrt()).abs() < 1e-15);
    assert_eq!(excess_kurtosis(&[-1, 1, -1, 1]), -2.0);
    assert!((excess_kurtosis(&x) - (44.5 / 16.0 - 3.0)).abs() < 1e-14);
    assert_eq!(mean(&ndarray::array![[1.0, 2.0], [3.0, 6.0]]), 3.0);
}

#[test]
fn slopes_of_known_lines() {
    assert_eq!(slope(&[1, 2, 4], &[3.0, 5.0, 9.0]), 2.0);
    let widths = [32, 64, 128, 256];
    let falls = widths.map(|n| 7.0 / f64::from(n));
    assert!((log_log_slope(&widths, &falls) + 1.0).abs() < 1e-13);
    assert!((pearson(&[1, 2, 3], &[-1, -2, -3]) + 1.0).abs() < 1e-15);
    assert_eq!(pearson(&[-1, 0, 1], &[1, 0, 1]), 0.0);
}

#[test]
fn quantiles_of_known_samples() {
    assert_eq!(median(&[3, 1, 2]), 2.0);
    assert_eq!(median(&[4, 1, 2, 3]), 2.5);
    assert_eq!(quantile(&[0.0, 10.0], 0.3), 3.0);
    assert_eq!(quantile(&[5, 1], 1.0), 5.0);
}

#[test]
#[should_panic(expected = "at least 2 different x")]
fn a_slope_without_spread_is_refused() {
    let _ = slope(&[1, 1], &[1, 2]);
}
