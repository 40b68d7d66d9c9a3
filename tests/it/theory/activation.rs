//! Dual maps: tabulated values, Price's theorem, sampling, and the degenerate inputs.

use theoria::theory::*;

/// Every kind, with parameters of no special meaning.
const ALL: [Activation; 22] = [
    Relu,
    LeakyRelu(0.1),
    ScaleInvariant(-0.3, 1.2),
    Abs,
    Linear,
    ReluSquared,
    Step,
    Erf,
    Sin,
    Cos,
    Sine(1.7, 0.4),
    Gelu,
    Exp(0.5),
    Gaussian(0.5),
    Monomial(3),
    Monomial(4),
    Hermite(3),
    Hermite(4),
    Tanh,
    Swish,
    Softplus,
    Sigmoid,
];

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
        (Sine(1.7, 0.4), 0.083724262572229, 0.268343511555884),
        (Exp(0.5), 1.454991414618201, 0.363747853654550),
        (Gaussian(0.5), 0.503952630678970, 0.057594586363311),
        (Monomial(2), 1.445, 1.8),
        (Monomial(3), 4.75875, 13.005),
        (ReluSquared, 0.662979640480860, 1.163524675870803),
        (Swish, 0.168671186960593, 0.304854846434193),
        (Softplus, 0.773402367735611, 0.269046743260667),
        (Sigmoid, 0.269046743260667, 0.042584655123084),
        // With p = q = 1 only c^d would be left of it.
        (Hermite(1), 0.45, 1.0),
    ];
    for (activation, value, slope) in table {
        let dual = activation.dual(1.3, 0.8, 0.45);
        assert!((dual.value - value).abs() < 2e-14, "{activation:?}: T = {}", dual.value);
        assert!((dual.slope - slope).abs() < 3e-14, "{activation:?}: Tdot = {}", dual.slope);
    }
}

#[test]
fn the_slope_dual_is_the_derivative_of_the_dual() {
    // Of a step the slope is 0 and the theorem's delta functions are left out.
    for activation in ALL.into_iter().filter(|activation| *activation != Step) {
        for (p, q, c) in [(1.3, 0.8, 0.45), (0.5, 2.0, -0.7), (1.0, 1.0, 0.0), (3.0, 3.0, 2.5)] {
            let h = 1e-3;
            let t = |c| activation.dual(p, q, c).value;
            // Richardson's difference of fourth order.
            let derivative = (8.0 * (t(c + h) - t(c - h)) - (t(c + 2.0 * h) - t(c - 2.0 * h))) / (12.0 * h);
            let slope = activation.dual(p, q, c).slope;
            let scale = 1.0 + slope.abs();
            assert!((derivative - slope).abs() < 1e-9 * scale, "{activation:?} at {p}, {q}, {c}: {derivative} {slope}");
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
            let slope = activation.slope(z);
            assert!((derivative - slope).abs() < 2e-9 * (1.0 + slope.abs()), "{activation:?} at {z}");
        }
    }
}

