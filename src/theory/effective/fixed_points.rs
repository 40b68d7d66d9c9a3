//! Fixed points of the kernel and of the correlation, susceptibilities and depth scales.

use super::criticality::{Criticality, NotCritical, Universality};
use super::moments::Moments;
use super::roots::first_root;
use crate::theory::activation::Activation;
use crate::theory::kernel::Mlp;
use crate::theory::numeric;

/// A variance that a layer keeps, and how small departures from it fare.
/// Checked against: `fixed_points_of_tanh_match_tabulated_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// K* (q* in the mean-field literature).
    pub kernel: f64,
    /// chi_par = C_W d`<sigma^2>`/dK: factor by which a layer multiplies a small departure from K*.
    pub chi_parallel: f64,
    /// chi_perp = C_W `<sigma'^2>`: factor on the squared distance of two nearby inputs. Below 1 order, above 1
    /// chaos.
    pub chi_perpendicular: f64,
}

/// A correlation of two inputs that a layer keeps.
/// Checked against: `fixed_points_of_tanh_match_tabulated_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CorrelationFixedPoint {
    /// c*.
    pub correlation: f64,
    /// Slope of the correlation map at c*: factor by which a layer multiplies a small departure from it.
    pub slope: f64,
}

/// The variance grows without bound from this start.
/// Checked against: `a_growing_variance_has_no_fixed_point`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoFixedPoint {
    /// The network.
    pub mlp: Mlp,
    /// Where the search began.
    pub start: f64,
}

impl std::fmt::Display for NoFixedPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mlp { activation, weight_variance, bias_variance, .. } = self.mlp;
        let start = self.start;
        write!(f, "from {start} the variance of a {activation:?} network with C_W = {weight_variance}, C_b = ")?;
        write!(f, "{bias_variance} grows without bound")
    }
}

impl std::error::Error for NoFixedPoint {}

/// Beyond this a variance counts as infinite, below its inverse as zero.
const HUGE: f64 = 1e9;

/// xi = -1 / ln |chi|: after xi layers a departure has shrunk (chi < 1) by a factor e; negative if it grows,
/// infinite at chi = 1, zero at chi = 0.
/// O(1).
/// Source: Schoenholz et al., arXiv 1611.01232, eqs. 8 and 9.
/// Checked against: `fixed_points_of_tanh_match_tabulated_values`.
#[must_use]
pub fn depth_scale(chi: f64) -> f64 {
    match chi.abs() {
        1.0 => f64::INFINITY,
        size => -1.0 / numeric::ln(size),
    }
}

impl Mlp {
    /// chi_par = C_W d`<sigma^2>`/dK = C_W `<sigma^2 (z^2 - K)>` / (2 K^2): the derivative of
    /// [`variance_map`](Mlp::variance_map), by which one layer multiplies a small change of the variance.
    /// Panics unless the variance is positive. O(1).
    /// Source: arXiv 2106.10165, section 5.1.
    /// Checked against: `the_parallel_susceptibility_is_the_slope_of_the_variance_map`.
    #[must_use]
    #[track_caller]
    pub fn parallel_susceptibility(&self, variance: f64) -> f64 {
        assert!(variance > 0.0 && variance.is_finite(), "chi_par needs a positive variance, got {variance}");
        self.weight_variance * Moments::of(self.activation, variance).square_growth
    }

    /// The fixed point K* of the variance that an input with variance `start` in the first layer moves towards:
    /// the next root of C_b + C_W `<sigma^2>` = K in the direction of the flow. If `start` is itself one, as every
    /// variance of a critical relu network is, that.
    ///
    /// K* below 1e-9 counts as 0, where both susceptibilities are C_W sigma'(0)^2 (taking sigma smooth at 0).
    /// ```
    /// use theoria::theory::*;
    /// let chaotic = Mlp::new(Tanh).weight_variance(2.5).bias_variance(0.05);
    /// let point = chaotic.fixed_point(1.0).expect("tanh is bounded");
    /// assert!((point.kernel - 1.06396).abs() < 1e-5 && point.chi_perpendicular > 1.0);
    /// let pair = chaotic.correlation_fixed_point(point.kernel);
    /// assert!((pair.correlation - 0.4468).abs() < 1e-4); // any two inputs end up this much alike
    /// assert!((depth_scale(pair.slope) - 11.8).abs() < 0.1); // within some 12 layers
    /// ```
    /// Errors: [`NoFixedPoint`] if the variance grows beyond 1e9.
    /// Panics unless `start` is positive and finite.
    /// Cost: a few hundred Gaussian integrals at most, milliseconds.
    /// Source: Poole et al., arXiv 1606.05340; arXiv 2106.10165, section 5.1.
    /// Checked against: `fixed_points_of_tanh_match_tabulated_values`, `a_growing_variance_has_no_fixed_point`.
    #[track_caller]
    pub fn fixed_point(&self, start: f64) -> Result<FixedPoint, NoFixedPoint> {
        assert!(start > 0.0 && start.is_finite(), "a variance to start from is positive and finite, got {start}");
        let excess = |k: f64| self.bias_variance + self.weight_variance * Moments::of(self.activation, k).square - k;
        let rise = excess(start);
        if rise.abs() <= 4.0 * f64::EPSILON * start {
            return Ok(self.fixed_point_at(start));
        }
        let found = if rise > 0.0 {
            first_root(start, HUGE, excess)
        } else {
            // Downwards: the variable is 1/K.
            first_root(1.0 / start, HUGE, |inverse| excess(1.0 / inverse)).map(|inverse| 1.0 / inverse)
        };
        match found {
            Some(kernel) => Ok(self.fixed_point_at(kernel)),
            None if rise > 0.0 => Err(NoFixedPoint { mlp: *self, start }),
            None => {
                let chi = self.susceptibility(0.0);
                Ok(FixedPoint { kernel: 0.0, chi_parallel: chi, chi_perpendicular: chi })
            }
        }
    }

