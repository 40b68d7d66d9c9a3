//! Memory that every step of a training uses again.

use crate::theory::vector::Real;
use ndarray::Array2;

/// Memory that is used again: asking the system for it, and for zeros in it, costs a good part of a small step. It holds
/// nothing that matters between two uses.
/// Checked against: `rules_follow_their_equations`.
#[derive(Clone, Debug, Default)]
pub struct Room<T> {
    free: Vec<Vec<T>>,
}

impl<T: Real> Room<T> {
    /// A row of zeros.
    pub(in crate::theory) fn zeros(&mut self, count: usize) -> Vec<T> {
        let mut numbers = self.taken(count);
        numbers.clear();
        numbers.resize(count, T::default());
        numbers
    }

    /// A matrix of any numbers, to be overwritten.
    pub(in crate::theory) fn matrix(&mut self, (rows, columns): (usize, usize)) -> Array2<T> {
        let mut numbers = self.taken(rows * columns);
        numbers.resize(rows * columns, T::default());
        Array2::from_shape_vec((rows, columns), numbers).expect("the sizes agree")
    }

    /// A matrix of zeros.
    pub(in crate::theory) fn zero_matrix(&mut self, shape: (usize, usize)) -> Array2<T> {
        let numbers = self.zeros(shape.0 * shape.1);
        Array2::from_shape_vec(shape, numbers).expect("the sizes agree")
    }

    /// What is no longer needed.
    pub(in crate::theory) fn give_back(&mut self, numbers: impl IntoIterator<Item = Vec<T>>) {
        self.free.extend(numbers);
    }

    /// Matrices that are no longer needed.
    pub(in crate::theory) fn give_back_matrices(&mut self, matrices: impl IntoIterator<Item = Array2<T>>) {
        self.free.extend(matrices.into_iter().map(|matrix| matrix.into_raw_vec_and_offset().0));
    }

    /// The smallest piece that is large enough, or else any.
    fn taken(&mut self, count: usize) -> Vec<T> {
        let fits = |numbers: &Vec<T>| numbers.capacity() >= count;
        let found = (0..self.free.len()).filter(|at| fits(&self.free[*at])).min_by_key(|at| self.free[*at].capacity());
        found.map(|at| self.free.swap_remove(at)).unwrap_or_default()
    }
}
