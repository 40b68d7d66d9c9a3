//! Analytic score machines: what a diffusion model would compute if it were ideal, local, or equivariant.

use super::competition::{Competition, Rule};
use super::images::Images;
use ndarray::{Array3, Array4};

/// An analytic score machine: s(x) = (a m(x) - x) / beta, where m is a weighted mean of training pixels, m_l =
/// sum_c w_{l,c} phi_c / sum_c w_{l,c}, w_{l,c} = exp(-D_{l,c} / (2 beta)), a = sqrt(1 - beta); D is the squared
/// distance between the window of x around pixel l and a times that of the training image around the candidate
/// c, summed over channels.
///
/// | machine | padding of x, of phi | candidates of pixel (r, c) |
/// |---|---|---|
/// | ideal | none | every image, whole; one weight for all pixels |
/// | local | zero, zero | (n, r, c) of every image n |
/// | equivariant | circular, not needed | every window that lies inside an image |
/// | equivariant, wrapped | circular, circular | every place of every image |
/// | boundary broken | zero, zero | places whose windows stick out alike: interior with interior, edge with edge, ... |
///
/// ```
/// use theoria::theory::*;
/// # let bytes = [0, 9, 200, 17, 5, 90, 250, 31, 60, 44, 0, 255, 1, 2, 3, 4, 9, 99];
/// # let images = Images::from_bytes(&bytes, 255, (1, 3, 3));
/// let x = images.noise(2, &mut Stream::new(1)); // two noise images
/// let score = Machine::boundary_broken(3).score(&images, &x, 0.5);
/// assert_eq!(score.dim(), x.dim());
/// ```
/// Source: Kamb and Ganguli, arXiv 2412.20292: IS, LS, ELS and bbELS machines.
/// Checked against: `scores_match_golden_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub(super) rule: Rule,
    pub(super) k: usize,
    pub(super) single: bool,
}

/// For each pixel of each noise image, the candidate of largest weight. All arrays are (noise images, height,
/// width).
/// Checked against: `winners_name_the_heaviest_candidate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Winners {
    /// Index of the training image.
    pub image: Array3<usize>,
    /// Row of the candidate in it.
    pub row: Array3<usize>,
    /// Column of the candidate in it.
    pub column: Array3<usize>,
    /// Its share of the total weight, in (0, 1].
    pub weight: Array3<f64>,
}

/// For each pixel of each image, the nearest training window. All arrays are (images, height, width).
/// Checked against: `nearest_windows_of_training_images_are_their_own`.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// Index of the training image.
    pub image: Array3<usize>,
    /// Row of the window's centre in it.
    pub row: Array3<usize>,
    /// Column of the window's centre in it.
    pub column: Array3<usize>,
    /// Root mean square difference per value of the window (outside values not counted).
    pub rms: Array3<f64>,
}

impl Machine {
    /// The ideal score machine, the exact score of the diffused training set: it memorises. O(1).
    /// Source: arXiv 2412.20292, IS machine.
    /// Checked against: `scores_match_golden_values`, `the_ideal_score_is_the_gradient_of_the_log_density`.
    #[must_use]
    pub fn ideal() -> Self {
        Self { rule: Rule::Ideal, k: 1, single: false }
    }

    /// The local score machine with k x k windows, zero padding.
    /// Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, LS machine.
    /// Checked against: `scores_match_golden_values`, `a_local_machine_that_sees_everything_is_ideal`.
    #[must_use]
    #[track_caller]
    pub fn local(k: usize) -> Self {
        Self::windowed(Rule::Local, k)
    }

    /// The equivariant local score machine with k x k windows: circular padding of the noise image, training
    /// windows that lie inside their image, as in the published code.
    /// Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, ELS machine.
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn equivariant(k: usize) -> Self {
        Self::windowed(Rule::Equivariant, k)
    }

    /// The equivariant local score machine in which wrapped training windows compete too, as the theory of a
    /// network with circular padding has it.
    /// Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, section on ELS.
    /// Checked against: `scores_match_golden_values`, `the_wrapped_machine_commutes_with_translations`.
    #[must_use]
    #[track_caller]
    pub fn equivariant_wrapped(k: usize) -> Self {
        Self::windowed(Rule::EquivariantWrapped, k)
    }

