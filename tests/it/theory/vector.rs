//! Functions of many numbers at once.

use theoria::theory::vector::*;
use theoria::theory::*;

/// Variances and covariances that meet every case: ordinary, zero, parallel, opposite, beyond by rounding.
fn pairs(n: usize) -> [Vec<f64>; 3] {
    let mut stream = Stream::new(5);
    let mut pairs = [
        vec![0.0, 0.0, 2.0, 2.0, 0.3, 0.3, 1.5],
        vec![0.0, 1.0, 2.0, 2.0, 0.3, 0.3, 0.7],
        vec![0.0, 0.0, 2.0, -2.0, 0.3 + 1e-16, -0.3 - 1e-16, 0.0],
    ];
    while pairs[0].len() < n {
        let (p, q) = (3.0 * stream.uniform(), 1e-3 + stream.uniform());
        let closeness = 1.0 - numeric::pow(10.0, -16.0 * stream.uniform());
        let rho = if pairs[0].len() % 2 == 0 { 2.0 * stream.uniform() - 1.0 } else { closeness };
        for (list, value) in pairs.iter_mut().zip([p, q, rho * (p * q).sqrt()]) {
            list.push(value);
        }
    }
    pairs
}

#[test]
fn vectorised_duals_agree_with_the_scalar_ones() {
    let [p, q, c] = pairs(20_001);
    let (mut value, mut slope) = (vec![0.0; c.len()], vec![0.0; c.len()]);
    for activation in [Relu, LeakyRelu(0.2), Abs, Linear] {
        homogeneous_duals(activation.slopes().expect("homogeneous"), &p, &q, &c, &mut value, &mut slope);
        for k in 0..c.len() {
            let dual = activation.dual(p[k], q[k], c[k]);
            let s = (p[k] * q[k]).sqrt();
            assert!((value[k] - dual.value).abs() <= 9e-16 * s, "{activation:?} {k}");
            // The angle opens as the square root of what rounding does to c: compare its square.
            let error = (value[k] - dual.value).abs();
            assert!((slope[k] - dual.slope).abs() <= 9e-16 || error <= 1e-15, "{activation:?} {k}");
        }
    }
}
