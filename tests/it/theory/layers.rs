//! Networks put together from layers: kernels at infinite width, and networks of finite width.

use super::golden;
use ndarray::{Array2, Array4, Axis, s};
use serde_json::Value;
use theoria::theory::*;

/// Every kind of activation, with parameters of no special meaning.
const EVERY: [Activation; 20] = [
    Relu,
    LeakyRelu(0.1),
    ScaleInvariant(-0.3, 1.2),
    Abs,
    Linear,
    Erf,
    Sin,
    Cos,
    Sine(1.2, 0.4),
    Gelu,
    Exp(0.3),
    Gaussian(0.5),
    Monomial(2),
    Hermite(2),
    ReluSquared,
    Tanh,
    Swish,
    Softplus,
    Sigmoid,
    Step,
];

fn activation(case: &Value) -> Activation {
    match case["activation"]["name"].as_str() {
        Some("relu") => Relu,
        Some("erf") => Erf,
        other => panic!("{other:?}"),
    }
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("{key} of {case}"))
}

fn close(ours: &Kernels, case: &Value) {
    for (ours, name) in [(&ours.nngp, "nngp"), (&ours.ntk, "ntk")] {
        for (a, b) in ours.iter().zip(&golden::matrix(&case[name])) {
            assert!((a - b).abs() <= 1e-11 * b.abs(), "{} {name}: {a} and {b}", case["id"]);
        }
    }
}

fn images(value: &Value) -> Array4<f64> {
    let nested: Vec<Vec<Vec<Vec<f64>>>> = serde_json::from_value(value.clone()).expect("images");
    let shape = (nested.len(), nested[0].len(), nested[0][0].len(), nested[0][0][0].len());
    Array4::from_shape_fn(shape, |(n, r, c, k)| nested[n][r][c][k])
}

#[test]
fn layers_match_golden_values() {
    let file = golden::json("kernels/cnn_nngp_ntk.json");
    for case in file["cases"].as_array().expect("cases") {
        let (weight, bias) = (numeric::powi(number(case, "W_std"), 2), numeric::powi(number(case, "b_std"), 2));
        let edges = if case["padding"] == "SAME" { Edges::Zero } else { Edges::Circular };
        let (conv, activation) = (conv(weight).bias(bias).edges(edges), activation(case));
        let count = case["nconv"].as_u64().expect("nconv") as usize;
        let body = if case["residual"] == true {
            conv.clone() >> residual(activation >> conv).times(count) >> activation
        } else {
            (conv >> activation).times(count)
        };
        let readout = if case["readout"] == "gap" { global_average_pool() } else { flatten() };
        let net = body >> readout >> dense(weight).bias(bias);
        let x1 = images(&file["inputs"]["X1"]);
        let kernels = match case["x2"].as_str() {
            Some(name) => net.kernels(&x1, &images(&file["inputs"][name])),
            None => net.kernels(&x1, &x1),
        };
        close(&kernels, case);
    }
    let file = golden::json("kernels/resmlp_nngp_ntk.json");
    for case in file["cases"].as_array().expect("cases") {
        let dense = dense(numeric::powi(number(case, "W_std"), 2)).bias(numeric::powi(number(case, "b_std"), 2));
        let (activation, count) = (activation(case), case["nblocks"].as_u64().expect("nblocks") as usize);
        let net = dense.clone() >> residual(activation >> dense.clone()).times(count) >> activation >> dense;
        let x = golden::matrix(&file["inputs"]["X1"]);
        close(&net.kernels(&x, &x), case);
        // As if they were two sets.
        close(&net.kernels(&x, &x.clone()), case);
    }
}

#[test]
fn layers_of_a_perceptron_are_the_perceptron() {
    let (x, y) = (Stream::new(1).normal_matrix(5, 4), Stream::new(2).normal_matrix(3, 4));
    for activation in EVERY {
        let mlp = Mlp::new(activation).depth(3).weight_variance(0.9).bias_variance(0.2);
        let layer = dense(0.9).bias(0.2);
        let net = (layer.clone() >> activation).times(3) >> layer;
        for (ours, theirs) in [(net.kernels(&x, &y), mlp.kernels(&x, &y)), (net.kernels(&x, &x), mlp.kernels_of(&x))] {
            let differences = [(&ours.nngp, &theirs.nngp), (&ours.ntk, &theirs.ntk)];
            let worst = differences.map(|(a, b)| golden::relative_difference(a, b));
            assert!(worst[0] < 1e-11 && worst[1] < 1e-11, "{activation:?}: {worst:?}");
        }
    }
}

