//! Kernel regression and the training of infinitely wide networks.

use super::golden;
use ndarray::{Array2, Axis, concatenate, s};
use theoria::theory::*;

fn largest(matrix: &Array2<f64>) -> f64 {
    matrix.iter().fold(0.0, |most: f64, v| most.max(v.abs()))
}

/// Inputs, and a kernel of them.
fn example(train: usize, test: usize) -> (Array2<f64>, Array2<f64>, Mlp) {
    let x = Stream::new(1).normal_matrix(train + test, 5);
    let (one, two) = x.view().split_at(Axis(0), train);
    (one.to_owned(), two.to_owned(), Mlp::critical(Relu).depth(2).bias_variance(0.1))
}

#[test]
fn posteriors_are_those_of_conditioned_gaussians() {
    let (x, test, mlp) = example(12, 5);
    let y = Stream::new(2).normal_matrix(12, 2);
    let fit = KernelRegression::fit(&mlp.nngp(&x, &x), &y, 0.3).expect("well conditioned");
    assert_eq!(fit.jitter(), 0.0);
    let cross = mlp.nngp(&test, &x);
    let (mean, covariance) = (fit.predict(&cross), fit.covariance(&cross, &mlp.nngp(&test, &test)));
    // One input at a time: condition on the first, then on the second, and so on.
    let both = concatenate![Axis(0), x, test];
    let mut left = mlp.nngp(&both, &both);
    let mut means = Array2::<f64>::zeros((17, 2));
    let mut evidence = [0.0; 2];
    for i in 0..12 {
        let spread = left[[i, i]] + 0.3;
        let column = left.column(i).to_owned();
        let surprise = [0, 1].map(|k| y[[i, k]] - means[[i, k]]);
        for k in 0..2 {
            let log = numeric::ln(2.0 * std::f64::consts::PI * spread);
            evidence[k] -= 0.5 * (surprise[k] * surprise[k] / spread + log);
        }
        for a in 0..17 {
            for (k, surprise) in surprise.iter().enumerate() {
                means[[a, k]] += column[a] / spread * surprise;
            }
            for b in 0..17 {
                left[[a, b]] -= column[a] * column[b] / spread;
            }
        }
    }
    assert!(largest(&(&mean - &means.slice(s![12.., ..]))) < 1e-12);
    assert!(largest(&(&covariance - &left.slice(s![12.., 12..]))) < 1e-12);
    assert!(fit.log_evidence().iter().zip(evidence).all(|(a, b)| (a - b).abs() < 1e-11));
}

#[test]
fn a_singular_kernel_is_an_error() {
    let (x, _, mlp) = example(10, 1);
    let y = Stream::new(2).normal_matrix(10, 1);
    // An input twice is a matter of jitter.
    let twice = concatenate![Axis(0), x, x.slice(s![..1, ..])];
    let targets = concatenate![Axis(0), y, y.slice(s![..1, ..])];
    let fit = KernelRegression::fit(&mlp.nngp(&twice, &twice), &targets, 0.0).expect("a little jitter is enough");
    assert!(fit.jitter() > 0.0 && largest(&(fit.predict(&mlp.nngp(&x, &twice)) - &y)) < 1e-6);
    // Two targets at one input: the best there is lies between them.
    let targets = concatenate![Axis(0), y, y.slice(s![..1, ..]).mapv(|v| v + 2.0)];
    let fit = KernelRegression::fit(&mlp.nngp(&twice, &twice), &targets, 0.0).expect("a little jitter is enough");
    let mut between = y.clone();
    between[[0, 0]] += 1.0;
    let missed = largest(&(fit.predict(&mlp.nngp(&x, &twice)) - &between));
    assert!(missed < 1e-4, "{missed}");
    // With a ridge there is no need of it.
    assert_eq!(KernelRegression::fit(&mlp.nngp(&twice, &twice), &targets, 1e-3).expect("regular").jitter(), 0.0);
    // What is no kernel is named.
    let error = KernelRegression::fit(&-mlp.nngp(&x, &x), &y, 0.0).expect_err("negative");
    assert!(error.to_string().contains("add a ridge"), "{error}");
}

