//! The recursion against random networks of finite width.

use theoria::theory::effective::{Layer, SampledLayer};
use theoria::theory::*;

/// (name, theory, estimate) of every coefficient that was sampled.
fn compare(layer: &Layer, sampled: &SampledLayer) -> Vec<(&'static str, f64, Estimate)> {
    let mut all = vec![
        ("G1", layer.kernel_correction, sampled.kernel_correction),
        ("V", layer.vertex, sampled.vertex),
        ("H1", layer.ntk_correction, sampled.ntk_correction),
        ("A + 2B", layer.ntk_a + 2.0 * layer.ntk_b, sampled.ntk_variance),
        ("A", layer.ntk_a, sampled.ntk_a),
        ("B", layer.ntk_b, sampled.ntk_b),
        ("D", layer.cross_d, sampled.cross_d),
        ("F", layer.cross_f, sampled.cross_f),
    ];
    if let Some((p, q)) = sampled.dntk {
        all.extend([("P", layer.dntk_p, p), ("Q", layer.dntk_q, q)]);
    }
    all
}

fn critical(activation: Activation) -> (Mlp, f64) {
    let critical = Criticality::of(activation).expect("a critical point");
    let kernel = if let Universality::HalfStable { kernel, .. } = critical.class { kernel } else { 1.0 };
    (critical.mlp().learning_rates(0.3, 1.0), critical.input_of(kernel))
}

#[test]
fn coefficients_of_the_second_layer_are_those_of_networks() {
    // At l = 2 the first order is exact at every width.
    for (seed, activation) in (1..).zip([Relu, LeakyRelu(0.2), Tanh, Sin, Erf, Gelu]) {
        let (mlp, x2) = critical(activation);
        let theory = EffectiveTheory::new(mlp).output(x2);
        let networks = FiniteNetworks::new(mlp, 8).members(20_000).seed(seed).with_differentials().layers(x2);
        assert_eq!(networks.len(), 2);
        for (name, expected, estimate) in compare(&theory, &networks[1]) {
            let off = estimate.differs_by(expected);
            assert!(off < 4.0, "{activation:?} {name}: {expected} and {estimate:?}");
            assert!(estimate.standard_error < 0.05 * theory.ntk * theory.ntk.max(theory.kernel * theory.kernel));
        }
        assert!(networks[0].vertex.value == 0.0 && networks[0].kernel.value == networks[0].kernel.value);
    }
}

#[test]
fn fluctuations_of_deep_networks_approach_the_recursion() {
    // Deviations are of relative order l/n: allowed 3 l/n (6 l/n for A), plus 4 standard errors.
    for (seed, activation) in (11..).zip([Relu, Tanh, Gelu]) {
        let (mlp, x2) = critical(activation);
        let mlp = mlp.depth(3);
        let theory = EffectiveTheory::new(mlp).layers(x2);
        let n = 48;
        let networks = FiniteNetworks::new(mlp, n).members(3_000).seed(seed).layers(x2);
        for (layer, sampled) in theory.iter().zip(&networks).skip(1) {
            let order = layer.index as f64 / n as f64;
            let (kk, kt, tt) = (layer.kernel * layer.kernel, layer.kernel * layer.ntk, layer.ntk * layer.ntk);
            for (name, expected, estimate) in compare(layer, sampled) {
                // What the deviation is relative to: the coefficient, or its natural scale where it is small.
                let scale = match name {
                    "G1" => layer.kernel,
                    "H1" => layer.ntk,
                    "V" => kk,
                    "D" | "F" => kt,
                    _ => tt,
                };
                let size = expected.abs().max(0.2 * scale);
                let allowed = if name == "A" { 6.0 } else { 3.0 } * order * size + 4.0 * estimate.standard_error;
                let off = (estimate.value - expected).abs();
                assert!(off < allowed, "{activation:?} layer {} {name}: {expected}, {estimate:?}", layer.index);
            }
            assert!(
                (sampled.kernel.value - layer.mean_kernel(n)).abs()
                    < 4.0 * sampled.kernel.standard_error + order * order * layer.kernel
            );
            assert!(
                (sampled.ntk.value - layer.mean_ntk(n)).abs()
                    < 4.0 * sampled.ntk.standard_error + order * order * layer.ntk
            );
        }
    }
}

#[test]
fn deviations_from_the_recursion_halve_with_the_width() {
    // B of relu at l = 3 is above the recursion by 6.9 and 3.5 percent at n = 32 and 64.
    let mlp = Mlp::critical(Relu).depth(2).learning_rates(0.0, 1.0);
    let theory = EffectiveTheory::new(mlp).output(0.5);
    let excess = |n: usize, members: usize| {
        let networks = FiniteNetworks::new(mlp, n).members(members).seed(5).layers(0.5);
        networks[2].ntk_b.times(1.0 / theory.ntk_b)
    };
    for (n, members, expected) in [(16, 20_000, 1.138), (32, 6_000, 1.069)] {
        let ratio = excess(n, members);
        assert!((ratio.value - expected).abs() < 4.0 * ratio.standard_error + 0.004, "{n}: {ratio:?}");
        assert!(ratio.standard_error < 0.01, "{n}: {ratio:?}");
    }
}

#[test]
fn differentials_of_the_third_layer_approach_the_recursion() {
    // Finite width adds a relative part of about 3 l/n to Q.
    let (mlp, x2) = (Mlp::critical(Relu).depth(2).learning_rates(0.0, 1.0), 0.5);
    let theory = EffectiveTheory::new(mlp).output(x2);
    let networks = FiniteNetworks::new(mlp, 24).members(4_000).seed(3).with_differentials().layers(x2);
    let (p, q) = networks[2].dntk.expect("differentials were followed");
    assert!(q.differs_by(theory.dntk_q) < 4.0 + 3.0 * 3.0 / 24.0 * theory.dntk_q / q.standard_error, "{q:?}");
    assert!(p.differs_by(0.0) < 4.0 + 3.0 / 24.0 / p.standard_error, "{p:?}");
}

