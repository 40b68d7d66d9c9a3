//! Kernels of infinitely wide networks.

use super::golden;
use serde_json::Value;
use theoria::theory::*;

fn activation(case: &Value) -> Option<Activation> {
    let named = &case["activation"];
    Some(match named["name"].as_str()? {
        "relu" => Relu,
        "erf" => Erf,
        "leaky_relu" => LeakyRelu(named["alpha"].as_f64()?),
        "abs" => Abs,
        "linear" => Linear,
        "sin" => Sin,
        "gelu" => Gelu,
        "tanh" => Tanh,
        _ => return None,
    })
}

/// Compares every case of a golden file that has an activation of ours; returns how many there were.
fn check(path: &str, tolerance: f64) -> usize {
    let file = golden::json(path);
    let mut checked = 0;
    for case in file["cases"].as_array().expect("cases") {
        let Some(activation) = activation(case) else { continue };
        let squared = |key: &str| case[key].as_f64().map(|v| v * v).expect("a number");
        let depth = case["depth"].as_u64().expect("a depth") as usize;
        let mlp = Mlp::new(activation).depth(depth).weight_variance(squared("W_std")).bias_variance(squared("b_std"));
        let input = |key: &str| case[key].as_str().map(|name| golden::matrix(&file["inputs"][name]));
        let x1 = input("x1").expect("inputs");
        let kernels = match input("x2") {
            Some(x2) => mlp.kernels(&x1, &x2),
            None => mlp.kernels_of(&x1),
        };
        for (ours, name) in [(&kernels.nngp, "nngp"), (&kernels.ntk, "ntk")] {
            for (a, b) in ours.iter().zip(&golden::matrix(&case[name])) {
                assert!((a - b).abs() <= tolerance * b.abs() + 1e-12, "{} {name}: {a} and {b}", case["id"]);
            }
        }
        checked += 1;
    }
    checked
}

#[test]
fn kernels_match_golden_values() {
    assert_eq!(check("kernels/mlp_nngp_ntk.json", 1e-10), 15);
}

#[test]
fn tanh_kernels_match_golden_quadrature() {
    assert_eq!(check("kernels/mlp_quadrature.json", 1e-9), 1);
}

#[test]
fn relu_kernels_match_values_worked_by_hand() {
    let x = ndarray::array![[1.0, 0.0], [0.6, 0.8]] * 2.0f64.sqrt();
    let trace = Mlp::critical(Relu).depth(3).trace(&x);
    let table = [
        (1.355095135533026, 2.200894453171987, 4.0),
        (1.466867571651125, 3.088832601354422, 6.0),
        (1.550624869688138, 3.904573370369308, 8.0),
    ];
    for (depth, (k12, t12, t11)) in (1..).zip(table) {
        assert!((trace[depth].nngp[[0, 1]] - k12).abs() < 1e-14);
        assert!((trace[depth].ntk[[0, 1]] - t12).abs() < 1e-14);
        assert!((trace[depth].ntk[[0, 0]] - t11).abs() < 1e-14);
    }
}

#[test]
fn symmetric_kernels_equal_the_general_ones() {
    let x = Stream::new(1).normal_matrix(6, 4);
    let mlp = Mlp::new(LeakyRelu(0.2)).depth(4).weight_variance(1.7).bias_variance(0.1);
    assert_eq!(mlp.kernels_of(&x), mlp.kernels(&x, &x));
    assert_eq!(mlp.nngp(&x, &x), mlp.kernels_of(&x).nngp);
    assert_eq!(mlp.ntk(&x, &x), mlp.kernels_of(&x).ntk);
}

#[test]
fn the_trace_holds_every_depth() {
    let x = Stream::new(2).normal_matrix(5, 3);
    let mlp = Mlp::critical(Erf).bias_variance(0.05);
    let trace = mlp.depth(6).trace(&x);
    assert_eq!(trace.len(), 7);
    for (depth, kernels) in trace.iter().enumerate() {
        assert_eq!(*kernels, mlp.depth(depth).kernels_of(&x));
    }
}

#[test]
fn duplicate_opposite_and_zero_inputs_are_exact() {
    let x = ndarray::array![[0.3, -1.1, 0.7], [0.3, -1.1, 0.7], [-0.3, 1.1, -0.7], [0.0, 0.0, 0.0]];
    let kernels = Mlp::critical(Relu).depth(20).kernels_of(&x);
    assert_eq!(kernels.ntk[[0, 1]], kernels.ntk[[0, 0]]);
    assert!((kernels.ntk[[0, 0]] / kernels.nngp[[0, 0]] - 21.0).abs() < 1e-13);
    let abs = Mlp::critical(Abs).depth(20).kernels_of(&x);
    assert!((abs.nngp[[0, 2]] / abs.nngp[[0, 0]] - 1.0).abs() < 1e-14);
    assert!(kernels.nngp.row(3).iter().chain(kernels.ntk.row(3)).all(|&v| v == 0.0));
}

