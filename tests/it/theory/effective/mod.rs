//! The effective theory at order 1/n: recursion, criticality, finite networks, information.

mod criticality;
mod finite;
mod information;
mod recursion;
mod residual;

use serde_json::Value;
use theoria::theory::*;

/// The activation that a golden file names, if we have it.
fn named(value: &Value) -> Option<Activation> {
    let name = value["name"].as_str().or_else(|| value.as_str())?;
    Some(match name {
        "relu" => Relu,
        "leaky_relu" => LeakyRelu(value["alpha"].as_f64()?),
        "abs" => Abs,
        "linear" => Linear,
        "erf" => Erf,
        "sin" => Sin,
        "gelu" => Gelu,
        "tanh" => Tanh,
        _ => return None,
    })
}

#[track_caller]
fn assert_close(ours: f64, expected: f64, relative: f64) {
    let allowed = relative * expected.abs().max(1e-3);
    assert!((ours - expected).abs() <= allowed, "{ours} is not {expected}");
}
