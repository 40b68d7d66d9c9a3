//! Settings that can be solved: formulas against equations, simulations and tabulated values.

use ndarray::{Array1, Array2, array};
use theoria::theory::*;

#[track_caller]
fn near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} instead of {expected}");
}

/// The derivative of a smooth function, with the error of order h^2 removed.
fn derivative(f: impl Fn(f64) -> f64, at: f64, h: f64) -> f64 {
    let slope = |h: f64| (f(at + h) - f(at - h)) / (2.0 * h);
    (4.0 * slope(h) - slope(2.0 * h)) / 3.0
}

#[test]
fn modes_of_linear_networks_keep_their_equation() {
    // Tabulated by integrating the equation elsewhere.
    near(LinearMode::new(3.0, 1e-4).at(1.2), 0.128222511311852, 1e-13);
    near(LinearMode::new(3.0, 1e-3).layers(3).half_time(), 3.136267, 2e-7);
    near(LinearMode::new(3.0, 1e-3).layers(4).half_time(), 5.217433, 2e-7);
    for layers in 1..=5 {
        let mode = LinearMode::new(2.0, 0.05).layers(layers);
        assert!((mode.at(0.0) - 0.05).abs() < 1e-12);
        for time in [0.1, 0.5, 1.0, 2.0] {
            let a = mode.at(time);
            let expected = layers as f64 * numeric::pow(a, 2.0 - 2.0 / layers as f64) * (2.0 - a);
            near(derivative(|t| mode.at(t), time, 1e-3), expected, 1e-7);
            near(mode.time_to(a / 2.0), time, 1e-9);
        }
        assert!((mode.at(60.0) - 2.0).abs() < 1e-9, "{layers}");
    }
}

#[test]
fn unequal_layers_keep_their_equation() {
    near(unbalanced_mode(3.0, 0.8, 0.1, 0.5), 1.804078546, 1e-9);
    for (strength, u, v) in
        [(3.0, 0.8, 0.1), (2.0, -0.5, 1.5), (-1.0, 0.7, 0.2), (0.0, 1.0, 0.3), (1.5, 0.6, 0.6), (0.0, 0.5, 0.5)]
    {
        near(unbalanced_mode(strength, u, v, 0.0), u * v, 1e-12);
        let c: f64 = u * u - v * v;
        for time in [0.2, 1.0, 3.0] {
            let p = unbalanced_mode(strength, u, v, time);
            let expected = (strength - p) * (c * c + 4.0 * p * p).sqrt();
            let found = derivative(|t| unbalanced_mode(strength, u, v, t), time, 1e-3);
            assert!((found - expected).abs() < 1e-8 * (1.0 + expected.abs()), "{strength} {u} {v}: {found} {expected}");
        }
    }
    near(unbalanced_mode(2.0, 1e-9, 1.0, 30.0), 2.0, 1e-12);
}

/// A matrix with known singular values.
fn target(strengths: &[f64], seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed);
    let n = strengths.len();
    let mut turn = || Eigen::of(&gram(&stream.normal_matrix(n, n))).vectors;
    let (left, right) = (turn(), turn());
    left.dot(&Array2::from_diag(&Array1::from(strengths.to_vec()))).dot(&right.t())
}

#[test]
fn flows_of_matrices_follow_their_modes() {
    // Aligned layers: each mode is its closed form, for two layers and for three.
    let lambda = [3.0, 2.0, 1.0];
    let diagonal = Array2::from_diag(&Array1::from(lambda.to_vec()));
    for layers in [2, 3] {
        let mut network = LinearNetwork::draw(&vec![3; layers + 1], 0.0, &mut Stream::new(1));
        let start: f64 = 0.01;
        let own = numeric::pow(start, 1.0 / layers as f64);
        network.weights.iter_mut().for_each(|w| w.diag_mut().fill(own));
        network.flow(&diagonal, 1.5, 600);
        for (strength, lambda) in network.strengths(&diagonal).iter().zip(lambda) {
            near(*strength, LinearMode::new(lambda, start).layers(layers).at(1.5), 1e-8);
        }
        near(network.loss(&diagonal), 0.5 * (&diagonal - network.product()).mapv(|v| v * v).sum(), 1e-14);
    }
    // A small random start: one mode after the other, at about the predicted times.
    let lambda = [5.0, 3.0, 2.0, 1.0];
    let m = target(&lambda, 2);
    let mut network = LinearNetwork::draw(&[4, 12, 4], 1e-3, &mut Stream::new(3));
    let mut halves = [f64::NAN; 4];
    for step in 1..=400 {
        network.flow(&m, 0.025, 5);
        for (half, (strength, lambda)) in halves.iter_mut().zip(network.strengths(&m).into_iter().zip(lambda)) {
            if half.is_nan() && strength > 0.5 * lambda {
                *half = 0.025 * f64::from(step);
            }
        }
    }
    for (half, lambda) in halves.iter().zip(lambda) {
        // The start along a mode is random: by its logarithm lambda t scatters by some tenths.
        let predicted = escape_time(lambda, 12, 1e-3);
        assert!((half - predicted).abs() * lambda < 0.8, "{half} {predicted}");
    }
    assert!(halves.windows(2).all(|pair| pair[0] < pair[1]), "{halves:?}");
}

