//! Learning curves and spectra.

use super::golden;
use ndarray::{Array1, Array2, Axis};
use theoria::theory::*;

fn power_modes(count: u32, alpha: f64, beta: f64) -> Vec<Mode> {
    let mode = |i: u32| Mode {
        eigenvalue: numeric::pow(f64::from(i), -alpha),
        multiplicity: 1.0,
        power: numeric::pow(f64::from(i), -beta),
    };
    (1..=count).map(mode).collect()
}

#[test]
fn learning_curves_match_golden_values() {
    let file = golden::json("kernels/stat_dyn_els.json");
    for case in file["eigenlearning"].as_array().expect("cases") {
        let number = |key: &str| case[key].as_f64().expect("a number");
        let modes = power_modes(number("M") as u32, number("alpha"), number("beta"));
        let theory = Eigenlearning::new(modes).ridge(number("ridge")).noise(number("noise_var"));
        let learned = theory.at(number("n"));
        let close =
            |ours: f64, key: &str| assert!((ours - number(key)).abs() <= 1e-10 * number(key).abs(), "{key}: {ours}");
        close(learned.kappa, "kappa");
        close(learned.overfitting, "overfitting_coefficient");
        close(learned.test, "test_mse");
        close(learned.train, "train_mse");
        close(learned.learnability[0], "learnability_1");
        close(learned.learnability[9], "learnability_10");
        close(learned.learnability.iter().sum(), "sum_learnability");
    }
}

#[test]
fn random_features_match_golden_values() {
    let file = golden::json("kernels/stat_dyn_els.json");
    let case = &file["random_features"][0];
    let number = |key: &str| case[key].as_f64().expect("a number");
    let theory = Eigenlearning::new(power_modes(800, number("alpha"), number("beta")));
    let theory = theory.ridge(number("ridge")).noise(number("noise_var"));
    let test = theory.with_random_features(number("n"), number("k"));
    assert!((test / number("test_mse") - 1.0).abs() < 1e-9, "{test}");
}

#[test]
fn many_random_features_are_the_kernel() {
    let theory = Eigenlearning::new(power_modes(3000, 1.5, 2.0)).noise(0.01);
    for theory in [theory.clone(), theory.ridge(0.05)] {
        let kernel = theory.at(20.0).test;
        let gap = |k: f64| theory.with_random_features(20.0, k) / kernel - 1.0;
        assert!(gap(1000.0) > 0.0 && gap(1000.0) < 0.1 && (gap(500.0) / gap(1000.0) - 2.0).abs() < 0.2);
    }
}

#[test]
fn random_features_at_their_limits() {
    let modes = 12;
    let theory = Eigenlearning::new(power_modes(modes, 1.5, 2.0)).noise(0.1);
    // As many features as examples, or as examples and modes.
    assert!(
        theory.with_random_features(6.0, 6.0).is_infinite() && theory.with_random_features(12.0, 20.0).is_infinite()
    );
    // More features than modes, and more examples: least squares in all 12 directions.
    for k in [12.0, 13.0, 50.0] {
        let least_squares = 0.1 / (1.0 - 12.0 / 30.0);
        assert!((theory.with_random_features(30.0, k) - least_squares).abs() < 1e-14);
    }
    // Fewer examples than modes, features without end: the kernel itself.
    let kernel = theory.at(6.0).test;
    assert!((theory.with_random_features(6.0, 1e9) / kernel - 1.0).abs() < 1e-7);
    // Every one is the limit of a small ridge.
    let small = theory.clone().ridge(1e-12);
    for (n, k) in [(6.0, 20.0), (6.0, 12.0), (6.0, 9.0), (9.0, 6.0), (30.0, 6.0), (30.0, 20.0)] {
        let (limit, near) = (theory.with_random_features(n, k), small.with_random_features(n, k));
        assert!((limit / near - 1.0).abs() < 1e-5, "{n} {k}: {limit} {near}");
    }
    // Simulated: 6 examples, 20 features, 12 modes.
    let errors = parallel::map_indexed(4000, |draw| {
        let mut stream = Stream::new(21).split(draw as u64);
        let root = Array1::from_shape_fn(12, |i| numeric::pow((i + 1) as f64, -0.75));
        let teacher = Array2::from_shape_fn((12, 1), |(i, _)| 1.0 / (i + 1) as f64);
        let (features, x) =
            (stream.normal_matrix(12, 20) * &root.clone().insert_axis(Axis(1)), stream.normal_matrix(6, 12));
        let seen = product(&x, &features);
        let y = product(&x, &teacher) + stream.normal_matrix(6, 1) * 0.1f64.sqrt();
        let fit = KernelRegression::fit(&gram(&seen), &y, 0.0).expect("regular");
        let learned = product(&features, &product(&seen.t(), &fit.predict(&Array2::eye(6))));
        (learned - teacher).mapv(|v| v * v).sum() + 0.1
    });
    let expected = theory.with_random_features(6.0, 20.0);
    // Theory is asymptotic, and six examples are few.
    assert!((mean(&errors) / expected - 1.0).abs() < 0.15, "{} {expected}", mean(&errors));
}

