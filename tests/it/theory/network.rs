//! Networks of finite width: gradients, means at the closed form, the rate of the fluctuations, exact moments.

use theoria::theory::*;

/// |mean - expected| in standard errors.
fn deviation(samples: &[f64], expected: f64) -> f64 {
    (mean(samples) - expected).abs() / standard_error(samples)
}

#[test]
fn preactivations_follow_the_layer_equation() {
    let mut stream = Stream::new(1);
    let mlp = Mlp::new(Tanh).depth(2).weight_variance(1.5).bias_variance(0.3);
    let network = Network::draw_shape(&mlp, 3, &[4, 5], 2, &mut stream);
    let x = stream.normal_matrix(1, 3);
    let z = network.preactivations(&x);
    assert_eq!(z.iter().map(|z| z.dim()).collect::<Vec<_>>(), [(1, 4), (1, 5), (1, 2)]);
    let mut entering = x.row(0).to_vec();
    for (layer, z) in z.iter().enumerate() {
        for i in 0..z.ncols() {
            let sum: f64 = (0..entering.len()).map(|j| network.weights(layer)[[i, j]] * entering[j]).sum();
            assert!((z[[0, i]] - sum - network.biases(layer)[i]).abs() < 1e-14);
        }
        entering = z.row(0).iter().map(|&z| numeric::tanh(z)).collect();
    }
    assert_eq!(network.forward(&x), z[2]);
    assert_eq!(network.features(&x).iter().map(|h| h.dim()).collect::<Vec<_>>(), [(1, 4), (1, 5)]);
    assert!((network.features(&x)[1][[0, 2]] - numeric::tanh(z[1][[0, 2]])).abs() < 1e-15);
    assert_eq!((network.sizes(), network.layers()), ([3, 4, 5, 2].as_slice(), 3));
}

#[test]
fn tangent_kernels_match_finite_differences() {
    for (activation, depth) in [(Tanh, 3), (Gelu, 2), (Sin, 1), (Linear, 0)] {
        let mut stream = Stream::new(2);
        let mlp = Mlp::new(activation).depth(depth).weight_variance(1.6).bias_variance(0.2).learning_rates(0.7, 1.3);
        let network = Network::draw(&mlp, 3, 5, 2, &mut stream);
        let x = stream.normal_matrix(2, 3);
        let mut expected = ndarray::Array2::<f64>::zeros((2, 2));
        let mut add = |rate: f64, nudge: &dyn Fn(&mut Network, f64)| {
            let h = 1e-4;
            let moved = |h: f64| {
                let mut network = network.clone();
                nudge(&mut network, h);
                network.forward(&x)
            };
            let gradient = (moved(h) - moved(-h)) / (2.0 * h);
            expected += &(gradient.dot(&gradient.t()) * rate / 2.0); // averaged over two outputs
        };
        for layer in 0..network.layers() {
            let fan_in = network.weights(layer).ncols() as f64;
            for index in 0..network.weights(layer).len() {
                add(1.3 / fan_in, &|n, h| *n.weights_mut(layer).iter_mut().nth(index).expect("a weight") += h);
            }
            for index in 0..network.biases(layer).len() {
                add(0.7, &|n, h| n.biases_mut(layer)[index] += h);
            }
        }
        let exact = network.ntk(&x);
        for (a, b) in exact.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{activation:?}: {a} and {b}");
        }
    }
}

