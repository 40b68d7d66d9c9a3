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
    + sealed::Real
    + 'static
{
}

impl Real for f64 {}
impl Real for f32 {}

pub(in crate::theory) mod sealed {
    /// What only the library needs of a number. All of it is exact or rounded once, save the polynomials.
    pub trait Real: Sized {
        fn of(x: f64) -> Self;
        fn to_f64(self) -> f64;
        fn sqrt(self) -> Self;
        fn abs(self) -> Self;
        fn copysign(self, sign: Self) -> Self;
        fn is_finite(self) -> bool;
        /// (asin(sqrt w) / sqrt w - 1) / w for 0 <= w <= 1/4.
        fn arcsine_tail(w: Self) -> Self;
    }
}

/// c[0] + c[1] x + c[2] x^2 + ..., by Horner's scheme.
macro_rules! horner {
    ($x:expr, $last:expr) => { $last };
    ($x:expr, $first:expr, $($rest:expr),+) => { $first + $x * horner!($x, $($rest),+) };
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
        fn is_finite(self) -> bool {
            self.is_finite()
        }
    };
}

// The polynomials below are Chebyshev fits in 60 digits, within 10% of the smallest largest error.

impl sealed::Real for f64 {
    shared!();

    /// To 2.4e-16.
    #[inline(always)]
    fn arcsine_tail(w: Self) -> Self {
        horner!(
            w,
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
            0.028169218060881414
        )
    }
}

impl sealed::Real for f32 {
    shared!();

    /// To 4.2e-9.
    #[inline(always)]
    fn arcsine_tail(w: Self) -> Self {
        horner!(w, 0.166666663, 0.0750009454, 0.0445994015, 0.0311006627, 0.0171492384, 0.0336908472)
    }
}
