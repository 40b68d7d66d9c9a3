//! Many layers at once: without bias, a homogeneous activation's kernel depends on the angle alone.

use super::super::activation::Activation;
use super::super::numeric;
use super::super::overlaps::BLOCK;
use super::super::vector::{Loop, Real, Views, polynomial};
use super::Block;
use super::layer::Dense;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, PI};

/// Layers in a segment at most: more would need polynomials whose coefficients cancel.
pub(super) const LONGEST: usize = 16;

/// Chebyshev nodes; the polynomials need fewer than half of them.
const NODES: usize = 64;

/// Terms of the polynomials.
const FEWEST_TERMS: usize = 12;
const MOST_TERMS: usize = 32;

/// `length` layers (activation, then dense without bias) of a homogeneous activation, after at least one other.
///
/// With s = sqrt(p q) and y = sqrt((1 - c/s)/2) of the pair that comes in: c <- s F(y), Theta <- A(y) Theta + s B(y).
/// F, A and B are analytic on the range of y that an activation can give, 0 <= y <= `largest`, since the angle of
/// one layer is an analytic function of that of the layer before; Chebyshev interpolation from the exact
/// recursion is therefore exact to rounding at a degree of about 25.
pub(super) struct Segment<T> {
    /// 2 / largest: x = y * stretch - 1 is in [-1, 1].
    stretch: T,
    /// Of F, A and B: the coefficients of 1, x, x^2, ...; of one length, a multiple of 4.
    coefficients: [Vec<T>; 3],
}

/// One layer, for unit variances, of sigma(z) = a min(z, 0) + b max(z, 0); m, h half the sum and half the
/// difference of a, b.
#[derive(Clone, Copy)]
struct Step {
    /// m^2.
    odd: f64,
    /// h^2.
    even: f64,
}

/// `gap` is 1 - cos th, kept for its own sake because 1 - (1 - gap) would lose it to rounding.
impl Step {
    fn angle(gap: f64) -> f64 {
        2.0 * numeric::asin((0.5 * gap).min(1.0).sqrt())
    }

    /// E sigma'(u) sigma'(v) = m^2 + h^2 (1 - 2 th/pi).
    fn slope(self, gap: f64) -> f64 {
        self.odd + self.even * (1.0 - FRAC_2_PI * Self::angle(gap))
    }

    /// E sigma(u)^2 - E sigma(u) sigma(v) = m^2 gap + h^2 (2/pi) [(pi/2 - th) gap + th - sin th].
    fn loss(self, gap: f64) -> f64 {
        let angle = Self::angle(gap);
        self.odd * gap + self.even * FRAC_2_PI * ((FRAC_PI_2 - angle) * gap + excess(angle))
    }

    /// E sigma(u)^2 = m^2 + h^2.
    fn variance(self) -> f64 {
        self.odd + self.even
    }
}

/// th - sin th, by its series where both are close.
fn excess(angle: f64) -> f64 {
    if angle > 1.0 {
        return angle - numeric::sin(angle);
    }
    let square = angle * angle;
    let series = (1..10).rev().fold(1.0, |sum, k| {
        let k = f64::from(k);
        1.0 - square / ((2.0 * k + 2.0) * (2.0 * k + 3.0)) * sum
    });
    angle * square / 6.0 * series
}

impl<T: Real> Segment<T> {
    /// None if the network has a bias, its activation is not homogeneous or is linear, or the polynomials would
    /// not be accurate.
    pub(super) fn new(activation: Activation, dense: Dense<f64>, length: usize) -> Option<Self> {
        let (below, above) = activation.slopes()?;
        let (mean, half) = (0.5 * (above + below), 0.5 * (above - below));
        let step = Step { odd: mean * mean, even: half * half };
        let unbiased = dense.bias == 0.0 && dense.bias_rate == 0.0 && dense.weight > 0.0;
        if !unbiased || step.even == 0.0 || !step.variance().is_finite() {
            return None;
        }
        // The correlation after an activation is least where its slope m^2 + h^2 (1 - 2 th/pi) vanishes, or at pi.
        let widest = FRAC_PI_2 * (1.0 + (step.odd / step.even).min(1.0));
        let sine = numeric::sin(0.5 * widest);
        let largest = (0.5 * step.loss(2.0 * sine * sine) / step.variance()).sqrt();
        let values: Vec<[f64; 3]> = nodes().map(|x| exact(step, dense, length, 0.5 * (x + 1.0) * largest)).collect();
        let series = [0, 1, 2].map(|which| fitted::<T>(&values.iter().map(|v| v[which]).collect::<Vec<_>>()));
        let [Some(f), Some(a), Some(b)] = series else { return None };
        let terms = f.len().max(a.len()).max(b.len()).next_multiple_of(4).max(FEWEST_TERMS);
        let coefficients =
            [f, a, b].map(|series| (0..terms).map(|k| T::of(series.get(k).copied().unwrap_or(0.0))).collect());
        Some(Self { stretch: T::of(2.0 / largest), coefficients })
    }
}