#[test]
fn single_precision_is_near_double() {
    for (name, net, x) in examples() {
        let (double, single) = (net.kernels(&x, &x), net.kernels_f32(&x, &x));
        for (double, single) in [(&double.nngp, &single.nngp), (&double.ntk, &single.ntk)] {
            let difference = golden::relative_difference(&single.mapv(f64::from), double);
            assert!(difference < 1e-5, "{name}: {difference}");
            assert!(difference > 0.0, "{name} was computed in double precision");
        }
    }
}

fn some_images(count: usize, height: usize, width: usize, channels: usize) -> Array4<f64> {
    let mut stream = Stream::new(3);
    Array4::from_shape_simple_fn((count, height, width, channels), || stream.normal())
}

/// The kernels of one convolution and a mean over pixels, from the definition: pixel by pixel, offset by offset.
#[test]
fn convolutions_match_a_naive_sum() {
    let x = some_images(2, 7, 6, 2);
    let overlap = |p: (usize, usize), q: (usize, usize)| {
        (0..2).map(|k| x[[0, p.0, p.1, k]] * x[[1, q.0, q.1, k]]).sum::<f64>() / 2.0
    };
    for (size, stride, edges) in [
        (3, 1, Edges::Zero),
        (5, 1, Edges::Circular),
        (3, 1, Edges::Valid),
        (3, 2, Edges::Zero),
        (3, 2, Edges::Circular),
        (5, 3, Edges::Zero),
        (3, 2, Edges::Valid),
        (1, 2, Edges::Zero),
        (9, 1, Edges::Zero),
        (9, 1, Edges::Circular),
    ] {
        let along = |length: usize| match edges {
            Edges::Valid => ((length - size) / stride + 1, 0),
            _ => {
                let out = length.div_ceil(stride);
                (out, (((out - 1) * stride + size) as isize - length as isize).max(0) / 2)
            }
        };
        let read = |out: usize, at: usize, length: usize| {
            let index = (out * stride + at) as isize - along(length).1;
            match edges {
                Edges::Circular => Some(index.rem_euclid(length as isize) as usize),
                _ => (0..length as isize).contains(&index).then_some(index as usize),
            }
        };
        let pixels: Vec<(usize, usize)> = (0..along(7).0).flat_map(|r| (0..along(6).0).map(move |c| (r, c))).collect();
        let conv_sum = |p: (usize, usize), q: (usize, usize)| {
            let mut sum = 0.0;
            for (i, j) in (0..size).flat_map(|i| (0..size).map(move |j| (i, j))) {
                let place = |p: (usize, usize)| Some((read(p.0, i, 7)?, read(p.1, j, 6)?));
                if let (Some(p), Some(q)) = (place(p), place(q)) {
                    sum += overlap(p, q);
                }
            }
            0.1 + 1.5 / (size * size) as f64 * sum
        };
        let all: f64 =
            pixels.iter().flat_map(|p| pixels.iter().map(move |q| (p, q))).map(|(p, q)| conv_sum(*p, *q)).sum();
        let own: f64 = pixels.iter().map(|p| conv_sum(*p, *p)).sum();
        let count = pixels.len() as f64;
        let layer = conv(1.5).bias(0.1).size(size).stride(stride).edges(edges);
        let pooled = (layer.clone() >> global_average_pool() >> dense(2.0)).kernels(&x, &x);
        let flat = (layer >> flatten() >> dense(2.0)).kernels(&x, &x);
        let case = format!("{size} {stride} {edges:?}");
        assert!((pooled.nngp[[0, 1]] - 2.0 * all / (count * count)).abs() < 1e-12, "{case}");
        assert!((flat.nngp[[0, 1]] - 2.0 * own / count).abs() < 1e-12, "{case}");
        // The last layer learns K, and so does the convolution, whose kernel passes the last layer.
        assert!((pooled.ntk[[0, 1]] - 4.0 * all / (count * count)).abs() < 1e-12, "{case}");
        assert!((flat.ntk[[0, 1]] - 4.0 * own / count).abs() < 1e-12, "{case}");
    }
}