    fn fixed_point_at(&self, kernel: f64) -> FixedPoint {
        let at = Moments::of(self.activation, kernel);
        FixedPoint {
            kernel,
            chi_parallel: self.weight_variance * at.square_growth,
            chi_perpendicular: self.weight_variance * at.slope,
        }
    }

    /// The stable fixed point c* of the correlation of two inputs that both have the variance `kernel`, a fixed
    /// point: 1 in the ordered phase (chi_perp <= 1), below 1 in the chaotic one.
    /// Panics unless `kernel` is positive and finite.
    /// Cost: some 10 duals; 5 ms for activations whose dual is by quadrature.
    /// Source: Poole et al., arXiv 1606.05340; Schoenholz et al., arXiv 1611.01232.
    /// Checked against: `fixed_points_of_tanh_match_tabulated_values`.
    #[must_use]
    #[track_caller]
    pub fn correlation_fixed_point(&self, kernel: f64) -> CorrelationFixedPoint {
        assert!(kernel > 0.0 && kernel.is_finite(), "a correlation needs a positive variance, got {kernel}");
        let dual = |c: f64| self.activation.dual(kernel, kernel, kernel * c);
        let excess = |c: f64| (self.bias_variance + self.weight_variance * dual(c).value) / kernel - c;
        let close = 1.0 - 1e-9;
        let correlation = if self.susceptibility(kernel) <= 1.0 || excess(close) >= 0.0 {
            1.0
        } else {
            self.newton_from_zero(kernel)
        };
        CorrelationFixedPoint { correlation, slope: self.weight_variance * dual(correlation).slope }
    }

    /// The smallest fixed point of the correlation map in [0, 1]. The map is a power series in c with coefficients
    /// that are not negative, hence convex, so Newton's iterates from 0 rise to the fixed point and never pass it.
    fn newton_from_zero(&self, kernel: f64) -> f64 {
        let mut c = 0.0;
        loop {
            let dual = self.activation.dual(kernel, kernel, kernel * c);
            let excess = (self.bias_variance + self.weight_variance * dual.value) / kernel - c;
            let next = c + excess / (1.0 - self.weight_variance * dual.slope);
            // The excess is positive on the way; it is rounding that ends it.
            if next <= c + f64::EPSILON || next >= 1.0 {
                return c;
            }
            c = next;
        }
    }

    /// The network of depth 1 on the edge of chaos, chi_perp = 1 at its fixed point K*, for a given variance of
    /// biases: a point of the critical line in the plane of C_b and C_W.
    ///
    /// The line is C_W = 1 / `<sigma'^2>_K`, C_b = K - C_W `<sigma^2>_K`, with K as its parameter. Away from C_b of
    /// [`Criticality`] chi_par < 1 there, so the variance relaxes exponentially while differences of inputs stay.
    /// ```
    /// use theoria::theory::*;
    /// let edge = Mlp::edge_of_chaos(Tanh, 0.05).expect("tanh has an edge of chaos");
    /// assert!((edge.weight_variance - 1.760955).abs() < 1e-6);
    /// ```
    /// Errors: [`NotCritical`] if no K between 1e-3 and 1e3 gives this C_b.
    /// Panics if `c_b` is negative or not finite.
    /// Cost: at most some 200 Gaussian integrals, a few milliseconds.
    /// Source: Schoenholz et al., arXiv 1611.01232, section 3.
    /// Checked against: `fixed_points_of_tanh_match_tabulated_values`.
    #[track_caller]
    pub fn edge_of_chaos(activation: Activation, c_b: f64) -> Result<Self, NotCritical> {
        assert!(c_b >= 0.0 && c_b.is_finite(), "a bias variance is finite and not negative, got {c_b}");
        if c_b == 0.0
            && let Ok(critical) = Criticality::of(activation)
            && !matches!(critical.class, Universality::HalfStable { .. })
        {
            return Ok(critical.mlp());
        }
        if activation.slopes().is_some() {
            return Err(NotCritical::NoFixedPoint(activation)); // K grows by C_b in every layer
        }
        let bias_at = |k: f64| {
            let at = Moments::of(activation, k);
            k - at.square / at.slope
        };
        let kernel = first_root(1e-3, 1e3, |k| bias_at(k) - c_b).ok_or(NotCritical::NoFixedPoint(activation))?;
        let weight_variance = 1.0 / Moments::of(activation, kernel).slope;
        Ok(Self::new(activation).weight_variance(weight_variance).bias_variance(c_b))
    }
}
