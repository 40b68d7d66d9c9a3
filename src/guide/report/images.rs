//! A gallery that has drifted: each image as it is recorded, as it is now, and the difference.

use crate::guide::number::{count, significant};
use crate::record::Gallery;

/// Images that are shown; of more, those that differ the most.
const SHOWN: usize = 12;

/// The colours of a difference, red, green and blue from 0 to 1: below zero, at zero, above zero.
const BELOW: [f64; 3] = [0.10, 0.36, 0.72];
const NONE: [f64; 3] = [0.96, 0.96, 0.94];
const ABOVE: [f64; 3] = [0.74, 0.17, 0.10];

/// The images that differ, three pictures each, and what is to be said beneath. None if the shapes differ.
pub fn beside(recorded: &Gallery, fresh: &Gallery) -> Option<(Gallery, Vec<String>)> {
    let shape = |gallery: &Gallery| (gallery.height, gallery.width, gallery.channels, gallery.pixels.len());
    let each = fresh.height * fresh.width * fresh.channels;
    if shape(recorded) != shape(fresh) || each == 0 || !matches!(fresh.channels, 1 | 3) {
        return None;
    }
    let images: Vec<(&[f64], &[f64])> = recorded.pixels.chunks(each).zip(fresh.pixels.chunks(each)).collect();
    let mut moved: Vec<(usize, f64)> = images
        .iter()
        .map(|(old, new)| old.iter().zip(*new).map(|(old, new)| distance(*old, *new)).fold(0.0, f64::max))
        .enumerate()
        .filter(|(_, distance)| *distance > 0.0)
        .collect();
    let all = moved.len();
    moved.sort_by(|a, b| b.1.total_cmp(&a.1));
    moved.truncate(SHOWN);
    moved.sort_by_key(|(at, _)| *at);
    let most = moved.iter().map(|(_, distance)| *distance).filter(|most| most.is_finite()).fold(0.0, f64::max);
    let (mut pixels, mut captions) = (Vec::new(), Vec::new());
    for (at, _) in &moved {
        let (old, new) = images[*at];
        pixels.extend(
            coloured(old, fresh).into_iter().chain(coloured(new, fresh)).chain(residual(old, new, fresh, most)),
        );
        let name = fresh.captions.get(*at).filter(|caption| !caption.is_empty());
        let name = name.map_or_else(|| format!("image {}", at + 1), Clone::clone);
        captions.extend([format!("{name}: recorded"), "fresh".into(), "fresh − recorded".into()]);
    }
    let columns = if moved.len() > 1 { 6 } else { 3 };
    let title = fresh.title.clone();
    let gallery = Gallery { title, channels: 3, columns, range: (0.0, 1.0), captions, pixels, ..fresh.clone() };
    Some((gallery, notes(recorded, fresh, most, all, moved.len(), images.len())))
}

fn notes(recorded: &Gallery, fresh: &Gallery, most: f64, all: usize, shown: usize, of: usize) -> Vec<String> {
    let mut notes = vec![format!("{all} of {} differ{}.", count(of, "image"), if all == 1 { "s" } else { "" })];
    if shown < all {
        notes.push(format!("The {shown} that differ the most are shown."));
    }
    let size = significant(most, 2);
    notes.push(match fresh.channels {
        1 => format!("Differences run from −{size} (blue) over 0 (pale) to {size} (red)."),
        _ => format!("Differences of each colour run from −{size} (none of it) over 0 (half) to {size} (all of it)."),
    });
    if recorded.range != fresh.range {
        notes.push("The numbers drawn as black and white have changed; both are drawn with the fresh ones.".into());
    }
    if recorded.captions != fresh.captions {
        notes.push("Captions are the fresh ones.".into());
    }
    notes
}

fn distance(old: f64, new: f64) -> f64 {
    match (new - old).abs() {
        _ if old == new || (old.is_nan() && new.is_nan()) => 0.0,
        distance if distance.is_nan() => f64::INFINITY,
        distance => distance,
    }
}

/// An image in three channels, from 0 to 1.
fn coloured(image: &[f64], gallery: &Gallery) -> Vec<f64> {
    let (black, white) = gallery.range;
    let scaled: Vec<f64> = image.iter().map(|pixel| (pixel - black) / (white - black)).collect();
    if gallery.channels == 3 { scaled } else { scaled.repeat(3) }
}

/// The difference of two images in three channels, from 0 to 1, with 0 in the middle of `-most` and `most`.
fn residual(old: &[f64], new: &[f64], gallery: &Gallery, most: f64) -> Vec<f64> {
    let share = |(old, new): (&f64, &f64)| match new - old {
        _ if old == new || (old.is_nan() && new.is_nan()) => 0.0,
        difference => difference / if most > 0.0 { most } else { 1.0 },
    };
    let shares: Vec<f64> = old.iter().zip(new).map(share).collect();
    if gallery.channels == 3 {
        return shares.iter().map(|share| 0.5 + share / 2.0).collect();
    }
    let mix = |channel: usize| {
        let shade = move |share: &f64| {
            let end = if *share < 0.0 { BELOW } else { ABOVE };
            NONE[channel] + (end[channel] - NONE[channel]) * share.abs()
        };
        shares.iter().map(shade)
    };
    (0..3).flat_map(mix).collect()
}
