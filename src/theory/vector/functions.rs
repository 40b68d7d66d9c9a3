//! Elementary functions of many numbers at once.

use super::instructions::{Loop, vectorised};
use super::real::{Real, polynomial};
use crate::theory::numeric;
use std::f64::consts::{FRAC_PI_2, PI};

/// A function of one number without branches, so that a loop over many becomes vectors.
trait Function<T>: Copy {
    fn of(self, x: T) -> T;
}

struct Map<'a, T, F> {
    function: F,
    values: &'a mut [T],
}

impl<T: Real, F: Function<T>> Loop for Map<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for value in self.values {
            *value = self.function.of(*value);
        }
    }
}

/// Declares a slice function by the formula for one f64; for f32 the same formula, rounded at the end.
macro_rules! function {
    ($(#[$doc:meta])* $visibility:vis $name:ident, $kind:ident, $formula:path) => {
        $(#[$doc])*
        $visibility fn $name<T: Real>(values: &mut [T]) {
            vectorised(Map { function: $kind, values });
        }

        #[derive(Clone, Copy)]
        struct $kind;

        impl<T: Real> Function<T> for $kind {
            #[inline(always)]
            fn of(self, x: T) -> T {
                T::of($formula(x.to_f64()))
            }
        }
    };
}

/// Every number x becomes e^x: 0 below the smallest number, infinite above the largest.
///
/// Error: below 2 units in the last place, subnormal results included. The same bits on every machine.
///
/// ```
/// use theoria::theory::*;
/// let mut x = [0.0, 1.0, -1.0f64];
/// vector::exp(&mut x);
/// assert_eq!(x[0], 1.0);
/// assert!((x[1] * x[2] - 1.0).abs() < 1e-15);
/// ```
/// Cost: O(n), about 1 nanosecond a number.
/// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
pub fn exp<T: Real>(values: &mut [T]) {
    vectorised(Map { function: Exponential, values });
}

#[derive(Clone, Copy)]
struct Exponential;

impl<T: Real> Function<T> for Exponential {
    #[inline(always)]
    fn of(self, x: T) -> T {
        x.exp()
    }
}

/// Every number becomes its hyperbolic tangent.
///
/// Error: below 2 units in the last place in f64, 4 in f32. The same bits on every machine.
/// Cost: O(n), about 2 nanoseconds a number in f64, half of one in f32.
/// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
pub fn tanh<T: Real>(values: &mut [T]) {
    vectorised(Map { function: HyperbolicTangent, values });
}

#[derive(Clone, Copy)]
struct HyperbolicTangent;

impl<T: Real> Function<T> for HyperbolicTangent {
    #[inline(always)]
    fn of(self, x: T) -> T {
        x.tanh()
    }
}

function! {
    /// Every number becomes its error function (2/sqrt(pi)) int_0^x e^{-t^2} dt.
    ///
    /// Error: below 2 units in the last place in f64, 1 in f32. The same bits on every machine.
    /// Cost: O(n), about 3 nanoseconds a number.
    /// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
    pub erf, ErrorFunction, erf_of
}

function! {
    /// Every number in [-1, 1] becomes its arcsine, in [-pi/2, pi/2]; another number NaN.
    ///
    /// Error: below 2 units in the last place in f64, 1 in f32. The same bits on every machine.
    /// Cost: O(n), about 2 nanoseconds a number.
    /// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
    pub asin, Arcsine, asin_of
}

function! {
    /// Every number in [-1, 1] becomes its arccosine, in [0, pi]; another number NaN. Near 1 it amplifies
    /// rounding: prefer [`atan2`] of (sin, cos).
    ///
    /// Error: below 2 units in the last place in f64, 1 in f32. The same bits on every machine.
    /// Cost: O(n), about 2 nanoseconds a number.
    /// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
    pub acos, Arccosine, acos_of
}

function! {
    /// Every positive number becomes its natural logarithm; 0 becomes minus infinity, a negative number NaN.
    ///
    /// Error: below 2 units in the last place in f64, 1 in f32. The same bits on every machine.
    /// Cost: O(n), about 2 nanoseconds a number.
    /// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
    pub ln, Logarithm, ln_of
}

function! {
    /// Every number, not negative, becomes its square root; a negative one NaN. Correctly rounded.
    /// Cost: O(n), about 1 nanosecond a number.
    /// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
    pub sqrt, Root, f64::sqrt
}

/// Every angle, in radians, becomes its sine.
///
/// Error: below 2 units in the last place in f64, 1 in f32. The same bits on every machine.
/// Cost: O(n), about 2 nanoseconds a number; beyond 100,000 as much as [`numeric::sin`].
/// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
pub fn sin<T: Real>(values: &mut [T]) {
    circular(values, 0.0, numeric::sin);
}

/// Every angle, in radians, becomes its cosine.
///
/// Error: below 2 units in the last place in f64, 1 in f32. The same bits on every machine.
/// Cost: O(n), about 2 nanoseconds a number; beyond 100,000 as much as [`numeric::cos`].
/// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
pub fn cos<T: Real>(values: &mut [T]) {
    circular(values, 1.0, numeric::cos);
}

/// The sine of every angle, `quarters` quarters of a turn ahead; angles too large for the quick reduction by the
/// scalar function.
fn circular<T: Real>(values: &mut [T], quarters: f64, scalar: impl Fn(f64) -> f64) {
    let places = values.iter().map(|x| x.to_f64()).enumerate();
    let far: Vec<(usize, f64)> = places.filter(|(_, x)| x.abs() > LARGEST_ANGLE).collect();
    vectorised(Map { function: Sine { quarters }, values });
    for (k, x) in far {
        values[k] = T::of(scalar(x));
    }
}

#[derive(Clone, Copy)]
struct Sine {
    quarters: f64,
}

impl<T: Real> Function<T> for Sine {
    #[inline(always)]
    fn of(self, x: T) -> T {
        T::of(sine_ahead(x.to_f64(), self.quarters))
    }
}

/// The angle of every point (x, y), in (-pi, pi]: each y becomes it. The angle between two inputs comes so
/// from its sine and cosine, without the loss of [`acos`] near 1.
///
/// Error: below 2 units in the last place in f64, 1 in f32; infinite coordinates give NaN. The same bits on every
/// machine.
/// Panics if the slices' lengths differ.
/// Cost: O(n), about 3 nanoseconds a number.
/// Checked against: `slice_functions_keep_their_bounds`, `every_set_of_instructions_gives_the_same_bits`.
#[track_caller]
pub fn atan2<T: Real>(y: &mut [T], x: &[T]) {
    assert!(y.len() == x.len(), "an angle needs two coordinates each; got {} y and {} x", y.len(), x.len());
    vectorised(Angles { y, x });
}

struct Angles<'a, T> {
    y: &'a mut [T],
    x: &'a [T],
}

impl<T: Real> Loop for Angles<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (y, x) in self.y.iter_mut().zip(self.x) {
            *y = T::of(atan2_of(y.to_f64(), x.to_f64()));
        }
    }
}

