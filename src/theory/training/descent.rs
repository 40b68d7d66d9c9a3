//! Gradient descent in its usual forms.

use super::{Loss, Model, Room};
use crate::theory::numeric;
use crate::theory::random::Stream;
use crate::theory::vector::{Loop, Operations as _, Real, vectorised};
use ndarray::{Array2, Axis};

/// How a model is trained: plain gradient descent unless said otherwise, on the square loss, all examples at once.
///
/// With g the gradient, eta_t the rate of the step and r the layer's own rate ([`Parametrization`](super::super::Parametrization)):
///
/// plain: theta <- theta - eta_t r g
///
/// momentum mu: v <- mu v + g, theta <- theta - eta_t r v
///
/// Adam: m <- b1 m + (1 - b1) g, s <- b2 s + (1 - b2) g^2, theta <- theta - eta_t r mhat / (sqrt(shat) + 1e-8), with mhat,
/// shat divided by 1 - b1^t, 1 - b2^t; b1 = 0.9, b2 = 0.999.
///
/// Weight decay lambda: theta <- (1 - eta_t lambda) theta first, for every parameter alike, whatever the layer's own rate.
///
/// ```
/// use theoria::theory::*;
/// let mut stream = Stream::new(1);
/// let (x, network) = (stream.normal_matrix(20, 3), Network::draw(&Mlp::critical(Tanh), 3, 30, 1, &mut stream));
/// let y = x.column(0).mapv(numeric::sin).insert_axis(ndarray::Axis(1));
/// let trained = Descent::new(0.3).steps(500).run(network, &x, &y, &mut stream);
/// assert!(Loss::Square.of(&trained, &x, &y) < 1e-3);
/// ```
/// Source: Adam: Kingma and Ba, arXiv 1412.6980; decoupled decay: Loshchilov and Hutter, arXiv 1711.05101; momentum as in
/// Sutskever et al., ICML 2013.
/// Checked against: `rules_follow_their_equations`, `wide_networks_follow_their_kernel`.
#[derive(Clone, Copy, Debug)]
pub struct Descent {
    rule: Rule,
    rate: f64,
    decay: f64,
    schedule: fn(f64) -> f64,
    warm_up: usize,
    loss: Loss,
    batch: Option<usize>,
    steps: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    Plain,
    Momentum(f64),
    Adam { first: f64, second: f64 },
}

/// A training on its way.
/// Checked against: `rules_follow_their_equations`.
#[derive(Clone, Debug)]
pub struct Course<M: Model> {
    /// The model as it is now.
    pub model: M,
    descent: Descent,
    step: usize,
    /// What the rule remembers of each parameter: a velocity, or two moments.
    memory: Vec<Vec<M::Number>>,
    room: Room<M::Number>,
}