#[test]
fn spectra_of_polynomials_are_exact_in_any_dimension() {
    // t^2 = 1/d + (1 - 1/d) P_2, t = P_1.
    for d in [2, 3, 10, 1_000, 20_000, 300_000] {
        let n = d as f64;
        let modes =
            sphere_spectrum(d, 3, |theta| 1.0 + numeric::cos(theta) + numeric::cos(theta) * numeric::cos(theta));
        for (mode, coefficient) in modes.iter().zip([1.0 + 1.0 / n, 1.0, 1.0 - 1.0 / n]) {
            let expected = if mode.multiplicity == 1.0 { coefficient } else { coefficient / mode.multiplicity };
            assert!((mode.eigenvalue - expected).abs() < 1e-9 * expected + 1e-15, "{d}: {mode:?} {expected}");
        }
    }
}

#[test]
fn power_laws_are_the_limit_of_many_modes() {
    for (alpha, beta) in [(1.5, 2.0), (2.0, 1.5), (1.8, 3.0)] {
        let law = PowerLaw::new(alpha, beta);
        let modes = power_modes(300_000, alpha, beta);
        let full = Eigenlearning::new(modes.clone()).at(300.0);
        assert!((full.kappa / law.kappa(300.0) - 1.0).abs() < 0.03);
        assert!((full.overfitting / law.overfitting() - 1.0).abs() < 0.03);
        assert!((full.test / law.test(300.0) - 1.0).abs() < 0.04, "{} {}", full.test, law.test(300.0));
        let flow: f64 = modes.iter().map(|mode| mode.power * numeric::exp(-2.0 * mode.eigenvalue * 1e4)).sum();
        assert!((flow / law.after_flow(1e4) - 1.0).abs() < 0.03, "{flow} {}", law.after_flow(1e4));
    }
    assert!((PowerLaw::new(1.5, 2.0).after_flow(1e4) - 0.00122521).abs() < 1e-8);
}

/// All corners of the cube, and a parity of some of their coordinates.
fn cube(d: usize) -> Array2<f64> {
    Array2::from_shape_fn((1 << d, d), |(row, at)| if row >> at & 1 == 1 { -1.0 } else { 1.0 })
}

#[test]
fn learning_curves_are_those_of_simulated_regression() {
    let (d, draws) = (8, 60);
    let corners = cube(d);
    let mlp = Mlp::critical(Relu).depth(1).bias_variance(0.1);
    let kernel = mlp.ntk(&corners, &corners);
    let parity = |row: usize, coordinates: usize| (0..coordinates).map(|at| corners[[row, at]]).product::<f64>();
    // Of one, two and three coordinates, in equal parts.
    let y = Array1::from_shape_fn(1 << d, |row| (1..=3).map(|k| parity(row, k)).sum::<f64>() / 3.0f64.sqrt());
    let theory = Eigenlearning::of_kernel(&kernel, &y);
    for n in [32, 64, 128] {
        let errors = parallel::map_indexed(draws, |draw| {
            let chosen = Stream::new(7).split(draw as u64).choose(1 << d, n);
            let train = kernel.select(Axis(0), &chosen);
            let targets = y.select(Axis(0), &chosen).insert_axis(Axis(1));
            let fit = KernelRegression::fit(&train.select(Axis(1), &chosen), &targets, 0.0).expect("regular");
            let found = fit.predict(&train.t());
            (&found.column(0) - &y).mapv(|v| v * v).mean().expect("corners")
        });
        let (expected, found) = (theory.at(n as f64).test, mean(&errors));
        // Theory is asymptotic in n: 12% besides the standard error.
        assert!((found - expected).abs() < 0.12 * expected + 4.0 * standard_error(&errors), "{n}: {found} {expected}");
    }
}

#[test]
fn a_kernel_over_all_inputs_has_the_modes_of_its_spectrum() {
    let d = 7;
    let corners = cube(d);
    let mlp = Mlp::critical(Relu).depth(2).bias_variance(0.1);
    let y = corners.column(0).to_owned() * 2.0;
    let theory = Eigenlearning::of_kernel(&mlp.ntk(&corners, &corners), &y);
    let spectrum = hypercube_spectrum(d, |overlap| mlp.kernels_at_angles(&[numeric::acos(overlap)], 1.0).ntk[[0, 0]]);
    let mut expected: Vec<f64> =
        spectrum.iter().flat_map(|mode| std::iter::repeat_n(mode.eigenvalue, mode.multiplicity as usize)).collect();
    expected.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(theory.modes().len(), 1 << d);
    assert!(theory.modes().iter().zip(&expected).all(|(mode, value)| (mode.eigenvalue - value).abs() < 1e-8));
    // All of the target lies in the parities of one coordinate.
    let in_first: f64 = theory
        .modes()
        .iter()
        .filter(|mode| (mode.eigenvalue - spectrum[1].eigenvalue).abs() < 1e-6)
        .map(|m| m.power)
        .sum();
    assert!(
        (in_first - 4.0).abs() < 1e-10 && (theory.modes().iter().map(|m| m.power).sum::<f64>() - 4.0).abs() < 1e-10
    );
}

