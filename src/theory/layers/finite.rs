//! Networks of finite width, layer by layer: drawn, run, and differentiated exactly.

use super::pair::Size;
use super::propagate::Inputs;
use super::{Filter, Layer, Layers, Variances};
use crate::theory::activation::Activation;
use crate::theory::kernel::Kernels;
use crate::theory::parallel::map_indexed;
use crate::theory::product::{gram, product};
use crate::theory::random::Stream;
use crate::theory::training::{Group, LayerRates, Model, Room, Slopes};
use ndarray::{Array1, Array2, ArrayView1, Axis, s};

/// A drawn network. Parameters are standard normal; the factors sqrt(C_W / fan in) and sqrt(C_b) stand before them.
/// Checked against: `finite_layers_approach_their_kernels_at_the_right_rate`,
/// `gradients_of_layers_match_finite_differences`.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteLayers {
    layers: Vec<Drawn>,
    input: (Size, usize),
    parameters: Array1<f64>,
}

/// A layer that knows how many channels it reads and where its parameters lie.
#[derive(Clone, Debug, PartialEq)]
enum Drawn {
    Linear { filter: Filter, channels: usize, width: usize, start: usize },
    Activation(Activation),
    Flatten,
    GlobalAveragePool,
    Normalise,
    Sum(Vec<Vec<Drawn>>),
}

/// Activations: a row for each pixel, a column for each channel.
#[derive(Clone)]
struct Map {
    size: Size,
    values: Array2<f64>,
}

/// What the way back needs of a layer.
enum Seen {
    /// What entered.
    Map(Map),
    Branches(Vec<Vec<Seen>>),
}

impl Layers {
    /// Draws a network with `width` channels in every hidden layer and `outputs` outputs, for inputs of the shape of `x`.
    /// Panics if a number is 0 or the layers do not fit the inputs.
    /// Cost: O(parameters).
    /// Checked against: `finite_layers_approach_their_kernels_at_the_right_rate`.
    #[must_use]
    #[track_caller]
    pub fn draw<I: Inputs>(&self, x: &I, width: usize, outputs: usize, stream: &mut Stream) -> FiniteLayers {
        assert!(width > 0 && outputs > 0, "every layer needs at least one neuron");
        let [_, height, columns, channels] = x.shape();
        let size = Size { height, width: columns };
        let mut drawing = Drawing { width, parameters: 0 };
        let last =
            self.layers.iter().rposition(|layer| matches!(layer, Layer::Dense(_) | Layer::Conv(_) | Layer::Sum(_)));
        let mut at = (size, channels);
        let layers = self.layers.iter().enumerate().map(|(index, layer)| {
            drawing.width = if Some(index) == last { outputs } else { width };
            drawing.layer(layer, &mut at)
        });
        let layers = layers.collect();
        let parameters = Array1::from(stream.normals(drawing.parameters));
        FiniteLayers { layers, input: (size, channels), parameters }
    }
}

struct Drawing {
    width: usize,
    parameters: usize,
}

impl Drawing {
    #[track_caller]
    fn layer(&mut self, layer: &Layer, (size, channels): &mut (Size, usize)) -> Drawn {
        match layer {
            Layer::Dense(variances) => {
                let filter = Filter { variances: *variances, size: 1, stride: 1, edges: super::Edges::Valid };
                self.linear(filter, channels)
            }
            Layer::Conv(filter) => {
                *size = Size { height: filter.along(size.height).0, width: filter.along(size.width).0 };
                self.linear(*filter, channels)
            }
            Layer::Activation(activation) => Drawn::Activation(*activation),
            Layer::Flatten => {
                *channels *= size.pixels();
                *size = Size { height: 1, width: 1 };
                Drawn::Flatten
            }
            Layer::GlobalAveragePool => {
                *size = Size { height: 1, width: 1 };
                Drawn::GlobalAveragePool
            }
            Layer::Normalise => Drawn::Normalise,
            Layer::Sum(branches) => {
                let start = (*size, *channels);
                let mut ends = Vec::new();
                let drawn = branches.iter().map(|branch| {
                    let mut at = start;
                    let layers = branch.layers.iter().map(|layer| self.layer(layer, &mut at)).collect();
                    ends.push(at);
                    layers
                });
                let drawn = drawn.collect();
                let fits = ends.iter().all(|end| *end == ends[0]);
                assert!(fits, "branches of a sum end in different sizes or widths: {ends:?}");
                (*size, *channels) = ends[0];
                Drawn::Sum(drawn)
            }
        }
    }

    fn linear(&mut self, filter: Filter, channels: &mut usize) -> Drawn {
        let drawn = Drawn::Linear { filter, channels: *channels, width: self.width, start: self.parameters };
        self.parameters += (filter.size * filter.size * *channels + 1) * self.width;
        *channels = self.width;
        drawn
    }
}