#[test]
fn targets_left_out_are_those_of_other_fits() {
    let (x, _, mlp) = example(12, 1);
    let y = Stream::new(2).normal_matrix(12, 2);
    let kernel = mlp.nngp(&x, &x);
    for ridge in [0.0, 0.4] {
        let fit = KernelRegression::fit(&kernel, &y, ridge).expect("well conditioned");
        let missed = fit.leave_one_out();
        for i in 0..12 {
            let others: Vec<usize> = (0..12).filter(|other| *other != i).collect();
            let rest = kernel.select(Axis(0), &others).select(Axis(1), &others);
            let fit = KernelRegression::fit(&rest, &y.select(Axis(0), &others), ridge).expect("well conditioned");
            let found = fit.predict(&kernel.select(Axis(0), &[i]).select(Axis(1), &others));
            assert!((0..2).all(|k| (y[[i, k]] - found[[0, k]] - missed[[i, k]]).abs() < 1e-10), "{i}");
        }
    }
    // What the training examples tell of new ones: linear regression with noise, whose errors are known.
    let draws = parallel::map_indexed(200, |draw| {
        let mut stream = Stream::new(8).split(draw as u64);
        let (x, teacher) = (stream.normal_matrix(60, 30), stream.normal_matrix(30, 1));
        let y = product(&x, &teacher) + stream.normal_matrix(60, 1);
        let fit = KernelRegression::fit(&gram(&x), &y, 5.0).expect("a ridge");
        let learned = product(&x.t(), &fit.predict(&Array2::eye(60)));
        (fit.cross_validation()[0], (learned - teacher).mapv(|v| v * v).sum() + 1.0)
    });
    let (estimates, errors): (Vec<f64>, Vec<f64>) = draws.into_iter().unzip();
    let gap = mean(&estimates) / mean(&errors) - 1.0;
    assert!(gap.abs() < 0.08, "{gap}");
}

#[test]
fn what_is_not_a_number_never_reaches_a_prediction() {
    let (x, test, mlp) = example(8, 3);
    let y = Stream::new(2).normal_matrix(8, 1);
    let (kernel, mut cross, own) = (mlp.nngp(&x, &x), mlp.nngp(&test, &x), mlp.nngp(&test, &test));
    cross[[1, 2]] = f64::NAN;
    let fit = KernelRegression::fit(&kernel, &y, 0.0).expect("well conditioned");
    let dynamics = Dynamics::of(&kernel, &y).expect("a kernel");
    let prior = Prior { train: &kernel, cross: &cross, test: &own };
    let refused = |f: &dyn Fn() -> Array2<f64>| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).expect_err("refused");
        let sentence = caught.downcast_ref::<&str>().expect("a sentence");
        assert!(sentence.contains("holds finite numbers"), "{sentence}");
    };
    refused(&|| fit.predict(&cross));
    refused(&|| fit.covariance(&cross, &own));
    refused(&|| fit.covariance(&mlp.nngp(&test, &x), &(&own * f64::INFINITY)));
    refused(&|| dynamics.predict(&cross, Progress::Flow(1.0)));
    refused(&|| dynamics.covariance(&mlp.nngp(&test, &x), prior, Progress::Flow(1.0)));
    refused(&|| dynamics.last_layer_covariance(&cross, &own, Progress::Converged));
}

