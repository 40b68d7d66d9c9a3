//! Training sets of images.

use super::random::Stream;
use super::statistics::quantile;
use ndarray::{Array4, Axis};

/// A training set of images: (number, channels, height, width), values usually in [-1, 1] with -1 for black.
///
/// ```
/// use theoria::theory::*;
/// let images = Images::from_bytes(&[0, 255, 255, 0, 10, 20, 30, 40], 255, (1, 2, 2)); // two images of 2 x 2
/// assert_eq!(images.count(), 2);
/// ```
/// Checked against: `scores_match_golden_values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    pub(super) pixels: Array4<f64>,
    labels: Vec<usize>,
    /// The median pixel. Subtracting it from images and a times it from the noise image leaves every distance as
    /// it is and makes most products vanish on images with a plain ground, which saves digits at low noise.
    pub(super) ground: f64,
}

impl Images {
    /// Images from an array (number, channels, height, width).
    /// Panics if a size is 0 or a value is not finite. O(size log size).
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn new(pixels: Array4<f64>) -> Self {
        assert!(
            !pixels.is_empty(),
            "a training set needs at least one image with one pixel, got shape {:?}",
            pixels.dim()
        );
        assert!(pixels.iter().all(|v| v.is_finite()), "pixels must be finite numbers");
        let ground = quantile(&pixels, 0.5);
        Self { pixels, labels: Vec::new(), ground }
    }

    /// Images from bytes u in 0..=`full`, image after image, channel after channel, row after row: v = 2u/full -
    /// 1, so that 0 (black) becomes -1 and `full` (255; 16 for the 8 x 8 digits) becomes 1. `shape` is
    /// (channels, height, width).
    /// Panics if the bytes do not fill a whole number of images. O(size log size).
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    #[track_caller]
    pub fn from_bytes(bytes: &[u8], full: u8, shape: (usize, usize, usize)) -> Self {
        let (channels, height, width) = shape;
        let size = channels * height * width;
        let whole = size > 0 && bytes.len().is_multiple_of(size);
        assert!(whole && full > 0, "{} bytes are not a whole number of images of shape {shape:?}", bytes.len());
        let values = bytes.iter().map(|&u| (f64::from(u) / f64::from(full) - 0.5) / 0.5).collect();
        let pixels = Array4::from_shape_vec((bytes.len() / size, channels, height, width), values);
        Self::new(pixels.expect("the length was checked"))
    }

    /// The same images with a class for each.
    /// Panics unless there is one label per image. O(number).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn with_labels(self, labels: &[usize]) -> Self {
        assert!(labels.len() == self.count(), "{} images need as many labels, got {}", self.count(), labels.len());
        Self { labels: labels.to_vec(), ..self }
    }

    /// Only the images of one class: the class-conditional machine is the machine on these.
    /// Panics if there is none. O(size).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn of_label(&self, label: usize) -> Self {
        let chosen: Vec<usize> = (0..self.labels.len()).filter(|&i| self.labels[i] == label).collect();
        assert!(!chosen.is_empty(), "no image has label {label}");
        self.select(&chosen)
    }

    /// The images at `indices`, in that order, with their labels.
    /// Panics if empty or out of range. O(size).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn select(&self, indices: &[usize]) -> Self {
        assert!(indices.iter().all(|&i| i < self.count()), "an index is not below {}", self.count());
        let labels =
            if self.labels.is_empty() { Vec::new() } else { indices.iter().map(|&i| self.labels[i]).collect() };
        Self { labels, ..Self::new(self.pixels.select(Axis(0), indices)) }
    }

    /// The first `n` images (all, if there are fewer).
    /// Panics if n = 0. O(size).
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    #[track_caller]
    pub fn first(&self, n: usize) -> Self {
        self.select(&(0..n.min(self.count())).collect::<Vec<_>>())
    }

    /// Number of images N.
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pixels.dim().0
    }

    /// (channels, height, width) of an image.
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        let (_, channels, height, width) = self.pixels.dim();
        (channels, height, width)
    }

    /// The values, (number, channels, height, width).
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn pixels(&self) -> &Array4<f64> {
        &self.pixels
    }

    /// The classes; empty if none were given.
    /// Checked against: `a_label_restricts_the_competition`.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// `count` independent images of standard normal noise of the shape of these: where a sampler starts.
    /// O(size).
    /// Checked against: `ideal_samples_land_on_training_images`.
    pub fn noise(&self, count: usize, stream: &mut Stream) -> Array4<f64> {
        let (channels, height, width) = self.shape();
        Array4::from_shape_simple_fn((count, channels, height, width), || stream.normal())
    }
}
