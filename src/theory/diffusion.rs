//! The diffusion process: its noise schedule, and the deterministic sampler (DDIM) that runs it backwards.

use super::images::Images;
use super::numeric;
use super::random::Stream;
use super::score::Machine;
use ndarray::Array4;
use std::f64::consts::PI;

/// The cosine noise schedule: x_t = a_t phi + b_t eps, eps ~ N(0, 1), time t in [0, 1], beta(t) = 1 - cos^2(pi t
/// / (2 * 1.008)) = b_t^2, a_t = sqrt(1 - beta). No noise at t = 0; a_1 = 0.0125, almost only noise.
///
/// ```
/// use theoria::theory::*;
/// assert!((CosineSchedule.beta(0.5) - 0.49377).abs() < 1e-5);
/// ```
/// Source: arXiv 2412.20292 and its code ("legacy cosine", without Nichol and Dhariwal's offset in the
/// numerator).
/// Checked against: `the_schedule_matches_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CosineSchedule;

impl CosineSchedule {
    /// beta(t), the variance of the noise at time t.
    /// Panics unless t lies in [0, 1]. O(1).
    /// Checked against: `the_schedule_matches_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn beta(self, t: f64) -> f64 {
        assert!((0.0..=1.0).contains(&t), "diffusion time lies in [0, 1], got {t}");
        let sine = numeric::sin(PI * t / (2.0 * 1.008));
        sine * sine
    }

    /// a_t = sqrt(1 - beta(t)), the factor of the clean image.
    /// Panics unless t lies in [0, 1]. O(1).
    /// Checked against: `the_schedule_matches_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn signal(self, t: f64) -> f64 {
        (1.0 - self.beta(t)).sqrt()
    }

    /// x_t = a_t phi + b_t eps with fresh noise: clean images diffused to time t. Same shape.
    /// Panics unless t lies in [0, 1]. O(size).
    /// Checked against: `diffused_images_have_the_schedule_s_variance`.
    #[must_use]
    #[track_caller]
    pub fn diffuse(self, clean: &Array4<f64>, t: f64, stream: &mut Stream) -> Array4<f64> {
        let (a, b) = (self.signal(t), self.beta(t).sqrt());
        clean.mapv(|v| a * v + b * stream.normal())
    }
}

/// Which time a calibrated scale belongs to. With n steps a list holds n scales, `scales[j]` calibrated at t =
/// (j+1)/n.
/// Checked against: `trajectories_match_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// As the networks are sampled: from t = 1, and at t = i/n the scale calibrated there, `scales[i-1]`.
    Aligned,
    /// As the published code runs its machine: from t = (n-1)/n, and at t = i/n the scale calibrated one step
    /// earlier, `scales[i]`.
    Authors,
}

/// The deterministic reverse process (DDIM, eta = 0): for i = start, ..., 1, with t = i/n, t' = (i-1)/n, x <-
/// a_{t'} m + b_{t'} eps, eps = (x - a_t m) / b_t, on the cosine schedule. The last step ends on m itself.
///
/// ```
/// use theoria::theory::*;
/// # let bytes = [0, 9, 200, 17, 5, 90, 250, 31, 60, 44, 0, 255, 1, 2, 3, 4, 9, 99];
/// # let images = Images::from_bytes(&bytes, 255, (1, 3, 3));
/// let start = images.noise(4, &mut Stream::new(1));
/// let samples = Sampler::new(20).sample(Machine::ideal(), &images, &start);
/// assert!(nearest(&images, &samples)[0].1 < 1e-6); // the ideal machine memorises
/// ```
/// Source: Song, Meng and Ermon, arXiv 2010.02502 with sigma = 0.
/// Checked against: `trajectories_match_golden_values`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampler {
    steps: usize,
    convention: Convention,
    scales: Vec<usize>,
}

