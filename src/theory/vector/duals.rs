//! Dual maps of many pairs at once.

use super::instructions::{Loop, vectorised};
use super::maps::{ClosedForm, DualMap, Homogeneous, View};
use super::real::Real;
use crate::theory::activation::Activation;

/// The dual map of a positively homogeneous activation sigma(z) = a min(z, 0) + b max(z, 0), (a, b) = `slopes`,
/// for many pairs: value = E sigma(u) sigma(v), slope = E sigma'(u) sigma'(v) of (u, v) ~ N(0, [[p, c], [c, q]]), each
/// slice holding its number for every pair.
///
/// With s = sqrt(p q), th = arccos(c/s), m = (a+b)/2, h = (b-a)/2: value = m^2 c + h^2 (2/pi) [s sin th + (pi/2 -
/// th) c], slope = m^2 + h^2 (1 - 2 th/pi). An excess of |c| over s is cut; zero variances and c = +-p with p = q
/// are exact. Error: at most 4 units in the last place of (m^2 + h^2) s, and for the slope of m^2 + h^2, beside
/// what the rounding of s does to the angle.
///
/// ```
/// use theoria::theory::*;
/// let (p, q, c) = ([1.3, 2.0], [0.8, 2.0], [0.45, 2.0]);
/// let (mut value, mut slope) = ([0.0; 2], [0.0; 2]);
/// vector::homogeneous_duals((0.0, 1.0), &p, &q, &c, &mut value, &mut slope);
/// assert!((value[0] - 0.290881168967701f64).abs() < 1e-15);
/// assert_eq!((value[1], slope[1]), (1.0, 0.5));
/// ```
/// Panics if the slices' lengths differ. That p, q >= 0 and all are finite is the caller's care.
/// Cost: O(n); 5 nanoseconds a pair in f64 and 1.5 in f32, measured with AVX-512.
/// Source: Cho and Saul, NeurIPS 2009.
/// Checked against: `vectorised_duals_agree_with_the_scalar_ones`.
#[track_caller]
pub fn homogeneous_duals<T: Real>(slopes: (T, T), p: &[T], q: &[T], c: &[T], value: &mut [T], slope: &mut [T]) {
    let n = c.len();
    assert!(
        [p.len(), q.len(), value.len(), slope.len()] == [n; 4],
        "the slices of a dual map have one length; got p {}, q {}, c {n}, value {}, slope {}",
        p.len(),
        q.len(),
        value.len(),
        slope.len()
    );
    vectorised(Each { map: Homogeneous::new(slopes), p, q, pairs: Pairs { c, value, slope } });
}

/// [`homogeneous_duals`] between every variance in `p` and every one in `q`, twice as quick, because the roots of
/// variances are taken once: `c`, `value` and `slope` are matrices of `p.len()` rows and `q.len()` columns, row by row.
///
/// Panics if a slice has the wrong length.
/// Cost: O(p.len() q.len()); 2.7 nanoseconds a pair in f64 and 0.9 in f32, measured with AVX-512.
/// Source: as `homogeneous_duals`.
/// Checked against: `vectorised_duals_agree_with_the_scalar_ones`.
#[track_caller]
pub fn homogeneous_duals_between<T: Real>(slopes: (T, T), p: &[T], q: &[T], c: &[T], value: &mut [T], slope: &mut [T]) {
    check_between(p, q, c, value, slope);
    vectorised(Between { map: Homogeneous::new(slopes), p, q, pairs: Pairs { c, value, slope } });
}

/// [`homogeneous_duals_between`] for every activation whose dual has a closed form; answers false, and does
/// nothing, for one that has none.
///
/// Panics if a slice has the wrong length.
/// Cost: O(p.len() q.len()), 2 to 5 nanoseconds a pair in f64.
/// Source: as [`Activation::dual`].
/// Checked against: `vectorised_duals_agree_with_the_scalar_ones`.
#[track_caller]
pub fn duals_between<T: Real>(
    activation: Activation,
    p: &[T],
    q: &[T],
    c: &[T],
    value: &mut [T],
    slope: &mut [T],
) -> bool {
    check_between(p, q, c, value, slope);
    let pairs = Pairs { c, value, slope };
    match ClosedForm::of(activation) {
        Some(ClosedForm::Homogeneous(map)) => vectorised(Between { map, p, q, pairs }),
        Some(ClosedForm::Erf(map)) => vectorised(Between { map, p, q, pairs }),
        Some(ClosedForm::Sin(map)) => vectorised(Between { map, p, q, pairs }),
        Some(ClosedForm::Gelu(map)) => vectorised(Between { map, p, q, pairs }),
        None => return false,
    }
    true
}