#[test]
fn pooling_makes_circular_networks_blind_to_translations() {
    let x = some_images(1, 5, 4, 2);
    let moved = Array4::from_shape_fn(x.dim(), |(n, r, c, k)| x[[n, (r + 2) % 5, (c + 3) % 4, k]]);
    let both = ndarray::concatenate![Axis(0), x, moved];
    let layer = conv(2.0).edges(Edges::Circular) >> Relu;
    let kernels = (layer.clone().times(2) >> global_average_pool() >> dense(1.0)).kernels(&both, &both);
    assert!((kernels.ntk[[0, 1]] / kernels.ntk[[0, 0]] - 1.0).abs() < 1e-12);
    let flat = (layer.times(2) >> flatten() >> dense(1.0)).kernels(&both, &both);
    assert!(flat.ntk[[0, 1]] < 0.9 * flat.ntk[[0, 0]]);
}

#[test]
fn sums_of_branches_add_their_kernels() {
    let x = Stream::new(1).normal_matrix(4, 3);
    let (one, two) = (Relu >> dense(1.3), Tanh >> dense(0.7).bias(0.2));
    let start = dense(1.0);
    let of = |branch: Layers| (start.clone() >> branch).kernels(&x, &x);
    let both = of(layers::sum([Layers::default(), one.clone(), two.clone()]));
    let parts = [of(Layers::default()), of(one), of(two)];
    let sum =
        |f: fn(&Kernels) -> &Array2<f64>| parts.iter().fold(Array2::<f64>::zeros((4, 4)), |sum, part| sum + f(part));
    assert!((&both.nngp - &sum(|k| &k.nngp)).iter().all(|v| v.abs() < 1e-14));
    assert!((&both.ntk - &sum(|k| &k.ntk)).iter().all(|v| v.abs() < 1e-14));
}

/// One network for each layer, with what it reads.
fn examples() -> Vec<(&'static str, Layers, Array4<f64>)> {
    let vectors = some_images(2, 1, 1, 4);
    let images = some_images(2, 4, 3, 2);
    let head = |body: Layers| body >> Relu >> global_average_pool() >> dense(1.0).bias(0.1);
    let block = residual(Relu >> conv(0.8));
    vec![
        ("dense", dense(1.5).bias(0.2) >> Erf >> dense(1.2).bias(0.1) >> Relu >> dense(1.0), vectors.clone()),
        (
            "layer norm",
            dense(3.0) >> layer_norm() >> Relu >> dense(2.0) >> layer_norm() >> Erf >> dense(1.0),
            vectors.clone(),
        ),
        ("residual", dense(1.0) >> residual(Relu >> dense(1.0).bias(0.1)) >> Erf >> dense(1.0), vectors.clone()),
        ("sum", dense(1.0) >> layers::sum([Relu >> dense(1.0), Erf >> dense(0.5)]) >> Relu >> dense(1.0), vectors),
        ("conv, flatten", conv(2.0).bias(0.1) >> Relu >> conv(1.5) >> Relu >> flatten() >> dense(1.0), images.clone()),
        ("conv, pool", head(conv(2.0)), images.clone()),
        (
            "circular, stride",
            head(conv(2.0).edges(Edges::Circular).stride(2) >> Erf >> conv(1.0).size(1)),
            images.clone(),
        ),
        ("valid", head(conv(2.0).edges(Edges::Valid)), images.clone()),
        ("conv, residual", head(conv(1.5) >> block.clone() >> block), images.clone()),
        ("conv, layer norm", head(conv(1.5) >> layer_norm() >> Relu >> conv(1.0) >> layer_norm()), images),
    ]
}