#[test]
fn empirical_kernels_average_to_the_closed_form() {
    let x = Stream::new(3).normal_matrix(2, 4);
    // At one hidden layer both averages equal the closed form at every width; deeper, relu's means still do on
    // the diagonal.
    for (activation, c_w, c_b) in
        [(Relu, 2.0, 0.1), (Erf, 1.5, 0.2), (Abs, 1.0, 0.0), (Tanh, 1.2, 0.1), (LeakyRelu(0.3), 1.8, 0.0)]
    {
        let mlp = Mlp::new(activation).weight_variance(c_w).bias_variance(c_b);
        let closed = mlp.kernels_of(&x);
        let drawn = Ensemble::new(mlp, 20, 4000, 4).empirical_kernels(&x);
        for at in [[0, 0], [0, 1], [1, 1]] {
            let nngp: Vec<f64> = drawn.iter().map(|k| k.nngp[at]).collect();
            let ntk: Vec<f64> = drawn.iter().map(|k| k.ntk[at]).collect();
            assert!(deviation(&nngp, closed.nngp[at]) < 4.0, "{activation:?} {at:?}");
            assert!(deviation(&ntk, closed.ntk[at]) < 4.0, "{activation:?} {at:?}");
        }
    }
    let mlp = Mlp::critical(Relu).depth(3);
    let closed = mlp.kernels_of(&x);
    let drawn = Ensemble::new(mlp, 24, 3000, 5).empirical_kernels(&x);
    let ntk: Vec<f64> = drawn.iter().map(|k| k.ntk[[0, 0]]).collect();
    assert!(deviation(&ntk, closed.ntk[[0, 0]]) < 4.0);
}

#[test]
fn outputs_have_the_closed_form_covariance() {
    let x = Stream::new(6).normal_matrix(2, 3);
    let mlp = Mlp::new(Relu).weight_variance(2.0).bias_variance(0.3);
    let nngp = mlp.kernels_of(&x).nngp;
    let outputs = Ensemble::new(mlp, 30, 20_000, 7).outputs(&x);
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        let products: Vec<f64> = outputs.rows().into_iter().map(|row| row[i] * row[j]).collect();
        assert!(deviation(&products, nngp[[i, j]]) < 4.0, "{i} {j}");
    }
}

#[test]
fn the_variance_of_empirical_kernels_falls_as_one_over_width() {
    let x = Stream::new(8).normal_matrix(1, 4);
    let widths = [32, 64, 128, 256];
    let mlp = Mlp::critical(Relu).depth(2);
    let (mut nngp, mut ntk) = (Vec::new(), Vec::new());
    for (index, &width) in widths.iter().enumerate() {
        let drawn = Ensemble::new(mlp, width, 1500, index as u64).empirical_kernels(&x);
        let closed = mlp.kernels_of(&x);
        let relative = |samples: Vec<f64>, k: f64| variance(&samples) / (k * k);
        nngp.push(relative(drawn.iter().map(|k| k.nngp[[0, 0]]).collect(), closed.nngp[[0, 0]]));
        ntk.push(relative(drawn.iter().map(|k| k.ntk[[0, 0]]).collect(), closed.ntk[[0, 0]]));
        // The standard error of a variance of 1500 samples is about 4 %, more with heavy tails.
        assert!((nngp[index] / mlp.exact_relative_variance(width) - 1.0).abs() < 0.25);
        // Leading order (l-1)(11l-4)/(3 l n) with l = 3 layers of weights (lambda_b = 0), corrections of
        // relative order l/n.
        let leading = 2.0 * 29.0 / (9.0 * width as f64);
        assert!((ntk[index] / leading - 1.0).abs() < 0.25 + 9.0 / width as f64, "{} and {leading}", ntk[index]);
    }
    for values in [&nngp, &ntk] {
        let rate = log_log_slope(&widths, values);
        assert!((rate + 1.0).abs() < 0.12, "the variance falls as width^{rate}");
    }
}

/// Excess kurtosis of an output, which is N(0, G) given G, and its standard error by the delta method.
fn kurtosis_of_chain(variances: &[f64]) -> (f64, f64) {
    let m = mean(variances);
    let ratio = mean(&variances.iter().map(|g| g * g).collect::<Vec<_>>()) / (m * m);
    let influence: Vec<f64> =
        variances.iter().map(|g| (g * g - ratio * m * m) / (m * m) - 2.0 * ratio * (g - m) / m).collect();
    (3.0 * (ratio - 1.0), 3.0 * standard_error(&influence))
}