#[track_caller]
fn check_between<T>(p: &[T], q: &[T], c: &[T], value: &[T], slope: &[T]) {
    let n = p.len() * q.len();
    assert!(
        [c.len(), value.len(), slope.len()] == [n; 3],
        "between {} and {} variances there are {n} pairs; got c {}, value {}, slope {}",
        p.len(),
        q.len(),
        c.len(),
        value.len(),
        slope.len()
    );
}

/// Covariances, and where their duals go.
struct Pairs<'a, T> {
    c: &'a [T],
    value: &'a mut [T],
    slope: &'a mut [T],
}

struct Each<'a, T, M> {
    map: M,
    p: &'a [T],
    q: &'a [T],
    pairs: Pairs<'a, T>,
}

impl<T: Real, M: DualMap<T>> Loop for Each<'_, T, M> {
    #[inline(always)]
    fn run(self) {
        let Pairs { c, value, slope } = self.pairs;
        let n = c.len();
        let (p, q, value, slope) = (&self.p[..n], &self.q[..n], &mut value[..n], &mut slope[..n]);
        for k in 0..n {
            (value[k], slope[k]) = self.map.dual(self.map.view(p[k]), self.map.view(q[k]), c[k]);
        }
    }
}

struct Between<'a, T, M> {
    map: M,
    p: &'a [T],
    q: &'a [T],
    pairs: Pairs<'a, T>,
}

impl<T: Real, M: DualMap<T>> Loop for Between<'_, T, M> {
    #[inline(always)]
    fn run(self) {
        let Pairs { c, value, slope } = self.pairs;
        let columns = Views::new(self.map, self.q);
        let [q0, q1, q2, q3] = columns.all();
        let n = q0.len();
        for (row, &p) in self.p.iter().enumerate() {
            let row = row * n..(row + 1) * n;
            let (c, value, slope) = (&c[row.clone()], &mut value[row.clone()], &mut slope[row]);
            let u = self.map.view(p);
            for j in 0..n {
                (value[j], slope[j]) = self.map.dual(u, [q0[j], q1[j], q2[j], q3[j]], c[j]);
            }
        }
    }
}

/// The views of many variances, each of their four parts in one piece.
#[derive(Clone)]
pub(in crate::theory) struct Views<T> {
    parts: Vec<T>,
    count: usize,
}

impl<T: Real> Views<T> {
    #[inline(always)]
    pub(in crate::theory) fn new(map: impl DualMap<T>, variances: &[T]) -> Self {
        let count = variances.len();
        let mut parts = vec![T::default(); 4 * count];
        let (first, second) = parts.split_at_mut(2 * count);
        let ((a, b), (c, d)) = (first.split_at_mut(count), second.split_at_mut(count));
        for j in 0..count {
            [a[j], b[j], c[j], d[j]] = map.view(variances[j]);
        }
        Self { parts, count }
    }

    /// The four parts, of one length.
    #[inline(always)]
    pub(in crate::theory) fn all(&self) -> [&[T]; 4] {
        self.slice(0, self.count)
    }

    /// The parts of `length` views from `first` on.
    #[inline(always)]
    pub(in crate::theory) fn slice(&self, first: usize, length: usize) -> [&[T]; 4] {
        [0, 1, 2, 3].map(|part| &self.parts[part * self.count + first..][..length])
    }

    #[inline(always)]
    pub(in crate::theory) fn at(&self, index: usize) -> View<T> {
        [0, 1, 2, 3].map(|part| self.parts[part * self.count + index])
    }
}