#[test]
fn gradients_of_layers_match_finite_differences() {
    for (name, net, x) in examples() {
        let drawn = net.draw(&x, 3, 2, &mut Stream::new(4));
        let gradients = drawn.gradients(&x, 1);
        let mut stream = Stream::new(5);
        for _ in 0..40 {
            let at = stream.below(drawn.parameters().len());
            let moved = |by: f64| {
                let mut parameters = drawn.parameters().clone();
                parameters[at] += by;
                drawn.with_parameters(parameters).forward(&x).column(1).to_owned()
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            for (input, slope) in slope.iter().enumerate() {
                let ours = gradients[[input, at]];
                assert!((ours - slope).abs() < 1e-6 * (1.0 + slope.abs()), "{name} {at}: {ours} and {slope}");
            }
        }
    }
}

/// Mean and variance of the off-diagonal entries of both kernels over networks of a width.
fn sampled(net: &Layers, x: &Array4<f64>, width: usize, members: usize) -> [(f64, f64, f64); 2] {
    let found = parallel::map_indexed(members, |member| {
        let drawn = net.draw(x, width, width, &mut Stream::new(6).split(member as u64));
        let kernels = drawn.kernels(x);
        [kernels.nngp[[0, 1]], kernels.ntk[[0, 1]]]
    });
    [0, 1].map(|kind| {
        let values: Vec<f64> = found.iter().map(|pair| pair[kind]).collect();
        (mean(&values), standard_error(&values), variance(&values))
    })
}

/// Means within 4 standard errors and a correction of order 1/width; variances that fall as 1/width.
fn approach(name: &str, net: &Layers, x: &Array4<f64>, widths: [usize; 3], members: usize) {
    let kernels = net.kernels(x, x);
    let exact = [(kernels.nngp[[0, 1]], kernels.nngp[[0, 0]]), (kernels.ntk[[0, 1]], kernels.ntk[[0, 0]])];
    let all = widths.map(|width| sampled(net, x, width, members));
    for (kind, (exact, scale)) in exact.into_iter().enumerate() {
        for (width, found) in widths.iter().zip(&all) {
            let (mean, error, _) = found[kind];
            let allowed = 4.0 * error + 2.0 * scale / *width as f64;
            assert!((mean - exact).abs() < allowed, "{name} {kind} at {width}: {mean} and {exact}, allowed {allowed}");
        }
        let variances = all.map(|found| found[kind].2);
        let slope = log_log_slope(&widths, &variances);
        assert!((slope + 1.0).abs() < 0.3, "{name} {kind}: the variance falls as width to the {slope}");
    }
}

#[test]
fn finite_layers_approach_their_kernels_at_the_right_rate() {
    for (name, net, x) in examples() {
        let large = x.dim().1 > 1;
        let (widths, members) = if large { ([8, 16, 32], 200) } else { ([16, 32, 64], 300) };
        approach(name, &net, &x, widths, members);
    }
}

#[test]
fn every_activation_approaches_its_kernel_at_the_right_rate() {
    let x = some_images(2, 1, 1, 4) * 0.5;
    for activation in EVERY {
        let net = dense(1.0).bias(0.1) >> activation >> dense(1.0);
        approach(&format!("{activation:?}"), &net, &x, [16, 32, 64], 300);
    }
}

#[test]
fn equal_opposite_and_zero_inputs_are_exact() {
    let mut x = some_images(4, 3, 3, 2);
    let first = x.slice(s![0, .., .., ..]).to_owned();
    x.slice_mut(s![1, .., .., ..]).assign(&first);
    x.slice_mut(s![2, .., .., ..]).assign(&first.mapv(|v| -v));
    x.slice_mut(s![3, .., .., ..]).fill(0.0);
    for net in [
        (conv(2.0) >> Relu).times(6) >> flatten() >> dense(1.0),
        (conv(2.0) >> layer_norm() >> Relu).times(3) >> global_average_pool() >> dense(1.0),
    ] {
        let kernels = net.kernels(&x, &x);
        assert_eq!(kernels.ntk[[0, 1]], kernels.ntk[[0, 0]]);
        assert_eq!(kernels.nngp[[1, 1]], kernels.nngp[[0, 1]]);
        assert!(kernels.ntk.iter().all(|v| v.is_finite()));
        assert!(kernels.ntk.row(3).iter().all(|v| *v == 0.0));
    }
}

#[test]
#[should_panic(expected = "the network ends in an image")]
fn a_network_that_ends_in_an_image_is_refused() {
    let x = some_images(1, 3, 3, 1);
    let _ = (conv(1.0) >> Relu >> dense(1.0)).kernels(&x, &x);
}

#[test]
#[should_panic(expected = "a stride belongs to `conv`")]
fn a_stride_of_a_dense_layer_is_refused() {
    let _ = dense(1.0).stride(2);
}

#[test]
#[should_panic(expected = "ends in `dense` or `conv`")]
fn a_branch_without_parameters_at_its_end_is_refused() {
    let _ = residual(dense(1.0) >> Relu);
}
