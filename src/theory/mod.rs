//! What is true: the mathematics, on ndarray. No I/O, no clock, nothing else of ours.
//!
//! `use theoria::theory::*;` brings every name that a cell needs; the activations are there by their short
//! names. What there is, in the order of a course:
//!
//! | question | where |
//! |---|---|
//! | What does one nonlinearity do to Gaussian inputs? | [`activation`], [`quadrature`] |
//! | What is a network of infinite width? | [`Mlp`] for perceptrons, [`layers`] for all that is put together from layers |
//! | Which networks survive depth, and how much do finite ones fluctuate? | [`effective`] |
//! | What do finite networks do? | [`Network`], [`Ensemble`], [`FiniteLayers`], [`FiniteNetworks`] |
//! | How are they trained, and what happens meanwhile? | [`training`], [`Parametrization`] |
//! | Which laws of learning can be solved? | [`solvable`] |
//! | What does training make of a wide network? | [`Dynamics`], [`KernelRegression`] |
//! | How many examples does a kernel need? | [`Eigenlearning`], [`PowerLaw`], [`spectra`], [`alignment`] |
//! | What does a diffusion model compute, and why does it invent? | [`score`], [`diffusion`], [`denoiser`], [`calibration`] |
//! | Where do images come from? | [`images`], [`files`] |
//!
//! Below them: [`product`](mod@product) (matrix products), [`linear`] (Cholesky factors, eigenvectors), [`vector`] (functions
//! of many numbers at once), [`numeric`] (functions of one), [`random`], [`parallel`], [`statistics`]. All of it gives the
//! same bits on every machine and any number of threads.
//!
//! Conventions. A network of depth D has D activations and D + 1 dense layers. Biases have variance C_b, weights C_W / fan
//! in. K is the covariance of an output over random parameters (NNGP), Theta the tangent kernel (NTK), T and Tdot the
//! dual maps of an activation. Inputs are rows.

pub mod activation;
pub mod alignment;
pub mod calibration;
mod competition;
pub mod denoiser;
pub mod diffusion;
pub mod dynamics;
pub mod effective;
pub mod eigenlearning;
pub mod ensemble;
pub mod files;
mod fluctuation;
pub mod images;
pub mod kernel;
pub mod layers;
pub mod linear;
pub mod network;
pub mod numeric;
mod overlaps;
pub mod parallel;
pub mod product;
mod propagation;
pub mod quadrature;
pub mod random;
pub mod regression;
pub mod score;
pub mod solvable;
pub mod spectra;
pub mod statistics;
pub mod training;
pub mod vector;

pub use activation::Activation::{
    self, Abs, Cos, Erf, Exp, Gaussian, Gelu, Hermite, LeakyRelu, Linear, Monomial, Relu, ReluSquared, ScaleInvariant,
    Sigmoid, Sin, Sine, Softplus, Step, Swish, Tanh,
};
pub use activation::Dual;
pub use alignment::{centred_kernel_alignment, kernel_alignment, target_alignment};
pub use calibration::{Agreement, Calibration, agreement, score_cosines};
pub use denoiser::{Denoiser, Padding, ResNet, Trained, Training};
pub use diffusion::{Convention, CosineSchedule, Sampler};
pub use dynamics::{Dynamics, Prior, Progress};
pub use effective::{
    Criticality, EffectiveTheory, Estimate, FiniteNetworks, NearbyInputs, Residual, Universality, depth_scale,
    lognormal_mutual_information, mutual_information, optimal_aspect_ratio,
};
pub use eigenlearning::{Eigenlearning, Learned, Mode, PowerLaw};
pub use ensemble::Ensemble;
pub use files::DamagedFile;
pub use images::Images;
pub use kernel::{Kernels, Mlp};
pub use layers::{
    Edges, FiniteLayers, Inputs, Layers, conv, dense, flatten, global_average_pool, layer_norm, residual,
};
pub use linear::{Cholesky, Eigen, IllConditioned};
pub use network::{Network, Parametrization};
pub use product::{gram, product};
pub use quadrature::gaussian_expectation;
pub use random::Stream;
pub use regression::KernelRegression;
pub use score::{Machine, Nearest, Winners, nearest, nearest_patch};
pub use solvable::deep_linear::{LinearMode, LinearNetwork, escape_time, unbalanced_mode};
pub use solvable::double_descent::{IsotropicRegression, RandomFeatures};
pub use solvable::embeddings::{Embeddings, embedding_half_time, embedding_target, hierarchical_language};
pub use solvable::grokking::{LinearGrokking, ModularAddition, norm_decay_time};
pub use solvable::marchenko_pastur::MarchenkoPastur;
pub use solvable::quanta::Quanta;
pub use solvable::stability::{Catapult, Flight, MinimalEdge, SelfStabilisation};
pub use solvable::teacher_student::{OnlineLearner, TeacherStudent};
pub use spectra::{effective_dimension, gauss_legendre, hypercube_spectrum, participation_ratio, sphere_spectrum};
pub use statistics::{
    excess_kurtosis, log_log_slope, mean, median, pearson, quantile, slope, standard_deviation, standard_error, sum,
    variance,
};
pub use training::{Course, Descent, Loss, Model, accuracy, hessian_eigenvalues, one_hot, sharpness};
pub use vector::Real;