    /// The boundary-broken equivariant local machine with k x k windows, the theory of a network with zero
    /// padding, which knows how far it is from a border: rows and columns each compare with the same row within
    /// (k-1)/2 of the border, else with every interior row.
    /// Panics unless k is odd. O(1).
    /// Source: arXiv 2412.20292, boundary-broken ELS machine.
    /// Checked against: `scores_match_golden_values`, `a_wide_boundary_makes_the_machine_local`.
    #[must_use]
    #[track_caller]
    pub fn boundary_broken(k: usize) -> Self {
        Self::windowed(Rule::BoundaryBroken, k)
    }

    #[track_caller]
    fn windowed(rule: Rule, k: usize) -> Self {
        assert!(k % 2 == 1, "a window has a centre: its scale k must be odd, got {k}");
        Self { rule, k, single: false }
    }

    /// The scale k of the windows; `None` for the ideal machine.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    pub fn scale(self) -> Option<usize> {
        (self.rule != Rule::Ideal).then_some(self.k)
    }

    /// The same machine at another scale k; the ideal machine stays as it is.
    /// Panics unless k is odd.
    /// Checked against: `trajectories_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn with_scale(self, k: usize) -> Self {
        if self.rule == Rule::Ideal { self } else { Self { single: self.single, ..Self::windowed(self.rule, k) } }
    }

    /// The same machine in single precision, about twice as fast: distances and weights in f32, sums in f64.
    ///
    /// Error: windows are compared by their differences, whose squares are only ever added, so a distance has a relative
    /// error of a few times 6e-8 however little noise there is. A pixel of m stays within 1e-4 of its value in double
    /// precision, on a scale from -1 to 1, for beta from 1e-4 to 1; 4e-5 was the largest difference found.
    /// Checked against: `single_precision_keeps_its_bound`.
    #[must_use]
    pub fn single(self) -> Self {
        Self { single: true, ..self }
    }

    /// m(x): the machine's guess of the clean image given the noise images `x`, (B, channels, height, width), at
    /// noise variance `beta`. Same shape.
    ///
    /// The sum over candidates is a streaming log-sum-exp; candidates lighter than e^-50 of the heaviest are
    /// dropped (a relative error below 2e-22 each; e^-36 and 3e-16 in single precision). Windows that are all of the
    /// commonest value, black mostly, are alike, and counted instead of compared.
    /// Panics if shapes differ, `beta` is outside (0, 1], a value is not finite, or an equivariant window is
    /// larger than the image.
    /// Cost: O(B N P (C + log k)), P the number of (pixel, candidate) pairs of an image: HW local, about (HW)^2
    /// equivariant, beside a border that for the widest windows outweighs it; O(B N C HW) for the ideal machine. On all
    /// cores, whose number does not change the result. Memory: about 1 MB a thread, whatever N.
    /// Source: arXiv 2412.20292.
    /// Checked against: `scores_match_golden_values`, `posterior_means_match_a_naive_sum`.
    #[must_use]
    #[track_caller]
    pub fn posterior_mean(self, images: &Images, x: &Array4<f64>, beta: f64) -> Array4<f64> {
        self.posterior_mean_while(images, x, beta, |_| true).expect("nobody stops it")
    }

    /// [`posterior_mean`](Machine::posterior_mean) of many images, with an eye on it: `go_on` is told, again and again,
    /// which share of the work is done, by whichever thread has done it; as soon as it answers false the work is given
    /// up, and the answer is `None`.
    ///
    /// ```
    /// use theoria::theory::*;
    /// # let bytes = [0, 9, 200, 17, 5, 90, 250, 31, 60, 44, 0, 255, 1, 2, 3, 4, 9, 99];
    /// # let images = Images::from_bytes(&bytes, 255, (1, 3, 3));
    /// let x = images.noise(2, &mut Stream::new(1));
    /// let tell = |share: f64| {
    ///     eprintln!("{:.0}% done", 100.0 * share);
    ///     true
    /// };
    /// assert!(Machine::local(3).posterior_mean_while(&images, &x, 0.5, tell).is_some());
    /// assert!(Machine::local(3).posterior_mean_while(&images, &x, 0.5, |_| false).is_none());
    /// ```
    /// Panics and cost as there.
    /// Checked against: `long_sums_tell_how_far_they_are_and_can_be_stopped`.
    #[must_use]
    #[track_caller]
    pub fn posterior_mean_while(
        self,
        images: &Images,
        x: &Array4<f64>,
        beta: f64,
        go_on: impl Fn(f64) -> bool + Sync,
    ) -> Option<Array4<f64>> {
        let competition = Competition::new(self, images, x, beta);
        let outcomes = competition.solve(&go_on)?;
        let (channels, width) = (x.dim().1, x.dim().3);
        Some(Array4::from_shape_fn(x.dim(), |(b, channel, r, c)| {
            outcomes[b].value[(r * width + c) * channels + channel]
        }))
    }

    /// s(x) = (a m(x) - x) / beta, same shape as `x`; for the ideal machine the gradient of the log density of
    /// the diffused training set.
    /// Panics and cost as [`posterior_mean`](Machine::posterior_mean).
    /// Source: arXiv 2412.20292.
    /// Checked against: `scores_match_golden_values`, `the_ideal_score_is_the_gradient_of_the_log_density`.
    #[must_use]
    #[track_caller]
    pub fn score(self, images: &Images, x: &Array4<f64>, beta: f64) -> Array4<f64> {
        (self.posterior_mean(images, x, beta) * (1.0 - beta).sqrt() - x) / beta
    }

    /// For each pixel, which candidate weighs most: the stuff of a mosaic (see [`Winners::mosaic`]). Among
    /// equals the first wins. For the ideal machine the row and column are the pixel's own.
    /// Panics and cost as [`posterior_mean`](Machine::posterior_mean).
    /// Checked against: `winners_name_the_heaviest_candidate`.
    #[must_use]
    #[track_caller]
    pub fn winners(self, images: &Images, x: &Array4<f64>, beta: f64) -> Winners {
        let competition = Competition::new(self, images, x, beta);
        let (image, row, column, weight) = competition.winners(|outcome, seat| 1.0 / outcome.weight[seat]);
        Winners { image, row, column, weight }
    }

    /// For each pixel of clean images `x`, the nearest window among the candidates that the machine admits (at
    /// no noise, a = 1). `Machine::equivariant(3).nearest(..)` searches 3 x 3 windows everywhere.
    /// Panics and cost as [`posterior_mean`](Machine::posterior_mean).
    /// Checked against: `nearest_windows_of_training_images_are_their_own`.
    #[must_use]
    #[track_caller]
    pub fn nearest(self, images: &Images, x: &Array4<f64>) -> Nearest {
        let competition = Competition::clean(self, images, x);
        let (image, row, column, rms) = competition.winners(|outcome, seat| competition.window_rms(outcome, seat));
        Nearest { image, row, column, rms }
    }
}

