//! Forward and backward through a fully connected network, and the product of its Hessian with a direction.

use super::{Network, everywhere};
use crate::theory::product::{add_product_on_all_cores, add_transposed_product_on_all_cores};
use crate::theory::training::{Group, Loss, Model, Room, Slopes};
use crate::theory::vector::Real;
use ndarray::{Array2, ArrayRef2, ArrayView1, ArrayView2, ArrayViewMut2, Zip};

/// What the backward pass needs of the forward one.
struct Pass<T> {
    /// sigma(z^(1)), ..., sigma(z^(D)): what enters every layer but the first.
    features: Vec<Array2<T>>,
    /// sigma'(z^(1)), ..., sigma'(z^(D)).
    slopes: Vec<Array2<T>>,
    output: Array2<T>,
}

impl<T: Real> Network<T> {
    /// Outputs of the rows of `x` (N x n_0): N x outputs.
    /// Panics if the number of coordinates is wrong or a value is not finite.
    /// Cost: O(N * number of parameters), on all cores.
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn forward(&self, x: &Array2<T>) -> Array2<T> {
        self.check(x);
        let mut z = self.affine(0, x.view());
        for layer in 1..self.layers() {
            self.mlp.activation.values(numbers(&mut z));
            z = self.affine(layer, z.view());
        }
        z
    }

    /// Preactivations z^(1), ..., z^(D+1) of the rows of `x`: D + 1 arrays, N x (width of that layer); the last
    /// is the output. z^(1) = b + W x, z^(l+1) = b + W sigma(z^(l)).
    /// Panics and cost as [`forward`](Network::forward).
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn preactivations(&self, x: &Array2<T>) -> Vec<Array2<T>> {
        self.check(x);
        let mut all = vec![self.affine(0, x.view())];
        for layer in 1..self.layers() {
            let mut features = all[layer - 1].clone();
            self.mlp.activation.values(numbers(&mut features));
            all.push(self.affine(layer, features.view()));
        }
        all
    }

    /// Features sigma(z^(1)), ..., sigma(z^(D)) of the rows of `x`: D arrays, N x (width of that layer).
    /// Panics and cost as [`forward`](Network::forward).
    /// Checked against: `preactivations_follow_the_layer_equation`.
    #[must_use]
    #[track_caller]
    pub fn features(&self, x: &Array2<T>) -> Vec<Array2<T>> {
        let mut all = self.preactivations(x);
        all.pop();
        all.iter_mut().for_each(|z| self.mlp.activation.values(numbers(z)));
        all
    }

    #[track_caller]
    pub(super) fn check(&self, x: &ArrayRef2<T>) {
        let fan_in = self.sizes[0];
        assert!(x.ncols() == fan_in, "the network takes {fan_in} coordinates, the inputs have {}", x.ncols());
        let at = x.indexed_iter().find(|(_, v)| !v.finite());
        assert!(at.is_none(), "inputs must be finite numbers, got {at:?}");
    }

    /// b + W h for every row h.
    fn affine(&self, layer: usize, h: ArrayView2<T>) -> Array2<T> {
        self.affine_in(layer, h, &mut Room::default())
    }

    fn affine_in(&self, layer: usize, h: ArrayView2<T>, room: &mut Room<T>) -> Array2<T> {
        let biases = &self.parameters[self.bias_range(layer)];
        let mut z = room.matrix((h.nrows(), biases.len()));
        numbers(&mut z).chunks_exact_mut(biases.len()).for_each(|row| row.copy_from_slice(biases));
        add_product_on_all_cores(h, self.weights(layer).reversed_axes(), z.view_mut());
        z
    }

    fn pass(&self, x: &ArrayRef2<T>, room: &mut Room<T>) -> Pass<T> {
        let mut pass = Pass { features: Vec::new(), slopes: Vec::new(), output: self.affine_in(0, x.view(), room) };
        for layer in 1..self.layers() {
            let mut z = std::mem::take(&mut pass.output);
            let mut slopes = room.matrix(z.dim());
            self.mlp.activation.values_and_slopes(numbers(&mut z), numbers(&mut slopes));
            pass.output = self.affine_in(layer, z.view(), room);
            pass.features.push(z);
            pass.slopes.push(slopes);
        }
        pass
    }

    /// What enters a layer.
    fn entering<'a>(&self, layer: usize, x: &'a ArrayRef2<T>, pass: &'a Pass<T>) -> ArrayView2<'a, T> {
        if layer == 0 { x.view() } else { pass.features[layer - 1].view() }
    }

    /// Adds slope^T h to the place of a layer's weights.
    fn add_weights(&self, layer: usize, slope: &Array2<T>, h: ArrayView2<T>, to: &mut [T]) {
        let shape = (self.sizes[layer + 1], self.sizes[layer]);
        let to = ArrayViewMut2::from_shape(shape, &mut to[self.weight_range(layer)]).expect("the sizes agree");
        add_transposed_product_on_all_cores(slope, h, to);
    }

    /// Adds the sum of the rows of a slope to the place of a layer's biases.
    fn add_biases(&self, layer: usize, slope: &Array2<T>, to: &mut [T]) {
        let to = &mut to[self.bias_range(layer)];
        for row in slope.as_slice().expect("arrays are made contiguous").chunks_exact(to.len()) {
            to.iter_mut().zip(row).for_each(|(sum, part)| *sum = *sum + *part);
        }
    }

