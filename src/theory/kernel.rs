//! Infinitely wide fully connected networks: the NNGP and neural tangent kernels.

use super::activation::Activation;
use super::effective::Criticality;
use super::overlaps::Inputs;
use super::propagation::{Dense, Matrices, Wanted, propagate};
use super::vector::Real;
use ndarray::{Array2, ArrayView1, CowArray, Ix2};

/// A fully connected network, before its width is chosen.
///
/// Depth D means D activations and D + 1 dense layers: z^(1) = b + W x, z^(l+1) = b + W sigma(z^(l)), output
/// z^(D+1), with Var b = C_b and Var W = C_W / fan_in. In neural-tangents' words C_W = W_std^2, C_b = b_std^2.
///
/// ```
/// use theoria::theory::*;
/// let x = ndarray::array![[1.0, 0.0], [0.6, 0.8]];
/// let mlp = Mlp::new(Relu).depth(3).weight_variance(2.0).bias_variance(0.0);
/// let kernels = mlp.kernels_of(&x);
/// assert!((kernels.ntk[[0, 0]] - 4.0).abs() < 1e-12);
/// ```
/// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, chapter 2 (initialisation), chapter 8 (tangent kernel).
/// Checked against: `kernels_match_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mlp {
    /// The nonlinearity sigma.
    pub activation: Activation,
    /// D, the number of hidden layers.
    pub depth: usize,
    /// C_W.
    pub weight_variance: f64,
    /// C_b.
    pub bias_variance: f64,
    /// (lambda_b, lambda_W), if set by [`Mlp::learning_rates`].
    pub(super) rates: Option<(f64, f64)>,
}

/// The two kernels of a set of input pairs: `nngp` is the covariance E z(x) z(x') of one output, `ntk` is E
/// sum_mu lambda_mu dz(x)/dtheta_mu dz(x')/dtheta_mu. Shape of both: (rows of x1, rows of x2).
/// Checked against: `kernels_match_golden_values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernels<T = f64> {
    /// Covariance of an output, K.
    pub nngp: Array2<T>,
    /// Neural tangent kernel, Theta.
    pub ntk: Array2<T>,
}

impl Mlp {
    /// A network of depth 1 with C_W = 1, C_b = 0; chain [`depth`](Mlp::depth),
    /// [`weight_variance`](Mlp::weight_variance), ... to change it.
    /// Checked against: `kernels_match_golden_values`.
    #[must_use]
    pub fn new(activation: Activation) -> Self {
        Self { activation, depth: 1, weight_variance: 1.0, bias_variance: 0.0, rates: None }
    }

    /// A network of depth 1 at criticality, where a typical signal and a small difference neither grow nor decay
    /// exponentially with depth (chi_par = chi_perp = 1): [`Criticality`] in one word.
    ///
    /// | activation | C_b | C_W |
    /// |---|---|---|
    /// | slopes (a, b): relu, leaky relu, abs, linear | 0 | 2 / (a^2 + b^2) |
    /// | tanh, sin, erf, and others through 0 that bend inwards | 0 | 1 / sigma'(0)^2 |
    /// | gelu | 0.1729... | 1.983..., critical at K* = (3 + sqrt 17)/2 only |
    /// | swish | 0.5551... | 1.988..., critical at K* = 14.32... only |
    ///
    /// Panics for an activation that has no such point, such as softplus, or one of slopes that are not finite.
    /// Cost: O(1); some 10^5 evaluations where the point has to be searched for.
    /// Source: Roberts, Yaida and Hanin, arXiv 2106.10165, sections 5.2 and 5.3.
    /// Checked against: `critical_networks_have_unit_susceptibility`.
    #[must_use]
    #[track_caller]
    pub fn critical(activation: Activation) -> Self {
        match Criticality::of(activation) {
            Ok(found) => found.mlp(),
            Err(error) => panic!("{error}"),
        }
    }