impl Descent {
    /// Gradient descent with rate eta: 1,000 steps on the square loss.
    /// Panics unless the rate is finite and not negative.
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        assert!(rate >= 0.0 && rate.is_finite(), "a learning rate is finite and not negative, got {rate}");
        Self {
            rule: Rule::Plain,
            rate,
            decay: 0.0,
            schedule: |_| 1.0,
            warm_up: 0,
            loss: Loss::Square,
            batch: None,
            steps: 1000,
        }
    }

    /// With momentum mu.
    /// Panics unless mu lies in [0, 1).
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    #[track_caller]
    pub fn momentum(self, mu: f64) -> Self {
        assert!((0.0..1.0).contains(&mu), "momentum lies in [0, 1), got {mu}");
        Self { rule: Rule::Momentum(mu), ..self }
    }

    /// By Adam, with b1 = 0.9 and b2 = 0.999.
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    pub fn adam(self) -> Self {
        self.adam_with(0.9, 0.999)
    }

    /// By Adam with other b1 and b2.
    /// Panics unless both lie in [0, 1).
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    #[track_caller]
    pub fn adam_with(self, b1: f64, b2: f64) -> Self {
        let valid = (0.0..1.0).contains(&b1) && (0.0..1.0).contains(&b2);
        assert!(valid, "the memories of Adam lie in [0, 1), got {b1} and {b2}");
        Self { rule: Rule::Adam { first: b1, second: b2 }, ..self }
    }

    /// With weight decay lambda, a share of every parameter times the rate.
    /// Panics unless it is finite and not negative.
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(self, lambda: f64) -> Self {
        assert!(lambda >= 0.0 && lambda.is_finite(), "weight decay is finite and not negative, got {lambda}");
        Self { decay: lambda, ..self }
    }

    /// On the cross entropy instead of the square loss.
    /// Checked against: `gradients_of_models_match_finite_differences`.
    #[must_use]
    pub fn cross_entropy(self) -> Self {
        Self { loss: Loss::CrossEntropy, ..self }
    }

    /// With a rate of eta times `schedule(done)`, where `done` is the share of the steps behind, in [0, 1).
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[must_use]
    pub fn schedule(self, schedule: fn(f64) -> f64) -> Self {
        Self { schedule, ..self }
    }

    /// With a rate that falls to 0 as half a cosine.
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[must_use]
    pub fn cosine(self) -> Self {
        self.schedule(|done| 0.5 * (1.0 + numeric::cos(std::f64::consts::PI * done)))
    }

    /// With a rate that first rises linearly for so many steps, on top of the schedule.
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[must_use]
    pub fn warm_up(self, steps: usize) -> Self {
        Self { warm_up: steps, ..self }
    }

    /// So many steps.
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[must_use]
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// So many examples at a step: each pass through the examples is in a new random order, and its last batch is
    /// smaller if they do not come out even.
    /// Panics if there is none.
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[must_use]
    #[track_caller]
    pub fn batch(self, examples: usize) -> Self {
        assert!(examples > 0, "a batch has at least one example");
        Self { batch: Some(examples), ..self }
    }

    /// The loss that is minimised.
    /// Checked against: `gradients_of_models_match_finite_differences`.
    #[must_use]
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The rate of a step, the first of which is 0: eta times schedule and warm-up.
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[must_use]
    pub fn rate_at(&self, step: usize) -> f64 {
        let rising = if step < self.warm_up { (step + 1) as f64 / self.warm_up as f64 } else { 1.0 };
        self.rate * rising * (self.schedule)(step as f64 / self.steps.max(1) as f64)
    }

    /// A training that is advanced by hand: see [`Course::step`].
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    pub fn start<M: Model>(self, model: M) -> Course<M> {
        let kinds = match self.rule {
            Rule::Plain => 0,
            Rule::Momentum(_) => 1,
            Rule::Adam { .. } => 2,
        };
        let memory = vec![vec![M::Number::default(); model.parameters().len()]; kinds];
        Course { model, descent: self, step: 0, memory, room: Room::default() }
    }

    /// The model after all steps. `stream` orders the examples of mini-batches; with all examples at once it is not drawn
    /// from.
    /// Panics if inputs and targets do not fit the model.
    /// Cost: steps times three times the outputs, on all cores if the examples are many; the result does not depend on
    /// them.
    /// Checked against: `wide_networks_follow_their_kernel`, `training_does_not_depend_on_threads`.
    #[must_use]
    #[track_caller]
    pub fn run<M: Model>(self, model: M, x: &Array2<M::Number>, y: &Array2<M::Number>, stream: &mut Stream) -> M {
        self.watch(model, x, y, stream, |_, _| {})
    }

    /// The same; `see` is shown the number of steps done and the model, before the first step and after each.
    /// Panics and cost as [`run`](Descent::run).
    /// Checked against: `schedules_and_batches_do_what_they_say`.
    #[track_caller]
    pub fn watch<M: Model>(
        self,
        model: M,
        x: &Array2<M::Number>,
        y: &Array2<M::Number>,
        stream: &mut Stream,
        mut see: impl FnMut(usize, &M),
    ) -> M {
        assert!(x.nrows() == y.nrows() && x.nrows() > 0, "{} inputs have {} targets", x.nrows(), y.nrows());
        let mut course = self.start(model);
        let mut order: Vec<usize> = Vec::new();
        see(0, &course.model);
        for step in 1..=self.steps {
            match self.batch.filter(|batch| *batch < x.nrows()) {
                None => course.step(x, y),
                Some(batch) => {
                    if order.is_empty() {
                        order = (0..x.nrows()).collect();
                        stream.shuffle(&mut order);
                    }
                    let rows = order.split_off(order.len().saturating_sub(batch));
                    course.step(&x.select(Axis(0), &rows), &y.select(Axis(0), &rows));
                }
            }
            see(step, &course.model);
        }
        course.model
    }
}