#[test]
fn flows_keep_layers_balanced() {
    let m = target(&[4.0, 2.0, 1.0], 4);
    let mut network = LinearNetwork::draw(&[3, 5, 3], 0.3, &mut Stream::new(5));
    let start = network.clone();
    network.flow(&m, 3.0, 1500);
    assert!(network.loss(&m) < 1e-3 * start.loss(&m));
    assert!(network.imbalance_since(&start) < 1e-10);
    // Steps of gradient descent do change it: the number can tell.
    let mut coarse = start.clone();
    coarse.flow(&m, 3.0, 12);
    assert!(coarse.imbalance_since(&start) > 1e-6);
}

#[test]
fn catapults_follow_their_two_numbers() {
    for (product, kind) in
        [(1.0, Flight::Lazy), (3.0, Flight::Catapult), (3.9, Flight::Catapult), (4.3, Flight::Divergent)]
    {
        let catapult = Catapult::draw(1000, &mut Stream::new(6)).rate_for(product);
        let (ran, predicted) = (catapult.clone().run(400), catapult.predict(400));
        near(catapult.rate * catapult.numbers().1, product, 1e-14);
        for ((f, lambda), (g, mu)) in ran.iter().zip(&predicted).take(30) {
            assert!(
                (f - g).abs() <= 1e-9 * (1.0 + g.abs()) && (lambda - mu).abs() <= 1e-9 * mu.abs(),
                "{product}: {f} {g}"
            );
        }
        assert_eq!((Catapult::kind(&ran), Catapult::kind(&predicted)), (kind, kind), "{product}");
        if kind == Flight::Catapult {
            assert!(catapult.rate * ran[ran.len() - 1].1 < 2.0);
        }
    }
}

#[test]
fn the_minimal_model_ends_at_the_edge() {
    let mut model = MinimalEdge { rate: 0.1, a: 0.7, b: 1.9 };
    let loss = |a: f64, b: f64| MinimalEdge { rate: 0.1, a, b }.loss();
    let (a, b) = (model.a, model.b);
    let slope_a = |a: f64, b: f64| derivative(|a| loss(a, b), a, 1e-3);
    let slope_b = |a: f64, b: f64| derivative(|b| loss(a, b), b, 1e-3);
    let hessian = array![
        [derivative(|x| slope_a(x, b), a, 1e-3), derivative(|y| slope_a(a, y), b, 1e-3)],
        [derivative(|x| slope_b(x, b), a, 1e-3), derivative(|y| slope_b(a, y), b, 1e-3)],
    ];
    let symmetric = (&hessian + &hessian.t()) * 0.5;
    near(model.sharpness(), Eigen::of(&symmetric).values[0], 1e-6);
    model.step();
    assert!((model.a - (a - 0.1 * slope_a(a, b))).abs() < 1e-9 && (model.b - (b - 0.1 * slope_b(a, b))).abs() < 1e-9);
    for (rate, expected) in [(0.05, 1.9988), (0.1, 1.9954), (0.2, 1.9855)] {
        let mut model = MinimalEdge::new(rate);
        assert!(model.rate * model.sharpness() > 2.0);
        (0..200_000).for_each(|_| model.step());
        assert!(
            model.loss() < 1e-12 && (rate * model.sharpness() - expected).abs() < 1e-4,
            "{}",
            rate * model.sharpness()
        );
    }
}

