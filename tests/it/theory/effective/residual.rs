//! Residual networks at finite width.

use super::assert_close;
use theoria::theory::*;

/// Estimates of n E z_1 z_2^2 and n Cov(z_1^2, z_2^2) of the last layer, from a Markov chain: given the neurons z of
/// a layer, those of the next are independent N(gamma z_i, C_b + C_W mean sigma^2).
fn sampled(residual: &Residual, n: usize, members: usize, seed: u64, x2: f64) -> (Estimate, Estimate) {
    let Residual { mlp, skip } = *residual;
    let pairs = (n * (n - 1)) as f64;
    let draws = parallel::map_indexed(members, |m| {
        let mut stream = Stream::new(seed).split(m as u64);
        let first = (mlp.bias_variance + mlp.weight_variance * x2).sqrt();
        let mut z: Vec<f64> = stream.normals(n).iter().map(|u| first * u).collect();
        let spread = |z: &[f64]| {
            let mean: f64 = z.iter().map(|&z| numeric::powi(mlp.activation.value(z), 2)).sum::<f64>() / n as f64;
            mlp.bias_variance + mlp.weight_variance * mean
        };
        for _ in 1..mlp.depth {
            let deviation = spread(&z).sqrt();
            z.iter_mut().for_each(|z| *z = skip * *z + deviation * stream.normal());
        }
        // The last layer's own noise is averaged in closed form.
        let s = spread(&z);
        let means: Vec<f64> = z.iter().map(|z| skip * z).collect();
        let squares: Vec<f64> = means.iter().map(|m| s + m * m).collect();
        let (total, all): (f64, f64) = (means.iter().sum(), squares.iter().sum());
        let same: f64 = means.iter().zip(&squares).map(|(m, q)| m * q).sum();
        let own: f64 = squares.iter().map(|q| q * q).sum();
        ((total * all - same) / pairs, (all * all - own) / pairs, all / n as f64)
    });
    let centre = mean(&draws.iter().map(|d| d.2).collect::<Vec<_>>());
    let three: Vec<f64> = draws.iter().map(|d| n as f64 * d.0).collect();
    let four: Vec<f64> = draws.iter().map(|d| n as f64 * (d.1 - centre * (2.0 * d.2 - centre))).collect();
    (Estimate::of_mean(&three), Estimate::of_mean(&four))
}

#[test]
fn residual_vertices_follow_the_recursion() {
    // relu needs the three-point vertex: without it V would be 14.8.
    let gamma = 0.6f64;
    let kept = 1.0 - gamma * gamma;
    let relu = Residual::new(Mlp::new(Relu).weight_variance(2.0 * kept).depth(5), gamma);
    let x2 = 1.0 / (2.0 * kept);
    let layers = relu.layers(x2);
    let output = layers[5];
    assert!((output.kernel - 1.0).abs() < 1e-14);
    assert!((output.vertex - 23.28).abs() < 0.01, "{}", output.vertex);
    let (three, four) = sampled(&relu, 128, 30_000, 1, x2);
    assert!(
        (three.value - output.three_point).abs() < 4.0 * three.standard_error + 0.08 * output.three_point,
        "{three:?}"
    );
    assert!((four.value - output.vertex).abs() < 4.0 * four.standard_error + 0.08 * output.vertex, "{four:?}");
    // sigma^2 even: the closed form, exactly.
    for activation in [Linear, Abs] {
        let mlp = Mlp::new(activation).weight_variance(kept).depth(5);
        let residual = Residual::new(mlp, gamma);
        let output = residual.layers(1.0 / kept)[5];
        assert_close(output.vertex, 5.0 * residual.vertex_growth().expect("the variance is kept"), 1e-12);
        assert_eq!(output.three_point, 0.0);
    }
    // Without a skip it is the plain network; and an off-critical one with biases, by sampling.
    let plain = Mlp::new(Gelu).weight_variance(1.5).bias_variance(0.1).depth(4);
    for (ours, theirs) in Residual::new(plain, 0.0).layers(0.8).iter().zip(EffectiveTheory::new(plain).layers(0.8)) {
        assert_close(ours.vertex, theirs.vertex, 1e-14);
        assert_close(ours.kernel, theirs.kernel, 1e-14);
    }
    let skewed = Residual::new(Mlp::new(Gelu).weight_variance(0.9).bias_variance(0.1).depth(3), 0.8);
    let output = skewed.layers(1.0)[3];
    let (three, four) = sampled(&skewed, 128, 30_000, 2, 1.0);
    assert!(
        (three.value - output.three_point).abs() < 4.0 * three.standard_error + 0.08 * output.three_point,
        "{three:?}"
    );
    assert!(
        (four.value - output.vertex).abs() < 4.0 * four.standard_error + 0.08 * output.vertex,
        "{four:?} {output:?}"
    );
    assert_eq!(skewed.vertex_growth(), None);
}