#[test]
fn sampled_pyramids_follow_the_recursion() {
    let mlp = Mlp::critical(Relu).depth(3).learning_rates(0.0, 1.0);
    let widths = [96, 24, 64];
    let theory = EffectiveTheory::new(mlp).widths(&widths).layers(0.5);
    let networks = FiniteNetworks::of_widths(mlp, &widths).members(4_000).seed(21).layers(0.5);
    for (layer, sampled) in theory.iter().zip(&networks).skip(1) {
        // V is known exactly: n K^2 [prod (1 + 5/n_j) - 1].
        let product: f64 = widths[..layer.index - 1].iter().map(|&n| 1.0 + 5.0 / n as f64).product();
        let exact = widths[layer.index - 2] as f64 * (product - 1.0);
        assert!(sampled.vertex.differs_by(exact) < 4.0, "{} {:?}", exact, sampled.vertex);
        let expected = layer.ntk_a + 2.0 * layer.ntk_b;
        let order: f64 = widths[..layer.index - 1].iter().map(|&n| 1.0 / n as f64).sum();
        let allowed = 3.0 * order * expected + 4.0 * sampled.ntk_variance.standard_error;
        assert!((sampled.ntk_variance.value - expected).abs() < allowed, "{expected} {:?}", sampled.ntk_variance);
    }
}

#[test]
fn the_sampler_agrees_with_whole_networks() {
    // Plain sampling, an output layer and all: mean and variance of the tangent kernel of one input.
    let mlp = Mlp::new(Tanh).depth(2).weight_variance(1.4).bias_variance(0.1).learning_rates(0.3, 0.8);
    let (n, members) = (12, 8_000);
    let x = ndarray::array![[1.0, -0.5]];
    let whole: Vec<f64> =
        Ensemble::new(mlp, n, members, 8).empirical_kernels(&x).iter().map(|kernels| kernels.ntk[[0, 0]]).collect();
    let sampled = FiniteNetworks::new(mlp, n).members(members).seed(9).layers(0.625)[2];
    let error = |a: f64, b: f64| (a * a + b * b).sqrt();
    let off = mean(&whole) - sampled.ntk.value;
    assert!(off.abs() < 4.0 * error(standard_error(&whole), sampled.ntk.standard_error), "{off}");
    let squares: Vec<f64> = whole.iter().map(|h| n as f64 * (h - mean(&whole)) * (h - mean(&whole))).collect();
    let off = mean(&squares) - sampled.ntk_variance.value;
    assert!(off.abs() < 4.0 * error(standard_error(&squares), sampled.ntk_variance.standard_error), "{off}");
}

#[test]
fn sampled_layers_do_not_depend_on_threads() {
    let networks = FiniteNetworks::new(Mlp::critical(Tanh).depth(3), 6).members(50).seed(2).with_differentials();
    let (many, again) = (networks.layers(1.0), networks.layers(1.0));
    parallel::set_threads(1);
    let one = networks.layers(1.0);
    parallel::set_threads(0);
    assert_eq!(many, one);
    assert_eq!(many, again);
    assert_ne!(many, networks.clone().seed(3).layers(1.0));
}

#[test]
fn exact_moments_match_golden_values() {
    let file = crate::theory::golden::json("kernels/pdlt.json");
    for case in file["exact_moments"].as_array().expect("cases") {
        let widths: Vec<usize> = serde_json::from_value(case["hidden_widths"].clone()).expect("widths");
        let activation = super::named(&case["activation"]).expect("an activation of ours");
        let mlp = Mlp::critical(activation).depth(widths.len());
        let number = |key: &str| case[key].as_f64().expect("a number");
        super::assert_close(mlp.exact_moment_of(3, &widths), number("E_z6_over_Ez2_cubed"), 1e-12);
        super::assert_close(mlp.exact_moment_of(2, &widths) - 3.0, number("excess_kurtosis_single_neuron"), 1e-12);
        super::assert_close(mlp.exact_moment_of(2, &widths) - 3.0, mlp.exact_excess_kurtosis_of(&widths), 1e-12);
        super::assert_close(mlp.exact_moment_of(3, &widths) / 15.0, number("E_G3_over_EG_cu"), 1e-12);
        assert_eq!(mlp.exact_moment_of(0, &widths), 1.0);
        super::assert_close(mlp.exact_moment_of(1, &widths), 1.0, 1e-13);
    }
    // relu, one hidden layer of n: 15 (1 + 15/n + 44/n^2).
    let n = 7.0f64;
    super::assert_close(Mlp::critical(Relu).exact_moment_of(3, &[7]), 15.0 * (1.0 + 15.0 / n + 44.0 / (n * n)), 1e-13);
}

#[test]
fn exact_moments_are_those_of_the_chain() {
    let mlp = Mlp::critical(LeakyRelu(0.2)).depth(2);
    let g = Ensemble::new(mlp, 20, 40_000, 4).conditional_variances(1.0 / mlp.weight_variance);
    for (k, factor) in [(2, 3.0), (3, 15.0)] {
        let powers: Vec<f64> = g.iter().map(|g| factor * numeric::powi(*g, k)).collect();
        let estimate = Estimate::of_mean(&powers);
        assert!(estimate.differs_by(mlp.exact_moment_of(k as usize, &[20, 20])) < 4.0, "{estimate:?}");
    }
}