#[test]
fn self_stabilisation_keeps_its_invariant() {
    let start = SelfStabilisation::new(0.02, 0.5, 0.01, 0.0);
    let path = start.run(0.01, 400_000);
    for (_, x, y) in &path {
        let there = SelfStabilisation { x: *x, y: *y, ..start };
        assert!((there.invariant() - start.invariant()).abs() < 1e-4, "{x} {y}");
    }
    let mean_square = path.iter().map(|(_, x, _)| x * x).sum::<f64>() / path.len() as f64;
    near(mean_square, 2.0 * 0.02 / 0.5, 0.02);
    assert!(path.iter().map(|(_, x, _)| *x).fold(0.0, f64::max) > 0.5, "it does bounce");
}

#[test]
fn the_law_of_marchenko_and_pastur_has_its_moments() {
    for gamma in [0.2, 0.9, 1.0, 2.5] {
        let law = MarchenkoPastur::new(gamma);
        // Narayana's polynomials.
        for (power, expected) in [(0, 1.0), (1, 1.0), (2, 1.0 + gamma), (3, 1.0 + 3.0 * gamma + gamma * gamma)] {
            near(law.mean(|x| numeric::powi(x, power)), expected, 1e-11);
        }
        for lambda in [0.05, 1.0, 30.0] {
            near(law.resolvent(lambda), law.mean(|x| 1.0 / (x + lambda)), 1e-9);
            near(law.resolvent_squared(lambda), law.mean(|x| 1.0 / ((x + lambda) * (x + lambda))), 1e-8);
            near(-derivative(|l| law.resolvent(l), lambda, 1e-3 * lambda), law.resolvent_squared(lambda), 1e-7);
        }
        near(law.zeros(), (1.0 - 1.0 / gamma).max(0.0), 1e-15);
    }
}

#[test]
fn sampled_covariances_follow_marchenko_and_pastur() {
    for (n, p) in [(800, 400), (300, 600)] {
        let x = Stream::new(7).normal_matrix(n, p);
        let law = MarchenkoPastur::new(p as f64 / n as f64);
        let values = Eigen::of(&(gram(&x.t()) / n as f64)).values;
        let (low, high) = law.edges();
        let inside = values.iter().filter(|v| **v > 1e-9);
        assert!(inside.clone().all(|v| *v > low * 0.85 && *v < high * 1.03));
        near(inside.count() as f64 / p as f64, 1.0 - law.zeros(), 1e-12);
        // The share below a point: eigenvalues are rigid, so far better than 1 / sqrt p.
        for at in [0.3, 0.5, 0.7].map(|part| low + part * (high - low)) {
            let below = values.iter().filter(|v| **v < at).count() as f64 / p as f64;
            let steps = 20_000;
            let width = (at - low) / f64::from(steps);
            let expected: f64 = (0..steps).map(|k| law.density(low + (f64::from(k) + 0.5) * width) * width).sum();
            assert!((below - expected - law.zeros()).abs() < 0.01, "{below} {expected}");
        }
    }
}

#[test]
fn least_squares_has_its_exact_risk() {
    let regression = IsotropicRegression::new(1.0, 0.25);
    near(regression.least_squares(100, 40), 0.169491525, 1e-8);
    for (n, p) in [(40, 10), (40, 34), (20, 50), (20, 26)] {
        let sampled = regression.sampled(n, p, 0.0, 4000, 8);
        let expected = regression.least_squares(n, p);
        assert!(sampled.differs_by(expected) < 4.0, "{n} {p}: {sampled:?} {expected}");
    }
    assert_eq!(regression.least_squares(30, 30), f64::INFINITY);
    assert_eq!(IsotropicRegression::new(1.0, 0.0).least_squares(30, 30), 0.0);
}

#[test]
fn ridge_has_the_risk_of_its_limit() {
    let regression = IsotropicRegression::new(1.0, 0.25);
    near(regression.ridge(0.5, 0.3), 0.205674522, 1e-8);
    for (n, p, lambda) in [(400, 200, 0.3), (200, 400, 0.1), (200, 200, 1.0)] {
        let sampled = regression.sampled(n, p, lambda, 60, 9);
        let expected = regression.ridge(p as f64 / n as f64, lambda);
        // Corrections to the limit are of relative order 1/n.
        let allowed = 4.0 * sampled.standard_error + 3.0 / n as f64 * expected;
        assert!((sampled.value - expected).abs() < allowed, "{n} {p}: {sampled:?} {expected}");
    }
    // A ridge that vanishes is least squares.
    near(regression.ridge(0.4, 1e-9), 0.25 * 0.4 / 0.6, 1e-6);
    near(regression.ridge(2.0, 1e-9), 0.5 + 0.25, 1e-6);
    let best = regression.best_ridge(0.8);
    for factor in [0.8, 1.25] {
        assert!(regression.ridge(0.8, best * factor) > regression.ridge(0.8, best));
    }
}

