//! Windows of images, and which places of an image may be compared with which.

use ndarray::{ArrayView3, ArrayViewMut1};

/// A pixel: (row, column). For whole images it is (0, 0).
pub(super) type Site = (usize, usize);

/// What is seen around a pixel.
#[derive(Clone, Copy)]
pub(super) enum Window {
    /// The whole image.
    Whole,
    /// k x k, with 0 outside the image.
    Padded(usize),
    /// k x k, with the image wrapped around.
    Wrapped(usize),
}

/// A window on images of one shape.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub window: Window,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Geometry {
    /// Numbers in a window.
    pub fn window_len(&self) -> usize {
        match self.window {
            Window::Whole => self.channels * self.height * self.width,
            Window::Padded(k) | Window::Wrapped(k) => self.channels * k * k,
        }
    }

    /// Numbers of a window around `site` that lie inside the image.
    pub fn inside_len(&self, site: Site) -> usize {
        let Window::Padded(k) = self.window else { return self.window_len() };
        let inside = |at: usize, size: usize| (at + k / 2 + 1).min(size) - at.saturating_sub(k / 2);
        self.channels * inside(site.0, self.height) * inside(site.1, self.width)
    }

    /// Shape of what a candidate contributes: its centre pixel, or the whole image.
    pub fn value_shape(&self) -> (usize, usize, usize) {
        match self.window {
            Window::Whole => (self.channels, self.height, self.width),
            _ => (self.channels, 1, 1),
        }
    }

    /// Numbers in a value.
    pub fn value_len(&self) -> usize {
        let (channels, height, width) = self.value_shape();
        channels * height * width
    }

    /// Copies the value at `site` of `image` into `out`.
    pub fn value(&self, image: ArrayView3<f64>, site: Site, mut out: ArrayViewMut1<f64>) {
        match self.window {
            Window::Whole => out.iter_mut().zip(image.iter()).for_each(|(o, v)| *o = *v),
            _ => out.iter_mut().enumerate().for_each(|(channel, o)| *o = image[[channel, site.0, site.1]]),
        }
    }
}

/// Copies the window around `site` of `image`, less `ground`, into `out`; outside a padded image it is 0.
/// The outside pattern of a pixel and of its candidates agree, so those terms drop out of every difference.
pub(super) fn gather(geometry: &Geometry, image: ArrayView3<f64>, site: Site, ground: f64, out: &mut [f64]) {
    let (k, wrapped) = match geometry.window {
        Window::Whole => return out.iter_mut().zip(image.iter()).for_each(|(o, v)| *o = v - ground),
        Window::Padded(k) => (k, false),
        Window::Wrapped(k) => (k, true),
    };
    let mut lines = out.chunks_exact_mut(k);
    for channel in 0..geometry.channels {
        for i in 0..k {
            let line = lines.next().expect("a window has channels times k lines");
            match place(site.0, i, k, geometry.height, wrapped) {
                None => line.fill(0.0),
                Some(r) => line.iter_mut().enumerate().for_each(|(j, o)| {
                    *o = place(site.1, j, k, geometry.width, wrapped).map_or(0.0, |c| image[[channel, r, c]] - ground);
                }),
            }
        }
    }
}

/// Index of the `offset`-th of the k places around `at`, on an axis of `size` places.
fn place(at: usize, offset: usize, k: usize, size: usize, wrapped: bool) -> Option<usize> {
    let (index, size) = (at as isize + offset as isize - (k / 2) as isize, size as isize);
    if wrapped { Some(index.rem_euclid(size) as usize) } else { (0..size).contains(&index).then_some(index as usize) }
}

/// Pixels that share one list of candidate places, the same in every training image.
pub(super) struct Group {
    pub pixels: Vec<Site>,
    pub candidates: Vec<Site>,
}

impl Group {
    /// One place, the whole image.
    pub fn whole() -> Vec<Self> {
        vec![Self::among(vec![(0, 0)])]
    }

    /// Every pixel with its own place only.
    pub fn same_place(size: Site) -> Vec<Self> {
        all_sites(size).into_iter().map(|site| Self::among(vec![site])).collect()
    }

    /// Every pixel with every place.
    pub fn everywhere(size: Site) -> Vec<Self> {
        vec![Self::among(all_sites(size))]
    }

    /// Every pixel with every place whose window lies inside the image.
    pub fn inside(size: Site, k: usize) -> Vec<Self> {
        let d = k / 2;
        vec![Self {
            pixels: all_sites(size),
            candidates: sites(&(d..size.0 - d).collect::<Vec<_>>(), &(d..size.1 - d).collect::<Vec<_>>()),
        }]
    }

    /// Every pixel with the places whose windows stick out of the image in the same way.
    pub fn same_border(size: Site, k: usize) -> Vec<Self> {
        let (rows, columns) = (border_classes(size.0, k), border_classes(size.1, k));
        rows.iter().flat_map(|r| columns.iter().map(|c| Self::among(sites(r, c)))).collect()
    }

    fn among(sites: Vec<Site>) -> Self {
        Self { candidates: sites.clone(), pixels: sites }
    }
}

/// Indices of an axis by their border: each index within (k-1)/2 of an end alone, the interior together.
fn border_classes(size: usize, k: usize) -> Vec<Vec<usize>> {
    let d = k / 2;
    let (interior, border): (Vec<usize>, Vec<usize>) = (0..size).partition(|&i| i >= d && i + d < size);
    let alone = border.into_iter().map(|i| vec![i]);
    alone.chain((!interior.is_empty()).then_some(interior)).collect()
}

fn sites(rows: &[usize], columns: &[usize]) -> Vec<Site> {
    rows.iter().flat_map(|&r| columns.iter().map(move |&c| (r, c))).collect()
}

fn all_sites(size: Site) -> Vec<Site> {
    sites(&(0..size.0).collect::<Vec<_>>(), &(0..size.1).collect::<Vec<_>>())
}
