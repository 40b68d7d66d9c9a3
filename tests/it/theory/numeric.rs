//! The door for transcendental functions.

use theoria::theory::numeric::*;

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 4e-16 * b.abs().max(1.0), "{a} and {b}");
}

#[test]
fn numeric_functions_satisfy_their_identities() {
    close(exp(1.0), std::f64::consts::E);
    close(ln(10.0), std::f64::consts::LN_10);
    close(log10(1000.0), 3.0);
    close(gamma(5.0), 24.0);
    close(gamma(0.5) * gamma(0.5), std::f64::consts::PI);
    close(log2(1024.0), 10.0);
    close(acos(-1.0), std::f64::consts::PI);
    close(asin(1.0), std::f64::consts::FRAC_PI_2);
    close(atan(1.0), std::f64::consts::FRAC_PI_4);
    close(atan2(-1.0, 0.0), -std::f64::consts::FRAC_PI_2);
    close(erf(0.5), 0.520_499_877_813_046_5);
    close(hypot(3e200, 4e200) / 1e200, 5.0);
    for i in -40..40 {
        let x = f64::from(i) * 0.37 + 0.011;
        close(sin(x) * sin(x) + cos(x) * cos(x), 1.0);
        close(tan(x) * cos(x), sin(x));
        close(erf(x) + erfc(x), 1.0);
        close(tanh(x), exp_m1(2.0 * x) / (exp_m1(2.0 * x) + 2.0));
        close(exp_m1(1e-9 * x) / (1e-9 * x), 1.0 + 0.5e-9 * x);
        close(ln_1p(1e-9 * x) / (1e-9 * x), 1.0 - 0.5e-9 * x);
        close(pow(x.abs(), 3.0) / powi(x.abs(), 3), 1.0);
    }
    assert_eq!(powi(3.0, 0), 1.0);
    assert_eq!(powi(-2.0, 11), -2048.0);
}

#[test]
fn the_vectorised_exponential_agrees_with_libm() {
    let mut worst = 0.0f64;
    for i in 0..=700_000 {
        let x = -f64::from(i) * 1e-3;
        worst = worst.max((exp_of_negative(x) / exp(x) - 1.0).abs());
    }
    assert!(worst < 4.5e-16, "relative difference {worst:e}");
    assert_eq!(exp_of_negative(0.0), 1.0);
}