#[test]
fn critical_networks_keep_the_variance_of_scale_invariant_activations() {
    for activation in [Relu, LeakyRelu(0.1), LeakyRelu(-0.5), Abs, Linear] {
        for k in [0.1, 1.0, 20.0] {
            assert!((Mlp::critical(activation).variance_map(k) / k - 1.0).abs() < 1e-14, "{activation:?}");
        }
    }
}

#[test]
fn critical_networks_have_unit_susceptibility() {
    let gelu = 0.5 * (3.0 + 17.0f64.sqrt());
    let points = [
        (Relu, 2.0),
        (Abs, 0.5),
        (Linear, 1.0),
        (LeakyRelu(0.1), 1.0),
        (Tanh, 0.0),
        (Sin, 0.0),
        (Erf, 0.0),
        (Gelu, gelu),
    ];
    for (activation, variance) in points {
        let mlp = Mlp::critical(activation);
        let (chi, next) = (mlp.susceptibility(variance), mlp.variance_map(variance));
        assert!((chi - 1.0).abs() < 1e-12, "{activation:?}: susceptibility {chi}");
        assert!((next - variance).abs() < 1e-12, "{activation:?}: {variance} goes to {next}");
    }
}

#[test]
fn critical_gelu_has_the_tabulated_variances() {
    let mlp = Mlp::critical(Gelu);
    assert!((mlp.weight_variance - 1.9830582574375475).abs() < 1e-10);
    assert!((mlp.bias_variance - 0.17292239075006686).abs() < 1e-10);
}

#[test]
fn the_correlation_map_is_that_of_the_kernel() {
    let x = Stream::new(3).normal_matrix(2, 4);
    let x = ndarray::stack![
        ndarray::Axis(0),
        &x.row(0) / x.row(0).dot(&x.row(0)).sqrt(),
        &x.row(1) / x.row(1).dot(&x.row(1)).sqrt()
    ] * 2.0;
    let mlp = Mlp::new(Erf).weight_variance(1.4).bias_variance(0.2);
    let trace = mlp.depth(1).trace(&x);
    let rho = |k: &ndarray::Array2<f64>| k[[0, 1]] / (k[[0, 0]] * k[[1, 1]]).sqrt();
    let expected = rho(&trace[1].nngp);
    let mapped = mlp.correlation_map(trace[0].nngp[[0, 0]], rho(&trace[0].nngp));
    assert!((mapped - expected).abs() < 1e-14);
    assert_eq!(mlp.correlation_map(0.7, 1.0), 1.0);
}

#[test]
fn learning_rates_reproduce_the_textbook_tangent_kernel() {
    // K = 1 at every layer, lambda_b = 0, lambda_W = 1: Theta^(l) = l/2 for relu, l for linear (layer l is depth l - 1); x2 = 1/C_W.
    let x = ndarray::array![[1.0]];
    for (activation, scale, half) in [(Relu, 0.5f64, 0.5), (Linear, 1.0, 1.0)] {
        let trace = Mlp::critical(activation).learning_rates(0.0, 1.0).depth(9).trace(&(&x * scale.sqrt()));
        for (layer, kernels) in (1..).zip(&trace) {
            assert!((kernels.nngp[[0, 0]] - 1.0).abs() < 1e-13);
            assert!((kernels.ntk[[0, 0]] - half * f64::from(layer)).abs() < 1e-13);
        }
    }
    // tanh, C_W = 1, lambda_W = 1, x2 = 1: values of Roberts-Yaida-Hanin's recursion.
    let tanh = Mlp::critical(Tanh).learning_rates(0.0, 1.0).depth(1).kernels_of(&x);
    assert!((tanh.nngp[[0, 0]] - 0.394294490398).abs() < 1e-11);
    assert!((tanh.ntk[[0, 0]] - 0.858697392846).abs() < 1e-11);
}

#[test]
#[should_panic(expected = "inputs have 3 and 2 coordinates")]
fn inputs_of_different_dimension_are_refused() {
    let _ = Mlp::new(Relu).kernels(&ndarray::Array2::ones((2, 3)), &ndarray::Array2::ones((2, 2)));
}