/// x = 2^k m with m in [sqrt(1/2), sqrt 2), and ln m = 2 artanh s = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1)/(m + 1).
#[inline(always)]
pub(in crate::theory) fn ln_of(x: f64) -> f64 {
    const TERMS: [f64; 11] = [
        1.0 / 3.0,
        1.0 / 5.0,
        1.0 / 7.0,
        1.0 / 9.0,
        1.0 / 11.0,
        1.0 / 13.0,
        1.0 / 15.0,
        1.0 / 17.0,
        1.0 / 19.0,
        1.0 / 21.0,
        1.0 / 23.0,
    ];
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    /// 2^52: or-ing a whole number into its low bits adds it.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let least = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let small = x < f64::MIN_POSITIVE;
    let scaled = if small { x * 18_014_398_509_481_984.0 } else { x };
    // The exponent counted from sqrt(1/2) on, plus 1023.
    let moved = scaled.to_bits().wrapping_add(1.0f64.to_bits() - least);
    let k = f64::from_bits(WHOLE.to_bits() | (moved >> 52)) - WHOLE - if small { 1077.0 } else { 1023.0 };
    let m = f64::from_bits((moved & 0x000f_ffff_ffff_ffff) + least);
    let f = m - 1.0;
    let s = f / (m + 1.0);
    let square = s * s;
    // ln m = f - s (f - 2 s^2 (1/3 + s^2/5 + ...)): what is rounded is small beside f.
    let tail = s * (f - 2.0 * square * polynomial(&TERMS, square));
    let value = k * LN_2_HIGH + (f - (tail - k * LN_2_LOW));
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    let value = if x < 0.0 { f64::NAN } else { value };
    // Infinity and NaN stay what they are.
    if x < f64::INFINITY { value } else { x }
}

