//! How gradient descent lives with curvature: catapult, edge of stability, self-stabilisation, in models of two numbers.

use crate::theory::numeric;
use crate::theory::random::Stream;

/// The catapult: a linear network of two layers on one example, f = u . v / sqrt(m), with loss f^2 / 2. Gradient descent with
/// rate eta moves only two numbers, the output f and the tangent kernel lambda = (|u|^2 + |v|^2) / m:
///
/// f' = f (1 - eta lambda + eta^2 f^2 / m), lambda' = lambda + (eta f^2 / m) (eta lambda - 4).
///
/// For wide networks: eta lambda_0 < 2 is lazy; between 2 and 4 the output grows first, which lowers lambda until eta lambda < 2;
/// beyond 4 both diverge.
///
/// ```
/// use theoria::theory::*;
/// let flight = Catapult::draw(500, &mut Stream::new(1)).rate_for(3.0).run(300); // eta lambda_0 = 3
/// assert!(flight.last().unwrap().1 < 2.0 / Catapult::draw(500, &mut Stream::new(1)).rate_for(3.0).rate);
/// ```
/// Source: Lewkowycz et al., arXiv 2003.02218, section 2.
/// Checked against: `catapults_follow_their_two_numbers`.
#[derive(Clone, Debug, PartialEq)]
pub struct Catapult {
    /// The learning rate eta.
    pub rate: f64,
    u: Vec<f64>,
    v: Vec<f64>,
}

/// What became of a catapult.
/// Checked against: `catapults_follow_their_two_numbers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flight {
    /// The output fell from the start.
    Lazy,
    /// It grew, and then fell to nothing.
    Catapult,
    /// It grew beyond bounds, or had not fallen by the end.
    Divergent,
}

impl Catapult {
    /// A network of m hidden neurons, u and v standard normal, with rate 1/lambda_0 at first.
    /// Panics if there is no neuron.
    /// Checked against: `catapults_follow_their_two_numbers`.
    #[must_use]
    #[track_caller]
    pub fn draw(width: usize, stream: &mut Stream) -> Self {
        assert!(width > 0, "a network has at least one neuron");
        let (u, v) = (stream.normals(width), stream.normals(width));
        Self { rate: 0.0, u, v }.rate_for(1.0)
    }

    /// The same with the rate eta = `product` / lambda_0.
    /// Panics unless it is positive and finite.
    /// Checked against: `catapults_follow_their_two_numbers`.
    #[must_use]
    #[track_caller]
    pub fn rate_for(self, product: f64) -> Self {
        assert!(product > 0.0 && product.is_finite(), "a rate is positive and finite, got {product} / lambda");
        let rate = product / self.numbers().1;
        Self { rate, ..self }
    }

    /// (f, lambda) now.
    /// Checked against: `catapults_follow_their_two_numbers`.
    #[must_use]
    pub fn numbers(&self) -> (f64, f64) {
        let m = self.u.len() as f64;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        (dot(&self.u, &self.v) / m.sqrt(), (dot(&self.u, &self.u) + dot(&self.v, &self.v)) / m)
    }

    /// (f, lambda) before each step and after the last, by gradient descent on all 2m weights; it ends early where f exceeds
    /// 1e12.
    /// Cost: O(m steps).
    /// Checked against: `catapults_follow_their_two_numbers`.
    #[must_use]
    pub fn run(mut self, steps: usize) -> Vec<(f64, f64)> {
        let mut all = vec![self.numbers()];
        for _ in 0..steps {
            let (f, _) = all[all.len() - 1];
            if f.abs() > 1e12 {
                break;
            }
            let step = self.rate * f / (self.u.len() as f64).sqrt();
            for (u, v) in self.u.iter_mut().zip(&mut self.v) {
                (*u, *v) = (*u - step * *v, *v - step * *u);
            }
            all.push(self.numbers());
        }
        all
    }

    /// The same by the recursion of the two numbers.
    /// Cost: O(steps).
    /// Checked against: `catapults_follow_their_two_numbers`.
    #[must_use]
    pub fn predict(&self, steps: usize) -> Vec<(f64, f64)> {
        let (eta, m) = (self.rate, self.u.len() as f64);
        let mut all = vec![self.numbers()];
        for _ in 0..steps {
            let (f, lambda) = all[all.len() - 1];
            if f.abs() > 1e12 {
                break;
            }
            let square = f * f / m;
            all.push((f * (1.0 - eta * lambda + eta * eta * square), lambda + eta * square * (eta * lambda - 4.0)));
        }
        all
    }

    /// Which kind of flight a run was: one that ends below 1e-3 of its start has fallen.
    /// Panics if the run is empty.
    /// Checked against: `catapults_follow_their_two_numbers`.
    #[must_use]
    #[track_caller]
    pub fn kind(run: &[(f64, f64)]) -> Flight {
        let (start, end) = (run[0].0.abs(), run[run.len() - 1].0.abs());
        let highest = run.iter().map(|(f, _)| f.abs()).fold(0.0, f64::max);
        match () {
            () if end.is_nan() || end > 1e-3 * start => Flight::Divergent,
            () if highest > start => Flight::Catapult,
            () => Flight::Lazy,
        }
    }
}

