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

/// The double after x is so much larger: one unit in the last place.
fn ulp(x: f64) -> f64 {
    let x = x.abs().max(f64::MIN_POSITIVE);
    f64::from_bits(x.to_bits() + 1) - x
}

/// Arguments of a function: its whole range on a grid, random ones of every magnitude, and edges.
fn arguments(most: f64) -> Vec<f64> {
    let mut stream = Stream::new(12);
    let mut all = vec![0.0, -0.0, 1e-300, -5e-324, 0.5, -0.5, 1.0, -1.0, 0.55, most, -most];
    all.extend((0..200_001).map(|k| most * (f64::from(k) / 1e5 - 1.0)));
    all.extend((0..100_000).map(|_| most * (2.0 * stream.uniform() - 1.0)));
    all.extend((0..50_000).map(|_| most * numeric::exp(-40.0 * stream.uniform())));
    all.retain(|x| x.abs() <= most);
    all
}

/// A slice function against the scalar one, which is itself within a unit: the largest difference, in units.
fn worst(most: f64, function: impl Fn(&mut [f64]), scalar: impl Fn(f64) -> f64) -> f64 {
    let x = arguments(most);
    let mut y = x.clone();
    function(&mut y);
    x.iter().zip(&y).map(|(&x, y)| (y - scalar(x)).abs() / ulp(scalar(x))).fold(0.0, f64::max)
}

/// The same in f32 against f64, so to the last bit but half a unit.
fn worst_single(most: f64, function: impl Fn(&mut [f32]), scalar: impl Fn(f64) -> f64) -> f64 {
    let x: Vec<f32> = arguments(most).iter().map(|&x| x as f32).collect();
    let mut y = x.clone();
    function(&mut y);
    let unit = |x: f64| {
        let x = (x.abs() as f32).max(f32::MIN_POSITIVE);
        f64::from(f32::from_bits(x.to_bits() + 1) - x)
    };
    x.iter()
        .zip(&y)
        .map(|(&x, &y)| (f64::from(x), f64::from(y)))
        .map(|(x, y)| (y - scalar(x)).abs() / unit(scalar(x)))
        .fold(0.0, f64::max)
}

#[test]
fn slice_functions_keep_their_bounds() {
    use theoria::theory::vector as v;
    type Row = (&'static str, f64, fn(&mut [f64]), fn(&mut [f32]), fn(f64) -> f64);
    let rows: [Row; 7] = [
        ("exp", 700.0, v::exp, v::exp, numeric::exp),
        ("tanh", 22.0, v::tanh, v::tanh, numeric::tanh),
        ("erf", 6.5, v::erf, v::erf, numeric::erf),
        ("asin", 1.0, v::asin, v::asin, numeric::asin),
        ("acos", 1.0, v::acos, v::acos, numeric::acos),
        ("sin", 1e5, v::sin, v::sin, numeric::sin),
        ("cos", 1e5, v::cos, v::cos, numeric::cos),
    ];
    for (name, most, double, single, scalar) in rows {
        for most in [most, most / 20.0] {
            let units = worst(most, double, scalar);
            assert!(units <= 2.0, "{name} to {most}: {units} units");
            let most = if name == "exp" { most / 8.0 } else { most };
            let units = worst_single(most, single, scalar);
            let bound = if name == "exp" { 2.0 } else { 1.0 };
            let bound = if name == "tanh" { 4.0 } else { bound };
            assert!(units <= bound, "{name} in f32 to {most}: {units} units");
        }
    }
    let mut edges = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, -744.0];
    v::exp(&mut edges);
    assert!(edges[0].is_nan() && edges[1..5] == [f64::INFINITY, 0.0, f64::INFINITY, 0.0], "{edges:?}");
    assert_eq!(edges[5], numeric::exp(-744.0));
    let units = worst(1e8, |x| (x.iter_mut().for_each(|x| *x = x.abs()), v::ln(x)).1, |x| numeric::ln(x.abs()));
    assert!(units <= 2.0, "ln: {units} units");
    let units = worst_single(1e8, |x| (x.iter_mut().for_each(|x| *x = x.abs()), v::ln(x)).1, |x| numeric::ln(x.abs()));
    assert!(units <= 1.0, "ln in f32: {units} units");
    let mut edges = [0.0, f64::INFINITY, -1.0, f64::NAN, 5e-324, f64::MAX, 1.0];
    v::ln(&mut edges);
    assert!(edges[..2] == [f64::NEG_INFINITY, f64::INFINITY] && edges[2].is_nan() && edges[3].is_nan(), "{edges:?}");
    assert_eq!(edges[4..], [numeric::ln(5e-324), numeric::ln(f64::MAX), 0.0]);
    for (function, end) in [(v::tanh as fn(&mut [f64]), 1.0), (v::erf, 1.0)] {
        let mut edges = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 40.0, -0.0];
        function(&mut edges);
        assert!(edges[0].is_nan() && edges[1..4] == [end, -end, end] && edges[4].is_sign_negative());
    }
    let mut edges = [f64::NAN, 1.5, 1e300, -1e17];
    v::asin(&mut edges[..2]);
    v::sin(&mut edges[2..]);
    assert!(edges[0].is_nan() && edges[1].is_nan());
    assert_eq!(edges[2..], [numeric::sin(1e300), numeric::sin(-1e17)]);
}

