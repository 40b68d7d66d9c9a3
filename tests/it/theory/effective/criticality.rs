//! Critical points, universality classes, fixed points and depth scales.

use super::{assert_close, named};
use crate::theory::golden;
use theoria::theory::effective::NotCritical;
use theoria::theory::*;

#[test]
fn criticality_matches_golden_values() {
    let file = golden::json("kernels/pdlt.json");
    let mut checked = 0;
    for case in file["critical"].as_array().expect("cases") {
        let Some(activation) = named(&case["activation"]) else { continue };
        let critical = Criticality::of(activation).expect("a critical point");
        assert_close(critical.bias_variance, case["C_b"].as_f64().expect("C_b"), 1e-10);
        assert_close(critical.weight_variance, case["C_W"].as_f64().expect("C_W"), 1e-10);
        assert_close(critical.vertex_growth(), case["nu"].as_f64().expect("nu"), 1e-9);
        match critical.class {
            Universality::ScaleInvariant { .. } => assert_eq!(case["universality_class"], "scale-invariant"),
            Universality::ZeroKernel { a1, b1 } => {
                assert_eq!(case["universality_class"], "K*=0");
                assert_close(a1, case["a1"].as_f64().expect("a1"), 1e-9);
                assert_close(b1, case["b1"].as_f64().expect("b1"), 1e-9);
            }
            Universality::HalfStable { kernel, .. } => {
                assert_close(kernel, case["K_star"].as_f64().expect("K_star"), 1e-9);
            }
        }
        checked += 1;
    }
    assert!(checked >= 2);
}

#[test]
fn every_class_is_recognised() {
    for (activation, a2, a4) in
        [(Relu, 0.5, 0.5), (Linear, 1.0, 1.0), (Abs, 1.0, 1.0), (LeakyRelu(0.1), 0.505, 0.50005)]
    {
        let critical = Criticality::of(activation).expect("scale-invariant");
        let Universality::ScaleInvariant { a2: ours, a4: fourth } = critical.class else { panic!("{critical:?}") };
        assert_close(ours, a2, 1e-14);
        assert_close(fourth, a4, 1e-14);
        assert_eq!((critical.mlp(), critical.bias_variance), (Mlp::critical(activation), 0.0));
    }
    assert_close(Criticality::of(LeakyRelu(0.1)).expect("scale-invariant").weight_variance, 1.98019802, 1e-8);
    for (activation, slope, curl) in [(Tanh, 1.0, -2.0), (Sin, 1.0, -1.0), (Erf, 4.0 / std::f64::consts::PI, -2.0)] {
        let critical = Criticality::of(activation).expect("K* = 0");
        let Universality::ZeroKernel { a1, b1 } = critical.class else { panic!("{critical:?}") };
        assert_close(critical.weight_variance, 1.0 / slope, 1e-14);
        assert_close(a1, curl, 1e-9);
        assert_close(b1, curl, 1e-9);
        assert_close(critical.perpendicular_exponent(), 1.0, 1e-9);
    }
    let gelu = Criticality::of(Gelu).expect("half-stable");
    let Universality::HalfStable { kernel, bend, .. } = gelu.class else { panic!("{gelu:?}") };
    assert_close(kernel, 3.5615528128088, 1e-12);
    assert_close(gelu.weight_variance, 1.9830582574375475, 1e-12);
    assert_close(gelu.bias_variance, 0.17292239075606686, 1e-11);
    assert!((bend + 1.44e-4).abs() < 1e-6);
    assert!((gelu.vertex_growth() - 4.904226).abs() < 1e-6);
}

#[test]
fn activations_without_criticality_are_refused() {
    assert!(Criticality::of(LeakyRelu(f64::NAN)).is_err());
    let none: Box<dyn std::error::Error> = Box::new(NotCritical::NoFixedPoint(Tanh));
    assert!(none.to_string().contains("no critical initialisation"));
    let Err(error) = Mlp::edge_of_chaos(Relu, 0.1) else { panic!("a relu network with biases has no fixed point") };
    assert_eq!(error, NotCritical::NoFixedPoint(Relu));
}

#[test]
fn the_kernel_decays_with_its_exponent() {
    // l K at l = 2000 within 0.5 percent of 1 / -a1.
    for (activation, limit) in [(Tanh, 0.5), (Sin, 1.0), (Erf, 0.5)] {
        let critical = Criticality::of(activation).expect("K* = 0");
        let mlp = critical.mlp().depth(1999).learning_rates(0.0, 1.0);
        let layer = EffectiveTheory::new(mlp).output(critical.input_of(1.0));
        assert!((layer.kernel * 2000.0 / limit - 1.0).abs() < 5e-3, "{activation:?}: {}", layer.kernel * 2000.0);
        assert!((2000.0 * (1.0 - layer.chi_parallel) / critical.parallel_exponent() - 1.0).abs() < 5e-3);
        assert!((2000.0 * (1.0 - layer.chi_perpendicular) / critical.perpendicular_exponent() - 1.0).abs() < 5e-3);
    }
    // gelu falls to K* from above as -1 / (bend l); the coefficient is small, so look at the map close by.
    let gelu = Criticality::of(Gelu).expect("half-stable");
    let Universality::HalfStable { kernel, bend, tilt } = gelu.class else { panic!("gelu is half-stable") };
    let mlp = gelu.mlp();
    let off = 0.05;
    let step = 0.5 * (mlp.variance_map(kernel + off) + mlp.variance_map(kernel - off)) - kernel;
    assert!((step / (bend * off * off) - 1.0).abs() < 0.01, "{step}");
    let chi = 0.5 * (mlp.susceptibility(kernel + off) - mlp.susceptibility(kernel - off));
    assert!((chi / (tilt * off) - 1.0).abs() < 0.01);
    assert_close(gelu.perpendicular_exponent(), tilt / bend, 1e-14);
    for activation in [Relu, Abs] {
        let critical = Criticality::of(activation).expect("scale-invariant");
        assert_eq!((critical.perpendicular_exponent(), critical.parallel_exponent()), (0.0, 0.0));
    }
}