#[test]
fn parities_diagonalise_a_kernel_on_the_hypercube() {
    let d = 6;
    let corners = cube(d);
    let kernel = |overlap: f64| numeric::exp(overlap) + 0.3 * overlap;
    let matrix = product(&corners, &corners.t()).mapv(|v| kernel(v / d as f64));
    for (k, mode) in hypercube_spectrum(d, kernel).iter().enumerate() {
        let parity =
            Array2::from_shape_fn((1 << d, 1), |(row, _)| (0..k).map(|at| corners[[row, at]]).product::<f64>());
        let rest = product(&matrix, &parity) / f64::from(1 << d) - &parity * mode.eigenvalue;
        assert!(rest.iter().all(|v| v.abs() < 1e-15), "{k}");
    }
}

#[test]
fn spectra_match_golden_values() {
    let file = golden::json("kernels/stat_dyn_els.json");
    for (name, values, sizes) in
        [("sphere", "eigenvalues", "degeneracy"), ("hypercube", "eigenvalues_by_parity_order", "degeneracy")]
    {
        let case = &file[name][0];
        let numbers = |key: &str| -> Vec<f64> { serde_json::from_value(case[key].clone()).expect("numbers") };
        let (d, depth) = (case["d"].as_u64().expect("d") as usize, case["depth"].as_u64().expect("depth") as usize);
        let b = case["b_std"].as_f64().expect("b_std");
        let mlp = Mlp::new(Relu).depth(depth).weight_variance(2.0).bias_variance(b * b);
        let ntk = |theta: f64| mlp.kernels_at_angles(&[theta], 1.0).ntk[[0, 0]];
        let modes = match name {
            "sphere" => sphere_spectrum(d, numbers(values).len(), ntk),
            _ => hypercube_spectrum(d, |overlap| ntk(numeric::acos(overlap))),
        };
        for ((mode, value), size) in modes.iter().zip(numbers(values)).zip(numbers(sizes)) {
            // acos costs half the digits at an overlap of 1.
            let tolerance = if name == "sphere" { 1e-13 } else { 1e-9 };
            assert!((mode.eigenvalue - value).abs() < tolerance, "{name}: {} {value}", mode.eigenvalue);
            assert_eq!(mode.multiplicity, size);
        }
    }
}

#[test]
fn a_kernel_is_the_sum_of_its_modes() {
    // K(1) = sum of eigenvalues times multiplicities; for a smooth kernel few degrees are enough.
    for d in [2, 3, 5, 12] {
        let modes = sphere_spectrum(d, 30, |theta| numeric::exp(numeric::cos(theta)));
        let sum: f64 = modes.iter().map(|mode| mode.eigenvalue * mode.multiplicity).sum();
        assert!((sum - std::f64::consts::E).abs() < 1e-10, "{d}: {sum}");
    }
}

#[test]
fn gauss_legendre_is_exact_for_polynomials() {
    for n in [1, 2, 5, 20] {
        let rule = gauss_legendre(n, -1.0, 3.0);
        for degree in 0..2 * n as u32 {
            let found: f64 = rule.iter().map(|(x, w)| w * numeric::powi(*x, degree)).sum();
            let power = |x: f64| numeric::powi(x, degree + 1) / f64::from(degree + 1);
            let exact = power(3.0) - power(-1.0);
            assert!((found - exact).abs() < 1e-12 * exact.abs().max(1.0), "{n} {degree}");
        }
    }
}

#[test]
fn dimensions_of_known_spectra() {
    let spectrum = ndarray::array![4.0, 1.0, 1.0, 0.0];
    assert!((participation_ratio(&spectrum) - 2.0).abs() < 1e-15);
    assert!((effective_dimension(&spectrum, 1.0) - 1.8).abs() < 1e-15);
    assert_eq!(participation_ratio(&Array1::ones(7)), 7.0);
}

#[test]
fn alignments_have_their_invariances() {
    let x = Stream::new(1).normal_matrix(20, 6);
    let k = gram(&x);
    // Rotated, scaled and moved features.
    let turn = Eigen::of(&gram(&Stream::new(2).normal_matrix(6, 6))).vectors;
    let moved = product(&x, &turn) * 3.0 + 5.0;
    assert!((centred_kernel_alignment(&k, &gram(&moved)) - 1.0).abs() < 1e-12);
    assert!(kernel_alignment(&k, &gram(&moved)) < 0.9);
    let centred = alignment::centred(&k);
    assert!(centred.sum_axis(Axis(0)).iter().all(|v| v.abs() < 1e-12));
    let h = Array2::<f64>::eye(20) - 1.0 / 20.0;
    assert!((product(&product(&h, &k), &h) - &centred).iter().all(|v| v.abs() < 1e-12));
    // The kernel that the targets make is aligned with them; independent ones hardly.
    let y = Array1::from(Stream::new(3).normals(20));
    let column = y.clone().insert_axis(Axis(1));
    assert!((target_alignment(&product(&column, &column.t()), &y) - 1.0).abs() < 1e-14);
    let identity = target_alignment(&Array2::eye(20), &y);
    assert!((identity - 1.0 / 20.0f64.sqrt()).abs() < 1e-14);
}