#[test]
fn excess_kurtosis_is_exact_at_small_width() {
    for (activation, width, depth) in
        [(Relu, 16, 3), (Relu, 4, 1), (Linear, 8, 3), (Abs, 16, 2), (LeakyRelu(0.3), 8, 2)]
    {
        let mlp = Mlp::critical(activation).depth(depth);
        let variances = Ensemble::new(mlp, width, 200_000, 9).conditional_variances(0.7);
        let (measured, error) = kurtosis_of_chain(&variances);
        let exact = mlp.exact_excess_kurtosis(width);
        assert!((measured - exact).abs() < 4.0 * error, "{activation:?}: {measured} +- {error}, exact {exact}");
        assert!(error < 0.1 * exact, "the check has power");
    }
    // Moment ratios E G^2 / (E G)^2 = 3.894903 and 2.121735, 1.802032 from other code.
    assert!((Mlp::critical(Relu).depth(5).exact_excess_kurtosis(16) - 3.0 * 2.894903).abs() < 3e-6);
    assert!((Mlp::critical(Relu).depth(10).exact_excess_kurtosis(64) - 3.3652053957192685).abs() < 1e-13);
    assert!((Mlp::critical(Linear).depth(5).exact_excess_kurtosis(16) - 2.406097412109375).abs() < 1e-14);
}

#[test]
fn excess_kurtosis_of_unequal_widths_is_exact() {
    let mlp = Mlp::critical(Relu).depth(2);
    let x = ndarray::array![[1.0, -0.4, 0.2]];
    let mut variances = Vec::new();
    for m in 0..20_000 {
        let network = Network::draw_shape(&mlp, 3, &[5, 9], 1, &mut Stream::new(10).split(m));
        variances.push(network.kernels(&x).nngp[[0, 0]]);
    }
    let (measured, error) = kurtosis_of_chain(&variances);
    let exact = mlp.exact_excess_kurtosis_of(&[5, 9]);
    assert!((measured - exact).abs() < 4.0 * error, "{measured} +- {error}, exact {exact}");
    assert!(error < 0.1 * exact);
}

#[test]
fn the_variance_chain_has_the_law_of_full_networks() {
    let mlp = Mlp::new(Tanh).depth(3).weight_variance(1.7).bias_variance(0.1);
    let x = ndarray::array![[0.9, -0.2, 0.5]];
    let ensemble = Ensemble::new(mlp, 6, 20_000, 11);
    let networks: Vec<f64> = ensemble.empirical_kernels(&x).iter().map(|k| k.nngp[[0, 0]]).collect();
    let chain = ensemble.conditional_variances((0.81 + 0.04 + 0.25) / 3.0);
    for power in [1, 2, 3] {
        let raised = |v: &[f64]| v.iter().map(|&g| numeric::powi(g, power)).collect::<Vec<_>>();
        let (a, b) = (raised(&networks), raised(&chain));
        let error = numeric::hypot(standard_error(&a), standard_error(&b));
        assert!((mean(&a) - mean(&b)).abs() < 4.0 * error, "moment {power}");
    }
}

#[test]
fn sampled_outputs_show_the_exact_kurtosis() {
    let mlp = Mlp::critical(Relu).depth(2);
    let outputs = Ensemble::new(mlp, 16, 60_000, 12).outputs(&ndarray::array![[1.0, 1.0]]);
    let exact = mlp.exact_excess_kurtosis(16);
    // Standard error from ten batches.
    let all: Vec<f64> = outputs.iter().copied().collect();
    let batches: Vec<f64> = all.chunks(6_000).map(excess_kurtosis).collect();
    assert!(
        (excess_kurtosis(&all) - exact).abs() < 4.0 * standard_error(&batches),
        "{}, exact {exact}",
        excess_kurtosis(&all)
    );
}

#[test]
fn ensembles_do_not_depend_on_threads() {
    let ensemble = Ensemble::new(Mlp::critical(Erf).depth(2), 12, 9, 13);
    let x = Stream::new(14).normal_matrix(3, 2);
    parallel::set_threads(1);
    let serial = (ensemble.outputs(&x), ensemble.empirical_kernels(&x), ensemble.conditional_variances(1.0));
    parallel::set_threads(3);
    assert_eq!(serial, (ensemble.outputs(&x), ensemble.empirical_kernels(&x), ensemble.conditional_variances(1.0)));
    parallel::set_threads(0);
    assert_eq!(serial.0.row(4), ensemble.member(4, 2).forward(&x).column(0));
}