/// |x| < 1: x + x P(x^2). Above: 1 - e^{-x^2} Q(t), t = (|x| - 2)/(|x| + 2), and 1 beyond 6.
#[inline(always)]
fn erf_of(x: f64) -> f64 {
    const NEAR: [f64; 13] = [
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954879,
        -0.026866170645076792,
        0.0052239776248180145,
        -0.000854832698083379,
        0.0001205533111164271,
        -1.4925595266831182e-05,
        1.6461000484121368e-06,
        -1.6350312701054695e-07,
        1.4659775274047436e-08,
        -1.1372848856791674e-09,
        5.957176147748911e-11,
    ];
    const FAR: [f64; 16] = [
        0.2553956763105057,
        -0.4271858474139585,
        0.24165819424248794,
        -0.07897858101571892,
        0.0037328924016276385,
        0.006997461739660684,
        -0.0008471431222223358,
        -0.0009819771260942706,
        4.355265509352536e-05,
        0.0001743649947360753,
        2.7560087768788772e-05,
        -2.7642249389671116e-05,
        -1.4163103070308219e-05,
        1.8622047610105483e-06,
        4.134338421489735e-06,
        -2.1448316077469165e-07,
    ];
    let size = x.abs();
    let square = x * x;
    let near = size + size * polynomial(&NEAR, square);
    let cut = if size < 6.0 { size } else { 6.0 };
    let tail = super::real::sealed::Real::exp(-(cut * cut)) * polynomial(&FAR, (cut - 2.0) / (cut + 2.0));
    let far = if size > 6.0 { 1.0 } else { 1.0 - tail };
    let value = if size < 1.0 { near } else { far };
    // A comparison with NaN is false: let it through.
    if size <= f64::INFINITY { value.copysign(x) } else { x }
}

/// x + x^3 P(x^2) below 1/2; above pi/2 - 2 (z + z^3 P(z^2)), z = sqrt((1 - x)/2).
#[inline(always)]
fn asin_of(x: f64) -> f64 {
    let size = x.abs();
    let low = size < 0.5;
    let square = if low { size * size } else { 0.5 * (1.0 - size) };
    let z = if low { size } else { square.sqrt() };
    let tail = z * square * super::real::sealed::Real::arcsine_tail(square);
    let high = FRAC_PI_2 - (2.0 * z + (2.0 * tail - PI_2_LOW));
    (if low { z + tail } else { high }).copysign(x)
}

/// pi/2 - (x + x^3 P(x^2)) below 1/2; above 2 (z + z^3 P(z^2)), z = sqrt((1 - |x|)/2), or pi less that.
#[inline(always)]
fn acos_of(x: f64) -> f64 {
    let size = x.abs();
    let low = size < 0.5;
    let square = if low { size * size } else { 0.5 * (1.0 - size) };
    let z = if low { size } else { square.sqrt() };
    let tail = z * square * super::real::sealed::Real::arcsine_tail(square);
    let middle = FRAC_PI_2 - ((z + tail).copysign(x) - PI_2_LOW);
    let twice = 2.0 * (z + tail);
    let outer = if x > 0.0 { twice } else { PI - (twice - 2.0 * PI_2_LOW) };
    if low { middle } else { outer }
}

