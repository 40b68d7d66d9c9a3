//! The two kinds of numbers that loops over many of them are written for: f64 and f32.

use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A floating-point number: f64 or f32.
/// Checked against: `every_set_of_instructions_gives_the_same_bits`.
pub trait Real:
    Copy
    + Debug
    + Display
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + ndarray::LinalgScalar
    + Into<f64>
    + crate::theory::product::sealed::Tiles
    + sealed::Real
{
}

impl Real for f64 {}
impl Real for f32 {}

pub(in crate::theory) mod sealed {
    /// What only the library needs of a number. All of it is exact or rounded once, save `exp` and the polynomial.
    /// Checked against: `slice_functions_keep_their_bounds`.
    pub trait Real: Sized {
        fn of(x: f64) -> Self;
        fn to_f64(self) -> f64;
        fn sqrt(self) -> Self;
        fn abs(self) -> Self;
        fn copysign(self, sign: Self) -> Self;
        fn finite(self) -> bool;
        /// The distance from 1 to the next number.
        fn epsilon() -> Self;
        /// x y + z, rounded once. By software, and slow, where the processor lacks it.
        fn fused(self, y: Self, z: Self) -> Self;
        /// e^x.
        fn exp(self) -> Self;
        /// tanh x.
        fn tanh(self) -> Self;
        /// (asin(sqrt w) / sqrt w - 1) / w for 0 <= w <= 1/4.
        fn arcsine_tail(w: Self) -> Self;
    }
}

/// c[0] + c[1] x + c[2] x^2 + ..., four terms at a time: (c0 + c1 x) + x^2 (c2 + c3 x) by blocks in powers of
/// x^4, which costs what Horner's scheme does and waits a quarter as long for results of its own.
#[inline(always)]
pub(in crate::theory) fn polynomial<T: Real, const TERMS: usize>(c: &[T; TERMS], x: T) -> T {
    let square = x * x;
    let fourth = square * square;
    let whole = (TERMS - 1) / 4 * 4;
    let mut sum = c[TERMS - 1];
    for k in (whole..TERMS - 1).rev() {
        sum = sum * x + c[k];
    }
    for block in (0..whole / 4).rev() {
        let k = 4 * block;
        sum = sum * fourth + ((c[k] + c[k + 1] * x) + square * (c[k + 2] + c[k + 3] * x));
    }
    sum
}

/// tanh x by its series x + x^3 P(x^2) for small x, and by 1 - 2 / (e^{2|x|} + 1) for others.
#[inline(always)]
fn tanh<T: Real, const TERMS: usize>(terms: &[T; TERMS], x: T) -> T {
    let (size, square, one) = (x.abs(), x * x, T::of(1.0));
    let near = size + size * square * polynomial(terms, square);
    let far = one - (one + one) / ((size + size).exp() + one);
    (if size < T::of(0.55) { near } else { far }).copysign(x)
}

/// What the two kinds of numbers have in common, word for word.
macro_rules! shared {
    () => {
        #[inline(always)]
        fn of(x: f64) -> Self {
            x as Self
        }
        #[inline(always)]
        fn to_f64(self) -> f64 {
            f64::from(self)
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            self.sqrt()
        }
        #[inline(always)]
        fn abs(self) -> Self {
            self.abs()
        }
        #[inline(always)]
        fn copysign(self, sign: Self) -> Self {
            self.copysign(sign)
        }
        #[inline(always)]
        #[expect(clippy::disallowed_methods, reason = "fused by definition, so the same bits everywhere")]
        fn fused(self, y: Self, z: Self) -> Self {
            self.mul_add(y, z)
        }
        #[inline(always)]
        fn epsilon() -> Self {
            Self::EPSILON
        }
        #[inline(always)]
        fn finite(self) -> bool {
            self.is_finite()
        }
    };
}

// The polynomials below are Chebyshev fits in 60 digits, within 10% of the smallest largest error.

