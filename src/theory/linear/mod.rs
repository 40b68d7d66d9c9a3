//! Dense linear algebra of symmetric matrices: Cholesky factors and eigenvectors, the same bits whatever the number
//! of threads.

mod cholesky;
mod eigen;
mod tridiagonal;

pub use cholesky::{Cholesky, IllConditioned};
pub use eigen::Eigen;
