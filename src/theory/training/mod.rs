//! Training: gradient methods for whatever has parameters, and what is watched meanwhile.
//!
//! A [`Model`] is a network that can be differentiated: a [`Network`](super::Network) in either precision, or
//! [`FiniteLayers`](super::FiniteLayers) with convolutions. A [`Descent`] says how it is trained.

mod descent;
mod loss;
mod observables;
mod room;

pub use descent::{Course, Descent};
pub use loss::{Loss, accuracy, one_hot};
pub use observables::{hessian_eigenvalues, sharpness};
pub use room::Room;

use super::vector::{Operations as _, Real};
use ndarray::Array2;
use std::ops::Range;

/// How fast the parameters of one layer learn, relative to the rate of the method.
/// Checked against: `coordinates_move_as_each_parametrization_says`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerRates {
    /// Under gradient descent, with momentum or without.
    pub gradient: f64,
    /// Under Adam.
    pub adam: f64,
}

/// Parameters that learn at one rate.
/// Checked against: `coordinates_move_as_each_parametrization_says`.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Their places.
    pub range: Range<usize>,
    /// How fast they learn.
    pub rates: LayerRates,
}

/// Is told outputs (N x n), and answers with the slopes of something with respect to them, of the same shape.
pub type Slopes<'a, T> = dyn FnMut(&Array2<T>) -> Array2<T> + 'a;

/// What a gradient method needs of a network: its parameters in a row, what it makes of inputs, and the gradient.
/// Inputs are the rows of a matrix, N x n_0, outputs N x n.
/// Checked against: `gradients_of_models_match_finite_differences`, `hessians_match_finite_differences`.
pub trait Model: Clone + Send + Sync {
    /// f64 or f32.
    type Number: Real;

    /// All parameters.
    fn parameters(&self) -> &[Self::Number];

    /// All parameters, to be changed.
    fn parameters_mut(&mut self) -> &mut [Self::Number];

    /// Groups of parameters and their rates; together they are all parameters, in their order.
    fn groups(&self) -> Vec<Group>;

    /// The outputs for the rows of `x`.
    fn outputs(&self, x: &Array2<Self::Number>) -> Array2<Self::Number>;

    /// sum_ij s_ij df_j(x_i)/dtheta, where `slope` is told the outputs f and answers with s (N x n): the gradient of a
    /// loss, if s is the loss's own with respect to the outputs. As long as the parameters. What memory it takes may come
    /// from `room`.
    fn pull_back(
        &self,
        x: &Array2<Self::Number>,
        slope: &mut Slopes<Self::Number>,
        room: &mut Room<Self::Number>,
    ) -> Vec<Self::Number>;

    /// H v, with H the Hessian of the loss with respect to the parameters, and v a direction as long as they are.
    ///
    /// Unless a model knows better: a central difference of gradients, good to about the 2/3-rd power of the rounding
    /// error, where activations are smooth.
    fn hessian_times(
        &self,
        loss: Loss,
        x: &Array2<Self::Number>,
        y: &Array2<Self::Number>,
        direction: &[Self::Number],
    ) -> Vec<Self::Number> {
        let length = direction.iter().map(|v| v.to_f64() * v.to_f64()).sum::<f64>().sqrt();
        if length == 0.0 {
            return direction.to_vec();
        }
        let step = super::numeric::pow(Self::Number::epsilon().to_f64(), 1.0 / 3.0) / length;
        let at = |step: f64| {
            let mut moved = self.clone();
            let step = Self::Number::of(step);
            moved.parameters_mut().iter_mut().zip(direction).for_each(|(p, v)| *p = *p + step * *v);
            loss.gradient(&moved, x, y)
        };
        let scale = Self::Number::of(0.5 / step);
        at(step).into_iter().zip(at(-step)).map(|(above, below)| (above - below) * scale).collect()
    }
}