impl Sampler {
    /// A sampler of n = `steps` steps, aligned, with the machine's own scale at every step.
    /// Panics if there are fewer than 2 steps.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn new(steps: usize) -> Self {
        assert!(steps > 1, "a sampler needs at least 2 steps, got {steps}");
        Self { steps, convention: Convention::Aligned, scales: Vec::new() }
    }

    /// The same sampler with another convention.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    pub fn convention(self, convention: Convention) -> Self {
        Self { convention, ..self }
    }

    /// The same sampler with a window scale for each step: `scales[j]` was calibrated at t = (j+1)/n.
    /// Panics unless there is an odd scale for each step.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn scales(self, scales: &[usize]) -> Self {
        assert!(scales.len() == self.steps, "{} steps need as many scales, got {}", self.steps, scales.len());
        assert!(scales.iter().all(|k| k % 2 == 1), "scales are odd, got {scales:?}");
        Self { scales: scales.to_vec(), ..self }
    }

    /// Number of the first step: its time is this over n. n if aligned, n - 1 in the authors' convention.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    pub fn first_step(&self) -> usize {
        match self.convention {
            Convention::Aligned => self.steps,
            Convention::Authors => self.steps - 1,
        }
    }

    /// The machine at step i (time i/n): with the scale of that step, if scales were given.
    /// Panics unless 1 <= i <= first step.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn machine_at(&self, machine: Machine, step: usize) -> Machine {
        assert!((1..=self.first_step()).contains(&step), "steps are 1 to {}, got {step}", self.first_step());
        let index = match self.convention {
            Convention::Aligned => step - 1,
            Convention::Authors => step,
        };
        self.scales.get(index).map_or(machine, |&k| machine.with_scale(k))
    }

    /// The images that the machine makes of noise `start` (B, channels, height, width), B of them at once. Same
    /// shape.
    /// Panics as [`Machine::posterior_mean`].
    /// Cost: n posterior means.
    /// Checked against: `trajectories_match_golden_values`, `ideal_samples_land_on_training_images`.
    #[must_use]
    #[track_caller]
    pub fn sample(&self, machine: Machine, images: &Images, start: &Array4<f64>) -> Array4<f64> {
        self.trajectory(machine, images, start).pop().expect("a trajectory begins with its start")
    }

    /// The whole way: `start` first, then x after each step, the finished images last.
    /// Panics and cost as [`sample`](Sampler::sample).
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn trajectory(&self, machine: Machine, images: &Images, start: &Array4<f64>) -> Vec<Array4<f64>> {
        self.trajectory_while(machine, images, start, |_| true).expect("nobody stops it")
    }

    /// [`trajectory`](Sampler::trajectory) of many images, with an eye on it: `go_on` is told, again and again, which
    /// share of the work is done, by whichever thread has done it; as soon as it answers false the work is given up,
    /// and the answer is `None`. All steps count alike, though those with small windows take a little longer.
    /// Panics and cost as there.
    /// Checked against: `long_sums_tell_how_far_they_are_and_can_be_stopped`.
    #[must_use]
    #[track_caller]
    pub fn trajectory_while(
        &self,
        machine: Machine,
        images: &Images,
        start: &Array4<f64>,
        go_on: impl Fn(f64) -> bool + Sync,
    ) -> Option<Vec<Array4<f64>>> {
        let mut path = vec![start.clone()];
        let steps = self.first_step();
        for step in (1..=steps).rev() {
            let x = &path[path.len() - 1];
            let beta = CosineSchedule.beta(self.time(step));
            let share = |done: f64| ((steps - step) as f64 + done) / steps as f64;
            let mean =
                self.machine_at(machine, step).posterior_mean_while(images, x, beta, |done| go_on(share(done)))?;
            path.push(self.descend(x, &mean, step));
        }
        Some(path)
    }

    /// The same process for any other denoiser, a trained network say: `noise(x, t)` returns eps of x's shape
    /// (eps = -b_t score). Returns the trajectory as [`trajectory`](Sampler::trajectory) does.
    /// Panics if the shape of an eps differs.
    /// Cost: n calls.
    /// Checked against: `a_machine_as_a_denoiser_gives_the_same_trajectory`.
    #[must_use]
    #[track_caller]
    pub fn trajectory_of(
        &self,
        start: &Array4<f64>,
        mut noise: impl FnMut(&Array4<f64>, f64) -> Array4<f64>,
    ) -> Vec<Array4<f64>> {
        let mut path = vec![start.clone()];
        for step in (1..=self.first_step()).rev() {
            let x = &path[path.len() - 1];
            let t = self.time(step);
            let eps = noise(x, t);
            assert!(eps.dim() == x.dim(), "the denoiser returned shape {:?} for {:?}", eps.dim(), x.dim());
            let mean = (x - &(eps * CosineSchedule.beta(t).sqrt())) / CosineSchedule.signal(t);
            path.push(self.descend(x, &mean, step));
        }
        path
    }

    fn time(&self, step: usize) -> f64 {
        step as f64 / self.steps as f64
    }

    /// x at t' = (step-1)/n, from x at t = step/n and the guess m of the clean image.
    fn descend(&self, x: &Array4<f64>, mean: &Array4<f64>, step: usize) -> Array4<f64> {
        let (now, next) = (self.time(step), self.time(step - 1));
        let (a, b) = (CosineSchedule.signal(now), CosineSchedule.beta(now).sqrt());
        let (a_next, b_next) = (CosineSchedule.signal(next), CosineSchedule.beta(next).sqrt());
        (x - &(mean * a)) * (b_next / b) + mean * a_next
    }
}