impl FiniteLayers {
    /// The parameters, all standard normal when drawn: of each layer its weights (offset and input channel, output
    /// channel), then its biases.
    /// Checked against: `gradients_of_layers_match_finite_differences`.
    #[must_use]
    pub fn parameters(&self) -> &Array1<f64> {
        &self.parameters
    }

    /// The same network with other parameters.
    /// Panics unless their number is the same.
    /// Checked against: `gradients_of_layers_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn with_parameters(&self, parameters: Array1<f64>) -> Self {
        let (count, got) = (self.parameters.len(), parameters.len());
        assert!(count == got, "the network has {count} parameters, got {got}");
        Self { parameters, ..self.clone() }
    }

    /// The outputs for each input: N x outputs (pixel after pixel, should the network end in an image).
    /// Panics if the inputs have another shape than those it was drawn for.
    /// Cost: O(parameters) a pixel.
    /// Checked against: `finite_layers_approach_their_kernels_at_the_right_rate`.
    #[must_use]
    #[track_caller]
    pub fn forward<I: Inputs>(&self, x: &I) -> Array2<f64> {
        let rows: Vec<Vec<f64>> =
            (0..x.shape()[0]).map(|index| self.run(self.map(x, index)).0.values.iter().copied().collect()).collect();
        Array2::from_shape_fn((rows.len(), rows.first().map_or(0, Vec::len)), |(i, j)| rows[i][j])
    }

    /// The gradients of output number `output` with respect to all parameters: N x parameters.
    /// Panics as [`forward`](FiniteLayers::forward), or if there is no such output.
    /// Cost: about three times the forward pass.
    /// Checked against: `gradients_of_layers_match_finite_differences`.
    #[must_use]
    #[track_caller]
    pub fn gradients<I: Inputs>(&self, x: &I, output: usize) -> Array2<f64> {
        let mut all = Array2::zeros((x.shape()[0], self.parameters.len()));
        for (index, mut gradient) in all.rows_mut().into_iter().enumerate() {
            let (end, seen) = self.run(self.map(x, index));
            let mut slope = Array2::zeros(end.values.dim());
            let outputs = slope.len();
            assert!(output < outputs, "output {output} of {outputs}");
            slope.as_slice_mut().expect("a new array is contiguous")[output] = 1.0;
            let gradient = gradient.as_slice_mut().expect("rows are contiguous");
            self.back(&self.layers, &seen, Map { size: end.size, values: slope }, gradient);
        }
        all
    }

    /// The kernels of this one network: `nngp` is the mean over outputs of z(x) z(x'), `ntk` the inner product of the
    /// gradients of the first output. Both approach the kernels of [`Layers::kernels`] as widths grow.
    /// Panics and cost as [`gradients`](FiniteLayers::gradients).
    /// Checked against: `finite_layers_approach_their_kernels_at_the_right_rate`.
    #[must_use]
    #[track_caller]
    pub fn kernels<I: Inputs>(&self, x: &I) -> Kernels {
        let outputs = self.forward(x);
        Kernels { nngp: gram(&outputs) / outputs.ncols() as f64, ntk: gram(&self.gradients(x, 0)) }
    }

    /// One input from a row of numbers, pixel after pixel.
    #[track_caller]
    fn map_of_row(&self, row: ArrayView1<f64>) -> Map {
        let (size, channels) = self.input;
        let (expected, got) = (size.pixels() * channels, row.len());
        assert!(expected == got, "the network was drawn for inputs of {expected} numbers, got {got}");
        Map { size, values: Array2::from_shape_vec((size.pixels(), channels), row.to_vec()).expect("all pixels") }
    }

    #[track_caller]
    fn map<I: Inputs>(&self, x: &I, index: usize) -> Map {
        let [_, height, width, channels] = x.shape();
        let size = Size { height, width };
        let fits = (size, channels) == self.input;
        assert!(fits, "the network was drawn for inputs of {:?}, got {:?}", self.input, (size, channels));
        Map { size, values: Array2::from_shape_vec((size.pixels(), channels), x.pixels(index)).expect("all pixels") }
    }

    fn run(&self, start: Map) -> (Map, Vec<Seen>) {
        self.run_through(&self.layers, start)
    }

    fn run_through(&self, layers: &[Drawn], start: Map) -> (Map, Vec<Seen>) {
        let (mut at, mut seen) = (start, Vec::new());
        for layer in layers {
            let (next, saw) = self.step(layer, at);
            (at, _) = (next, seen.push(saw));
        }
        (at, seen)
    }

    fn step(&self, layer: &Drawn, x: Map) -> (Map, Seen) {
        let one = Size { height: 1, width: 1 };
        let next = match layer {
            Drawn::Linear { filter, channels, width, start } => {
                let (size, patches) = patches(filter, &x);
                let Variances { weight, bias } = filter.variances;
                let (weights, biases) = self.matrix(filter, *channels, *width, *start);
                let scale = (weight / patches.ncols() as f64).sqrt();
                Map { size, values: product(&patches, &weights) * scale + &(biases * bias.sqrt()) }
            }
            Drawn::Activation(activation) => Map { size: x.size, values: x.values.mapv(|z| activation.value(z)) },
            Drawn::Flatten => {
                let count = x.values.len();
                Map {
                    size: one,
                    values: Array2::from_shape_vec((1, count), x.values.iter().copied().collect()).expect("one row"),
                }
            }
            Drawn::GlobalAveragePool => {
                let mean = x.values.mean_axis(Axis(0)).expect("an image has a pixel");
                Map { size: one, values: mean.insert_axis(Axis(0)) }
            }
            Drawn::Normalise => Map { size: x.size, values: normalised(&x.values).0 },
            Drawn::Sum(branches) => {
                let ran = branches.iter().map(|branch| self.run_through(branch, x.clone()));
                let (ends, seen): (Vec<Map>, Vec<Vec<Seen>>) = ran.unzip();
                let mut ends = ends.into_iter();
                let mut total = ends.next().expect("a sum has branches");
                ends.for_each(|end| total.values += &end.values);
                return (total, Seen::Branches(seen));
            }
        };
        (next, Seen::Map(x))
    }

    fn matrix(&self, filter: &Filter, channels: usize, width: usize, start: usize) -> (Array2<f64>, Array1<f64>) {
        let rows = filter.size * filter.size * channels;
        let weights = self.parameters.slice(s![start..start + rows * width]).to_owned();
        let biases = self.parameters.slice(s![start + rows * width..start + (rows + 1) * width]).to_owned();
        (weights.into_shape_with_order((rows, width)).expect("the sizes agree"), biases)
    }

    /// The slope of what entered the layers; adds those of the parameters.
    fn back(&self, layers: &[Drawn], seen: &[Seen], slope: Map, gradient: &mut [f64]) -> Map {
        let mut slope = slope;
        for (layer, seen) in layers.iter().zip(seen).rev() {
            slope = match seen {
                Seen::Branches(all) => {
                    let Drawn::Sum(branches) = layer else { unreachable!("only sums have branches") };
                    let mut parts =
                        branches.iter().zip(all).map(|(b, seen)| self.back(b, seen, slope.clone(), gradient));
                    let first = parts.next().expect("a sum has branches");
                    parts.fold(first, |sum, part| Map { values: sum.values + part.values, ..sum })
                }
                Seen::Map(x) => self.step_back(layer, x, slope, gradient),
            };
        }
        slope
    }

    fn step_back(&self, layer: &Drawn, x: &Map, slope: Map, gradient: &mut [f64]) -> Map {
        let values = match layer {
            Drawn::Linear { filter, channels, width, start } => {
                let (_, patches) = patches(filter, x);
                let scale = (filter.variances.weight / patches.ncols() as f64).sqrt();
                let weights = product(&patches.t(), &slope.values) * scale;
                let biases = slope.values.sum_axis(Axis(0)) * filter.variances.bias.sqrt();
                let own = &mut gradient[*start..*start + weights.len() + *width];
                own.iter_mut().zip(weights.iter().chain(&biases)).for_each(|(sum, part)| *sum += part);
                let (weights, _) = self.matrix(filter, *channels, *width, *start);
                scatter(filter, x, &slope, &(product(&slope.values, &weights.t()) * scale))
            }
            Drawn::Activation(activation) => x.values.mapv(|z| activation.slope(z)) * &slope.values,
            Drawn::Flatten => {
                let flat = slope.values.iter().copied().collect();
                Array2::from_shape_vec(x.values.dim(), flat).expect("as many numbers")
            }
            Drawn::GlobalAveragePool => {
                let share = &slope.values / x.size.pixels() as f64;
                share.broadcast(x.values.dim()).expect("one row for all").to_owned()
            }
            Drawn::Normalise => {
                let (normal, deviations) = normalised(&x.values);
                let mean = |m: &Array2<f64>| m.mean_axis(Axis(1)).expect("a pixel has a channel").insert_axis(Axis(1));
                let along = mean(&(&slope.values * &normal));
                (&slope.values - &mean(&slope.values) - &(&normal * &along)) / &deviations
            }
            Drawn::Sum(_) => unreachable!("sums have branches"),
        };
        Map { size: x.size, values }
    }
}