    fn spare_pruned(&self, gradient: &mut [T]) {
        if let Some(pruned) = &self.pruned {
            gradient.iter_mut().zip(pruned).filter(|(_, pruned)| **pruned).for_each(|(g, _)| *g = T::zero());
        }
    }
}

impl<T: Real> Model for Network<T> {
    type Number = T;

    fn parameters(&self) -> &[T] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [T] {
        &mut self.parameters
    }

    fn groups(&self) -> Vec<Group> {
        self.groups_of_layers()
    }

    #[track_caller]
    fn outputs(&self, x: &Array2<T>) -> Array2<T> {
        self.forward(x)
    }

    #[track_caller]
    fn pull_back(&self, x: &Array2<T>, slope: &mut Slopes<T>, room: &mut Room<T>) -> Vec<T> {
        self.check(x);
        let pass = self.pass(x, room);
        let mut slope = slope(&pass.output).as_standard_layout().into_owned();
        let mut gradient = room.zeros(self.parameters.len());
        for layer in (0..self.layers()).rev() {
            self.add_weights(layer, &slope, self.entering(layer, x, &pass), &mut gradient);
            self.add_biases(layer, &slope, &mut gradient);
            if layer > 0 {
                let mut below = room.zero_matrix(pass.slopes[layer - 1].dim());
                add_product_on_all_cores(slope.view(), self.weights(layer), below.view_mut());
                multiply(&mut below, &pass.slopes[layer - 1]);
                room.give_back_matrices([std::mem::replace(&mut slope, below)]);
            }
        }
        room.give_back_matrices(pass.features.into_iter().chain(pass.slopes).chain([pass.output, slope]));
        self.spare_pruned(&mut gradient);
        gradient
    }

    /// By the forward derivative of the gradient: Pearlmutter, Neural Comput. 6, 147 (1994).
    #[track_caller]
    fn hessian_times(&self, loss: Loss, x: &Array2<T>, y: &Array2<T>, direction: &[T]) -> Vec<T> {
        self.check(x);
        let z = self.preactivations(x);
        let pass = self.pass(x, &mut Room::default());
        let moved = self.derivative_along(direction, x, &pass);
        let mut slope = loss.slope(&pass.output, y);
        let mut slope_moved = loss.curvature_times(&pass.output, &moved[moved.len() - 1]);
        let mut out = vec![T::zero(); self.parameters.len()];
        for layer in (0..self.layers()).rev() {
            self.add_weights(layer, &slope_moved, self.entering(layer, x, &pass), &mut out);
            self.add_biases(layer, &slope_moved, &mut out);
            if layer == 0 {
                break;
            }
            // The features of the layer below move by sigma'(z) times what its preactivations do.
            let at = layer - 1;
            let features_moved = &moved[at] * &pass.slopes[at];
            self.add_weights(layer, &slope, features_moved.view(), &mut out);
            let mut below = Array2::zeros(moved[at].dim());
            add_product_on_all_cores(slope.view(), self.weights(layer), below.view_mut());
            let mut below_moved = Array2::zeros(moved[at].dim());
            add_product_on_all_cores(slope_moved.view(), self.weights(layer), below_moved.view_mut());
            add_product_on_all_cores(slope.view(), self.matrix_in(layer, direction), below_moved.view_mut());
            multiply(&mut below_moved, &pass.slopes[at]);
            Zip::from(&mut below_moved).and(&below).and(&z[at]).and(&moved[at]).for_each(|to, below, z, moved| {
                *to = *to + *below * T::of(self.mlp.activation.curvature(z.to_f64())) * *moved;
            });
            multiply(&mut below, &pass.slopes[at]);
            (slope, slope_moved) = (below, below_moved);
        }
        self.spare_pruned(&mut out);
        out
    }
}

impl<T: Real> Network<T> {
    /// How the preactivations of every layer move as the parameters move along `direction`.
    fn derivative_along(&self, direction: &[T], x: &ArrayRef2<T>, pass: &Pass<T>) -> Vec<Array2<T>> {
        let mut moved: Vec<Array2<T>> = Vec::with_capacity(self.layers());
        for layer in 0..self.layers() {
            let biases = ArrayView1::from(&direction[self.bias_range(layer)]);
            let mut z = everywhere(biases, x.nrows());
            let h = self.entering(layer, x, pass);
            add_product_on_all_cores(h, self.matrix_in(layer, direction).reversed_axes(), z.view_mut());
            if layer > 0 {
                let features = &moved[layer - 1] * &pass.slopes[layer - 1];
                add_product_on_all_cores(features.view(), self.weights(layer).reversed_axes(), z.view_mut());
            }
            moved.push(z);
        }
        moved
    }
}

fn multiply<T: Real>(to: &mut Array2<T>, factors: &Array2<T>) {
    let factors = factors.as_slice().expect("arrays are made contiguous");
    numbers(to).iter_mut().zip(factors).for_each(|(to, factor)| *to = *to * *factor);
}

/// The numbers of an array of our own making.
pub(super) fn numbers<T>(array: &mut Array2<T>) -> &mut [T] {
    array.as_slice_mut().expect("arrays are made contiguous")
}