    /// The same network with D = `depth` hidden layers; 0 is a linear model.
    /// Checked against: `kernels_match_golden_values`.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// The same network with Var W = C_W / fan_in.
    /// Panics if C_W is negative or not finite.
    /// Checked against: `kernels_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn weight_variance(self, c_w: f64) -> Self {
        assert!(c_w >= 0.0 && c_w.is_finite(), "a weight variance is finite and not negative, got {c_w}");
        Self { weight_variance: c_w, ..self }
    }

    /// The same network with Var b = C_b.
    /// Panics if C_b is negative or not finite.
    /// Checked against: `kernels_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn bias_variance(self, c_b: f64) -> Self {
        assert!(c_b >= 0.0 && c_b.is_finite(), "a bias variance is finite and not negative, got {c_b}");
        Self { bias_variance: c_b, ..self }
    }

    /// The same network with learning rates lambda_b of a bias and lambda_W / fan_in of a weight in the tangent
    /// kernel.
    ///
    /// Without this call lambda_b = C_b and lambda_W = C_W, the NTK parameterisation of neural-tangents; the
    /// textbook's figures use (0, 1).
    /// Panics if a rate is negative or not finite.
    /// Source: arXiv 2106.10165, chapter 8.
    /// Checked against: `learning_rates_reproduce_the_textbook_tangent_kernel`.
    #[must_use]
    #[track_caller]
    pub fn learning_rates(self, lambda_b: f64, lambda_w: f64) -> Self {
        let valid = lambda_b >= 0.0 && lambda_w >= 0.0 && lambda_b.is_finite() && lambda_w.is_finite();
        assert!(valid, "learning rates are finite and not negative, got {lambda_b} and {lambda_w}");
        Self { rates: Some((lambda_b, lambda_w)), ..self }
    }

    /// (lambda_b, lambda_W): what [`learning_rates`](Mlp::learning_rates) set, else (C_b, C_W).
    /// Checked against: `learning_rates_reproduce_the_textbook_tangent_kernel`.
    #[must_use]
    pub fn rates(&self) -> (f64, f64) {
        self.rates.unwrap_or((self.bias_variance, self.weight_variance))
    }

    /// NNGP and tangent kernel between the rows of `x1` (n1 x n0) and those of `x2` (n2 x n0); both results are
    /// n1 x n2.
    ///
    /// Start: c = x1 . x2 / n_0, Theta = 0. Dense layer: c <- C_b + C_W c, Theta <- lambda_b + lambda_W c + C_W
    /// Theta. Activation: c <- T(p, q, c), Theta <- Tdot(p, q, c) Theta, with T of [`Activation::dual`]. The
    /// variances p, q are carried on their own, and identical inputs keep c = p exactly. Each entry depends on its
    /// two inputs alone, to the last bit: not on the other inputs, the threads or the machine.
    /// Panics if the inputs' lengths differ or are 0, or a value is not finite.
    /// Cost: O(n1 n2 (n0 + D)), on all cores; without bias, 16 layers of a homogeneous activation cost as much as two
    /// or three. Memory: the results and a copy of `x2`.
    ///
    /// ```
    /// use theoria::theory::*;
    /// let (train, test) = (ndarray::array![[1.0, 0.0], [0.6, 0.8]], ndarray::array![[0.0, 1.0]]);
    /// let kernels = Mlp::critical(Relu).depth(3).kernels(&test, &train);
    /// assert_eq!(kernels.ntk.dim(), (1, 2));
    /// ```
    /// Source: Lee et al., arXiv 1711.00165; Jacot, Gabriel and Hongler, arXiv 1806.07572; Lee et al., arXiv
    /// 1902.06720.
    /// Checked against: `kernels_match_golden_values` (mpmath and neural-tangents),
    /// `empirical_kernels_average_to_the_closed_form` (sampling).
    #[must_use]
    #[track_caller]
    pub fn kernels(&self, x1: &Array2<f64>, x2: &Array2<f64>) -> Kernels {
        self.propagated(&[self.depth], x1, Some(x2), Wanted::Both).remove(0)
    }

    /// The kernels of the rows of `x` (n x n0) with each other: symmetric, n x n, half the work of
    /// [`kernels`](Mlp::kernels), with an exact diagonal.
    /// Panics as `kernels`.
    /// Cost: O(n^2 (n0 + D) / 2), on all cores.
    /// Source: as `kernels`.
    /// Checked against: `kernels_match_golden_values`, `symmetric_kernels_equal_the_general_ones`.
    #[must_use]
    #[track_caller]
    pub fn kernels_of(&self, x: &Array2<f64>) -> Kernels {
        self.propagated(&[self.depth], x, None, Wanted::Both).remove(0)
    }

    /// [`kernels`](Mlp::kernels) in single precision: half the memory, twice as fast.
    ///
    /// To about 1e-6 of the variances, save the tangent kernel of nearly parallel inputs: their angle is known to the
    /// root of the last place only, which costs it up to 1e-4.
    /// Panics as `kernels`.
    /// Cost: O(n1 n2 (n0 + D)), on all cores.
    /// Source: as `kernels`.
    /// Checked against: `single_precision_follows_double`.
    #[must_use]
    #[track_caller]
    pub fn kernels_f32(&self, x1: &Array2<f32>, x2: &Array2<f32>) -> Kernels<f32> {
        self.propagated(&[self.depth], x1, Some(x2), Wanted::Both).remove(0)
    }

    /// [`kernels_of`](Mlp::kernels_of) in single precision, as exact as [`kernels_f32`](Mlp::kernels_f32), the
    /// diagonal to about 1e-6.
    /// Panics as `kernels`.
    /// Cost: O(n^2 (n0 + D) / 2), on all cores.
    /// Source: as `kernels`.
    /// Checked against: `single_precision_follows_double`.
    #[must_use]
    #[track_caller]
    pub fn kernels_of_f32(&self, x: &Array2<f32>) -> Kernels<f32> {
        self.propagated(&[self.depth], x, None, Wanted::Both).remove(0)
    }

    /// The NNGP kernel of [`kernels`](Mlp::kernels) alone. Cost and panics as there.
    /// Checked against: `kernels_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn nngp(&self, x1: &Array2<f64>, x2: &Array2<f64>) -> Array2<f64> {
        self.propagated(&[self.depth], x1, Some(x2), Wanted::Nngp).remove(0).nngp
    }

    /// The tangent kernel of [`kernels`](Mlp::kernels) alone. Cost and panics as there.
    /// Checked against: `kernels_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn ntk(&self, x1: &Array2<f64>, x2: &Array2<f64>) -> Array2<f64> {
        self.propagated(&[self.depth], x1, Some(x2), Wanted::Ntk).remove(0).ntk
    }

    /// [`kernels_of`](Mlp::kernels_of) for every depth at once: entry l, for l = 0, ..., D, belongs to the
    /// network of depth l.
    /// Panics as `kernels_of`.
    /// Cost: that of one `kernels_of`, and D + 1 pairs of n x n matrices.
    /// Checked against: `the_trace_holds_every_depth`.
    #[must_use]
    #[track_caller]
    pub fn trace(&self, x: &Array2<f64>) -> Vec<Kernels> {
        self.propagated(&(0..=self.depth).collect::<Vec<_>>(), x, None, Wanted::Both)
    }

    #[track_caller]
    fn propagated<T: Real>(
        &self,
        depths: &[usize],
        x1: &Array2<T>,
        x2: Option<&Array2<T>>,
        wanted: Wanted,
    ) -> Vec<Kernels<T>> {
        check_inputs(x1);
        if let Some(x2) = x2 {
            check_inputs(x2);
            assert!(x1.ncols() == x2.ncols(), "inputs have {} and {} coordinates", x1.ncols(), x2.ncols());
        }
        let (bias_rate, weight_rate) = self.rates();
        let dense = Dense { bias: self.bias_variance, weight: self.weight_variance, bias_rate, weight_rate };
        let (x1, x2) = (x1.as_standard_layout(), x2.map(|x2| x2.as_standard_layout()));
        let matrices = propagate(self.activation, dense, depths, rows(&x1), x2.as_ref().map(rows), wanted);
        matrices.into_iter().map(assemble).collect()
    }

    /// One layer's map of the variance of a preactivation: K <- C_b + C_W <sigma^2>_K.
    /// Panics if K is negative. O(1).
    /// Source: Poole et al., arXiv 1606.05340.
    /// Checked against: `critical_networks_keep_the_variance_of_scale_invariant_activations`.
    #[must_use]
    #[track_caller]
    pub fn variance_map(&self, variance: f64) -> f64 {
        self.bias_variance + self.weight_variance * self.activation.dual(variance, variance, variance).value
    }

    /// One layer's map of the correlation of two preactivations that both have variance K: rho <- [C_b + C_W
    /// T(K, K, K rho)] / [C_b + C_W T(K, K, K)].
    /// Panics if the variance or rho is out of range, or the layer's output has no variance. O(1).
    /// Source: Poole et al., arXiv 1606.05340.
    /// Checked against: `the_correlation_map_is_that_of_the_kernel`.
    #[must_use]
    #[track_caller]
    pub fn correlation_map(&self, variance: f64, rho: f64) -> f64 {
        assert!((-1.0..=1.0).contains(&rho), "a correlation lies in [-1, 1], got {rho}");
        let next = self.variance_map(variance);
        assert!(next > 0.0, "the correlation of preactivations without variance is not defined");
        (self.bias_variance + self.weight_variance * self.activation.dual(variance, variance, variance * rho).value)
            / next
    }

    /// chi_perp = C_W <sigma'^2>_K: by how much one layer multiplies a small difference between two inputs,
    /// squared; 1 at criticality.
    /// Panics if the variance is negative. O(1).
    /// Source: Schoenholz et al., arXiv 1611.01232 (there chi_1); arXiv 2106.10165, section 5.1.
    /// Checked against: `critical_networks_have_unit_susceptibility`.
    #[must_use]
    #[track_caller]
    pub fn susceptibility(&self, variance: f64) -> f64 {
        self.weight_variance * self.activation.dual(variance, variance, variance).slope
    }
}

