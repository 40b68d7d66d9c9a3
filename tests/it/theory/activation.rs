//! Dual maps: tabulated values, Price's theorem, sampling, and the degenerate inputs.

use theoria::theory::*;

const ALL: [Activation; 8] = [Relu, LeakyRelu(0.1), Abs, Linear, Erf, Sin, Gelu, Tanh];

#[test]
fn duals_match_tabulated_values() {
    // p = 1.3, q = 0.8, c = 0.45; by quadrature and mpmath.
    let table = [
        (Relu, 0.290881168967701, 0.322734402835181),
        (LeakyRelu(0.1), 0.280613746863838, 0.361414866296497),
        (Abs, 0.713524675870803, 0.290937611340724),
        (Linear, 0.45, 1.0),
        (Erf, 0.190089172951657, 0.435438736639011),
        (Sin, 0.162840737972798, 0.385970898121228),
        (Gelu, 0.211729572099373, 0.330403317746982),
        (Tanh, 0.164103173061289, 0.373758365598449),
    ];
    for (activation, value, slope) in table {
        let dual = activation.dual(1.3, 0.8, 0.45);
        assert!((dual.value - value).abs() < 2e-14, "{activation:?}: T = {}", dual.value);
        assert!((dual.slope - slope).abs() < 2e-14, "{activation:?}: Tdot = {}", dual.slope);
    }
}

#[test]
fn the_slope_dual_is_the_derivative_of_the_dual() {
    for activation in ALL {
        for (p, q, c) in [(1.3, 0.8, 0.45), (0.5, 2.0, -0.7), (1.0, 1.0, 0.0), (3.0, 3.0, 2.5)] {
            let h = 1e-3;
            let t = |c| activation.dual(p, q, c).value;
            // Richardson's difference of fourth order.
            let derivative = (8.0 * (t(c + h) - t(c - h)) - (t(c + 2.0 * h) - t(c - 2.0 * h))) / (12.0 * h);
            let slope = activation.dual(p, q, c).slope;
            assert!((derivative - slope).abs() < 1e-9, "{activation:?} at {p}, {q}, {c}: {derivative} and {slope}");
        }
    }
}

#[test]
fn duals_match_sampling_at_the_monte_carlo_rate() {
    let (p, q, c) = (1.3f64, 0.8f64, 0.45f64);
    let (a, b) = (c / p.sqrt(), (q - c * c / p).sqrt());
    for activation in ALL {
        for samples in [1_000, 100_000] {
            let mut stream = Stream::new(9);
            let (mut values, mut slopes) = (Vec::new(), Vec::new());
            for _ in 0..samples {
                let (x, y) = (stream.normal(), stream.normal());
                let (u, v) = (p.sqrt() * x, a * x + b * y);
                values.push(activation.value(u) * activation.value(v));
                slopes.push(activation.slope(u) * activation.slope(v));
            }
            let dual = activation.dual(p, q, c);
            assert!((mean(&values) - dual.value).abs() < 4.0 * standard_error(&values), "{activation:?}");
            assert!((mean(&slopes) - dual.slope).abs() <= 4.0 * standard_error(&slopes), "{activation:?}");
        }
    }
}

#[test]
fn slopes_are_derivatives_of_values() {
    for activation in ALL {
        for z in [-2.3, -0.4, 0.7, 3.1] {
            let h = 1e-5;
            let derivative = (activation.value(z + h) - activation.value(z - h)) / (2.0 * h);
            assert!((derivative - activation.slope(z)).abs() < 1e-9, "{activation:?} at {z}");
        }
    }
}

#[test]
fn curvatures_are_derivatives_of_slopes() {
    for activation in ALL {
        for z in [-2.3, -0.4, 0.7, 3.1] {
            let h = 1e-5;
            let derivative = (activation.slope(z + h) - activation.slope(z - h)) / (2.0 * h);
            assert!((derivative - activation.curvature(z)).abs() < 1e-9, "{activation:?} at {z}");
        }
    }
}

#[test]
fn duals_of_identical_opposite_and_zero_inputs_are_exact() {
    for p in [1e-300, 0.1, 1.0, 1.0 / 3.0, 7.7e5] {
        assert_eq!(Relu.dual(p, p, p), Dual { value: 0.5 * p, slope: 0.5 });
        assert_eq!(Abs.dual(p, p, p), Dual { value: p, slope: 1.0 });
        assert_eq!(Abs.dual(p, p, -p), Dual { value: p, slope: -1.0 });
        assert!(Relu.dual(p, p, -p).value.abs() <= 1e-16 * p);
        assert!(Relu.dual(p, p, -p).slope.abs() <= 1e-16);
    }
    for activation in ALL {
        let zero = activation.dual(0.0, 0.0, 0.0);
        assert!(zero.value.abs() < 1e-16, "{activation:?}");
        assert!((zero.slope - activation.slope(0.0) * activation.slope(0.0)).abs() < 1e-13, "{activation:?}");
        let one = activation.dual(1.0, 0.0, 0.0);
        assert!(one.value.abs() < 1e-16 && one.slope.is_finite(), "{activation:?}");
    }
}

#[test]
#[should_panic(expected = "variances cannot be negative")]
fn a_negative_variance_is_refused() {
    let _ = Relu.dual(-1.0, 1.0, 0.0);
}

#[test]
fn expectations_of_powers_are_gaussian_moments() {
    for k in [1e-6, 0.3, 1.0, 14.3] {
        assert!((gaussian_expectation(k, |_| 1.0) - 1.0).abs() < 1e-14);
        assert!((gaussian_expectation(k, |z| z * z) / k - 1.0).abs() < 1e-13);
        assert!((gaussian_expectation(k, |z| z * z * z * z) / (k * k) - 3.0).abs() < 1e-12);
    }
    assert_eq!(gaussian_expectation(0.0, |z| z + 2.0).round(), 2.0);
}
