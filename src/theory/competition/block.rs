//! A few training images side by side, ready to be compared: one lane each.

use super::places::{Axis, Rule, Site, shown};
use crate::theory::images::Images;
use crate::theory::vector::{Bank, Real};
use std::ops::Range;

/// What all images and windows of one competition have in common.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub rule: Rule,
    pub k: usize,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

/// L training images, the last of which may be missing.
pub(super) struct Block<T, const L: usize> {
    /// Number of the first image.
    pub first: usize,
    /// a phi, padded: channel after channel, row after row.
    pub padded: Vec<Bank<T, L>>,
    /// phi, pixel after pixel, its channels together.
    pub values: Vec<Bank<T, L>>,
    /// For each pixel the lanes whose window competes there by itself.
    pub alive: Vec<u32>,
    /// For each pixel the lanes whose window is all ground: they are alike, and counted.
    pub plain: Vec<u32>,
    /// The rows and columns outside which no lane is alive.
    pub live: (Range<usize>, Range<usize>),
    /// Room to load into.
    loaded: Vec<Bank<T, L>>,
}

impl Geometry {
    /// Pixels are padded by this much on every side.
    pub(super) fn margin(&self) -> usize {
        self.k / 2
    }

    pub(super) fn rows(&self) -> Axis {
        Axis { rule: self.rule, size: self.height, k: self.k }
    }

    pub(super) fn columns(&self) -> Axis {
        Axis { rule: self.rule, size: self.width, k: self.k }
    }

    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Pixels that compete one by one: an ideal machine's images compete whole.
    pub(super) fn seats(&self) -> usize {
        if self.rule == Rule::Ideal { 1 } else { self.pixels() }
    }

    /// How many places of an image compete for each seat.
    pub(super) fn rivals(&self) -> Vec<usize> {
        let mut rivals = vec![1; self.seats()];
        let columns = self.columns().classes();
        for rows in self.rows().classes() {
            for columns in &columns {
                for r in rows.pixels.clone() {
                    let seats = &mut rivals[r * self.width..][columns.pixels.clone()];
                    seats.fill(rows.candidates.len() * columns.candidates.len());
                }
            }
        }
        rivals
    }

    /// Numbers that a candidate contributes: the channels of a pixel, or all of the image.
    pub(super) fn value_len(&self) -> usize {
        self.channels * if self.rule == Rule::Ideal { self.pixels() } else { 1 }
    }

    /// Height and width with the margins.
    pub(super) fn padded_size(&self) -> Site {
        (self.height + 2 * self.margin(), self.width + 2 * self.margin())
    }

    /// Whether noise images (or else training images) go on around the edge.
    fn wraps(&self, noise: bool) -> bool {
        self.rule == Rule::EquivariantWrapped || (noise && self.rule == Rule::Equivariant)
    }

    /// For each place of a padded channel, the pixel that it shows; `None` where it is 0.
    pub(super) fn padding(&self, noise: bool) -> Vec<Option<usize>> {
        let ((rows, columns), d, wraps) = (self.padded_size(), self.margin(), self.wraps(noise));
        let place = |r: usize, c: usize| {
            let (r, c) = (shown(r, d, self.height, wraps)?, shown(c, d, self.width, wraps)?);
            Some(r * self.width + c)
        };
        (0..rows).flat_map(|r| (0..columns).map(move |c| place(r, c))).collect()
    }

    /// Numbers of a window around `site` that lie inside the image.
    pub(super) fn inside_len(&self, site: Site) -> usize {
        if self.rule == Rule::Ideal {
            return self.value_len();
        }
        if self.wraps(true) {
            return self.channels * self.k * self.k;
        }
        let inside = |at: usize, size: usize| (at + self.k / 2 + 1).min(size) - at.saturating_sub(self.k / 2);
        self.channels * inside(site.0, self.height) * inside(site.1, self.width)
    }
}

impl<T: Real, const L: usize> Block<T, L> {
    pub(super) fn new(geometry: &Geometry) -> Self {
        let (rows, columns) = geometry.padded_size();
        let (pixels, zero) = (geometry.pixels(), Bank::zero());
        Self {
            first: 0,
            padded: vec![zero; geometry.channels * rows * columns],
            values: vec![zero; geometry.channels * pixels],
            alive: vec![0; pixels],
            plain: vec![0; pixels],
            live: (0..0, 0..0),
            loaded: vec![zero; geometry.channels * pixels],
        }
    }

    /// Takes the images from `first` on, at amplitude `a`. Cost: O(L size k).
    pub(super) fn load(&mut self, geometry: &Geometry, padding: &[Option<usize>], images: &Images, first: usize, a: T) {
        self.first = first;
        images.load_lanes(first, &mut self.loaded);
        let pixels = geometry.pixels();
        for (plane, loaded) in self.padded.chunks_exact_mut(padding.len()).zip(self.loaded.chunks_exact(pixels)) {
            for (to, from) in plane.iter_mut().zip(padding) {
                *to = from.map_or(Bank::zero(), |at| Bank(loaded[at].0.map(|v| a * v)));
            }
        }
        for (channel, loaded) in self.loaded.chunks_exact(pixels).enumerate() {
            for (pixel, v) in loaded.iter().enumerate() {
                self.values[pixel * geometry.channels + channel] = *v;
            }
        }
        let present = u32::MAX >> (32 - (images.count() - first).min(L));
        self.mark(geometry, padding, T::of(images.ground()), present);
    }

    /// Finds the windows that are all ground, and what is left.
    fn mark(&mut self, geometry: &Geometry, padding: &[Option<usize>], ground: T, present: u32) {
        if geometry.rule == Rule::Ideal {
            self.alive[0] = present;
            return;
        }
        let Geometry { channels, width, .. } = *geometry;
        let plain: Vec<u32> = self.values.chunks_exact(channels).map(|value| lanes_at(value, ground)).collect();
        // What lies outside is outside for pixel and candidate alike.
        let padded: Vec<u32> = padding.iter().map(|place| place.map_or(u32::MAX, |at| plain[at])).collect();
        let (_, columns) = geometry.padded_size();
        let across: Vec<u32> = padded.chunks_exact(columns).flat_map(|row| all_of(row, geometry.k, 1)).collect();
        let windows = all_of(&across, geometry.k, width);
        self.live = (geometry.height..0, width..0);
        for (at, window) in windows.into_iter().enumerate() {
            (self.plain[at], self.alive[at]) = (window & present, !window & present);
            if self.alive[at] != 0 {
                let (r, c) = (at / width, at % width);
                self.live.0 = self.live.0.start.min(r)..self.live.0.end.max(r + 1);
                self.live.1 = self.live.1.start.min(c)..self.live.1.end.max(c + 1);
            }
        }
    }
}

/// The lanes in which every channel is the ground's.
fn lanes_at<T: Real, const L: usize>(value: &[Bank<T, L>], ground: T) -> u32 {
    (0..L).fold(0, |lanes, lane| lanes | u32::from(value.iter().all(|v| v.0[lane] == ground)) << lane)
}

/// For each place, the bits that it has in common with the k - 1 that follow, `lag` apart.
fn all_of(bits: &[u32], k: usize, lag: usize) -> Vec<u32> {
    (0..bits.len() - (k - 1) * lag).map(|at| (0..k).fold(u32::MAX, |all, i| all & bits[at + i * lag])).collect()
}