/// In the parametrization of the tangent kernel: parameters of order one, with factors before them. A row of inputs is an
/// image, pixel after pixel, channel after channel; a row of outputs likewise.
impl Model for FiniteLayers {
    type Number = f64;

    fn parameters(&self) -> &[f64] {
        self.parameters.as_slice().expect("parameters are contiguous")
    }

    fn parameters_mut(&mut self) -> &mut [f64] {
        self.parameters.as_slice_mut().expect("parameters are contiguous")
    }

    fn groups(&self) -> Vec<Group> {
        vec![Group { range: 0..self.parameters.len(), rates: LayerRates { gradient: 1.0, adam: 1.0 } }]
    }

    #[track_caller]
    fn outputs(&self, x: &Array2<f64>) -> Array2<f64> {
        let rows = map_indexed(x.nrows(), |row| self.run(self.map_of_row(x.row(row))).0.values);
        to_rows(&rows)
    }

    #[track_caller]
    fn pull_back(&self, x: &Array2<f64>, slope: &mut Slopes<f64>, _room: &mut Room<f64>) -> Vec<f64> {
        let ran = map_indexed(x.nrows(), |row| self.run(self.map_of_row(x.row(row))));
        let ends: Vec<Array2<f64>> = ran.iter().map(|(end, _)| end.values.clone()).collect();
        let slopes = slope(&to_rows(&ends));
        // Inputs whose gradients are added up before they are added to the whole: so threads do not matter.
        const PART: usize = 16;
        let parts = map_indexed(x.nrows().div_ceil(PART), |part| {
            let mut gradient = vec![0.0; self.parameters.len()];
            let rows = part * PART..x.nrows().min((part + 1) * PART);
            for ((end, seen), slope) in ran[rows.clone()].iter().zip(slopes.slice(s![rows, ..]).rows()) {
                let values = Array2::from_shape_vec(end.values.dim(), slope.to_vec()).expect("all outputs");
                self.back(&self.layers, seen, Map { size: end.size, values }, &mut gradient);
            }
            gradient
        });
        let mut whole = vec![0.0; self.parameters.len()];
        parts.iter().for_each(|part| whole.iter_mut().zip(part).for_each(|(sum, part)| *sum += part));
        whole
    }
}