#[test]
fn the_parallel_susceptibility_is_the_slope_of_the_variance_map() {
    for activation in [Relu, LeakyRelu(0.2), Abs, Linear, Erf, Sin, Gelu, Tanh] {
        let mlp = Mlp::new(activation).weight_variance(1.3).bias_variance(0.1);
        for k in [0.02, 1.0, 9.0] {
            let h = 1e-4 * k;
            let slope = (mlp.variance_map(k + h) - mlp.variance_map(k - h)) / (2.0 * h);
            assert!((mlp.parallel_susceptibility(k) - slope).abs() < 1e-7, "{activation:?} at {k}");
        }
    }
}

#[test]
fn fixed_points_of_tanh_match_tabulated_values() {
    let at = |c_w: f64, c_b: f64| Mlp::new(Tanh).weight_variance(c_w).bias_variance(c_b);
    let chaotic = at(2.5, 0.05);
    for start in [1e-4, 0.5, 3.0, 40.0] {
        let point = chaotic.fixed_point(start).expect("tanh is bounded");
        assert_close(point.kernel, 1.063958377416812, 1e-12);
        assert_close(point.chi_perpendicular, 1.133515698704272, 1e-12);
        assert!(point.chi_parallel < 1.0);
    }
    let correlation = chaotic.correlation_fixed_point(1.063958377416812);
    assert!((correlation.correlation - 0.446804232).abs() < 1e-9);
    assert!((depth_scale(correlation.slope) - 11.7956).abs() < 1e-4);
    let ordered = at(1.3, 0.05).fixed_point(1.0).expect("tanh is bounded");
    assert_close(ordered.kernel, 0.315316477485291, 1e-12);
    assert!((depth_scale(ordered.chi_perpendicular) - 7.83407).abs() < 1e-5);
    assert_eq!(at(1.3, 0.05).correlation_fixed_point(ordered.kernel).correlation, 1.0);
    for (c_b, c_w, k) in [(0.05, 1.760954639606736, Some(0.570047881640761)), (0.3, 2.505127189679765, None)] {
        let edge = Mlp::edge_of_chaos(Tanh, c_b).expect("tanh has an edge");
        assert_close(edge.weight_variance, c_w, 1e-12);
        let point = edge.fixed_point(1.0).expect("tanh is bounded");
        assert_close(point.chi_perpendicular, 1.0, 1e-12);
        if let Some(k) = k {
            assert_close(point.kernel, k, 1e-12);
        }
    }
    // No biases: order ends in K* = 0, chaos has uncorrelated outputs.
    assert_eq!(at(0.9, 0.0).fixed_point(1.0).expect("tanh is bounded").kernel, 0.0);
    assert_eq!(Mlp::edge_of_chaos(Tanh, 0.0).expect("tanh has an edge"), Mlp::critical(Tanh));
    let free = at(2.0, 0.0);
    let point = free.fixed_point(1.0).expect("tanh is bounded");
    assert_eq!(free.correlation_fixed_point(point.kernel).correlation, 0.0);
    assert_eq!(depth_scale(1.0), f64::INFINITY);
}

#[test]
fn a_growing_variance_has_no_fixed_point() {
    let error = Mlp::new(Relu).weight_variance(2.2).fixed_point(1.0).expect_err("it grows");
    assert!(error.to_string().contains("grows without bound"), "{error}");
    // A critical relu network keeps any variance, one below criticality loses it.
    assert_eq!(Mlp::critical(Relu).fixed_point(0.7).expect("kept").kernel, 0.7);
    assert_eq!(Mlp::new(Relu).weight_variance(1.8).fixed_point(1.0).expect("lost").kernel, 0.0);
    let steady = Mlp::new(Relu).weight_variance(1.8).bias_variance(0.3).fixed_point(1.0).expect("kept");
    assert_close(steady.kernel, 3.0, 1e-12);
}

#[test]
fn swish_is_half_stable_and_others_have_no_critical_point() {
    let swish = Criticality::of(Swish).expect("half-stable");
    let Universality::HalfStable { kernel, bend, .. } = swish.class else { panic!("{swish:?}") };
    assert_close(kernel, 14.320173618025855, 1e-11);
    assert_close(swish.weight_variance, 1.9880046782694918, 1e-12);
    assert_close(swish.bias_variance, 0.5551431707215304, 1e-11);
    assert!((bend - 2.85e-6).abs() < 1e-8);
    assert!((swish.vertex_growth() - 4.923187).abs() < 1e-6);
    for activation in [Sigmoid, Softplus] {
        assert_eq!(Criticality::of(activation), Err(NotCritical::NoFixedPoint(activation)));
    }
}