#[test]
fn curvatures_are_derivatives_of_slopes() {
    for activation in ALL {
        for z in [-2.3, -0.4, 0.7, 3.1] {
            let h = 1e-5;
            let derivative = (activation.slope(z + h) - activation.slope(z - h)) / (2.0 * h);
            let curvature = activation.curvature(z);
            assert!((derivative - curvature).abs() < 3e-9 * (1.0 + curvature.abs()), "{activation:?} at {z}");
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
        let (value, slope) = (activation.value(0.0), activation.slope(0.0));
        let zero = activation.dual(0.0, 0.0, 0.0);
        assert!((zero.value - value * value).abs() < 1e-13, "{activation:?}");
        assert!((zero.slope - slope * slope).abs() < 1e-13, "{activation:?}");
        // One input is zero, so that both are independent.
        let one = activation.dual(1.0, 0.0, 0.0);
        let single = |f: &dyn Fn(f64) -> f64| gaussian_expectation(1.0, f);
        let expected = value * single(&|z| activation.value(z));
        assert!(
            (one.value - expected).abs() < 1e-2 * (1.0 + expected.abs()) && one.slope.is_finite(),
            "{activation:?}"
        );
        // Equal inputs: a second moment.
        let both = activation.dual(0.7, 0.7, 0.7);
        let expected = gaussian_expectation(0.7, |z| activation.value(z) * activation.value(z));
        assert!((both.value / expected - 1.0).abs() < 0.06, "{activation:?}: {} {expected}", both.value);
        let opposite = activation.dual(0.7, 0.7, -0.7);
        assert!(opposite.value.is_finite() && opposite.slope.is_finite(), "{activation:?}");
    }
}

#[test]
fn closed_forms_agree_with_quadrature() {
    // The same functions as if a cell had brought them along.
    let pairs: [(Activation, Activation); 8] = [
        (Erf, Activation::custom(|z| Erf.value(z), |z| Erf.slope(z))),
        (Cos, Activation::custom(|z| Cos.value(z), |z| Cos.slope(z))),
        (Sine(1.7, 0.4), Activation::custom(|z| Sine(1.7, 0.4).value(z), |z| Sine(1.7, 0.4).slope(z))),
        (Gelu, Activation::custom(|z| Gelu.value(z), |z| Gelu.slope(z))),
        (Gaussian(0.5), Activation::custom(|z| Gaussian(0.5).value(z), |z| Gaussian(0.5).slope(z))),
        (Monomial(4), Activation::custom(|z| Monomial(4).value(z), |z| Monomial(4).slope(z))),
        (Hermite(4), Activation::custom(|z| Hermite(4).value(z), |z| Hermite(4).slope(z))),
        (Hermite(5), Activation::custom(|z| Hermite(5).value(z), |z| Hermite(5).slope(z))),
    ];
    for (closed, own) in pairs {
        for (p, q, c) in [(1.3, 0.8, 0.45), (0.5, 2.0, -0.7), (1.0, 1.0, 1.0), (1.0, 1.0, -1.0)] {
            let (ours, theirs) = (closed.dual(p, q, c), own.dual(p, q, c));
            let scale = 1.0 + ours.value.abs() + ours.slope.abs();
            assert!((ours.value - theirs.value).abs() < 1e-12 * scale, "{closed:?} {p} {q} {c}: {ours:?} {theirs:?}");
            assert!((ours.slope - theirs.slope).abs() < 1e-12 * scale, "{closed:?} {p} {q} {c}: {ours:?} {theirs:?}");
        }
    }
    // Orthonormal under the standard normal law.
    for d in 0..7 {
        assert!((Hermite(d).dual(1.0, 1.0, 0.3).value - numeric::powi(0.3, d)).abs() < 1e-15);
    }
}

#[test]
fn a_function_of_one_s_own_is_as_good_as_a_built_in_one() {
    let own = Activation::custom(|z| Tanh.value(z), |z| Tanh.slope(z));
    assert_eq!(own.dual(1.3, 0.8, 0.45), Tanh.dual(1.3, 0.8, 0.45));
    assert!((own.curvature(0.4) - Tanh.curvature(0.4)).abs() < 1e-9);
    assert!(own == own && own != Tanh && format!("{own:?}") == "Custom(a function of one's own)");
    // What is told of the error bounds it, for smooth functions and for one with a kink.
    let rational = Activation::custom(|z| 1.0 / (1.0 + z * z), |z| -2.0 * z / ((1.0 + z * z) * (1.0 + z * z)));
    let relu = Activation::custom(|z| z.max(0.0), |z| Relu.slope(z));
    let error = rational.quadrature_error(1.0, 1.0, 0.4);
    assert!(error > 1e-12 && error < 1e-4, "{error}");
    let (told, made) =
        (relu.quadrature_error(1.0, 1.0, 0.4), relu.dual(1.0, 1.0, 0.4).value - Relu.dual(1.0, 1.0, 0.4).value);
    assert!(told > 1e-5 && told < 0.1 && made.abs() < told, "{told} {made}");
    // It goes wherever an activation goes.
    let x = ndarray::array![[1.0, 0.2], [0.6, 0.8]];
    assert_eq!(Mlp::new(own).depth(2).kernels_of(&x), Mlp::new(Tanh).depth(2).kernels_of(&x));
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

#[test]
fn activations_of_slices_are_those_of_numbers() {
    let mine = Activation::custom(|z| z * z, |z| 2.0 * z);
    let all = [
        Relu,
        LeakyRelu(0.1),
        ScaleInvariant(-0.3, 2.0),
        Abs,
        Linear,
        ReluSquared,
        Step,
        Erf,
        Sin,
        Cos,
        Sine(1.5, 0.2),
        Gelu,
        Exp(0.5),
        Gaussian(0.5),
        Monomial(3),
        Hermite(4),
        Tanh,
        Swish,
        Softplus,
        Sigmoid,
        mine,
    ];
    let mut points = vec![0.0, -0.0, 30.0, -30.0, 1e-9, 200.0, -200.0];
    points.extend(Stream::new(6).normals(700).iter().map(|z| 3.0 * z));
    for activation in all {
        let (mut z, mut slopes) = (points.clone(), vec![0.0; points.len()]);
        activation.values_and_slopes(&mut z, &mut slopes);
        let mut alone = points.clone();
        activation.values(&mut alone);
        assert_eq!(alone, z, "{activation:?}");
        let mut single: Vec<f32> = points.iter().map(|z| *z as f32).collect();
        let mut single_slopes = vec![0.0; points.len()];
        activation.values_and_slopes(&mut single, &mut single_slopes);
        for (at, point) in points.iter().enumerate() {
            let close = |ours: f64, expected: f64, error: f64| {
                assert!(
                    (ours - expected).abs() <= error * expected.abs().max(1.0),
                    "{activation:?}({point}): {ours} {expected}"
                );
            };
            let (value, slope) = (activation.value(*point), activation.slope(*point));
            close(z[at], value, 2e-15);
            close(slopes[at], slope, 2e-15);
            let point = f64::from(*point as f32);
            if point.abs() < 20.0 {
                close(f64::from(single[at]), activation.value(point), 4e-7);
                close(f64::from(single_slopes[at]), activation.slope(point), 4e-7);
            }
        }
    }
}
