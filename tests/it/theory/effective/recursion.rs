//! The recursion from layer to layer: golden values, closed forms, limits.

use super::{assert_close, named};
use crate::theory::golden;
use theoria::theory::effective::{Growth, Layer, PairKernel};
use theoria::theory::*;

fn fields(layer: &Layer) -> [(&'static str, f64); 13] {
    [
        ("K", layer.kernel),
        ("Theta", layer.ntk),
        ("V", layer.vertex),
        ("G1", layer.kernel_correction),
        ("D", layer.cross_d),
        ("F", layer.cross_f),
        ("A", layer.ntk_a),
        ("B", layer.ntk_b),
        ("H1", layer.ntk_correction),
        ("P", layer.dntk_p),
        ("Q", layer.dntk_q),
        ("chi_par", layer.chi_parallel),
        ("chi_perp", layer.chi_perpendicular),
    ]
}

#[test]
fn the_recursion_matches_golden_values() {
    let file = golden::json("kernels/pdlt.json");
    let mut checked = 0;
    for case in file["recursion"].as_array().expect("cases") {
        let Some(activation) = named(&case["activation"]) else { continue };
        let number = |key: &str| case[key].as_f64().expect("a number");
        let mlp = Mlp::new(activation)
            .weight_variance(number("C_W"))
            .bias_variance(number("C_b"))
            .learning_rates(number("lambda_b"), number("lambda_W"))
            .depth(number("L") as usize - 1);
        let mut theory = EffectiveTheory::new(mlp);
        if let Some(widths) = case["widths"].as_array() {
            let widths: Vec<usize> = widths.iter().map(|n| n.as_u64().expect("a width") as usize).collect();
            theory = theory.widths(&widths[..mlp.depth]);
        }
        let layers = theory.layers(number("x2"));
        for (name, _) in fields(&layers[0]) {
            let expected: Vec<f64> = serde_json::from_value(case[name].clone()).expect("numbers");
            let largest = expected.iter().fold(1e-3f64, |a, v| a.max(v.abs()));
            assert_eq!(layers.len(), expected.len());
            for (layer, expected) in layers.iter().zip(expected) {
                let ours = fields(layer).into_iter().find(|field| field.0 == name).expect("the field").1;
                let error = (ours - expected).abs() / largest;
                assert!(error < 1e-11, "{} layer {} {name}: {ours} and {expected}", case["id"], layer.index);
            }
        }
        checked += 1;
    }
    assert_eq!(checked, file["recursion"].as_array().expect("cases").len());
}

#[test]
fn tanh_layers_have_their_tabulated_values() {
    let layers = EffectiveTheory::new(Mlp::critical(Tanh).learning_rates(0.0, 1.0).depth(2)).layers(1.0);
    let table = [
        (1, "K", 0.394294490398),
        (1, "Theta", 0.858697392846),
        (1, "V", 0.097523738086),
        (1, "D", -0.010536814673),
        (1, "F", 0.075050953001),
        (1, "B", 0.341509207317),
        (1, "A", 0.007241784082),
        (1, "P", -0.095685484261),
        (1, "Q", -0.02063453126),
        (2, "K", 0.236450410499),
        (2, "V", 0.067807493892),
        (2, "G1", -0.030932519866),
        (2, "A", 0.006150283207),
        (2, "B", 0.50651215606),
        (2, "D", -0.00968158537),
        (2, "F", 0.080246069341),
        (2, "H1", -0.051894473489),
        (2, "P", -0.162018333747),
        (2, "Q", -0.019779108581),
    ];
    for (layer, name, expected) in table {
        let ours = fields(&layers[layer]).into_iter().find(|field| field.0 == name).expect("the field").1;
        assert!((ours - expected).abs() < 2e-12, "layer {} {name}: {ours} and {expected}", layer + 1);
    }
}

#[test]
fn critical_gelu_has_its_tabulated_second_layer() {
    let critical = Criticality::of(Gelu).expect("gelu is half-stable");
    let Universality::HalfStable { kernel, .. } = critical.class else { panic!("gelu is half-stable") };
    let mlp = critical.mlp().learning_rates(0.0, 1.0);
    let layer = EffectiveTheory::new(mlp).output(critical.input_of(kernel));
    assert_close(layer.vertex, 62.208434333602, 1e-9);
    assert_close(layer.ntk_a, 25.421510900513, 1e-9);
    assert_close(layer.ntk_b, 6.013557979117, 1e-9);
    assert_close(layer.dntk_q, 6.247936270162, 1e-9);
    assert_close(layer.dntk_p, 0.073501369582, 1e-9);
}

#[test]
fn relu_has_the_closed_forms() {
    let mlp = Mlp::critical(Relu).learning_rates(0.0, 1.0).depth(59);
    let layers = EffectiveTheory::new(mlp).layers(0.5);
    for layer in &layers {
        let l = layer.index as f64;
        let close = |ours: f64, expected: f64| assert!((ours - expected).abs() <= 1e-12 * expected.abs().max(1.0));
        close(layer.kernel, 1.0);
        close(layer.ntk, l / 2.0);
        close(layer.vertex, 5.0 * (l - 1.0));
        close(layer.cross_f, l * (l - 1.0) / 2.0);
        close(layer.cross_d, 3.0 * l * (l - 1.0) / 2.0);
        close(layer.ntk_b, l * (l - 1.0) * (2.0 * l - 1.0) / 12.0);
        close(layer.ntk_a, l * (l - 1.0) * (7.0 * l - 2.0) / 12.0);
        close(layer.dntk_q, l * (l * l - 1.0) / 12.0);
        close(layer.relative_ntk_variance(7), (l - 1.0) * (11.0 * l - 4.0) / (3.0 * l * 7.0));
        assert_eq!([layer.kernel_correction, layer.ntk_correction, layer.dntk_p], [0.0; 3]);
    }
    assert_eq!(EffectiveTheory::new(mlp).output(0.5), layers[59]);
}

#[test]
fn linear_networks_have_the_closed_forms() {
    let mlp = Mlp::critical(Linear).learning_rates(0.0, 1.0).depth(59);
    for layer in EffectiveTheory::new(mlp).layers(1.0) {
        let l = layer.index as f64;
        let close = |ours: f64, expected: f64| assert!((ours - expected).abs() <= 1e-12 * expected.abs().max(1.0));
        close(layer.ntk, l);
        close(layer.vertex, 2.0 * (l - 1.0));
        close(layer.cross_f, l * (l - 1.0) / 2.0);
        close(layer.cross_d, l * (l - 1.0));
        close(layer.ntk_b, l * (l - 1.0) * (2.0 * l - 1.0) / 6.0);
        close(layer.ntk_a, 2.0 * layer.ntk_b);
        close(layer.dntk_q, (l - 1.0) * l * (l + 1.0) / 6.0);
    }
}

#[test]
fn the_quadrature_agrees_with_the_closed_form_kernels() {
    // erf, sin and gelu have duals in closed form: K and Theta by quadrature against them.
    for activation in [Erf, Sin, Gelu, Tanh] {
        let mlp = Mlp::new(activation).weight_variance(1.6).bias_variance(0.1).learning_rates(0.3, 0.9).depth(12);
        for x2 in [0.01, 1.0, 30.0] {
            let trace = mlp.trace(&ndarray::array![[f64::sqrt(x2)]]);
            for (layer, kernels) in EffectiveTheory::new(mlp).layers(x2).iter().zip(&trace) {
                assert_close(layer.kernel, kernels.nngp[[0, 0]], 1e-12);
                assert_close(layer.ntk, kernels.ntk[[0, 0]], 1e-12);
            }
        }
    }
}

#[test]
fn excess_kurtosis_is_the_first_order_of_the_exact_law() {
    for activation in [Relu, Linear, Abs, LeakyRelu(0.3)] {
        let mlp = Mlp::critical(activation).depth(6);
        let first = EffectiveTheory::new(mlp).output(0.7).excess_kurtosis(1_000_000);
        assert_close(mlp.exact_excess_kurtosis(1_000_000), first, 1e-4);
    }
}

#[test]
fn unequal_widths_add_up_their_inverses() {
    let widths = [40, 10, 25, 80];
    let mlp = Mlp::critical(Relu).depth(4);
    let output = EffectiveTheory::new(mlp).widths(&widths).output(0.5);
    let inverses: f64 = widths.iter().map(|&n| 1.0 / n as f64).sum();
    assert_close(output.vertex / 80.0, 5.0 * inverses, 1e-13);
    assert_eq!(EffectiveTheory::new(mlp).widths(&[9; 4]).layers(0.5), EffectiveTheory::new(mlp).layers(0.5));
}

#[test]
fn ratios_approach_their_asymptotes() {
    for (activation, rates, tolerance) in [
        (Relu, (0.0, 1.0), 5e-3),
        (Relu, (0.7, 1.0), 5e-3),
        (LeakyRelu(0.1), (0.2, 0.4), 5e-3),
        (Linear, (0.0, 1.0), 5e-3),
        (Tanh, (0.0, 1.0), 5e-3),
        (Tanh, (1.0, 1.0), 1e-2),
        (Sin, (0.0, 1.0), 5e-3),
        (Sin, (1.0, 1.0), 1e-2),
    ] {
        let critical = Criticality::of(activation).expect("it has a critical point");
        let mlp = critical.mlp().learning_rates(rates.0, rates.1).depth(1999);
        let ratios = EffectiveTheory::new(mlp).output(critical.input_of(0.8)).ratios();
        let limit = critical.growth(rates.0, rates.1, 0.8).expect("a class with asymptotes");
        for (ours, limit) in list(ratios).into_iter().zip(list(limit)) {
            assert!((ours - limit).abs() < tolerance, "{activation:?} {rates:?}: {ours} and {limit}");
        }
        assert_eq!(limit.vertex, critical.vertex_growth());
    }
    // Half-stable: at K = K* the vertex grows as nu l exactly, while K stays there.
    let gelu = Criticality::of(Gelu).expect("half-stable");
    let Universality::HalfStable { kernel, .. } = gelu.class else { panic!("gelu is half-stable") };
    let output = EffectiveTheory::new(gelu.mlp().depth(9)).output(gelu.input_of(kernel));
    assert_close(output.ratios().vertex * 10.0 / 9.0, gelu.vertex_growth(), 1e-9);
    assert_eq!(gelu.growth(0.0, 1.0, kernel), None);
}

fn list(growth: Growth) -> [f64; 7] {
    let Growth { vertex, ntk_a, ntk_b, cross_d, cross_f, dntk_p, dntk_q } = growth;
    [vertex, ntk_a, ntk_b, cross_d, cross_f, dntk_p, dntk_q]
}

#[test]
fn asymptotes_have_their_tabulated_values() {
    let growth = |activation, lambda_b| {
        list(Criticality::of(activation).expect("critical").growth(lambda_b, 1.0, 1.0).expect("asymptotes"))
    };
    let table = [
        (Relu, 0.0, [5.0, 7.0 / 3.0, 2.0 / 3.0, 3.0, 1.0, 0.0, 1.0 / 3.0]),
        (Linear, 0.0, [2.0, 2.0 / 3.0, 1.0 / 3.0, 1.0, 0.5, 0.0, 1.0 / 6.0]),
        (Tanh, 0.0, [2.0 / 3.0, 0.0, 1.0 / 3.0, 0.0, 0.25, -1.0 / 12.0, 0.0]),
        (Sin, 1.0, [2.0 / 3.0, 1.0 / 15.0, 0.2, -1.0 / 6.0, 0.2, -1.0 / 30.0, -1.0 / 30.0]),
    ];
    for (activation, lambda_b, expected) in table {
        for (ours, expected) in growth(activation, lambda_b).into_iter().zip(expected) {
            assert!((ours - expected).abs() < 1e-9, "{activation:?}: {ours} and {expected}");
        }
    }
    assert_close(growth(LeakyRelu(0.1), 0.0)[0], 4.882364, 1e-6);
    assert_close(growth(LeakyRelu(0.3), 0.0)[0], 4.090986, 1e-6);
}

#[test]
fn pair_kernels_are_those_of_the_network() {
    let x = ndarray::array![[0.3, -1.1, 0.7], [1.0, 0.2, -0.4]];
    let product = |i: usize, j: usize| x.row(i).dot(&x.row(j)) / 3.0;
    for activation in [Relu, Erf, Tanh] {
        let mlp = Mlp::new(activation).weight_variance(1.7).bias_variance(0.2).depth(4);
        let pairs = EffectiveTheory::new(mlp).pair_kernels(product(0, 0), product(0, 1), product(1, 1));
        for (pair, kernels) in pairs.iter().zip(mlp.trace(&x)) {
            assert_close(pair.first, kernels.nngp[[0, 0]], 1e-13);
            assert_close(pair.second, kernels.nngp[[1, 1]], 1e-13);
            assert_close(pair.cross, kernels.nngp[[0, 1]], 1e-13);
            assert!(pair.correlation().abs() <= 1.0);
        }
        let same = EffectiveTheory::new(mlp).pair_kernels(0.4, 0.4, 0.4);
        assert!(same.iter().all(|pair| pair.first == pair.cross && pair.second == pair.cross));
    }
}

#[test]
fn nearby_inputs_follow_the_expansion() {
    for (mlp, k0) in [
        (Mlp::new(Tanh).weight_variance(1.4).bias_variance(0.1), 0.6),
        (Mlp::new(Gelu).weight_variance(1.9).bias_variance(0.2), 2.0),
        (Mlp::critical(Relu), 1.0),
    ] {
        let (k1, k2) = (1e-3, 2e-6);
        let start = PairKernel { first: k0 + k1 + k2, second: k0 - k1 + k2, cross: k0 - k2 };
        let input = |k: f64| (k - mlp.bias_variance) / mlp.weight_variance;
        let theory = EffectiveTheory::new(mlp.depth(3));
        let exact = theory.pair_kernels(input(start.first), input(start.cross), input(start.second));
        let expanded = theory.nearby_layers(start.nearby());
        for (exact, expanded) in exact.iter().zip(&expanded) {
            let exact = exact.nearby();
            assert_close(expanded.midpoint, exact.midpoint, 1e-5);
            assert!((expanded.parallel / exact.parallel - 1.0).abs() < 1e-3);
            // A kink adds a part of order K2^(3/2) / K0^(1/2) to the covariance of nearby inputs.
            let allowed = if mlp.activation == Relu { 5e-2 } else { 1e-3 };
            assert!((expanded.perpendicular / exact.perpendicular - 1.0).abs() < allowed, "{:?}", mlp.activation);
        }
    }
}

#[test]
#[should_panic(expected = "1/n needs a kernel K > 0 that a number can hold; layer 1 has 0")]
fn an_input_without_signal_is_refused() {
    let _ = EffectiveTheory::new(Mlp::critical(Relu).depth(2)).layers(0.0);
}

#[test]
#[should_panic(expected = "depth 2 needs as many widths, got 1")]
fn a_wrong_number_of_widths_is_refused() {
    let _ = EffectiveTheory::new(Mlp::critical(Relu).depth(2)).widths(&[5]);
}
