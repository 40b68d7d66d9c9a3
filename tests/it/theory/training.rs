//! Training: gradients and Hessians by differences, rules by hand, limits against kernels.

use ndarray::{Array2, Axis, array};
use theoria::theory::*;

/// Inputs (N x 3) and targets (N x 2).
fn data(count: usize, seed: u64) -> (Array2<f64>, Array2<f64>) {
    let mut stream = Stream::new(seed);
    (stream.normal_matrix(count, 3), stream.normal_matrix(count, 2))
}

/// Probabilities (N x 2).
fn shares(y: &Array2<f64>) -> Array2<f64> {
    let first = y.column(0).mapv(|v| 1.0 / (1.0 + numeric::exp(v)));
    Array2::from_shape_fn((y.nrows(), 2), |(i, j)| if j == 0 { first[i] } else { 1.0 - first[i] })
}

/// (f(h) - f(-h)) / 2h with the error of order h^2 removed.
fn derivative(f: impl Fn(f64) -> f64) -> f64 {
    let at = |h: f64| (f(h) - f(-h)) / (2.0 * h);
    (4.0 * at(1e-3) - at(2e-3)) / 3.0
}

fn nudged<M: Model<Number = f64>>(model: &M, at: usize, by: f64) -> M {
    let mut moved = model.clone();
    moved.parameters_mut()[at] += by;
    moved
}

fn check_gradient<M: Model<Number = f64>>(model: &M, loss: Loss, x: &Array2<f64>, y: &Array2<f64>, what: &str) {
    let gradient = loss.gradient(model, x, y);
    let size = gradient.iter().map(|g| g.abs()).fold(0.0, f64::max);
    assert!(size > 1e-3, "{what}: nothing to compare");
    for at in (0..gradient.len()).step_by(3) {
        let expected = derivative(|h| loss.of(&nudged(model, at, h), x, y));
        assert!((gradient[at] - expected).abs() < 1e-9 * (1.0 + size), "{what} {at}: {} {expected}", gradient[at]);
    }
}

#[test]
fn gradients_of_models_match_finite_differences() {
    let (x, y) = data(5, 1);
    for activation in [Tanh, Erf, Gelu, Swish, Sigmoid, Softplus, Sin, Cos, Linear] {
        let mlp = Mlp::new(activation).depth(2).weight_variance(1.7).bias_variance(0.2);
        let network = Network::draw_shape(&mlp, 3, &[6, 5], 2, &mut Stream::new(2));
        check_gradient(&network, Loss::Square, &x, &y, &format!("{activation:?}"));
        check_gradient(&network, Loss::CrossEntropy, &x, &shares(&y), &format!("{activation:?} cross entropy"));
    }
    // Rows of numbers as images of 3 x 3 with two channels, through convolutions.
    let mut stream = Stream::new(3);
    let images = stream.normal_matrix(4, 18);
    let layers = conv(1.5).bias(0.1).size(3) >> Tanh >> residual(Gelu >> conv(1.0).size(3)) >> flatten() >> dense(1.0);
    let shape = ndarray::Array4::<f64>::zeros((1, 3, 3, 2));
    let network = layers.draw(&shape, 3, 2, &mut stream);
    check_gradient(&network, Loss::Square, &images, &stream.normal_matrix(4, 2), "convolutions");
}

#[test]
fn slopes_and_curvatures_of_losses_match_finite_differences() {
    let (_, f) = data(4, 4);
    let y = shares(&data(4, 5).1);
    let v = data(4, 6).1;
    for loss in [Loss::Square, Loss::CrossEntropy] {
        let moved = |h: f64| &f + &(&v * h);
        let slope = (loss.slope(&f, &y) * &v).sum();
        assert!((slope - derivative(|h| loss.value(&moved(h), &y))).abs() < 1e-10, "{loss:?}");
        let curvature = loss.curvature_times(&f, &v);
        for at in [(0, 0), (2, 1), (3, 0)] {
            let expected = derivative(|h| loss.slope(&moved(h), &y)[at]);
            assert!((curvature[at] - expected).abs() < 1e-10, "{loss:?} {at:?}");
        }
    }
    let sure = array![[800.0, 0.0], [0.0, -800.0]];
    assert_eq!(Loss::CrossEntropy.value(&sure, &one_hot(&[0, 1], 2)), 400.0);
    assert_eq!(accuracy(&sure, &[0, 1]), 0.5);
    assert_eq!(one_hot::<f32>(&[1], 3), array![[0.0, 1.0, 0.0]]);
}

