//! Which places of training images compete for which pixels.

use std::ops::Range;

/// A pixel: (row, column). For whole images it is (0, 0).
pub(in crate::theory) type Site = (usize, usize);

/// Which candidates compete for a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::theory) enum Rule {
    Ideal,
    Local,
    Equivariant,
    EquivariantWrapped,
    BoundaryBroken,
}

/// Pixels of an axis that share their candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub pixels: Range<usize>,
    pub candidates: Range<usize>,
}

/// Pixels of an axis whose candidate lies `shift` further on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub pixels: Range<usize>,
    pub shift: isize,
}

/// Rows and columns follow the same rule, independently: an axis of `size` places, windows of k.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub rule: Rule,
    pub size: usize,
    pub k: usize,
}

impl Axis {
    /// Places whose windows lie inside; empty if no window fits.
    fn interior(self) -> Range<usize> {
        let d = self.k / 2;
        d.min(self.size)..self.size.saturating_sub(d).max(d.min(self.size))
    }

    /// Every pixel once.
    pub(super) fn classes(self) -> Vec<Class> {
        let (all, interior) = (0..self.size, self.interior());
        let alone = |i: usize| Class { pixels: i..i + 1, candidates: i..i + 1 };
        match self.rule {
            Rule::Ideal => vec![alone(0)],
            Rule::Local => all.map(alone).collect(),
            Rule::Equivariant => vec![Class { pixels: all, candidates: interior }],
            Rule::EquivariantWrapped => vec![Class { pixels: all.clone(), candidates: all }],
            Rule::BoundaryBroken => {
                let mut classes: Vec<Class> = all.filter(|i| !interior.contains(i)).map(alone).collect();
                if !interior.is_empty() {
                    classes.push(Class { pixels: interior.clone(), candidates: interior });
                }
                classes
            }
        }
    }

    /// Every pair of a pixel and a candidate among `live` once, shift after shift.
    pub(super) fn shifts(self, live: &Range<usize>) -> Vec<Shift> {
        let (all, interior) = (0..self.size, self.interior());
        let wide = self.size as isize - 1;
        let between = |pixels: &Range<usize>, candidates: &Range<usize>, shift: isize| {
            let start = pixels.start.max(candidates.start.saturating_add_signed(-shift));
            let end = pixels.end.min(candidates.end.saturating_add_signed(-shift));
            Shift { pixels: start..end.max(start), shift }
        };
        let within = |range: &Range<usize>| range.start.max(live.start)..range.end.min(live.end);
        let shifts = (-wide..=wide).map(|shift| match (self.rule, shift) {
            (Rule::Ideal | Rule::Local, _) | (Rule::BoundaryBroken, 0) => {
                between(if shift == 0 { &all } else { &(0..0) }, live, shift)
            }
            (Rule::BoundaryBroken, _) => between(&interior, &within(&interior), shift),
            (Rule::Equivariant, _) => between(&all, &within(&interior), shift),
            (Rule::EquivariantWrapped, _) => between(&all, live, shift),
        });
        shifts.filter(|shift| !shift.pixels.is_empty()).collect()
    }
}

/// Which place of an image a place of the padded image shows, d places further out; `None` shows 0.
pub(super) fn shown(at: usize, d: usize, size: usize, wrapped: bool) -> Option<usize> {
    let index = at as isize - d as isize;
    if wrapped {
        Some(index.rem_euclid(size as isize) as usize)
    } else {
        usize::try_from(index).ok().filter(|index| *index < size)
    }
}
