//! Kernel regression: what an infinitely wide network predicts once it is trained, and how sure it is.

use super::linear::{Cholesky, IllConditioned};
use super::numeric;
use super::product::product;
use ndarray::{Array1, Array2, ArrayRef2};

/// Regression with a kernel: the mean and the covariance of a Gaussian process with covariance K that was seen at
/// the training inputs with noise of variance `ridge`; the mean is also ridge regression in the kernel's features.
///
/// mean(x) = K(x, X) (K + delta I)^-1 y, cov(x, x') = K(x, x') - K(x, X) (K + delta I)^-1 K(X, x').
///
/// ```
/// use theoria::theory::*;
/// let x = ndarray::array![[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]];
/// let y = ndarray::array![[1.0], [-1.0], [0.5]]; // one output
/// let mlp = Mlp::critical(Relu).depth(2);
/// let fit = KernelRegression::fit(&mlp.ntk(&x, &x), &y, 0.0)?;
/// let test = ndarray::array![[0.8, 0.6]];
/// let prediction = fit.predict(&mlp.ntk(&test, &x));
/// assert_eq!(prediction.dim(), (1, 1));
/// # Ok::<(), IllConditioned>(())
/// ```
/// Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eqs. 2.25, 2.26.
/// Checked against: `posteriors_are_those_of_conditioned_gaussians`.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelRegression {
    factor: Cholesky,
    targets: Array2<f64>,
    /// (K + delta I)^-1 y.
    weights: Array2<f64>,
}

impl KernelRegression {
    /// Fits the training kernel (N x N) to `y` (N x outputs) with ridge delta = `ridge`. A kernel that is all but
    /// singular gets the jitter that [`Cholesky`] states; one that is worse is an error with its condition number.
    /// Panics unless the kernel is square, `y` has its rows, the ridge is not negative and all is finite.
    /// Cost: N^3 / 3 + 2 N^2 outputs operations.
    /// Checked against: `posteriors_are_those_of_conditioned_gaussians`, `a_singular_kernel_is_an_error`.
    #[track_caller]
    pub fn fit(kernel: &ArrayRef2<f64>, y: &ArrayRef2<f64>, ridge: f64) -> Result<Self, IllConditioned> {
        assert!(ridge >= 0.0 && ridge.is_finite(), "a ridge is finite and not negative, got {ridge}");
        check_targets(kernel, y);
        let mut regular = kernel.to_owned();
        regular.diag_mut().iter_mut().for_each(|v| *v += ridge);
        let factor = Cholesky::of(&regular)?;
        Ok(Self { weights: factor.solve(y), targets: y.to_owned(), factor })
    }

