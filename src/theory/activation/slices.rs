//! Activations of many numbers at once.

use super::Activation::{self, Cos, Erf, Gelu, Sigmoid, Sin, Swish, Tanh};
use crate::theory::vector::{self, Loop, Real, vectorised};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, TAU};

impl Activation {
    /// Every z becomes sigma(z), and the number at its place in `slopes` sigma'(z): [`value`](Activation::value) and
    /// [`slope`](Activation::slope) of many numbers, to rounding. The same bits on every machine.
    /// Panics if the slices' lengths differ.
    /// Cost: O(n); a nanosecond or two a number for piecewise linear ones, tanh, erf, sin, cos, gelu, swish and sigmoid.
    /// Checked against: `activations_of_slices_are_those_of_numbers`.
    #[track_caller]
    pub fn values_and_slopes<T: Real>(self, z: &mut [T], slopes: &mut [T]) {
        assert!(z.len() == slopes.len(), "{} numbers have {} slopes", z.len(), slopes.len());
        if let Some(own) = self.slopes() {
            return vectorised(Kinked { own: (T::of(own.0), T::of(own.1)), z, slopes });
        }
        match self {
            Tanh => {
                vector::tanh(z);
                vectorised(Pair { z, slopes, map: |t: T| (t, (T::one() - t) * (T::one() + t)) });
            }
            Erf => {
                bells(z, slopes, 1.0, FRAC_2_SQRT_PI);
                vector::erf(z);
            }
            Gelu => {
                bells(z, slopes, 0.5, 1.0 / TAU.sqrt());
                gelu(z, slopes);
            }
            Sin | Cos => {
                slopes.copy_from_slice(z);
                let turned = if self == Sin { vector::cos } else { vector::sin };
                turned(slopes);
                if self == Sin {
                    vector::sin(z);
                } else {
                    slopes.iter_mut().for_each(|s| *s = -*s);
                    vector::cos(z);
                }
            }
            Sigmoid => vectorised(Pair {
                z,
                slopes,
                map: |z: T| {
                    let (s, rest) = logistic(z);
                    (s, s * rest)
                },
            }),
            Swish => vectorised(Pair {
                z,
                slopes,
                map: |z: T| {
                    let (s, rest) = logistic(z);
                    (z * s, s * (T::one() + z * rest))
                },
            }),
            _ => {
                for (z, slope) in z.iter_mut().zip(slopes) {
                    let at = z.to_f64();
                    (*z, *slope) = (T::of(self.value(at)), T::of(self.slope(at)));
                }
            }
        }
    }

    /// Every z becomes sigma(z). Cost as [`values_and_slopes`](Activation::values_and_slopes), with the same bits.
    /// Checked against: `activations_of_slices_are_those_of_numbers`.
    pub fn values<T: Real>(self, z: &mut [T]) {
        match self {
            Tanh => vector::tanh(z),
            Erf => vector::erf(z),
            Sin => vector::sin(z),
            Cos => vector::cos(z),
            _ => {
                let mut slopes = [T::zero(); 512];
                z.chunks_mut(512).for_each(|z| self.values_and_slopes(z, &mut slopes[..z.len()]));
            }
        }
    }
}

/// sigma(z) = a min(z, 0) + b max(z, 0); at the kink the mean of the slopes.
struct Kinked<'a, T> {
    own: (T, T),
    z: &'a mut [T],
    slopes: &'a mut [T],
}

impl<T: Real> Loop for Kinked<'_, T> {
    #[inline(always)]
    fn run(self) {
        let (below, above) = self.own;
        let middle = T::of(0.5) * (below + above);
        for (z, slope) in self.z.iter_mut().zip(self.slopes) {
            let side = if *z < T::zero() { below } else { above };
            *slope = if *z == T::zero() { middle } else { side };
            *z = *z * side;
        }
    }
}

/// A function without branches that gives value and slope.
struct Pair<'a, T, F> {
    z: &'a mut [T],
    slopes: &'a mut [T],
    map: F,
}

impl<T: Real, F: Fn(T) -> (T, T)> Loop for Pair<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for (z, slope) in self.z.iter_mut().zip(self.slopes) {
            (*z, *slope) = (self.map)(*z);
        }
    }
}

/// 1/(1 + e^-z) and 1/(1 + e^z), without overflow.
#[inline(always)]
fn logistic<T: Real>(z: T) -> (T, T) {
    let small = (-z.abs()).exp();
    let one = T::one();
    let below = z < T::zero();
    let whole = one / (one + small);
    let (s, rest) = if below { (small, one) } else { (one, small) };
    (s * whole, rest * whole)
}

/// Slopes become factor e^(-rate z^2).
fn bells<T: Real>(z: &mut [T], slopes: &mut [T], rate: f64, factor: f64) {
    let (rate, factor) = (T::of(rate), T::of(factor));
    vectorised(Pair { z, slopes, map: |z: T| (z, (-(rate * z * z)).exp() * factor) });
}

/// z becomes z Phi(z), and the bells phi(z) become Phi(z) + z phi(z).
fn gelu<T: Real>(z: &mut [T], bells: &mut [T]) {
    let mut phi = [T::zero(); 512];
    for (z, bells) in z.chunks_mut(512).zip(bells.chunks_mut(512)) {
        let phi = &mut phi[..z.len()];
        phi.iter_mut().zip(&*z).for_each(|(phi, z)| *phi = *z * T::of(FRAC_1_SQRT_2));
        vector::erf(phi);
        for ((z, bell), phi) in z.iter_mut().zip(bells).zip(phi) {
            let share = T::of(0.5) * (T::one() + *phi);
            *bell = share + *z * *bell;
            *z = *z * share;
        }
    }
}