impl sealed::Real for f64 {
    shared!();

    /// x = k ln 2 + r with |r| <= ln 2 / 2, Taylor's polynomial in r, and 2^k by its exponent bits, in two
    /// factors, because 2^k alone may be out of range where the result is not.
    #[inline(always)]
    fn exp(self) -> Self {
        /// 1.5 * 2^52: adding it rounds to a whole number, which then stands in the low bits.
        const ROUND: f64 = 6_755_399_441_055_744.0;
        const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
        const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
        let x = if self < -746.0 { -746.0 } else { self };
        let x = if x > 710.0 { 710.0 } else { x };
        let k = (x * std::f64::consts::LOG2_E + ROUND) - ROUND;
        let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
        let tail = polynomial(
            &[
                1.0 / 2.0,
                1.0 / 6.0,
                1.0 / 24.0,
                1.0 / 120.0,
                1.0 / 720.0,
                1.0 / 5_040.0,
                1.0 / 40_320.0,
                1.0 / 362_880.0,
                1.0 / 3_628_800.0,
                1.0 / 39_916_800.0,
                1.0 / 479_001_600.0,
                1.0 / 6_227_020_800.0,
            ],
            r,
        );
        let near_half = (k * 0.5 + ROUND) - ROUND;
        let power = |k: f64| f64::from_bits(((k + ROUND).to_bits() << 52).wrapping_add(1.0f64.to_bits()));
        (1.0 + (r + r * r * tail)) * power(near_half) * power(k - near_half)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        const TERMS: [f64; 11] = [
            -0.3333333333333333,
            0.13333333333332714,
            -0.053968253967434016,
            0.021869488493666944,
            -0.008863234397814355,
            0.003592110378689024,
            -0.001455661830100716,
            0.0005889360520074057,
            -0.0002346347410887237,
            8.511313685577672e-05,
            -2.060276537636634e-05,
        ];
        tanh(&TERMS, self)
    }

    /// To 2.4e-16.
    #[inline(always)]
    fn arcsine_tail(w: Self) -> Self {
        polynomial(
            &[
                0.1666666666666665,
                0.07500000000020764,
                0.044642857103423646,
                0.03038194736709848,
                0.02237204763174451,
                0.017355259955786323,
                0.013929652902326633,
                0.011875494382636922,
                0.0078029494773533175,
                0.01603551434914882,
                -0.010749050339697808,
                0.028169218060881414,
            ],
            w,
        )
    }
}

impl sealed::Real for f32 {
    shared!();

    /// As for f64.
    #[inline(always)]
    fn exp(self) -> Self {
        /// 1.5 * 2^23.
        const ROUND: f32 = 12_582_912.0;
        const LN_2_HIGH: f32 = 0.693_359_4;
        const LN_2_LOW: f32 = -2.121_944_4e-4;
        let x = if self < -104.0 { -104.0 } else { self };
        let x = if x > 89.0 { 89.0 } else { x };
        let k = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
        let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
        let tail = polynomial(&[1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0], r);
        let near_half = (k * 0.5 + ROUND) - ROUND;
        let power = |k: f32| f32::from_bits(((k + ROUND).to_bits() << 23).wrapping_add(1.0f32.to_bits()));
        (1.0 + (r + r * r * tail)) * power(near_half) * power(k - near_half)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        const TERMS: [f32; 8] = [
            -0.333_333_34,
            0.133_333_34,
            -0.053_968_254,
            0.021_869_488,
            -0.008_863_234,
            0.003_592_110_3,
            -0.001_455_661_8,
            0.000_588_936_05,
        ];
        tanh(&TERMS, self)
    }

    /// To 4.2e-9.
    #[inline(always)]
    fn arcsine_tail(w: Self) -> Self {
        polynomial(&[0.166_666_66, 0.075_000_94, 0.044_599_403, 0.031_100_662, 0.017_149_238, 0.033_690_847], w)
    }
}