/// pi/2 beyond [`FRAC_PI_2`].
const PI_2_LOW: f64 = 6.123_233_995_736_766e-17;

/// With t = small / large of |x|, |y|: arctan(t) is z + z^3 P(z^2) of z = t below tan(pi/8), and pi/4 more of z =
/// (t - 1)/(t + 1) above, so of one quotient in either case; the octants by symmetry.
#[inline(always)]
fn atan2_of(y: f64, x: f64) -> f64 {
    const TERMS: [f64; 11] = [
        -0.3333333333333333,
        0.19999999999995516,
        -0.14285714284665682,
        0.11111111015187018,
        -0.0909090457530649,
        0.07692183125376892,
        -0.06664510525508936,
        0.05858140904866328,
        -0.050854078345894844,
        0.03923044778479309,
        -0.019175404711104935,
    ];
    let (width, height) = (x.abs(), y.abs());
    let steep = height > width;
    let (small, large) = if steep { (width, height) } else { (height, width) };
    let beyond = small > 0.414_213_562_373_095_1 * large;
    let (numerator, denominator) = if beyond { (small - large, small + large) } else { (small, large) };
    let z = if large > 0.0 { numerator / denominator } else { numerator };
    let square = z * z;
    let tail = z * square * polynomial(&TERMS, square);
    // The angle is pi/4 times `eighths`, plus or minus z and its tail.
    let eighths = if beyond { 1.0 } else { 0.0 };
    let (eighths, sign) = if steep { (2.0 - eighths, -1.0) } else { (eighths, 1.0) };
    let behind = x.is_sign_negative();
    let (eighths, sign) = if behind { (4.0 - eighths, -sign) } else { (eighths, sign) };
    let low = 0.5 * PI_2_LOW * eighths;
    (0.5 * FRAC_PI_2 * eighths + (sign * z + (sign * tail + low))).copysign(y)
}

/// Beyond it the reduction by three parts of pi/2 is no longer exact enough.
const LARGEST_ANGLE: f64 = 1e5;

/// sin(x + quarters pi/2): x = k pi/2 + r with |r| <= pi/4 and pi/2 in three parts, then the series of sine or
/// cosine in r by the parity of k.
#[inline(always)]
pub(in crate::theory) fn sine_ahead(x: f64, quarters: f64) -> f64 {
    /// 1.5 * 2^52: adding it rounds to a whole number, which then stands in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// pi/2 in parts of 33 bits: their products with k are exact.
    const PARTS: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21];
    const SINE: [f64; 6] = [
        -0.16666666666666666,
        0.008333333333330946,
        -0.0001984126983675497,
        2.755731610068303e-06,
        -2.5051131455427946e-08,
        1.591810123027412e-10,
    ];
    const COSINE: [f64; 6] = [
        0.041666666666666664,
        -0.0013888888888887395,
        2.4801587298763433e-05,
        -2.7557317270560326e-07,
        2.0876146024689747e-09,
        -1.1382614868556325e-11,
    ];
    let k = (x * std::f64::consts::FRAC_2_PI + ROUND) - ROUND;
    let first = x - k * PARTS[0];
    let second = first - k * PARTS[1];
    let lost = (first - second) - k * PARTS[1];
    let third = k * PARTS[2];
    let r = second - third;
    let low = lost + ((second - r) - third);
    let square = r * r;
    let sine = r + (r * square * polynomial(&SINE, square) + low * (1.0 - 0.5 * square));
    let half = 0.5 * square;
    let near = 1.0 - half;
    let cosine = near + (((1.0 - near) - half) + (square * square * polynomial(&COSINE, square) - r * low));
    let turn = (k + quarters + ROUND).to_bits();
    let value = if turn & 1 == 1 { cosine } else { sine };
    // The second bit of the quarter is the sign.
    f64::from_bits(value.to_bits() ^ ((turn & 2) << 62))
}