#[track_caller]
pub(super) fn check_inputs<T: Real>(x: &Array2<T>) {
    assert!(x.ncols() > 0, "inputs need at least one coordinate");
    // Counted in rows, which the compiler makes vectors of, where it leaves a search alone.
    let bad = |row: ArrayView1<T>| match row.as_slice() {
        Some(row) => row.iter().map(|v| usize::from(!v.finite())).sum::<usize>(),
        None => row.iter().filter(|v| !v.finite()).count(),
    };
    assert!(x.rows().into_iter().map(bad).sum::<usize>() == 0, "inputs must be finite numbers");
}

fn rows<'a, T: Real>(x: &'a CowArray<'_, T, Ix2>) -> Inputs<'a, T> {
    Inputs { values: x.as_slice().expect("a standard layout is one slice"), length: x.ncols() }
}

fn assemble<T: Real>(matrices: Matrices<T>) -> Kernels<T> {
    let matrix = |values: Vec<T>| {
        // A kernel that was not wanted has no numbers.
        let shape = if values.len() == matrices.shape.0 * matrices.shape.1 { matrices.shape } else { (0, 0) };
        Array2::from_shape_vec(shape, values).expect("one number for each pair")
    };
    Kernels { nngp: matrix(matrices.nngp), ntk: matrix(matrices.ntk) }
}
