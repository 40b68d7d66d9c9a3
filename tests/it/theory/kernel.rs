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
    // K = 1 at every layer, lambda_b = 0, lambda_W = 1: Theta^(l) = l/2 for relu, l for linear (layer l is depth
    // l - 1); x2 = 1/C_W.
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

#[test]
#[should_panic(expected = "the variance of layer 4 is beyond what a number can hold")]
fn an_overflow_is_reported() {
    let _ = Mlp::new(Relu).depth(9).weight_variance(1e100).kernels_of(&ndarray::Array2::ones((1, 1)));
}

/// Largest |a - b| / scale.
fn distance<T: vector::Real + Into<f64>>(a: &ndarray::Array2<T>, b: &ndarray::Array2<f64>, scale: f64) -> f64 {
    a.iter().zip(b).map(|(&a, b)| (a.into() - b).abs() / scale).fold(0.0, f64::max)
}

/// The recursion of FORMULAS for one pair, with the scalar dual.
fn pair_by_pair(mlp: &Mlp, x1: &ndarray::Array2<f64>, x2: &ndarray::Array2<f64>) -> [ndarray::Array2<f64>; 2] {
    let n0 = x1.ncols() as f64;
    let (c_b, c_w) = (mlp.bias_variance, mlp.weight_variance);
    let (l_b, l_w) = mlp.rates();
    let state = |i: usize, j: usize| {
        let (a, b) = (x1.row(i), x2.row(j));
        let first = |u: ndarray::ArrayView1<f64>, v: ndarray::ArrayView1<f64>| u.dot(&v) / n0;
        let (mut p, mut q) = (c_b + c_w * first(a, a), c_b + c_w * first(b, b));
        let (mut c, mut t) = (c_b + c_w * first(a, b), l_b + l_w * first(a, b));
        for _ in 0..mlp.depth {
            let dual = mlp.activation.dual(p, q, c);
            t = l_b + l_w * dual.value + c_w * dual.slope * t;
            (p, q, c) = (mlp.variance_map(p), mlp.variance_map(q), c_b + c_w * dual.value);
        }
        (c, t)
    };
    let shape = (x1.nrows(), x2.nrows());
    [
        ndarray::Array2::from_shape_fn(shape, |(i, j)| state(i, j).0),
        ndarray::Array2::from_shape_fn(shape, |(i, j)| state(i, j).1),
    ]
}

#[test]
fn blocks_agree_with_the_recursion_pair_by_pair() {
    let (x1, x2) = (Stream::new(6).normal_matrix(101, 7), Stream::new(7).normal_matrix(130, 7));
    let relus = [Relu, LeakyRelu(0.3), LeakyRelu(-0.4), Abs, Linear];
    for activation in relus.into_iter().chain([Erf, Sin, Gelu]) {
        for (depth, bias) in [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0), (10, 0.0), (17, 0.0), (40, 0.0), (6, 0.2)] {
            let mlp = Mlp::critical(activation).depth(depth).bias_variance(bias);
            let kernels = mlp.kernels(&x1, &x2);
            let [nngp, ntk] = pair_by_pair(&mlp, &x1, &x2);
            let (size, tangents) = (nngp.iter().fold(0.0f64, |m, v| m.max(v.abs())), (depth + 1) as f64);
            let far = distance(&kernels.nngp, &nngp, size);
            let rounding = 1e-15 * (depth + 8) as f64;
            assert!(far < rounding, "{activation:?} depth {depth}, bias {bias}: nngp off by {far:e}");
            let far = distance(&kernels.ntk, &ntk, size * tangents);
            assert!(far < 2.0 * rounding, "{activation:?} depth {depth}, bias {bias}: ntk off by {far:e}");
        }
    }
}

#[test]
fn no_inputs_have_empty_kernels() {
    let (none, some) = (ndarray::Array2::zeros((0, 3)), ndarray::Array2::ones((2, 3)));
    let mlp = Mlp::critical(Relu).depth(4);
    assert_eq!(mlp.kernels(&none, &some).ntk.dim(), (0, 2));
    assert_eq!(mlp.nngp(&some, &none).dim(), (2, 0));
    assert_eq!(mlp.kernels_of(&none).nngp.dim(), (0, 0));
}