#[test]
fn what_is_no_kernel_is_not_trained_on() {
    let y = ndarray::array![[1.0], [2.0]];
    let error = Dynamics::of(&ndarray::array![[1.0, 2.0], [2.0, 1.0]], &y).expect_err("an eigenvalue is -1");
    assert!((error.smallest + 1.0).abs() < 1e-14 && error.condition_number().is_infinite(), "{error}");
    assert!(Dynamics::of(&ndarray::array![[-1.0, 0.0], [0.0, -1.0]], &y).is_err());
    // Rounding is no reason: an input twice has a mode without an eigenvalue, which is never learned.
    let (x, _, mlp) = example(10, 1);
    let twice = concatenate![Axis(0), x, x.slice(s![..1, ..])];
    let y = Stream::new(2).normal_matrix(11, 1);
    let kernel = mlp.ntk(&twice, &twice);
    let dynamics = Dynamics::of(&kernel, &y).expect("a kernel but for rounding");
    for progress in
        [Progress::Flow(1e12), Progress::Steps(u32::MAX, 0.5 * dynamics.largest_rate()), Progress::Converged]
    {
        let fitted = dynamics.train(progress);
        let between = 0.5 * (y[[0, 0]] + y[[10, 0]]);
        assert!((fitted[[0, 0]] - between).abs() < 1e-8 && (fitted[[10, 0]] - between).abs() < 1e-8, "{progress:?}");
        assert!((1..10).all(|i| (fitted[[i, 0]] - y[[i, 0]]).abs() < 1e-8), "{progress:?}");
    }
    assert_eq!(
        Dynamics::of(&Array2::zeros((2, 2)), &ndarray::array![[1.0], [2.0]]).expect("zero").train(Progress::Converged),
        Array2::<f64>::zeros((2, 1))
    );
}

