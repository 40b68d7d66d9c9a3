//! Dense linear algebra of symmetric matrices: Cholesky factors and eigenvectors.

mod cholesky;
mod eigen;
mod tridiagonal;

pub use cholesky::{Cholesky, IllConditioned};
pub use eigen::Eigen;