#[test]
fn random_features_have_the_risk_of_their_limit() {
    let features = RandomFeatures::of(Relu).signal(1.0, 0.0).noise(0.25);
    let [mean, first, rest] = features.moments();
    near(mean, 0.3989422804014327, 1e-14);
    near(first, 0.5, 1e-14);
    near(rest, (0.25 - 0.5 / std::f64::consts::PI).sqrt(), 1e-13);
    let [bias, variance] = features.bias_and_variance(3.0, 3.0, 0.1);
    near(bias, 0.32516497, 2e-8);
    near(variance, 0.17805828, 1e-7);
    near(features.risk(3.0, 3.0, 0.1), 0.36967954, 2e-8);
    near(
        RandomFeatures::of(Relu).signal(1.0, 0.5).noise(0.25).risk(3.0, 3.0, 0.1),
        bias + 0.75 * variance + 0.5,
        1e-12,
    );
    for (d, psi_1, psi_2, lambda) in [(60, 3.0, 3.0, 0.1), (60, 0.8, 3.0, 0.01), (60, 6.0, 2.0, 0.3)] {
        let size = |psi: f64| (psi * d as f64) as usize;
        let sampled = features.sampled(d, size(psi_1), size(psi_2), lambda, 60, 10);
        let expected = features.risk(psi_1, psi_2, lambda);
        // Corrections to the limit are of order 1/d: some per cent at d = 60.
        assert!(
            (sampled.value - expected).abs() < 4.0 * sampled.standard_error + 0.06 * expected,
            "{sampled:?} {expected}"
        );
    }
    // tanh has no mean, and its moments come by quadrature.
    let [mean, first, rest] = RandomFeatures::of(Tanh).moments();
    assert!(mean.abs() < 1e-14);
    near(first * first + rest * rest, Tanh.dual(1.0, 1.0, 1.0).value, 1e-12);
}

#[test]
fn linear_grokking_has_its_times() {
    for (gamma, train, test) in [(0.5, 15.323, 24.116), (0.8, 39.197, 140.186), (0.9, 54.647, 486.264)] {
        let race = LinearGrokking::new(gamma);
        near(race.train_time(1e-4), train, 2e-5);
        near(race.test_time(1e-4), test, 2e-5);
        let times = [0.0, 1.0, 5.0, 20.0];
        let runs: Vec<Vec<(f64, f64)>> =
            (0..12).map(|seed| race.sampled(200, &times, &mut Stream::new(seed))).collect();
        for (at, time) in times.iter().enumerate() {
            let train: Vec<f64> = runs.iter().map(|run| run[at].0).collect();
            let test: Vec<f64> = runs.iter().map(|run| run[at].1).collect();
            // A finite d moves the averages by a relative 1/d.
            for (found, expected) in [(train, race.train(*time)), (test, race.test(*time))] {
                let allowed = 4.0 * standard_error(&found) + 0.01 * expected;
                assert!((mean(&found) - expected).abs() <= allowed, "{gamma} {time}: {} {expected}", mean(&found));
            }
        }
    }
}

#[test]
fn decay_takes_its_time() {
    let steps = norm_decay_time(10.0, 2.0, 0.01, 0.5);
    let mut norm = 10.0;
    let mut count = 0.0;
    while norm > 2.0 {
        norm *= 1.0 - 0.01 * 0.5;
        count += 1.0;
    }
    // Discrete steps of half a per cent: a quarter of a per cent faster than the flow.
    near(count, steps, 0.005);
}