/// A minimal model of the edge of stability: gradient descent on (1 - a^2 b^2)^2 / 4 (a network of four layers with one weight each, two
/// and two the same).
///
/// Near a minimum ab = 1 the sharpness is 2 (a^2 + b^2) at ab = 1, and falls along the valley of minima towards a = b. Descent
/// that begins beyond the edge ends at eta S = 2 - O(eta).
/// Source: Zhu et al., arXiv 2210.03294.
/// Checked against: `the_minimal_model_ends_at_the_edge`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinimalEdge {
    /// The learning rate eta.
    pub rate: f64,
    /// The two weights.
    pub a: f64,
    /// The other.
    pub b: f64,
}

impl MinimalEdge {
    /// A start beyond the edge: b = sqrt(1.3 / eta), a = 1.05 / b.
    /// Panics unless the rate is positive and finite.
    /// Checked against: `the_minimal_model_ends_at_the_edge`.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        assert!(rate > 0.0 && rate.is_finite(), "a learning rate is positive and finite, got {rate}");
        let b = (1.3 / rate).sqrt();
        Self { rate, a: 1.05 / b, b }
    }

    /// (1 - a^2 b^2)^2 / 4.
    /// Checked against: `the_minimal_model_ends_at_the_edge`.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let miss = 1.0 - self.a * self.a * self.b * self.b;
        0.25 * miss * miss
    }

    /// The larger eigenvalue of the Hessian [[b^2 (3 p - 1), 2 ab (2 p - 1)], [., a^2 (3 p - 1)]], p = a^2 b^2.
    /// Checked against: `the_minimal_model_ends_at_the_edge`.
    #[must_use]
    pub fn sharpness(&self) -> f64 {
        let (a2, b2) = (self.a * self.a, self.b * self.b);
        let p = a2 * b2;
        let (first, second) = (b2 * (3.0 * p - 1.0), a2 * (3.0 * p - 1.0));
        let mixed = 2.0 * self.a * self.b * (2.0 * p - 1.0);
        let half = 0.5 * (first - second);
        0.5 * (first + second) + (half * half + mixed * mixed).sqrt()
    }

    /// One step: a' = a + eta a b^2 (1 - p), b' = b + eta b a^2 (1 - p).
    /// Checked against: `the_minimal_model_ends_at_the_edge`.
    pub fn step(&mut self) {
        let (a, b) = (self.a, self.b);
        let push = self.rate * (1.0 - a * a * b * b);
        (self.a, self.b) = (a + push * a * b * b, b + push * b * a * a);
    }
}

/// Self-stabilisation: x, how far gradient descent bounces along the sharpest direction, and y, how far the sharpness exceeds
/// 2/eta, in time per step: d ln|x|/dt = y, dy/dt = alpha - beta x^2 / 2. Progressive sharpening (alpha) raises y, bouncing
/// (beta) lowers it. y^2/2 + beta x^2/4 - alpha ln|x| is conserved, and over a cycle x^2 averages 2 alpha / beta: y stays near 0.
/// Source: Damian, Nichani and Lee, arXiv 2209.15594 (eta absorbed into time and constants).
/// Checked against: `self_stabilisation_keeps_its_invariant`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfStabilisation {
    /// Progressive sharpening.
    pub alpha: f64,
    /// How much bouncing flattens.
    pub beta: f64,
    /// Along the sharpest direction, positive.
    pub x: f64,
    /// Sharpness above the edge.
    pub y: f64,
}

impl SelfStabilisation {
    /// Begins at (x, y).
    /// Panics unless alpha, beta and x are positive and all are finite.
    /// Checked against: `self_stabilisation_keeps_its_invariant`.
    #[must_use]
    #[track_caller]
    pub fn new(alpha: f64, beta: f64, x: f64, y: f64) -> Self {
        let valid = alpha > 0.0 && beta > 0.0 && x > 0.0 && [alpha, beta, x, y].iter().all(|v| v.is_finite());
        assert!(valid, "self-stabilisation needs positive alpha, beta and x, got {alpha}, {beta}, {x} and y = {y}");
        Self { alpha, beta, x, y }
    }

    /// The conserved quantity.
    /// Checked against: `self_stabilisation_keeps_its_invariant`.
    #[must_use]
    pub fn invariant(&self) -> f64 {
        0.5 * self.y * self.y + 0.25 * self.beta * self.x * self.x - self.alpha * numeric::ln(self.x)
    }

    /// (t, x, y) at the start and after each of `steps` steps of length `h`: half a step of y, one of ln x, half a step of y,
    /// which is symplectic, so that the invariant does not drift.
    /// Panics unless the step is positive.
    /// Cost: O(steps).
    /// Checked against: `self_stabilisation_keeps_its_invariant`.
    #[must_use]
    #[track_caller]
    pub fn run(mut self, h: f64, steps: usize) -> Vec<(f64, f64, f64)> {
        assert!(h > 0.0, "a step takes time, got {h}");
        let mut all = vec![(0.0, self.x, self.y)];
        let (alpha, beta) = (self.alpha, self.beta);
        let push = |x: f64| 0.5 * h * (alpha - 0.5 * beta * x * x);
        for step in 1..=steps {
            self.y += push(self.x);
            self.x *= numeric::exp(h * self.y);
            self.y += push(self.x);
            all.push((step as f64 * h, self.x, self.y));
        }
        all
    }
}