/// F, A and B at y, by the recursion.
fn exact(step: Step, dense: Dense<f64>, length: usize, y: f64) -> [f64; 3] {
    let (mut variance, mut gap) = (1.0, 2.0 * y * y);
    let (mut factor, mut sum) = (1.0, 0.0);
    for _ in 0..length {
        let (loss, slope) = (step.loss(gap), dense.weight * step.slope(gap));
        sum = dense.weight_rate * variance * (step.variance() - loss) + slope * sum;
        factor *= slope;
        variance *= dense.weight * step.variance();
        gap = loss / step.variance();
    }
    [variance * (1.0 - gap), factor, sum]
}

fn nodes() -> impl Iterator<Item = f64> {
    (0..NODES).map(|k| numeric::cos(PI * (k as f64 + 0.5) / NODES as f64))
}

/// Coefficients of 1, x, x^2, ... of the polynomial through values at the nodes, as short as the numbers T
/// allow; None if it would be too long or the powers of x would cancel.
fn fitted<T: Real>(values: &[f64]) -> Option<Vec<f64>> {
    let cosines: Vec<f64> = (0..4 * NODES).map(|k| numeric::cos(0.5 * PI * k as f64 / NODES as f64)).collect();
    let chebyshev = (0..NODES).map(|j| {
        let sum: f64 = values.iter().enumerate().map(|(k, v)| v * cosines[j * (2 * k + 1) % (4 * NODES)]).sum();
        sum * if j == 0 { 1.0 } else { 2.0 } / NODES as f64
    });
    let mut chebyshev: Vec<f64> = chebyshev.collect();
    let size = values.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    // The coefficients fall geometrically, down to the rounding errors of the values.
    while chebyshev.last().is_some_and(|last| last.abs() <= T::epsilon().to_f64() * size) {
        chebyshev.pop();
    }
    // T_{j+1} = 2 x T_j - T_{j-1}.
    let (mut before, mut now) = (vec![0.0; NODES + 1], vec![0.0; NODES + 1]);
    now[0] = 1.0;
    let mut powers = vec![0.0; chebyshev.len()];
    for (j, c) in chebyshev.iter().enumerate() {
        powers.iter_mut().zip(&now).for_each(|(power, t)| *power += c * t);
        let twice = if j == 0 { 1.0 } else { 2.0 };
        let next = (0..=NODES).map(|k| twice * if k == 0 { 0.0 } else { now[k - 1] } - before[k]).collect();
        before = std::mem::replace(&mut now, next);
    }
    let cancelling = powers.iter().map(|a| a.abs()).sum::<f64>() > 8.0 * size;
    (chebyshev.len() <= MOST_TERMS && !cancelling).then_some(powers)
}

/// A segment's work on a block.
pub(super) struct Through<'a, T> {
    pub(super) segment: &'a Segment<T>,
    pub(super) rows: &'a Views<T>,
    pub(super) columns: &'a Views<T>,
    pub(super) block: Block<'a, T>,
}

impl<T: Real> Loop for Through<'_, T> {
    #[inline(always)]
    fn run(self) {
        match self.segment.coefficients[0].len() {
            12 => self.with_terms::<12>(),
            16 => self.with_terms::<16>(),
            20 => self.with_terms::<20>(),
            24 => self.with_terms::<24>(),
            28 => self.with_terms::<28>(),
            _ => self.with_terms::<MOST_TERMS>(),
        }
    }
}

impl<T: Real> Through<'_, T> {
    /// So many terms that the compiler knows of: it unrolls the sums and makes vectors of the pairs.
    #[inline(always)]
    fn with_terms<const TERMS: usize>(self) {
        let [f, a, b] = [0, 1, 2].map(|which| &self.segment.coefficients[which].as_chunks::<TERMS>().0[0]);
        let stretch = self.segment.stretch;
        let (first_row, first_column) = (self.block.first_row, self.block.first_column);
        for (i, (covariances, tangents)) in self.block.into_rows().enumerate() {
            let [p, root_p, inverse_p, _] = self.rows.at(first_row + i);
            let columns = self.columns.slice(first_column, covariances.len());
            let [q, root_q, inverse_q, _] = columns.map(|part| part.as_chunks::<BLOCK>().0);
            let covariances = covariances.as_chunks_mut::<BLOCK>().0;
            let tangents = tangents.as_chunks_mut::<BLOCK>().0;
            for k in 0..covariances.len() {
                let (mut c, mut theta) = (covariances[k], tangents[k]);
                let (q, root_q, inverse_q) = (&q[k], &root_q[k], &inverse_q[k]);
                for j in 0..BLOCK {
                    let s = if p == q[j] { p } else { root_p * root_q[j] };
                    let gap = if c[j] < s { s - c[j] } else { T::default() };
                    let y = (gap * (inverse_p * inverse_q[j]) * T::of(0.5)).sqrt();
                    let x = y * stretch - T::of(1.0);
                    let (f, a, b) = (polynomial(f, x), polynomial(a, x), polynomial(b, x));
                    (c[j], theta[j]) = (s * f, a * theta[j] + s * b);
                }
                (covariances[k], tangents[k]) = (c, theta);
            }
        }
    }
}