#[test]
fn ensembles_under_gradient_flow_match_golden_values() {
    let file = golden::json("kernels/gd_ensemble.json");
    let inputs = |name: &str| golden::matrix(&file["inputs"][name]);
    let (x, test) = (inputs("x_train"), inputs("x_test"));
    let mut checked = 0;
    for case in file["cases"].as_array().expect("cases") {
        let squared = |key: &str| case[key].as_f64().map(|v| v * v).expect("a number");
        let depth = case["depth"].as_u64().expect("a depth") as usize;
        let mlp = Mlp::new(Relu).depth(depth).weight_variance(squared("W_std")).bias_variance(squared("b_std"));
        let (y, train, cross) =
            (inputs(case["y"].as_str().expect("targets")), mlp.kernels_of(&x), mlp.kernels(&test, &x));
        let nngp = mlp.nngp(&test, &test);
        let prior = Prior { train: &train.nngp, cross: &cross.nngp, test: &nngp };
        let all = Dynamics::of(&train.ntk, &y).expect("a kernel");
        let last = Dynamics::of(&train.nngp, &y).expect("a kernel");
        for result in case["results"].as_array().expect("results") {
            let progress = match result["t"].as_f64() {
                Some(t) => Progress::Flow(t),
                None => Progress::Converged,
            };
            let pairs = [
                (["ntk", "mean"], all.predict(&cross.ntk, progress)),
                (["ntk", "cov"], all.covariance(&cross.ntk, prior, progress)),
                (["nngp", "mean"], last.predict(&cross.nngp, progress)),
                (["nngp", "cov"], last.last_layer_covariance(&cross.nngp, &nngp, progress)),
            ];
            for (name, ours) in pairs {
                let theirs = golden::matrix(&result[name[0]][name[1]]);
                let difference = largest(&(&ours - &theirs)) / largest(&theirs).max(1e-3);
                assert!(difference < 1e-9, "{name:?} at {progress:?}: {difference}");
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 20);
}

#[test]
fn closed_forms_are_what_gradient_descent_does() {
    let (x, test, mlp) = example(8, 3);
    let (kernel, cross) = (mlp.ntk(&x, &x), mlp.ntk(&test, &x));
    let y = Stream::new(2).normal_matrix(8, 2);
    let dynamics = Dynamics::of(&kernel, &y).expect("a kernel");
    let rate = 0.4 * dynamics.largest_rate();
    let (mut f, mut g) = (Array2::<f64>::zeros((8, 2)), Array2::<f64>::zeros((3, 2)));
    for step in 1..=200u32 {
        let error = (&y - &f) * (rate / 16.0);
        f += &product(&kernel, &error);
        g += &product(&cross, &error);
        if step.is_power_of_two() || step == 200 {
            let progress = Progress::Steps(step, rate);
            assert!(largest(&(dynamics.train(progress) - &f)) < 1e-12, "{step}");
            assert!(largest(&(dynamics.predict(&cross, progress) - &g)) < 1e-12, "{step}");
        }
    }
    // Many small steps are a flow: the difference falls as the step.
    let flow = dynamics.predict(&cross, Progress::Flow(3.0));
    let gap = |steps: u32| largest(&(dynamics.predict(&cross, Progress::Steps(steps, 3.0 / f64::from(steps))) - &flow));
    let (coarse, fine) = (gap(1000), gap(2000));
    assert!((coarse / fine - 2.0).abs() < 0.02, "{coarse} and {fine}");
    // In the end it is regression without a ridge.
    let fit = KernelRegression::fit(&kernel, &y, 0.0).expect("well conditioned");
    assert!(largest(&(dynamics.predict(&cross, Progress::Converged) - fit.predict(&cross))) < 1e-10);
    assert!(largest(&(dynamics.predict(&cross, Progress::Flow(1e9)) - fit.predict(&cross))) < 1e-10);
    assert_eq!(largest(&dynamics.predict(&cross, Progress::Flow(0.0))), 0.0);
}

#[test]
#[should_panic(expected = "gradient descent diverges: the learning rate")]
fn too_large_a_learning_rate_is_told() {
    let (x, _, mlp) = example(8, 1);
    let dynamics = Dynamics::of(&mlp.ntk(&x, &x), &Stream::new(2).normal_matrix(8, 1)).expect("a kernel");
    assert!(dynamics.train(Progress::Steps(100_000, 0.99 * dynamics.largest_rate())).iter().all(|v| v.is_finite()));
    let _ = dynamics.train(Progress::Steps(100_000, 1.01 * dynamics.largest_rate()));
}

/// Two-layer networks in the NTK parametrisation, trained by gradient descent with gradients written out.
#[test]
fn wide_networks_train_as_their_kernel_says() {
    let (x, y) = (Stream::new(4).normal_matrix(6, 3), Stream::new(5).normal_matrix(6, 1));
    let mlp = Mlp::critical(Erf).depth(1).weight_variance(1.5);
    let dynamics = Dynamics::of(&mlp.ntk(&x, &x), &y).expect("a kernel");
    let (steps, rate) = (40, 0.5 * dynamics.largest_rate());
    let expected = dynamics.train(Progress::Steps(steps, rate));
    let spread = |width: usize| -> (Array2<f64>, f64) {
        let members = 400;
        let outputs = parallel::map_indexed(members, |member| {
            let mut stream = Stream::new(6).split(member as u64);
            let (mut w, mut a) = (stream.normal_matrix(width, 3), stream.normal_matrix(1, width));
            let scale = (1.5f64 / 3.0).sqrt();
            let out = (1.5 / width as f64).sqrt();
            for _ in 0..steps {
                let z = product(&x, &w.t()) * scale;
                let error = (product(&z.mapv(|z| Erf.value(z)), &a.t()) * out - &y) * (rate / 6.0);
                let back = product(&error, &a) * z.mapv(|z| Erf.slope(z)) * (out * scale);
                a = a - product(&error.t(), &z.mapv(|z| Erf.value(z))) * out;
                w = w - product(&back.t(), &x);
            }
            product(&product(&x, &w.t()).mapv(|z| Erf.value(z * scale)), &a.t()) * out
        });
        let mean = outputs.iter().fold(Array2::<f64>::zeros((6, 1)), |sum, f| sum + f) / members as f64;
        let squares = outputs.iter().map(|f| (f - &mean).mapv(|v| v * v).sum()).sum::<f64>();
        (mean, (squares / 6.0 / (members * (members - 1)) as f64).sqrt())
    };
    let (mean, error) = spread(400);
    assert!(largest(&(mean - &expected)) < 5.0 * error + 3.0 / 400.0, "{error}");
    assert!(error < 0.03);
}
