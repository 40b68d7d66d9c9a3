//! Score machines at their edges: single precision, plain ground, wide windows, many images, other processors.

use super::golden::{self, relative_difference};
use super::score::naive;
use ndarray::{Array4, Axis, s};
use std::sync::Mutex;
use theoria::theory::vector::{Instructions, limit_instructions};
use theoria::theory::*;

fn machines(k: usize) -> [(&'static str, Machine); 4] {
    [
        ("local", Machine::local(k)),
        ("equivariant", Machine::equivariant(k)),
        ("equivariant wrapped", Machine::equivariant_wrapped(k)),
        ("boundary broken", Machine::boundary_broken(k)),
    ]
}

fn largest(difference: &Array4<f64>) -> f64 {
    difference.iter().fold(0.0, |most, d| d.abs().max(most))
}

/// Bytes that are mostly black, with a few strokes.
fn strokes(count: usize, (height, width): (usize, usize)) -> Vec<u8> {
    let mut stream = Stream::new(3);
    let mut bytes = vec![0; count * height * width];
    for image in bytes.chunks_exact_mut(height * width) {
        let (row, start) = (stream.below(height), stream.below(width - 2));
        image[row * width + start..][..3].copy_from_slice(&[80, 255, 200]);
    }
    bytes
}

#[test]
fn windows_of_plain_ground_are_counted_right() {
    let images = Images::from_bytes(&strokes(37, (7, 6)), 255, (1, 7, 6));
    let x = CosineSchedule.diffuse(&images.first(2).pixels(), 0.4, &mut Stream::new(4));
    for k in [1, 3, 5] {
        for (rule, machine) in machines(k) {
            for beta in [0.05, 0.4, 1.0] {
                let mean = machine.posterior_mean(&images, &x, beta);
                let difference = relative_difference(&mean, &naive(rule, k, &images, &x, beta));
                assert!(difference < 1e-12, "{rule} {k} {beta}: {difference}");
            }
        }
    }
}

#[test]
fn among_equal_candidates_the_first_wins() {
    let black = Images::from_bytes(&[0; 5 * 30], 255, (1, 5, 6));
    let x = black.noise(1, &mut Stream::new(1));
    let winners = Machine::equivariant(3).winners(&black, &x, 0.5);
    assert!(winners.image.iter().all(|&n| n == 0));
    assert!(winners.row.iter().chain(&winners.column).all(|&at| at == 1));
    // 5 images of 3 x 4 inner places, all alike.
    assert!(winners.weight.iter().all(|w| (w - 1.0 / 60.0).abs() < 1e-15));
    let twice = Images::from_bytes(&strokes(4, (5, 6)).repeat(20), 255, (1, 5, 6));
    let x = CosineSchedule.diffuse(&twice.first(4).pixels(), 0.2, &mut Stream::new(2));
    for machine in [Machine::ideal(), Machine::local(3), Machine::boundary_broken(3)] {
        for machine in [machine, machine.single()] {
            assert!(machine.winners(&twice, &x, CosineSchedule.beta(0.2)).image.iter().all(|&n| n < 4));
        }
    }
}

#[test]
fn wide_windows_and_many_images_match_a_naive_sum() {
    let mut stream = Stream::new(5);
    let mut draw = |shape| Array4::from_shape_simple_fn(shape, || stream.normal());
    let (few, x) = (Images::new(draw((3, 1, 20, 26))), draw((1, 1, 20, 26)));
    for k in [7, 9, 11, 13, 15, 17] {
        for (rule, machine) in machines(k) {
            let mean = machine.posterior_mean(&few, &x, 0.8);
            let difference = relative_difference(&mean, &naive(rule, k, &few, &x, 0.8));
            assert!(difference < 1e-12, "{rule} {k}: {difference}");
            let difference = largest(&(machine.single().posterior_mean(&few, &x, 0.8) - mean));
            assert!(difference < 1e-4, "{rule} {k} in single precision: {difference}");
        }
    }
    let (many, x) = (Images::new(draw((300, 1, 4, 5))), draw((9, 1, 4, 5)));
    for (rule, machine) in machines(3) {
        let mean = machine.posterior_mean(&many, &x, 0.3);
        let difference = relative_difference(&mean, &naive(rule, 3, &many, &x, 0.3));
        assert!(difference < 1e-12, "{rule}: {difference}");
    }
}

#[test]
fn single_precision_keeps_its_bound() {
    let digits = golden::array("els/digits8_50/data.npy", (50, 1, 8, 8)).mapv(|u: f64| u / 8.0 - 1.0);
    let mnist = golden::array("els/mnist28_32/data.npy", (32, 1, 28, 28)).mapv(|u: f64| u / 127.5 - 1.0);
    let mut worst = 0.0f64;
    for images in [Images::new(digits), Images::new(mnist)] {
        for beta in [1e-4f64, 1e-3, 1e-2, 0.1, 0.4, 0.8, 0.97, 1.0] {
            let noise = images.noise(2, &mut Stream::new(6)) * beta.sqrt();
            let x = images.first(2).pixels() * (1.0 - beta).sqrt() + noise;
            for k in [1, 3, 5, 7] {
                for (_, machine) in machines(k).into_iter().chain([("ideal", Machine::ideal())]) {
                    let double = machine.posterior_mean(&images, &x, beta);
                    let difference = largest(&(machine.single().posterior_mean(&images, &x, beta) - double));
                    assert!(difference < 1e-4, "{machine:?} at {beta}: {difference}");
                    worst = worst.max(difference);
                }
            }
        }
    }
    println!("worst difference of single from double precision: {worst:e}");
}

#[test]
fn images_of_bytes_are_those_of_their_values() {
    let bytes = strokes(20, (6, 6));
    let images = Images::from_bytes(&bytes, 255, (1, 6, 6));
    let values = images.pixels();
    assert_eq!(
        values,
        Array4::from_shape_fn((20, 1, 6, 6), |(n, _, r, c)| {
            (f64::from(bytes[n * 36 + r * 6 + c]) / 255.0 - 0.5) / 0.5
        })
    );
    assert_eq!(images.image(7), values.index_axis(Axis(0), 7));
    let (numbers, x) = (Images::new(values), images.noise(2, &mut Stream::new(1)));
    for machine in [Machine::ideal(), Machine::boundary_broken(3), Machine::boundary_broken(3).single()] {
        assert_eq!(machine.posterior_mean(&images, &x, 0.3), machine.posterior_mean(&numbers, &x, 0.3));
    }
    assert_eq!(images.select(&[3, 3, 1]).pixels(), numbers.select(&[3, 3, 1]).pixels());
}

#[test]
fn every_processor_gives_the_same_machines() {
    let mut stream = Stream::new(8);
    let mut draw = |shape| Array4::from_shape_simple_fn(shape, || stream.normal());
    let (grey, colour) = (Images::new(draw((20, 1, 12, 14))), Images::new(draw((20, 3, 12, 14))));
    let (x, y) = (draw((1, 1, 12, 14)), draw((1, 3, 12, 14)));
    let all = |k: usize| {
        let sides = [(&grey, &x), (&colour, &y)];
        let machines = [Machine::boundary_broken(k), Machine::boundary_broken(k).single(), Machine::ideal()];
        sides.map(|(images, x)| machines.map(|machine| machine.posterior_mean(images, x, 0.5)))
    };
    for k in [1, 3, 5, 7, 9, 11] {
        limit_instructions(Some(Instructions::Baseline));
        let plain = all(k);
        for best in [Some(Instructions::Avx2), None] {
            limit_instructions(best);
            assert!(all(k) == plain, "{k} with {best:?}");
        }
    }
}

#[test]
fn long_sums_tell_how_far_they_are_and_can_be_stopped() {
    let images = Images::from_bytes(&strokes(200, (8, 8)), 255, (1, 8, 8));
    let start = images.noise(3, &mut Stream::new(1));
    let told = Mutex::new(Vec::new());
    let machine = Machine::boundary_broken(3);
    let go_on = |share: f64| {
        told.lock().expect("no test panics here").push(share);
        true
    };
    let path = Sampler::new(4).trajectory_while(machine, &images, &start, go_on).expect("nobody stops it");
    assert_eq!(path, Sampler::new(4).trajectory(machine, &images, &start));
    let told = told.into_inner().expect("no test panics here");
    assert!(told.len() > 8 && told.iter().all(|share| (0.0..=1.0).contains(share)));
    assert!(told.contains(&1.0) && told.iter().any(|share| *share < 0.2));
    assert!(Sampler::new(4).trajectory_while(machine, &images, &start, |share| share < 0.4).is_none());
    assert!(machine.posterior_mean_while(&images, &start, 0.5, |_| false).is_none());
}

#[test]
fn degenerate_sets_are_exact() {
    let constant = Images::new(Array4::from_elem((3, 2, 5, 4), 0.25));
    let x = constant.noise(2, &mut Stream::new(1)) * 30.0;
    for (_, machine) in machines(3).into_iter().chain([("ideal", Machine::ideal())]) {
        for machine in [machine, machine.single()] {
            for beta in [1e-5, 0.5, 1.0] {
                let mean = machine.posterior_mean(&constant, &x, beta);
                assert!(mean.iter().all(|v| *v == 0.25), "{machine:?} {beta}");
            }
        }
    }
    // A window of one pixel, and one that is wider than the image.
    let images = Images::from_bytes(&strokes(5, (4, 4)), 255, (1, 4, 4));
    let x = images.noise(1, &mut Stream::new(2));
    for k in [1, 7, 9] {
        let machine = Machine::boundary_broken(k);
        let difference = relative_difference(
            &machine.posterior_mean(&images, &x, 0.5),
            &naive("boundary broken", k, &images, &x, 0.5),
        );
        assert!(difference < 1e-13, "{k}: {difference}");
    }
    let first = machines(3)[0].1.posterior_mean(&images, &x.slice(s![.., .., .., ..]).to_owned(), 1.0);
    let plain = images.pixels().mean_axis(Axis(0)).expect("there are images").insert_axis(Axis(0));
    assert!(relative_difference(&first, &plain) < 1e-15, "all noise: every image counts alike");
}
