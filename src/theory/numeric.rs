//! The one door for transcendental functions: crate `libm`, the same bits on every platform.
//!
//! The standard library forwards `exp`, `sin`, ... to the system's C library, whose last digits differ between
//! platforms; `clippy.toml` bans those methods. `f64::sqrt`, `abs`, `floor`, ... are exact everywhere and stay
//! allowed. Every function here is O(1) and accurate to about one unit in the last place; NaN in gives NaN out.
//! For many numbers at once there is [`vector`](super::vector).
//! Checked against: `tests/it/theory/numeric.rs`, identities and tabulated values.

/// e^x.
/// Source: FreeBSD msun by way of `libm`.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// e^x for -700 <= x <= 0, without a branch, so that a loop over many is vectorised by the compiler; accurate to
/// 2 units in the last place. Outside that range the result is meaningless. Method: x = k ln 2 + r with |r| <=
/// ln 2 / 2, Taylor's polynomial of degree 13 in r, exponent bits of 2^k. O(1).
/// Checked against: `the_vectorised_exponential_agrees_with_libm`.
#[must_use]
#[inline]
pub fn exp_of_negative(x: f64) -> f64 {
    /// 1.5 * 2^52: adding it rounds to a whole number, which then stands in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let [c13, c12, c11, c10, c9, c8, c7, c6, c5, c4, c3] = EXP_TAYLOR;
    // Even and odd powers apart: two short chains of operations, which the processor runs side by side.
    let r2 = r * r;
    let even = (((((c12 * r2 + c10) * r2 + c8) * r2 + c6) * r2 + c4) * r2 + 0.5) * r2;
    let odd = (((((c13 * r2 + c11) * r2 + c9) * r2 + c7) * r2 + c5) * r2 + c3) * r2 * r + r;
    let polynomial = 1.0 + (odd + even);
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    polynomial * power
}

/// 1/13!, 1/12!, ..., 1/3!
const EXP_TAYLOR: [f64; 11] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
];

/// e^x - 1 without cancellation near 0.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm; minus infinity at 0, NaN below.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x) without cancellation near 0.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm to base 10.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// Logarithm to base 2.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Sine of an angle in radians.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Tangent of an angle in radians.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Arcsine in radians, in [-pi/2, pi/2]; NaN outside [-1, 1].
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// Arccosine in radians, in [0, pi]; NaN outside [-1, 1]. Near 1 it amplifies rounding: prefer [`atan2`] of
/// (sin, cos).
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn acos(x: f64) -> f64 {
    libm::acos(x)
}

/// Arctangent in radians.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// Angle in radians, in (-pi, pi], of the point whose horizontal coordinate is `x` and vertical coordinate is
/// `y`.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Hyperbolic tangent.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Error function (2/sqrt(pi)) int_0^x e^{-t^2} dt.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// 1 - erf(x), without cancellation for large x.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// x^y for real y; NaN for a negative base with a fractional exponent.
/// Checked against: `numeric_functions_satisfy_their_identities`.
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

/// Length sqrt(x^2 + y^2) without overflow.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// The gamma function, the integral of t^(x-1) e^-t over t > 0; (n - 1)! at whole n.
/// Checked against: `numeric_functions_satisfy_their_identities`.
#[must_use]
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}
