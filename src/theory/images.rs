//! Training sets of images.

use super::random::Stream;
use super::vector::{Bank, Real};
use ndarray::{Array3, Array4};

/// A training set of images: (number, channels, height, width), values usually in [-1, 1] with -1 for black.
///
/// Images made of bytes are kept as bytes, so that the 60,000 of MNIST take 47 MB.
///
/// ```
/// use theoria::theory::*;
/// let images = Images::from_bytes(&[0, 255, 255, 0, 10, 20, 30, 40], 255, (1, 2, 2)); // two images of 2 x 2
/// assert_eq!(images.count(), 2);
/// assert_eq!(images.image(0)[[0, 0, 1]], 1.0);
/// ```
/// Checked against: `scores_match_golden_values`, `images_of_bytes_are_those_of_their_values`.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    store: Store,
    shape: (usize, usize, usize),
    labels: Vec<usize>,
    /// The value of most pixels, if there is one. Windows that show nothing else are alike, which saves time.
    ground: f64,
}

/// The values, image after image, channel after channel, row after row.
#[derive(Clone, Debug, PartialEq)]
enum Store {
    Bytes(Vec<u8>, Box<[f64; 256]>),
    Numbers(Vec<f64>),
}

impl Store {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes, _) => bytes.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    fn get(&self, at: usize) -> f64 {
        match self {
            Self::Bytes(bytes, levels) => levels[usize::from(bytes[at])],
            Self::Numbers(numbers) => numbers[at],
        }
    }

    /// Some images of so many values each.
    fn select(&self, indices: &[usize], size: usize) -> Self {
        let range = |i: usize| i * size..(i + 1) * size;
        match self {
            Self::Bytes(bytes, levels) => {
                Self::Bytes(indices.iter().flat_map(|&i| &bytes[range(i)]).copied().collect(), levels.clone())
            }
            Self::Numbers(numbers) => {
                Self::Numbers(indices.iter().flat_map(|&i| &numbers[range(i)]).copied().collect())
            }
        }
    }

    /// The value that more than half of all have, if there is one, by Boyer and Moore's vote; else any.
    fn ground(&self) -> f64 {
        let mut vote = (self.get(0), 0usize);
        for value in (0..self.len()).map(|at| self.get(at)) {
            match vote {
                (_, 0) => vote = (value, 1),
                (favourite, count) if favourite == value => vote.1 = count + 1,
                (_, count) => vote.1 = count - 1,
            }
        }
        vote.0
    }
}

impl Images {
    /// Images from an array (number, channels, height, width).
    /// Panics if a size is 0 or a value is not finite. O(size).
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
        let (_, channels, height, width) = pixels.dim();
        Self::of(Store::Numbers(pixels.iter().copied().collect()), (channels, height, width))
    }

    /// Images from bytes u in 0..=`full`, image after image, channel after channel, row after row: v = 2u/full -
    /// 1, so that 0 (black) becomes -1 and `full` (255; 16 for the 8 x 8 digits) becomes 1. `shape` is
    /// (channels, height, width).
    /// Panics if the bytes do not fill a whole number of images. O(size); memory: a byte a value.
    /// Checked against: `scores_match_golden_values`, `images_of_bytes_are_those_of_their_values`.
    #[must_use]
    #[track_caller]
    pub fn from_bytes(bytes: &[u8], full: u8, shape: (usize, usize, usize)) -> Self {
        let size = shape.0 * shape.1 * shape.2;
        let whole = size > 0 && !bytes.is_empty() && bytes.len().is_multiple_of(size);
        assert!(whole && full > 0, "{} bytes are not a whole number of images of shape {shape:?}", bytes.len());
        let levels = std::array::from_fn(|u| (u as f64 / f64::from(full) - 0.5) / 0.5);
        Self::of(Store::Bytes(bytes.to_vec(), Box::new(levels)), shape)
    }

    fn of(store: Store, shape: (usize, usize, usize)) -> Self {
        let ground = store.ground();
        Self { store, shape, labels: Vec::new(), ground }
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
        assert!(!indices.is_empty(), "a training set needs at least one image");
        assert!(indices.iter().all(|&i| i < self.count()), "an index is not below {}", self.count());
        let labels =
            if self.labels.is_empty() { Vec::new() } else { indices.iter().map(|&i| self.labels[i]).collect() };
        Self { labels, ..Self::of(self.store.select(indices, self.size()), self.shape) }
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
        self.store.len() / self.size()
    }

    /// (channels, height, width) of an image.
    /// Checked against: `scores_match_golden_values`.
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        self.shape
    }

    /// Numbers of an image.
    fn size(&self) -> usize {
        self.shape.0 * self.shape.1 * self.shape.2
    }

    /// The values of all images, (number, channels, height, width), as a new array: eight bytes a value.
    /// Checked against: `images_of_bytes_are_those_of_their_values`.
    #[must_use]
    pub fn pixels(&self) -> Array4<f64> {
        let (channels, height, width) = self.shape;
        let values = (0..self.store.len()).map(|at| self.store.get(at)).collect();
        Array4::from_shape_vec((self.count(), channels, height, width), values).expect("the sizes agree")
    }

    /// The values of one image, (channels, height, width).
    /// Panics if there is no such image. O(size of an image).
    /// Checked against: `images_of_bytes_are_those_of_their_values`.
    #[must_use]
    #[track_caller]
    pub fn image(&self, index: usize) -> Array3<f64> {
        assert!(index < self.count(), "image {index} of {}", self.count());
        let values = (index * self.size()..(index + 1) * self.size()).map(|at| self.store.get(at)).collect();
        Array3::from_shape_vec(self.shape, values).expect("the sizes agree")
    }

    /// One value: of channel, row and column `at` of an image.
    pub(super) fn value(&self, index: usize, at: [usize; 3]) -> f64 {
        let [channel, row, column] = at;
        self.store.get(index * self.size() + (channel * self.shape.1 + row) * self.shape.2 + column)
    }

    /// The value of most pixels, if there is one.
    pub(super) fn ground(&self) -> f64 {
        self.ground
    }

    /// L images from number `first` on, each in a lane; where there are no more, the last one again.
    pub(super) fn load_lanes<T: Real, const L: usize>(&self, first: usize, out: &mut [Bank<T, L>]) {
        for lane in 0..L {
            let start = (first + lane).min(self.count() - 1) * self.size();
            match &self.store {
                Store::Bytes(bytes, levels) => {
                    let levels = levels.each_ref().map(|v| T::of(*v));
                    let bytes = &bytes[start..][..out.len()];
                    out.iter_mut().zip(bytes).for_each(|(out, u)| out.0[lane] = levels[usize::from(*u)]);
                }
                Store::Numbers(numbers) => {
                    let numbers = &numbers[start..][..out.len()];
                    out.iter_mut().zip(numbers).for_each(|(out, v)| out.0[lane] = T::of(*v));
                }
            }
        }
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