#[test]
fn analytic_weights_add() {
    let task = ModularAddition::new(23);
    let (x, labels) = (task.inputs(), task.labels());
    assert!(x.dim() == (529, 46) && x.sum() == 2.0 * 529.0 && labels[23 * 5 + 20] == 2);
    assert!(x[[23 * 5 + 20, 5]] == 1.0 && x[[23 * 5 + 20, 23 + 20]] == 1.0);
    let reached = |p: usize, hidden: usize| {
        let task = ModularAddition::new(p);
        let runs = (0..5).map(|seed| {
            let network = task.analytic_network(hidden, &mut Stream::new(seed));
            accuracy(&network.forward(&task.inputs()), &task.labels())
        });
        mean(&runs.collect::<Vec<_>>())
    };
    assert_eq!(reached(23, 400), 1.0);
    assert!(reached(23, 100) > 0.99 && reached(23, 10) < 0.9, "{} {}", reached(23, 100), reached(23, 10));
    assert!(reached(97, 500) > 0.999);
}

#[test]
fn skills_scale_as_their_law_says() {
    for alpha in [0.5, 1.0, 2.0] {
        let skills = Quanta::new(alpha, 1_000_000);
        let (in_size, in_data) = skills.exponents();
        let size = [100, 200, 400];
        let losses = size.map(|n| skills.with_capacity(n));
        // K is not without end: what is missing there is (n/K)^alpha.
        let whole = numeric::powi(0.01, 2).max(numeric::pow(400.0 / 1e6, alpha));
        assert!((log_log_slope(&size, &losses) + in_size).abs() < 0.02 + 3.0 * whole, "{alpha}");
        let data = [10_000, 20_000, 40_000];
        let losses = data.map(|d| skills.with_examples(d));
        assert!((log_log_slope(&data, &losses) + in_data).abs() < 0.03, "{alpha} {}", log_log_slope(&data, &losses));
        near(skills.with_capacity(0), 1.0, 1e-12);
        near(skills.with_examples(0), 1.0, 1e-12);
    }
}

#[test]
fn learned_skills_match_sampling() {
    for (alpha, threshold, examples) in [(1.0, 1, 500), (0.7, 3, 2000), (1.5, 10, 5000)] {
        let skills = Quanta::new(alpha, 20_000).threshold(threshold);
        let losses: Vec<f64> =
            (0..200).map(|seed| skills.sampled(examples, &mut Stream::new(11).split(seed))).collect();
        let deviation = (mean(&losses) - skills.with_examples(examples)) / standard_error(&losses);
        assert!(deviation.abs() < 4.0, "{alpha} {threshold}: {deviation}");
    }
}

#[test]
fn targets_of_embeddings_are_bounded() {
    let joint = hierarchical_language(3, 4, 0.7, &mut Stream::new(12));
    assert_eq!(joint.dim(), (81, 81));
    near(joint.sum(), 1.0, 1e-12);
    let m = embedding_target(&joint);
    assert!(m.iter().all(|v| (-2.0..2.0).contains(v)) && m == m.t());
    // By the definition, for one pair; and the order of a pair's probability is kept.
    let single = joint.sum_axis(ndarray::Axis(1));
    let apart = single[3] * single[50];
    near(m[[3, 50]], 2.0 * (joint[[3, 50]] - apart) / (joint[[3, 50]] + apart), 1e-13);
    // Siblings meet more often than strangers.
    let within: f64 = (0..27).map(|family| m[[3 * family, 3 * family + 1]]).sum::<f64>() / 27.0;
    let between: f64 = (0..27).map(|family| m[[family, 80 - family]]).sum::<f64>() / 27.0;
    assert!(within > between + 0.3, "{within} {between}");
}

#[test]
fn embeddings_learn_one_mode_after_the_other() {
    let m = embedding_target(&hierarchical_language(3, 4, 0.8, &mut Stream::new(13)));
    let eigen = Eigen::of(&m);
    let (dimensions, deviation) = (20, 1e-3);
    let count = 4;
    let modes = eigen.vectors.slice(ndarray::s![.., ..count]).to_owned();
    // Aligned with a mode, the closed form exactly.
    let lambda = eigen.values[0];
    let mut aligned = Embeddings { vectors: modes.slice(ndarray::s![.., ..1]).to_owned() * 0.1 };
    let half = numeric::ln(lambda / 0.01 - 1.0) / (2.0 * lambda);
    aligned.flow(&m, half, 400);
    near(aligned.strengths(&modes)[0], 0.5 * lambda, 1e-6);
    // From a small random start.
    let mut words = Embeddings::draw(81, dimensions, deviation, &mut Stream::new(14));
    let step = 0.02 / lambda;
    let mut halves = vec![f64::NAN; count];
    let mut time = 0.0;
    while halves.iter().any(|half| half.is_nan()) && time < 60.0 / eigen.values[count - 1] {
        words.flow(&m, step, 1);
        time += step;
        for (k, strength) in words.strengths(&modes).into_iter().enumerate() {
            if halves[k].is_nan() && strength > 0.5 * eigen.values[k] {
                halves[k] = time;
            }
        }
    }
    for (half, lambda) in halves.iter().zip(&eigen.values) {
        near(*half, embedding_half_time(*lambda, dimensions, deviation), 0.12);
    }
}

