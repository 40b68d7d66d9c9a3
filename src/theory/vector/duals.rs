//! Dual maps of many pairs at once.

use super::instructions::{Loop, vectorised};
use super::real::Real;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// The dual map of a positively homogeneous activation sigma(z) = a min(z, 0) + b max(z, 0), (a, b) = `slopes`,
/// for many pairs: value[k] = E sigma(u) sigma(v), slope[k] = E sigma'(u) sigma'(v) with (u, v) ~ N(0, [[p[k],
/// c[k]], [c[k], q[k]]]).
///
/// With s = sqrt(p q), th = arccos(c/s), m = (a+b)/2, h = (b-a)/2: value = m^2 c + h^2 (2/pi) [s sin th + (pi/2 - th) c],
/// slope = m^2 + h^2 (1 - 2 th/pi). An excess of |c| over s is cut; zero variances and c = +-p with p = q are exact.
/// Error, in units of the last place of h^2 s (value) and h^2 (slope): see the test named below.
///
/// ```
/// use theoria::theory::*;
/// let (p, q, c) = ([1.3, 2.0], [0.8, 2.0], [0.45, 2.0]);
/// let (mut value, mut slope) = ([0.0; 2], [0.0; 2]);
/// vector::homogeneous_duals((0.0, 1.0), &p, &q, &c, &mut value, &mut slope);
/// assert!((value[0] - 0.290881168967701f64).abs() < 1e-15);
/// assert_eq!((value[1], slope[1]), (1.0, 0.5));
/// ```
/// Panics if the slices' lengths differ. p, q >= 0 and finite numbers are the caller's care.
/// Cost: O(n), some 3 nanoseconds a pair with AVX-512.
/// Source: Cho and Saul, NeurIPS 2009.
/// Checked against: `vectorised_duals_agree_with_the_scalar_ones`.
#[track_caller]
pub fn homogeneous_duals<T: Real>(slopes: (T, T), p: &[T], q: &[T], c: &[T], value: &mut [T], slope: &mut [T]) {
    let n = c.len();
    assert!(
        p.len() == n && q.len() == n && value.len() == n && slope.len() == n,
        "the slices of a dual map have one length; got p {}, q {}, c {n}, value {}, slope {}",
        p.len(),
        q.len(),
        value.len(),
        slope.len()
    );
    vectorised(Pairs { map: Homogeneous::new(slopes), p, q, c, value, slope });
}

/// [`homogeneous_duals`] between every p[i] and every q[j], quicker, because the roots of variances are taken
/// once: `c`, `value` and `slope` are matrices of `p.len()` rows and `q.len()` columns, row by row.
///
/// Panics if a slice has the wrong length.
/// Cost: O(p.len() q.len()), some 1.5 nanoseconds a pair with AVX-512.
/// Source: as `homogeneous_duals`.
/// Checked against: `vectorised_duals_agree_with_the_scalar_ones`.
#[track_caller]
pub fn homogeneous_duals_between<T: Real>(slopes: (T, T), p: &[T], q: &[T], c: &[T], value: &mut [T], slope: &mut [T]) {
    let n = p.len() * q.len();
    assert!(
        c.len() == n && value.len() == n && slope.len() == n,
        "between {} and {} variances there are {n} pairs; got c {}, value {}, slope {}",
        p.len(),
        q.len(),
        c.len(),
        value.len(),
        slope.len()
    );
    vectorised(Between { map: Homogeneous::new(slopes), p, q, c, value, slope });
}

/// The constants of the dual of sigma(z) = a min(z, 0) + b max(z, 0).
#[derive(Clone, Copy)]
pub(in crate::theory) struct Homogeneous<T> {
    /// m^2, m the mean of the slopes.
    odd: T,
    /// h^2 2/pi, h half the difference of the slopes.
    even: T,
}

impl<T: Real> Homogeneous<T> {
    pub(in crate::theory) fn new((below, above): (T, T)) -> Self {
        let half = T::of(0.5);
        let (odd, even) = (half * (above + below), half * (above - below));
        Self { odd: odd * odd, even: even * even * T::of(FRAC_2_PI) }
    }

    /// (T, Tdot) for s = sqrt(p q), 1/s (0 if s is) and the covariance.
    ///
    /// With d = s - |c|, which is exact where the pair is nearly parallel: s sin th = sqrt(d (s + |c|)), and
    /// arcsin(|c|/s) = x + x^3 P(x^2) for x = |c|/s < 1/2, pi/2 - 2 (x + x^3 P(x^2)) for x = sqrt(d/2s) above.
    #[inline(always)]
    pub(in crate::theory) fn dual(self, s: T, inverse: T, c: T) -> (T, T) {
        let magnitude = if c.abs() < s { c.abs() } else { s };
        let gap = s - magnitude;
        let ratio = magnitude * inverse;
        let low = ratio < T::of(0.5);
        let square = if low { ratio * ratio } else { gap * inverse * T::of(0.5) };
        let x = square.sqrt();
        let arcsine = x + x * square * T::arcsine_tail(square);
        let arcsine = if low { arcsine } else { T::of(FRAC_PI_2) - (arcsine + arcsine) };
        let s_sine = (gap * (s + magnitude)).sqrt();
        let value = self.odd * magnitude.copysign(c) + self.even * (s_sine + arcsine * magnitude);
        (value, self.odd + self.even * arcsine.copysign(c))
    }
}

/// sqrt(p q), which is p exactly if p = q, from the roots.
#[inline(always)]
pub(in crate::theory) fn scale<T: Real>(p: T, q: T, root_p: T, root_q: T) -> T {
    if p == q { p } else { root_p * root_q }
}

/// 1/x, or 0 where x is 0.
#[inline(always)]
pub(in crate::theory) fn inverse<T: Real>(x: T) -> T {
    if x > T::of(0.0) { T::of(1.0) / x } else { T::of(0.0) }
}

struct Pairs<'a, T> {
    map: Homogeneous<T>,
    p: &'a [T],
    q: &'a [T],
    c: &'a [T],
    value: &'a mut [T],
    slope: &'a mut [T],
}

impl<T: Real> Loop for Pairs<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.c.len();
        let (p, q, value, slope) = (&self.p[..n], &self.q[..n], &mut self.value[..n], &mut self.slope[..n]);
        for k in 0..n {
            let s = scale(p[k], q[k], p[k].sqrt(), q[k].sqrt());
            (value[k], slope[k]) = self.map.dual(s, inverse(s), self.c[k]);
        }
    }
}

struct Between<'a, T> {
    map: Homogeneous<T>,
    p: &'a [T],
    q: &'a [T],
    c: &'a [T],
    value: &'a mut [T],
    slope: &'a mut [T],
}

impl<T: Real> Loop for Between<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.q.len();
        let roots: Vec<T> = self.q.iter().map(|q| q.sqrt()).collect();
        let inverses: Vec<T> = roots.iter().map(|&root| inverse(root)).collect();
        let (roots, inverses, q) = (&roots[..n], &inverses[..n], &self.q[..n]);
        for (i, &p) in self.p.iter().enumerate() {
            let row = i * n..(i + 1) * n;
            let (c, value, slope) = (&self.c[row.clone()], &mut self.value[row.clone()], &mut self.slope[row]);
            let root = p.sqrt();
            let root_inverse = inverse(root);
            for j in 0..n {
                let s = scale(p, q[j], root, roots[j]);
                (value[j], slope[j]) = self.map.dual(s, root_inverse * inverses[j], c[j]);
            }
        }
    }
}
