//! What is true: the mathematics, on ndarray. No I/O, no clock, nothing else of ours.
//!
//! `use theoria::theory::*;` brings every name that a cell needs; the activations are there by their short
//! names.

pub mod activation;
mod competition;
pub mod diffusion;
pub mod ensemble;
mod fluctuation;
mod gram;
pub mod images;
pub mod kernel;
pub mod network;
pub mod numeric;
pub mod parallel;
mod patches;
mod propagation;
pub mod quadrature;
pub mod random;
pub mod score;
pub mod statistics;
pub mod vector;

pub use activation::Activation::{self, Abs, Erf, Gelu, LeakyRelu, Linear, Relu, Sin, Tanh};
pub use activation::Dual;
pub use diffusion::{Convention, CosineSchedule, Sampler};
pub use ensemble::Ensemble;
pub use images::Images;
pub use kernel::{Kernels, Mlp};
pub use network::Network;
pub use quadrature::gaussian_expectation;
pub use random::Stream;
pub use score::{Machine, Nearest, Winners, nearest, nearest_patch};
pub use statistics::{
    excess_kurtosis, log_log_slope, mean, median, pearson, quantile, slope, standard_deviation, standard_error, sum,
    variance,
};