#[test]
fn the_angle_of_a_point_keeps_its_bound() {
    let mut stream = Stream::new(13);
    let mut far = |_| numeric::exp(60.0 * (stream.uniform() - 0.5)) * if stream.uniform() < 0.5 { -1.0 } else { 1.0 };
    let mut points: Vec<(f64, f64)> = (0..100_000).map(|k| (far(k), far(k))).collect();
    points.extend((0..50_000).map(|k| (numeric::sin(1e-4 * f64::from(k)), numeric::cos(1e-4 * f64::from(k)))));
    points.extend([(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (-1.0, -1.0)]);
    let (mut y, x): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    atan2(&mut y, &x);
    for (&(b, a), angle) in points.iter().zip(&y) {
        let exact = numeric::atan2(b, a);
        assert!((angle - exact).abs() <= 2.0 * ulp(exact), "{b} {a}: {angle} and {exact}");
    }
}

#[test]
fn every_set_of_instructions_gives_the_same_bits() {
    use theoria::theory::vector as v;
    let functions: [fn(&mut [f64]); 8] = [v::exp, v::tanh, v::erf, v::asin, v::acos, v::sin, v::cos, v::sqrt];
    let singles: [fn(&mut [f32]); 8] = [v::exp, v::tanh, v::erf, v::asin, v::acos, v::sin, v::cos, v::sqrt];
    // What is not a number may be so in several ways.
    let bits_of = |x: f64| if x.is_nan() { 1 } else { x.to_bits() };
    let all = || {
        let [p, q, c] = pairs(5_001);
        let mut bits = Vec::new();
        for most in [1.0, 30.0, 1000.0] {
            let x: Vec<f64> = arguments(most).into_iter().step_by(17).collect();
            for (double, single) in functions.iter().zip(&singles) {
                let (mut y, mut z) = (x.clone(), x.iter().map(|&x| x as f32).collect::<Vec<_>>());
                double(&mut y);
                single(&mut z);
                bits.extend(y.iter().copied().map(bits_of));
                bits.extend(z.iter().map(|&z| bits_of(f64::from(z))));
            }
        }
        let (mut value, mut slope, mut angle) = (vec![0.0; c.len()], vec![0.0; c.len()], p.clone());
        homogeneous_duals((0.2, 1.0), &p, &q, &c, &mut value, &mut slope);
        v::atan2(&mut angle, &c);
        bits.extend(value.iter().chain(&slope).chain(&angle).copied().map(bits_of));
        for activation in [Relu, Erf, Sin, Gelu] {
            let known =
                duals_between(activation, &p[..30], &q[..100], &c[..3000], &mut value[..3000], &mut slope[..3000]);
            assert!(known);
            bits.extend(value.iter().chain(&slope).copied().map(bits_of));
        }
        bits
    };
    let best = instructions();
    let expected = all();
    for limit in [Instructions::Baseline, Instructions::Avx2, Instructions::Avx512] {
        limit_instructions(Some(limit));
        assert!(instructions() <= limit);
        assert!(all() == expected, "{limit:?} and {best:?} differ");
    }
    limit_instructions(None);
    assert_eq!(instructions(), best);
}