impl<M: Model> Course<M> {
    /// One step on the inputs `x` with targets `y`.
    /// Panics if they do not fit the model.
    /// Cost: three times the outputs, and O(parameters).
    /// Checked against: `rules_follow_their_equations`.
    #[track_caller]
    pub fn step(&mut self, x: &Array2<M::Number>, y: &Array2<M::Number>) {
        let loss = self.descent.loss;
        let gradient = self.model.pull_back(x, &mut |f| loss.slope(f, y), &mut self.room);
        self.follow(&gradient);
        self.room.give_back([gradient]);
    }

    /// One step by a gradient that was found elsewhere, as long as the parameters.
    /// Panics unless it is.
    /// Cost: O(parameters).
    /// Checked against: `rules_follow_their_equations`.
    #[track_caller]
    pub fn follow(&mut self, gradient: &[M::Number]) {
        let count = self.model.parameters().len();
        assert!(gradient.len() == count, "{count} parameters, a gradient of {}", gradient.len());
        let rate = self.descent.rate_at(self.step);
        self.step += 1;
        let kept = M::Number::of(1.0 - rate * self.descent.decay);
        for group in self.model.groups() {
            let range = group.range;
            let (parameters, gradient) = (&mut self.model.parameters_mut()[range.clone()], &gradient[range.clone()]);
            let mut memory = self.memory.iter_mut().map(|memory| &mut memory[range.clone()]);
            match self.descent.rule {
                Rule::Plain => {
                    let rate = M::Number::of(rate * group.rates.gradient);
                    vectorised(Plain { parameters, gradient, rate, kept });
                }
                Rule::Momentum(mu) => {
                    let velocity = memory.next().expect("momentum remembers a velocity");
                    let rate = M::Number::of(rate * group.rates.gradient);
                    vectorised(Momentum { parameters, gradient, velocity, rate, kept, mu: M::Number::of(mu) });
                }
                Rule::Adam { first, second } => {
                    let moments = [(); 2].map(|()| memory.next().expect("Adam remembers two moments"));
                    let unbiased = |memory: f64| 1.0 / (1.0 - numeric::powi(memory, self.step as u32));
                    vectorised(Adam {
                        parameters,
                        gradient,
                        moments,
                        memories: [first, second].map(M::Number::of),
                        rate: M::Number::of(rate * group.rates.adam * unbiased(first)),
                        unbiased: M::Number::of(unbiased(second)),
                        kept,
                    });
                }
            }
        }
    }

    /// The number of steps done.
    /// Checked against: `rules_follow_their_equations`.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.step
    }
}

struct Plain<'a, T> {
    parameters: &'a mut [T],
    gradient: &'a [T],
    rate: T,
    kept: T,
}

impl<T: Real> Loop for Plain<'_, T> {
    #[inline(always)]
    fn run(self) {
        for (parameter, slope) in self.parameters.iter_mut().zip(self.gradient) {
            *parameter = self.kept * *parameter - self.rate * *slope;
        }
    }
}

struct Momentum<'a, T> {
    parameters: &'a mut [T],
    gradient: &'a [T],
    velocity: &'a mut [T],
    rate: T,
    kept: T,
    mu: T,
}

impl<T: Real> Loop for Momentum<'_, T> {
    #[inline(always)]
    fn run(self) {
        for ((parameter, slope), velocity) in self.parameters.iter_mut().zip(self.gradient).zip(self.velocity) {
            *velocity = self.mu * *velocity + *slope;
            *parameter = self.kept * *parameter - self.rate * *velocity;
        }
    }
}

struct Adam<'a, T> {
    parameters: &'a mut [T],
    gradient: &'a [T],
    moments: [&'a mut [T]; 2],
    memories: [T; 2],
    rate: T,
    unbiased: T,
    kept: T,
}

impl<T: Real> Loop for Adam<'_, T> {
    #[inline(always)]
    fn run(self) {
        let [b1, b2] = self.memories;
        let [firsts, seconds] = self.moments;
        let moments = firsts.iter_mut().zip(seconds);
        for ((parameter, slope), (first, second)) in self.parameters.iter_mut().zip(self.gradient).zip(moments) {
            *first = b1 * *first + (T::one() - b1) * *slope;
            *second = b2 * *second + (T::one() - b2) * *slope * *slope;
            let size = (*second * self.unbiased).sqrt() + T::of(1e-8);
            *parameter = self.kept * *parameter - self.rate * *first / size;
        }
    }
}