impl Winners {
    /// The mosaic: each pixel of each noise image replaced by the training pixel that won it, (B, channels,
    /// height, width).
    /// Panics unless `images` are those that competed. O(size).
    /// Checked against: `winners_name_the_heaviest_candidate`.
    #[must_use]
    #[track_caller]
    pub fn mosaic(&self, images: &Images) -> Array4<f64> {
        let (count, height, width) = self.image.dim();
        Array4::from_shape_fn((count, images.shape().0, height, width), |(b, channel, r, c)| {
            let at = [b, r, c];
            images.value(self.image[at], [channel, self.row[at], self.column[at]])
        })
    }
}

/// For each image of `x` (B, channels, height, width), the index of the nearest training image and its root mean
/// square difference per value.
/// Panics if shapes differ or a value is not finite. O(B N size of an image).
/// Checked against: `ideal_samples_land_on_training_images`.
#[must_use]
#[track_caller]
pub fn nearest(images: &Images, x: &Array4<f64>) -> Vec<(usize, f64)> {
    let found = Machine::ideal().nearest(images, x);
    (0..x.dim().0).map(|b| (found.image[[b, 0, 0]], found.rms[[b, 0, 0]])).collect()
}

/// For each pixel of `x`, the training window of k x k, anywhere inside a training image, that is nearest to the
/// pixel's window (wrapped at the border): [`Machine::nearest`] of [`Machine::equivariant`].
/// Panics and cost as there.
/// Checked against: `nearest_windows_of_training_images_are_their_own`.
#[must_use]
#[track_caller]
pub fn nearest_patch(images: &Images, x: &Array4<f64>, k: usize) -> Nearest {
    Machine::equivariant(k).nearest(images, x)
}