#[test]
fn hessians_match_finite_differences() {
    let (x, y) = data(6, 7);
    for (activation, loss) in
        [(Tanh, Loss::Square), (Gelu, Loss::CrossEntropy), (Erf, Loss::Square), (Sin, Loss::CrossEntropy)]
    {
        let mlp = Mlp::new(activation).depth(2).weight_variance(1.5).bias_variance(0.1);
        let network = Network::draw_shape(&mlp, 3, &[5, 4], 2, &mut Stream::new(8));
        let y = if loss == Loss::Square { y.clone() } else { shares(&y) };
        let direction = Stream::new(9).normals(network.parameters().len());
        let exact = network.hessian_times(loss, &x, &y, &direction);
        for at in (0..exact.len()).step_by(2) {
            let gradient = |h: f64| {
                let mut moved = network.clone();
                moved.parameters_mut().iter_mut().zip(&direction).for_each(|(p, v)| *p += h * v);
                loss.gradient(&moved, &x, &y)[at]
            };
            let expected = derivative(gradient);
            assert!(
                (exact[at] - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                "{activation:?} {at}: {} {expected}",
                exact[at]
            );
        }
    }
    // A model of layers knows its Hessian by differences alone.
    let layers = dense(1.4).bias(0.1) >> Tanh >> dense(1.0);
    let network = layers.draw(&x, 4, 2, &mut Stream::new(10));
    let direction = Stream::new(11).normals(network.parameters().len());
    let near = network.hessian_times(Loss::Square, &x, &y, &direction);
    for (at, near) in near.iter().enumerate() {
        let gradient = |h: f64| {
            let mut moved = network.clone();
            moved.parameters_mut().iter_mut().zip(&direction).for_each(|(p, v)| *p += h * v);
            Loss::Square.gradient(&moved, &x, &y)[at]
        };
        assert!((near - derivative(gradient)).abs() < 1e-7, "{at}");
    }
}

#[test]
fn sharpness_is_the_largest_eigenvalue_of_the_whole_hessian() {
    let (x, y) = data(8, 12);
    let mlp = Mlp::new(Tanh).depth(2).weight_variance(1.8).bias_variance(0.1);
    let network = Network::draw_shape(&mlp, 3, &[6, 5], 2, &mut Stream::new(13));
    let count = network.parameters().len();
    let columns: Vec<Vec<f64>> = (0..count)
        .map(|at| {
            let direction: Vec<f64> = (0..count).map(|k| if k == at { 1.0 } else { 0.0 }).collect();
            network.hessian_times(Loss::Square, &x, &y, &direction)
        })
        .collect();
    let hessian = Array2::from_shape_fn((count, count), |(i, j)| 0.5 * (columns[i][j] + columns[j][i]));
    let mut all = Eigen::of(&hessian).values.to_vec();
    all.sort_by(|a, b| b.total_cmp(a));
    let found = hessian_eigenvalues(&network, Loss::Square, &x, &y, 4);
    for (found, expected) in found.iter().zip(&all) {
        assert!((found - expected).abs() < 1e-6 * all[0], "{found} {expected}");
    }
    assert_eq!(
        sharpness(&network, Loss::Square, &x, &y).to_bits(),
        hessian_eigenvalues(&network, Loss::Square, &x, &y, 1)[0].to_bits()
    );
    let single = sharpness(&network.single(), Loss::Square, &x.mapv(|v| v as f32), &y.mapv(|v| v as f32));
    assert!((single / all[0] - 1.0).abs() < 1e-4, "{single}");
    // A linear model: the Hessian is X^T X / (N n) once for each output.
    let linear = Network::draw(&Mlp::new(Linear).depth(0), 3, 1, 2, &mut Stream::new(14));
    let with_one = Array2::from_shape_fn((8, 4), |(i, j)| if j < 3 { x[[i, j]] } else { 1.0 });
    let largest = Eigen::of(&(with_one.t().dot(&with_one) / 16.0)).values.iter().copied().fold(0.0, f64::max);
    assert!((sharpness(&linear, Loss::Square, &x, &y) - largest).abs() < 1e-9);
}

/// Two parameters that are themselves the output, whatever the input.
#[derive(Clone)]
struct Bare([f64; 2]);

impl Model for Bare {
    type Number = f64;
    fn parameters(&self) -> &[f64] {
        &self.0
    }
    fn parameters_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
    fn groups(&self) -> Vec<training::Group> {
        let rates = |gradient, adam| training::LayerRates { gradient, adam };
        vec![
            training::Group { range: 0..1, rates: rates(1.0, 1.0) },
            training::Group { range: 1..2, rates: rates(3.0, 0.5) },
        ]
    }
    fn outputs(&self, x: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn((x.nrows(), 2), |(_, j)| self.0[j])
    }
    fn pull_back(
        &self,
        x: &Array2<f64>,
        slope: &mut training::Slopes<f64>,
        _room: &mut training::Room<f64>,
    ) -> Vec<f64> {
        slope(&self.outputs(x)).sum_axis(Axis(0)).to_vec()
    }
}

#[test]
fn rules_follow_their_equations() {
    let gradients = [[1.0, -2.0], [0.5, 1.0], [-3.0, 0.25]];
    let run = |descent: Descent| {
        let mut course = descent.start(Bare([1.0, 2.0]));
        gradients.iter().for_each(|g| course.follow(g));
        assert_eq!(course.steps(), 3);
        course.model.0
    };
    let (eta, lambda, mu) = (0.1, 0.3, 0.8);
    let by_hand = |rates: [f64; 2], update: &mut dyn FnMut(usize, usize, f64) -> f64| {
        let mut theta = [1.0, 2.0];
        for (step, gradient) in gradients.iter().enumerate() {
            for at in 0..2 {
                theta[at] = (1.0 - eta * lambda) * theta[at] - eta * rates[at] * update(step, at, gradient[at]);
            }
        }
        theta
    };
    let plain = by_hand([1.0, 3.0], &mut |_, _, g| g);
    let mut v = [0.0; 2];
    let momentum = by_hand([1.0, 3.0], &mut |_, at, g| {
        v[at] = mu * v[at] + g;
        v[at]
    });
    let (mut m, mut s) = ([0.0; 2], [0.0; 2]);
    let adam = by_hand([1.0, 0.5], &mut |step, at, g| {
        m[at] = 0.9 * m[at] + 0.1 * g;
        s[at] = 0.999 * s[at] + 0.001 * g * g;
        let power = |b: f64| 1.0 - numeric::powi(b, step as u32 + 1);
        m[at] / power(0.9) / ((s[at] / power(0.999)).sqrt() + 1e-8)
    });
    let descent = Descent::new(eta).weight_decay(lambda);
    for (found, expected) in [(run(descent), plain), (run(descent.momentum(mu)), momentum), (run(descent.adam()), adam)]
    {
        for at in 0..2 {
            assert!((found[at] - expected[at]).abs() < 1e-14, "{found:?} {expected:?}");
        }
    }
}

#[test]
fn schedules_and_batches_do_what_they_say() {
    let descent = Descent::new(2.0).steps(100).cosine().warm_up(10);
    assert!((descent.rate_at(0) - 0.2).abs() < 1e-15);
    assert!((descent.rate_at(50) - 1.0).abs() < 1e-12 && descent.rate_at(99) < 1e-3 && descent.rate_at(10) > 1.9);
    assert_eq!(Descent::new(2.0).steps(10).schedule(|done| 1.0 - done).rate_at(5), 1.0);
    // Every example counts once in a pass: with rate 1 and targets of one unit each, the parameters tell the order.
    let (x, y) = (Array2::zeros((7, 1)), Array2::from_shape_fn((7, 2), |(i, _)| i as f64));
    let mut seen = Vec::new();
    let mut stream = Stream::new(1);
    let descent = Descent::new(2.0).batch(1).steps(14);
    descent.watch(Bare([0.0, 0.0]), &x, &y, &mut stream, |step, model| {
        // A rate of 2 on half the square of one of two outputs puts the first on its target.
        seen.push((step, model.0[0].round() as usize));
    });
    assert_eq!(seen.iter().map(|(step, _)| *step).collect::<Vec<_>>(), (0..=14).collect::<Vec<_>>());
    let pass = |range: std::ops::Range<usize>| {
        let mut pass: Vec<usize> = seen[range].iter().map(|(_, example)| *example).collect();
        pass.sort_unstable();
        pass
    };
    assert_eq!((pass(1..8), pass(8..15)), ((0..7).collect(), (0..7).collect()));
    assert_ne!(seen[1..8].iter().map(|s| s.1).collect::<Vec<_>>(), seen[8..15].iter().map(|s| s.1).collect::<Vec<_>>());
    // A batch of all examples is the whole.
    let all = Descent::new(0.5).steps(3);
    assert_eq!(all.batch(7).run(Bare([0.0; 2]), &x, &y, &mut stream).0, all.run(Bare([0.0; 2]), &x, &y, &mut stream).0);
}

#[test]
fn wide_networks_follow_their_kernel() {
    let mut stream = Stream::new(15);
    let (x, y) = (stream.normal_matrix(6, 4), stream.normal_matrix(6, 1));
    let mlp = Mlp::new(Tanh).depth(2).weight_variance(1.4).bias_variance(0.1);
    let errors: Vec<f64> = [256, 1024]
        .into_iter()
        .map(|width| {
            let gaps = Ensemble::new(mlp, width, 6, 16).map(4, |_, network, stream| {
                let network = network.parametrization(Parametrization::Ntk);
                let (start, kernel) = (network.forward(&x), network.ntk(&x));
                let dynamics = Dynamics::of(&kernel, &(&y - &start)).expect("a good kernel");
                // Discrete steps: no error of the flow enters.
                let trained = Descent::new(0.4).steps(60).run(network, &x, &y, stream);
                let expected = dynamics.train(Progress::Steps(60, 0.4)) + &start;
                (trained.forward(&x) - &expected).mapv(f64::abs).sum() / (expected - &start).mapv(f64::abs).sum()
            });
            mean(&gaps)
        })
        .collect();
    assert!(errors[1] < 0.03 && errors[0] / errors[1] > 1.7, "{errors:?}");
}

#[test]
fn training_does_not_depend_on_threads() {
    let (x, y) = data(300, 17);
    let first = y.column(0).to_owned().insert_axis(Axis(1));
    let images = Stream::new(20).normal_matrix(40, 9);
    let run = |threads: usize| {
        parallel::set_threads(threads);
        let ensemble = Ensemble::new(Mlp::critical(Relu).depth(2), 20, 3, 18);
        let trained = ensemble.map(3, |_, network, stream| {
            Descent::new(0.01).adam().batch(40).steps(20).run(network, &x, &first, stream)
        });
        let alone = Network::draw(&Mlp::critical(Tanh), 3, 20, 2, &mut Stream::new(19));
        let alone = Descent::new(0.1).steps(20).run(alone, &x, &y, &mut Stream::new(0));
        let layers = conv(2.0).size(3) >> Relu >> global_average_pool() >> dense(1.0);
        let network = layers.draw(&ndarray::Array4::<f64>::zeros((1, 3, 3, 1)), 4, 1, &mut Stream::new(21));
        let targets = images.sum_axis(Axis(1)).insert_axis(Axis(1));
        let network = Descent::new(0.1).momentum(0.9).steps(10).run(network, &images, &targets, &mut Stream::new(0));
        parallel::set_threads(0);
        (trained, alone, network)
    };
    let (one, many) = (run(1), run(3));
    assert!(one == many);
    assert!(one.0[0] != one.0[1]);
}

#[test]
fn single_precision_follows_double() {
    let (x, y) = data(20, 22);
    let network = Network::draw(&Mlp::critical(Gelu).depth(2), 3, 30, 2, &mut Stream::new(23));
    let narrow = |a: &Array2<f64>| a.mapv(|v| v as f32);
    let descent = Descent::new(0.05).adam().steps(30);
    let single = descent.run(network.single(), &narrow(&x), &narrow(&y), &mut Stream::new(0));
    let double = descent.run(network, &x, &y, &mut Stream::new(0));
    let gap = (single.forward(&narrow(&x)).mapv(f64::from) - double.forward(&x)).mapv(f64::abs);
    assert!(gap.iter().all(|gap| *gap < 1e-3) && gap.sum() > 0.0, "{gap}");
}

#[test]
fn pruning_keeps_the_largest() {
    let network = Network::draw_shape(&Mlp::new(Tanh).depth(1), 4, &[5], 3, &mut Stream::new(24));
    let keep = network.largest_weights(0.4, None);
    let weights: Vec<(f64, bool)> = (0..2)
        .flat_map(|layer| network.weights(layer).iter().map(|w| w.abs()).collect::<Vec<_>>())
        .zip([0..20, 25..40].into_iter().flatten().map(|at| keep[at]))
        .collect();
    let least = weights.iter().filter(|(_, keep)| *keep).map(|(w, _)| *w).fold(f64::INFINITY, f64::min);
    let most = weights.iter().filter(|(_, keep)| !keep).map(|(w, _)| *w).fold(0.0, f64::max);
    assert!(most < least && weights.iter().filter(|(_, keep)| *keep).count() == 14);
    assert!(keep[20..25].iter().chain(&keep[40..]).all(|keep| *keep), "biases stay");
    let again = network.largest_weights(0.5, Some(&keep));
    assert!(again.iter().zip(&keep).all(|(again, keep)| *keep || !*again));
    assert_eq!(again.iter().filter(|keep| **keep).count(), 7 + 8);
}

#[test]
fn pruned_weights_stay_zero() {
    let (x, y) = data(10, 25);
    let network = Network::draw(&Mlp::critical(Tanh).depth(2), 3, 8, 2, &mut Stream::new(26));
    let keep = network.largest_weights(0.6, None);
    for descent in [Descent::new(0.1).momentum(0.9), Descent::new(0.05).adam().weight_decay(0.1)] {
        let start = network.clone().pruned(&keep);
        let trained = descent.steps(20).run(start.clone(), &x, &y, &mut Stream::new(0));
        let pairs = trained.parameters().iter().zip(start.parameters());
        assert!(trained.parameters().iter().zip(&keep).all(|(parameter, keep)| *keep || *parameter == 0.0));
        // A neuron that nothing reads any more learns nothing either.
        let moved = pairs.filter(|(parameter, start)| parameter != start).count();
        let kept = keep.iter().filter(|keep| **keep).count();
        assert!(2 * moved > kept && moved <= kept, "{moved} of {kept}");
        let along = trained.hessian_times(Loss::Square, &x, &y, &vec![1.0; keep.len()]);
        assert!(along.iter().zip(&keep).all(|(h, keep)| *keep || *h == 0.0));
    }
}

#[test]
fn weight_decay_shrinks_all_parametrizations_alike() {
    let x = Array2::zeros((1, 3));
    for parametrization in [Parametrization::Standard, Parametrization::Ntk, Parametrization::MuP] {
        let network =
            Network::draw(&Mlp::critical(Tanh), 3, 8, 1, &mut Stream::new(27)).parametrization(parametrization);
        let (before, y) = (network.weight_norms(), network.forward(&x));
        // No error, no gradient: only the decay acts.
        let after = Descent::new(0.1).weight_decay(0.5).steps(1).run(network, &x, &y, &mut Stream::new(0));
        for (before, after) in before.iter().zip(after.weight_norms()) {
            assert!((after / before - 0.95).abs() < 1e-12);
        }
    }
}

/// Slopes in ln width of how much the second hidden layer and the output move in four steps, averaged over draws.
fn movements(parametrization: Parametrization, descent: Descent) -> [f64; 2] {
    // Wide enough that the first layer's part in the second's movement, n_0 / width, is small.
    let widths = [256, 512, 1024, 2048];
    let mut stream = Stream::new(28);
    let (x, y) = (stream.normal_matrix(16, 4), stream.normal_matrix(16, 1));
    let size = |a: &Array2<f64>| (a.mapv(|v| v * v).sum() / a.len() as f64).sqrt();
    let moved = widths.map(|width| {
        let all = Ensemble::new(Mlp::new(Tanh).depth(2), width, 3, 29).map(4, |_, network, stream| {
            let network = network.parametrization(parametrization);
            let before = network.preactivations(&x);
            let after = descent.steps(4).run(network, &x, &y, stream).preactivations(&x);
            [1, 2].map(|layer| size(&(&after[layer] - &before[layer])))
        });
        [0, 1].map(|at| mean(&all.iter().map(|moved| moved[at]).collect::<Vec<_>>()))
    });
    [0, 1].map(|at| log_log_slope(&widths, &moved.map(|moved| moved[at])))
}

#[test]
fn coordinates_move_as_each_parametrization_says() {
    use Parametrization::{MuP, Ntk, Standard};
    // Rates so small that changes are linear in them; with mean square loss the gradient of f is of order one.
    let (plain, adam) = (Descent::new(1e-4), Descent::new(1e-5).adam());
    // Yang et al.: under gradient descent the change of f grows as width, as 1, as 1; of the second layer as the root
    // of width, as one over the root, as 1.
    let cases = [
        (Standard, plain, [0.5, 1.0], 0.12),
        (Ntk, plain, [-0.5, 0.0], 0.12),
        (MuP, plain, [0.0, 0.0], 0.12),
        (MuP, adam, [0.0, 0.0], 0.12),
    ];
    for (parametrization, descent, expected, tolerance) in cases {
        let found = movements(parametrization, descent);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{parametrization:?} {descent:?}: {found} {expected}");
        }
    }
    let [hidden, output] = movements(Standard, adam);
    assert!(hidden > 0.6 && output > 1.0, "Adam in the standard parametrization: {hidden} {output}");
}