#[test]
fn order_parameters_obey_their_averages() {
    let mut stream = Stream::new(15);
    // A generic state: the Gram matrix of random weights.
    let (student, teacher) = (stream.normal_matrix(2, 6) * 0.5, stream.normal_matrix(3, 6) * 0.4);
    let state = TeacherStudent::of_weights(&student, &teacher);
    let eta = 0.8;
    let (q, r) = state.slopes(eta);
    let root = std::f64::consts::FRAC_1_SQRT_2;
    let g = |u: f64| numeric::erf(root * u);
    let slope = |u: f64| (2.0 / std::f64::consts::PI).sqrt() * numeric::exp(-0.5 * u * u);
    let (mut errors, mut changes) = (Vec::new(), vec![Vec::new(); 10]);
    for _ in 0..400_000 {
        let x = Array1::from(stream.normals(6));
        let (fields, truth) = (student.dot(&x), teacher.dot(&x));
        let missed = truth.iter().map(|y| g(*y)).sum::<f64>() - fields.iter().map(|x| g(*x)).sum::<f64>();
        errors.push(0.5 * missed * missed);
        let d = fields.mapv(|u| slope(u) * missed);
        for i in 0..2 {
            for k in 0..2 {
                changes[2 * i + k].push(eta * (d[i] * fields[k] + d[k] * fields[i]) + eta * eta * d[i] * d[k]);
            }
            for n in 0..3 {
                changes[4 + 3 * i + n].push(eta * d[i] * truth[n]);
            }
        }
    }
    let check = |samples: &[f64], expected: f64, what: &str| {
        let deviation = (mean(samples) - expected) / standard_error(samples);
        assert!(deviation.abs() < 4.0, "{what}: {} {expected}", mean(samples));
        // The average is known to a per cent or two of the typical size, so that this can fail.
        assert!(standard_error(samples) < 0.01);
    };
    check(&errors, state.error(), "error");
    for (at, samples) in changes.iter().enumerate() {
        let expected = if at < 4 { q[[at / 2, at % 2]] } else { r[[(at - 4) / 3, (at - 4) % 3]] };
        check(samples, expected, &format!("slope {at}"));
    }
    let start = TeacherStudent::isotropic(3, 2, 1e-3, &mut Stream::new(16));
    assert!(start.student == start.student.t() && start.teacher == Array2::<f64>::eye(2));
    assert!(start.overlap.iter().all(|r| (0.0..1e-3).contains(r)));
}

#[test]
fn online_learning_follows_its_order_parameters() {
    let (dimensions, eta, time) = (800, 1.5, 30.0);
    let runs: Vec<(f64, f64)> = parallel::map_indexed(4, |run| {
        let mut stream = Stream::new(17).split(run as u64);
        let mut learner = OnlineLearner::draw(dimensions, &[0.7, 0.3], &[1.0, 1.0], &mut stream);
        let start = learner.overlaps();
        assert!((start.teacher - Array2::<f64>::eye(2)).iter().all(|v: &f64| v.abs() < 1e-12));
        let predicted = learner.overlaps().flow(eta, time, 600).pop().expect("the end");
        learner.learn(eta, (time * dimensions as f64) as usize, &mut stream);
        let ended = learner.overlaps();
        for (found, expected) in ended.student.iter().zip(&predicted.student) {
            assert!((found - expected).abs() < 0.1, "{found} {expected}");
        }
        (ended.error(), predicted.error())
    });
    // Fluctuations are of order 1/sqrt N in each run.
    let gap = mean(&runs.iter().map(|(found, expected)| found - expected).collect::<Vec<_>>());
    let scale = mean(&runs.iter().map(|(_, expected)| *expected).collect::<Vec<_>>());
    assert!(gap.abs() < 0.1 * scale, "{runs:?}");
}