    /// What was added to the diagonal besides the ridge; 0 unless the kernel was all but singular.
    /// Checked against: `a_singular_kernel_is_an_error`.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        self.factor.jitter()
    }

    /// The posterior mean at test inputs, given their kernel with the training inputs (N_test x N): N_test x
    /// outputs. Panics if sizes differ or a number is not finite. Cost: 2 N_test N outputs operations.
    /// Checked against: `posteriors_are_those_of_conditioned_gaussians`, `what_is_not_a_number_never_reaches_a_prediction`.
    #[must_use]
    #[track_caller]
    pub fn predict(&self, cross: &ArrayRef2<f64>) -> Array2<f64> {
        check_cross(cross, self.weights.nrows());
        product(cross, &self.weights)
    }

    /// The posterior covariance at test inputs, given their kernels with the training inputs (N_test x N) and with
    /// themselves (N_test x N_test); the same for every output.
    /// Panics if sizes differ or a number is not finite. Cost: N^2 N_test + N N_test^2 operations.
    /// Checked against: `posteriors_are_those_of_conditioned_gaussians`, `what_is_not_a_number_never_reaches_a_prediction`.
    #[must_use]
    #[track_caller]
    pub fn covariance(&self, cross: &ArrayRef2<f64>, test: &ArrayRef2<f64>) -> Array2<f64> {
        check_cross(cross, self.weights.nrows());
        check_test(test, cross);
        let half = self.factor.half_solve(&cross.t());
        test.to_owned() - product(&half.t(), &half)
    }

    /// By how much each training target would be missed if it were left out of the fit: w_i / [(K + delta I)^-1]_ii,
    /// w = (K + delta I)^-1 y; N x outputs, target less prediction.
    /// Cost: N^3 operations.
    /// Source: Rasmussen and Williams (2006), eq. 5.12.
    /// Checked against: `targets_left_out_are_those_of_other_fits`.
    #[must_use]
    pub fn leave_one_out(&self) -> Array2<f64> {
        let inverse = self.inverse_diagonal();
        let mut missed = self.weights.clone();
        missed.rows_mut().into_iter().zip(&inverse).for_each(|(mut row, entry)| row /= *entry);
        missed
    }

    /// Generalised cross-validation: an estimate of the mean squared error on new examples of each output, noise
    /// included, from the training examples alone: N |w|^2 / (tr (K + delta I)^-1)^2.
    /// Cost: N^3 operations.
    /// Source: Golub, Heath and Wahba, Technometrics 21, 215 (1979); without a ridge, Jacot et al., arXiv 2006.09796.
    /// Checked against: `targets_left_out_are_those_of_other_fits`.
    #[must_use]
    pub fn cross_validation(&self) -> Vec<f64> {
        let trace = self.inverse_diagonal().sum();
        let count = self.weights.nrows() as f64;
        self.weights.columns().into_iter().map(|w| count * w.dot(&w) / (trace * trace)).collect()
    }

    /// The diagonal of (K + delta I)^-1 = L^-T L^-1.
    fn inverse_diagonal(&self) -> Array1<f64> {
        let half = self.factor.half_solve(&Array2::eye(self.weights.nrows()));
        half.columns().into_iter().map(|column| column.dot(&column)).collect()
    }

    /// ln p(y) of each output under the Gaussian process with noise: -y^T (K + delta I)^-1 y / 2 - ln det(K + delta
    /// I) / 2 - N ln(2 pi) / 2. O(N outputs).
    /// Source: Rasmussen and Williams (2006), eq. 2.30.
    /// Checked against: `posteriors_are_those_of_conditioned_gaussians`.
    #[must_use]
    pub fn log_evidence(&self) -> Vec<f64> {
        let constant =
            self.factor.log_determinant() + self.targets.nrows() as f64 * numeric::ln(2.0 * std::f64::consts::PI);
        let pairs = self.targets.columns().into_iter().zip(self.weights.columns());
        pairs.map(|(y, weights)| -0.5 * (y.dot(&weights) + constant)).collect()
    }
}

#[track_caller]
pub(super) fn check_targets(kernel: &ArrayRef2<f64>, y: &ArrayRef2<f64>) {
    assert!(kernel.is_square(), "the kernel of the training inputs is square, got {:?}", kernel.dim());
    let fits = y.nrows() == kernel.nrows() && y.ncols() > 0;
    assert!(fits, "{} training inputs need as many rows of targets, got {:?}", kernel.nrows(), y.dim());
    assert!(y.iter().all(|v| v.is_finite()), "targets must be finite numbers");
    assert!(kernel.iter().all(|v| v.is_finite()), "a kernel of training inputs holds finite numbers");
}

/// A kernel of test inputs with `train` training inputs.
#[track_caller]
pub(super) fn check_cross(cross: &ArrayRef2<f64>, train: usize) {
    let columns = cross.ncols();
    assert!(columns == train, "{train} training inputs give a cross kernel as many columns, got {columns}");
    assert!(cross.iter().all(|v| v.is_finite()), "a kernel of test with training inputs holds finite numbers");
}

/// A kernel of the test inputs of `cross` with themselves.
#[track_caller]
pub(super) fn check_test(test: &ArrayRef2<f64>, cross: &ArrayRef2<f64>) {
    let count = cross.nrows();
    assert!(
        test.dim() == (count, count),
        "{count} test inputs have a square kernel of that size, got {:?}",
        test.dim()
    );
    assert!(test.iter().all(|v| v.is_finite()), "a kernel of test inputs holds finite numbers");
}