#[test]
fn a_large_output_scale_freezes_the_features() {
    let (x, y) = data(12, 30);
    let network = Network::draw(&Mlp::critical(Tanh).depth(2), 3, 60, 2, &mut Stream::new(31));
    let kernel = |network: &Network| gram(&network.features(&x)[1]);
    let drift = [1.0, 8.0, 64.0].map(|alpha: f64| {
        // Each learns the same change of its outputs; the scale is taken from the initial outputs, too.
        let scaled = network.clone().output_scale(alpha);
        assert!((scaled.forward(&x) - network.forward(&x) * alpha).mapv(f64::abs).sum() < 1e-11 * alpha);
        let target = scaled.forward(&x) + &y;
        let before = kernel(&scaled);
        let trained = Descent::new(0.2 / (alpha * alpha)).steps(300).run(scaled, &x, &target, &mut Stream::new(0));
        assert!(Loss::Square.of(&trained, &x, &target) < 0.5 * y.mapv(|v| v * v).sum() / (2.0 * y.len() as f64));
        (kernel(&trained) - &before).mapv(|v| v * v).sum().sqrt() / before.mapv(|v| v * v).sum().sqrt()
    });
    assert!(drift[0] / drift[1] > 4.0 && (drift[1] / drift[2] / 8.0 - 1.0).abs() < 0.2, "{drift:?}");
}
