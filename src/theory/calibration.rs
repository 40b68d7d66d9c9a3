//! A trained denoiser beside an analytic machine: at which scale it looks, and how well the two agree.

use super::diffusion::{CosineSchedule, Sampler};
use super::images::Images;
use super::score::Machine;
use super::statistics::{mean, pearson};
use ndarray::{Array2, Array3, Array4, ArrayView3, Axis};

/// The window scales at which a machine is most like a trained denoiser, step by step along the denoiser's own
/// trajectories.
/// Checked against: `calibration_matches_golden_values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// For each step the best scale, the lower median over trajectories; `scales[j]` at t = (j+1)/n, as
    /// [`Sampler::scales`] takes them.
    pub scales: Vec<usize>,
    /// The cosines of the two scores, <s_net, s_k> / (|s_net| |s_k|): (trajectory, j, scale tried).
    pub cosines: Array3<f64>,
    /// What the denoiser made of each start: the end of its trajectories.
    pub made: Array4<f64>,
}

impl Calibration {
    /// Runs the sampler from `start` with a denoiser (as [`Sampler::trajectory_of`] takes it), and compares, at
    /// each step, its score with that of `machine` on `images` at each of the `scales`. The best has the largest
    /// cosine over all pixels and channels, not centred; among equals the first.
    /// Panics unless the sampler is aligned, there is a start and a scale, and scales are odd; and as
    /// [`Machine::posterior_mean`].
    /// Cost: n calls of the denoiser, and n scores of the machine for each scale.
    /// Source: arXiv 2412.20292, appendix on scale calibration, and its code.
    /// Checked against: `calibration_matches_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn of(
        sampler: &Sampler,
        (machine, scales): (Machine, &[usize]),
        images: &Images,
        start: &Array4<f64>,
        mut noise: impl FnMut(&Array4<f64>, f64) -> Array4<f64>,
    ) -> Self {
        assert!(!scales.is_empty() && start.dim().0 > 0, "a calibration needs a start and a scale");
        let steps = sampler.first_step();
        let mut cosines = Array3::zeros((start.dim().0, steps, scales.len()));
        let mut step = steps;
        let path = sampler.trajectory_of(start, |x, t| {
            let eps = noise(x, t);
            cosines.index_axis_mut(Axis(1), step - 1).assign(&score_cosines(machine, scales, images, (x, &eps), t));
            step -= 1;
            eps
        });
        let best = |step: usize| {
            let found = cosines.index_axis(Axis(1), step);
            let best = found
                .outer_iter()
                .map(|row| (0..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best }));
            let mut best: Vec<usize> = best.map(|at| scales[at]).collect();
            best.sort_unstable();
            best[(best.len() - 1) / 2]
        };
        let scales = (0..steps).map(best).collect();
        Self { scales, made: path.into_iter().next_back().expect("a trajectory has an end"), cosines }
    }
}

/// The cosines of a denoiser's score with the machine's at each of the `scales`, for images `x` at time t in which
/// the denoiser sees the noise `eps`: (B, scales). <s_net, s_k> / (|s_net| |s_k|) over all pixels and channels, not
/// centred.
/// Panics as [`Machine::posterior_mean`], or if shapes differ.
/// Cost: a score of the machine for each scale.
/// Source: arXiv 2412.20292, appendix on scale calibration.
/// Checked against: `calibration_matches_golden_values`.
#[must_use]
#[track_caller]
pub fn score_cosines(
    machine: Machine,
    scales: &[usize],
    images: &Images,
    (x, eps): (&Array4<f64>, &Array4<f64>),
    t: f64,
) -> Array2<f64> {
    assert!(x.dim() == eps.dim(), "shapes differ: {:?} and {:?}", x.dim(), eps.dim());
    let mut cosines = Array2::zeros((x.dim().0, scales.len()));
    for (at, &k) in scales.iter().enumerate() {
        let score = machine.with_scale(k).score(images, x, CosineSchedule.beta(t));
        for (sample, (ours, theirs)) in score.outer_iter().zip(eps.outer_iter()).enumerate() {
            // The denoiser's score is -eps / sqrt(beta): a positive factor does not change a cosine.
            cosines[[sample, at]] = -cosine(ours, theirs);
        }
    }
    cosines
}

fn cosine(a: ArrayView3<f64>, b: ArrayView3<f64>) -> f64 {
    let dot = |a: &ArrayView3<f64>, b: &ArrayView3<f64>| a.iter().zip(b.iter()).map(|(a, b)| a * b).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

/// How well an image that theory predicts agrees with one that a network made.
/// Checked against: `agreement_has_three_names_for_three_things`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Pearson's correlation r over all pixels and channels: blind to brightness and contrast. What the published
    /// comparison reports under the name of r^2.
    pub r: f64,
    /// r^2, the share of the network's variance that a line through theory's pixels explains.
    pub r_squared: f64,
    /// R^2 = 1 - sum (network - theory)^2 / sum (network - its mean)^2: theory as it is, without a line. Below 0
    /// where theory does worse than the mean grey.
    pub determination: f64,
}

/// The agreement of each pair of images; `theory` and `network` are (B, channels, height, width).
/// Panics if shapes differ or an image has one grey only. O(size).
/// Source: Pearson's r as in the evaluation script of arXiv 2412.20292.
/// Checked against: `agreement_has_three_names_for_three_things`.
#[must_use]
#[track_caller]
pub fn agreement(theory: &Array4<f64>, network: &Array4<f64>) -> Vec<Agreement> {
    assert!(theory.dim() == network.dim(), "shapes differ: {:?} and {:?}", theory.dim(), network.dim());
    let pairs = theory.outer_iter().zip(network.outer_iter());
    pairs
        .map(|(theory, network)| {
            let [theory, network]: [Vec<f64>; 2] = [theory, network].map(|image| image.iter().copied().collect());
            let r = pearson(&theory, &network);
            let middle = mean(&network);
            let rest: f64 = theory.iter().zip(&network).map(|(a, b)| (a - b) * (a - b)).sum();
            let spread: f64 = network.iter().map(|v| (v - middle) * (v - middle)).sum();
            Agreement { r, r_squared: r * r, determination: 1.0 - rest / spread }
        })
        .collect()
}