/// The outputs of inputs, a row each.
fn to_rows(ends: &[Array2<f64>]) -> Array2<f64> {
    let numbers: Vec<f64> = ends.iter().flat_map(|end| end.iter().copied()).collect();
    let outputs = ends.first().map_or(0, Array2::len);
    Array2::from_shape_vec((ends.len(), outputs), numbers).expect("as many outputs for each input")
}

/// Each pixel less its mean over channels, over its standard deviation; and these deviations as a column.
fn normalised(x: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let centred = x - &x.mean_axis(Axis(1)).expect("a pixel has a channel").insert_axis(Axis(1));
    let squares = centred.mapv(|v| v * v).mean_axis(Axis(1)).expect("a pixel has a channel");
    // A pixel without variance stays 0.
    let deviations = squares.mapv(|v| if v > 0.0 { v.sqrt() } else { 1.0 }).insert_axis(Axis(1));
    (centred / &deviations, deviations)
}

/// What a filter reads at each output pixel, a row each.
fn patches(filter: &Filter, x: &Map) -> (Size, Array2<f64>) {
    let size = Size { height: filter.along(x.size.height).0, width: filter.along(x.size.width).0 };
    let channels = x.values.ncols();
    let mut out = Array2::zeros((size.pixels(), filter.size * filter.size * channels));
    each_read(filter, x.size, size, |pixel, at, read| {
        out.slice_mut(s![pixel, at * channels..(at + 1) * channels]).assign(&x.values.row(read));
    });
    (size, out)
}

/// The slopes of patches, added up where they were read.
fn scatter(filter: &Filter, x: &Map, slope: &Map, patches: &Array2<f64>) -> Array2<f64> {
    let channels = x.values.ncols();
    let mut out = Array2::zeros(x.values.dim());
    each_read(filter, x.size, slope.size, |pixel, at, read| {
        let mut row = out.row_mut(read);
        row += &patches.slice(s![pixel, at * channels..(at + 1) * channels]);
    });
    out
}

/// Calls `f` with each output pixel, each offset of the filter, and the input pixel that is read there.
fn each_read(filter: &Filter, from: Size, to: Size, mut f: impl FnMut(usize, usize, usize)) {
    for pixel in 0..to.pixels() {
        for at in 0..filter.size * filter.size {
            let row = filter.reads(pixel / to.width, at / filter.size, from.height);
            let column = filter.reads(pixel % to.width, at % filter.size, from.width);
            if let (Some(row), Some(column)) = (row, column) {
                f(pixel, at, row * from.width + column);
            }
        }
    }
}
