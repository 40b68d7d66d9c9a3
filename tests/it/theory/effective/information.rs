//! Entropy, mutual information and the aspect ratio.

use super::{assert_close, named};
use crate::theory::golden;
use theoria::theory::effective::{entropy, lognormal_entropy};
use theoria::theory::*;

#[test]
fn aspect_ratios_match_golden_values() {
    let file = golden::json("kernels/pdlt.json");
    for case in file["aspect_ratio"].as_array().expect("cases") {
        let nu = Criticality::of(named(&case["activation"]).expect("ours")).expect("critical").vertex_growth();
        let neurons = case["n_L"].as_u64().expect("a number") as usize;
        assert_close(optimal_aspect_ratio(nu, neurons), case["r_star"].as_f64().expect("r*"), 1e-12);
    }
    for (activation, expected) in [(Relu, 0.030769), (Gelu, 0.031370), (Linear, 0.076923), (Sin, 0.230769)] {
        let nu = Criticality::of(activation).expect("critical").vertex_growth();
        assert!((optimal_aspect_ratio(nu, 2) - expected).abs() < 1e-6, "{activation:?}");
    }
}

#[test]
fn the_aspect_ratio_is_where_the_truncated_information_turns_over() {
    for (nu, m1, m2) in [(5.0, 1, 1), (2.0 / 3.0, 4, 6)] {
        let best = optimal_aspect_ratio(nu, m1 + m2);
        let at = |r: f64| mutual_information(m1, m2, nu * r);
        assert!(at(best) > at(0.999 * best) && at(best) > at(1.001 * best));
    }
}

#[test]
fn the_truncated_information_agrees_with_the_exact_one_when_small() {
    let exact = lognormal_mutual_information(1, 1, 0.02);
    // By Simpson's rule over z and over |z|, in another program.
    assert!((exact - 4.694252e-5).abs() < 1e-11, "{exact}");
    assert!((mutual_information(1, 1, 0.02) - 0.125 * (4e-4 - 8e-6 * 26.0 / 6.0)).abs() < 1e-18);
    let v = |s: f64| numeric::exp_m1(s);
    assert!((mutual_information(1, 1, v(0.02)) - 4.6546e-5).abs() < 1e-9);
    // The rest is of fourth order: it falls by 16 when s is halved.
    for (m1, m2) in [(1, 1), (2, 3)] {
        let rest = |s: f64| lognormal_mutual_information(m1, m2, s) - mutual_information(m1, m2, v(s));
        let order = numeric::log2(rest(0.004) / rest(0.002));
        assert!((order - 4.0).abs() < 0.1, "{order}");
    }
}

#[test]
fn the_exact_information_rises_for_ever() {
    let values: Vec<f64> = (0..40).map(|k| lognormal_mutual_information(1, 1, 0.1 * f64::from(k))).collect();
    assert_eq!(values[0], 0.0);
    assert!(values.windows(2).all(|pair| pair[1] > pair[0]));
}

#[test]
fn the_entropy_is_the_second_order_of_the_exact_one() {
    for m in [1, 2, 5] {
        let gaussian = entropy(m, 1.0, 0.0);
        assert!((lognormal_entropy(m, 0.0) - gaussian).abs() < 1e-12, "{m}");
        assert!((entropy(m, 4.0, 0.0) - gaussian - m as f64 * numeric::ln(2.0)).abs() < 1e-12);
        let rest = |s: f64| lognormal_entropy(m, s) - entropy(m, 1.0, numeric::exp_m1(s));
        assert!((numeric::log2(rest(0.004) / rest(0.002)) - 3.0).abs() < 0.1, "{m}");
    }
}