#[test]
fn a_pair_does_not_depend_on_its_place() {
    // Blocks of 96 inputs and stretches of 1024 coordinates are crossed; the inputs come in another order.
    let x = Stream::new(8).normal_matrix(200, 1100);
    let turned = x.select(ndarray::Axis(0), &(0..200).rev().collect::<Vec<_>>());
    for mlp in [Mlp::critical(Relu).depth(6), Mlp::critical(Gelu).depth(3)] {
        let (kernels, other) = (mlp.kernels_of(&x), mlp.kernels(&turned, &x));
        for i in 0..200 {
            assert_eq!(kernels.nngp.row(i), other.nngp.row(199 - i));
            assert_eq!(kernels.ntk.row(i), other.ntk.row(199 - i));
            assert_eq!(kernels.ntk.row(i), kernels.ntk.column(i));
        }
    }
}

#[test]
fn kernels_do_not_depend_on_threads_or_instructions() {
    use vector::{Instructions, limit_instructions};
    let x = Stream::new(9).normal_matrix(120, 30);
    let single = x.mapv(|v| v as f32);
    for mlp in [Mlp::critical(Relu).depth(12), Mlp::critical(Erf).depth(3), Mlp::critical(Gelu), Mlp::critical(Sin)] {
        let (kernels, singles) = (mlp.kernels_of(&x), mlp.kernels_of_f32(&single));
        for (threads, best) in [(1, Instructions::Baseline), (3, Instructions::Avx2), (2, Instructions::Avx512)] {
            parallel::set_threads(threads);
            limit_instructions(Some(best));
            assert_eq!(kernels, mlp.kernels_of(&x), "{best:?}");
            assert_eq!(singles, mlp.kernels_of_f32(&single), "{best:?}");
        }
        parallel::set_threads(0);
        limit_instructions(None);
    }
}

#[test]
fn single_precision_follows_double() {
    let x = Stream::new(10).normal_matrix(150, 50);
    let single = x.mapv(|v| v as f32);
    for (mlp, bias) in [(Mlp::critical(Relu), 0.0), (Mlp::critical(Relu), 0.1), (Mlp::critical(Erf), 0.1)] {
        let mlp = mlp.depth(10).bias_variance(bias);
        let (kernels, singles) = (mlp.kernels_of(&x), mlp.kernels_of_f32(&single));
        let size = kernels.nngp.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        assert!(distance(&singles.nngp, &kernels.nngp, size) < 3e-6);
        assert!(distance(&singles.ntk, &kernels.ntk, 11.0 * size) < 1e-5);
        let between = mlp.kernels_f32(&single, &single);
        assert_eq!(between, singles);
    }
}

#[test]
fn the_trace_of_segments_holds_every_depth() {
    let x = Stream::new(11).normal_matrix(5, 3);
    let mlp = Mlp::critical(LeakyRelu(0.1));
    for (depth, kernels) in mlp.depth(50).trace(&x).iter().enumerate() {
        assert_eq!(*kernels, mlp.depth(depth).kernels_of(&x), "depth {depth}");
    }
}

#[test]
fn series_agree_with_quadrature() {
    // Norms from small to large; some inputs nearly parallel, some opposite.
    let mut x = Stream::new(14).normal_matrix(12, 3);
    for (i, mut row) in x.rows_mut().into_iter().enumerate() {
        row *= [0.05, 0.5, 1.0, 3.0][i % 4];
    }
    let near = &x.row(2) * (1.0 + 1e-9);
    x.row_mut(6).assign(&near);
    let opposite = -&x.row(3);
    x.row_mut(7).assign(&opposite);
    let mlp = Mlp::new(Tanh).depth(2).weight_variance(1.6).bias_variance(0.1);
    let kernels = mlp.kernels(&x, &x);
    let [nngp, ntk] = pair_by_pair(&mlp, &x, &x);
    assert!(distance(&kernels.nngp, &nngp, 1.0) < 1e-12, "{:e}", distance(&kernels.nngp, &nngp, 1.0));
    for (i, j) in (0..12).flat_map(|i| (0..12).map(move |j| (i, j))) {
        // The angle of inputs that are nearly the same is known to the root of rounding.
        let tolerance = if i != j && i + j == 8 { 1e-6 } else { 1e-11 };
        let far = (kernels.ntk[[i, j]] - ntk[[i, j]]).abs();
        assert!(far < tolerance * ntk[[i, i]].max(1.0), "{i} {j}: {far:e}");
    }
    assert_eq!(kernels, mlp.kernels_of(&x));
    let some = x.select(ndarray::Axis(0), &[1, 4]);
    assert_eq!(mlp.kernels_of(&some).ntk[[0, 1]], kernels.ntk[[1, 4]]);
}
