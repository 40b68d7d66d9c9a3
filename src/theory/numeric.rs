//! The one door for transcendental functions: crate `libm`, the same bits on every platform.
//!
//! The standard library forwards `exp`, `sin`, ... to the system's C library, whose last digits differ between platforms;
//! `clippy.toml` bans those methods. `f64::sqrt`, `abs`, `floor`, ... are exact everywhere and stay allowed.
//! Every function here is O(1) and accurate to about one unit in the last place; NaN in gives NaN out.
//! Checked against: `tests/it/theory/numeric.rs`, identities and tabulated values.

/// e^x. Source: FreeBSD msun by way of `libm`. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// e^x - 1 without cancellation near 0. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm; minus infinity at 0, NaN below. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x) without cancellation near 0. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm to base 10. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// Logarithm to base 2. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Sine of an angle in radians. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Tangent of an angle in radians. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Arcsine in radians, in [-pi/2, pi/2]; NaN outside [-1, 1]. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// Arccosine in radians, in [0, pi]; NaN outside [-1, 1]. Near 1 it amplifies rounding: prefer [`atan2`] of (sin, cos).
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn acos(x: f64) -> f64 {
    libm::acos(x)
}

/// Arctangent in radians. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// Angle in radians, in (-pi, pi], of the point whose horizontal coordinate is `x` and vertical coordinate is `y`.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Hyperbolic tangent. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Error function (2/sqrt(pi)) int_0^x e^{-t^2} dt. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// 1 - erf(x), without cancellation for large x. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// x^y for real y; NaN for a negative base with a fractional exponent. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// x^n for a whole n >= 0 by repeated squaring (the standard `powi` promises no precision). O(log n).
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn powi(x: f64, n: u32) -> f64 {
    let (mut result, mut square, mut rest) = (1.0, x, n);
    while rest > 0 {
        if rest & 1 == 1 {
            result *= square;
        }
        square *= square;
        rest >>= 1;
    }
    result
}

/// Length sqrt(x^2 + y^2) without overflow. Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}
