//! Score machines and the sampler: golden values, a naive sum, limits and symmetries.

use super::golden::{self, relative_difference};
use ndarray::{Array4, Axis, s};
use serde_json::Value;
use theoria::theory::*;

struct Golden {
    index: Value,
    images: Images,
    x: Array4<f64>,
    folder: String,
}

impl Golden {
    fn read(name: &str) -> Self {
        let folder = format!("els/{name}");
        let index = golden::json(&format!("{folder}/index.json"));
        let size = |i: usize| index["data_shape"][i].as_u64().expect("a size") as usize;
        let stored = golden::array(&format!("{folder}/data.npy"), (size(0), size(1), size(2), size(3)));
        let bytes: Vec<u8> = stored.iter().map(|&u| u as u8).collect();
        let images = match name {
            "digits8_50" => Images::from_bytes(&bytes, 16, (1, 8, 8)),
            "mnist28_32" => Images::from_bytes(&bytes, 255, (1, 28, 28)),
            _ => Images::new(stored),
        };
        let count = golden::shape(&format!("{folder}/x.npy"))[0];
        let x = golden::array(&format!("{folder}/x.npy"), (count, size(1), size(2), size(3)));
        Self { index, images, x, folder }
    }

    fn rows(&self, file: &str) -> Array4<f64> {
        let path = format!("{}/{file}.npy", self.folder);
        let (channels, height, width) = self.images.shape();
        golden::array(&path, (golden::shape(&path)[0], channels, height, width))
    }

    fn noise(&self, entry: &Value) -> Array4<f64> {
        one(&self.x, number(entry, "x"))
    }
}

fn number(entry: &Value, key: &str) -> usize {
    entry[key].as_u64().expect("a whole number") as usize
}

fn one(array: &Array4<f64>, index: usize) -> Array4<f64> {
    array.slice(s![index..=index, .., .., ..]).to_owned()
}

fn machine(entry: &Value, k: usize) -> Machine {
    match entry["machine"].as_str().expect("a name") {
        "IS" => Machine::ideal(),
        "LS" => Machine::local(k),
        "ELS" => Machine::equivariant(k),
        "ELSwrap" => Machine::equivariant_wrapped(k),
        "bbELS" => Machine::boundary_broken(k),
        other => panic!("unknown machine {other}"),
    }
}

#[test]
fn scores_match_golden_values() {
    let mut worst = 0.0f64;
    for (name, count) in [("digits8_50", 60), ("synth_9x9", 125), ("mnist28_32", 14)] {
        let golden = Golden::read(name);
        let scores = golden.rows("scores");
        let entries = golden.index["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), count);
        for entry in entries {
            let machine = machine(entry, entry["k"].as_u64().map_or(1, |k| k as usize));
            let beta = entry["beta"].as_f64().expect("a number");
            let ours = machine.score(&golden.images, &golden.noise(entry), beta);
            let difference = relative_difference(&ours, &one(&scores, number(entry, "row")));
            assert!(difference < 1e-10, "{name} {entry}: {difference}");
            worst = worst.max(difference);
        }
    }
    println!("worst relative difference of a score: {worst:e}");
}

#[test]
fn trajectories_match_golden_values() {
    let golden = Golden::read("digits8_50");
    let rows = golden.rows("trajectories");
    let mut worst = 0.0f64;
    for entry in golden.index["trajectories"].as_array().expect("trajectories") {
        let steps = number(entry, "nsteps");
        let convention = if number(entry, "start_step") == steps { Convention::Aligned } else { Convention::Authors };
        let mut sampler = Sampler::new(steps).convention(convention);
        if let Some(scales) = entry["scales"].as_array() {
            let scales: Vec<usize> = scales.iter().map(|k| k.as_u64().expect("a scale") as usize).collect();
            sampler = sampler.scales(&scales);
        }
        assert_eq!(sampler.first_step(), number(entry, "start_step"));
        let first = number(entry, "first_row");
        let path = sampler.trajectory(machine(entry, 3), &golden.images, &one(&rows, first));
        assert_eq!(path.len(), number(entry, "rows"));
        for (step, x) in path.iter().enumerate() {
            let difference = relative_difference(x, &one(&rows, first + step));
            assert!(difference < 1e-10, "{} at step {step}: {difference}", entry["machine"]);
            worst = worst.max(difference);
        }
    }
    println!("worst relative difference of a trajectory: {worst:e}");
}

#[test]
fn the_schedule_matches_golden_values() {
    for name in ["digits8_50", "synth_9x9", "mnist28_32"] {
        for entry in Golden::read(name).index["entries"].as_array().expect("entries") {
            let (t, beta) = (entry["t"].as_f64().expect("t"), entry["beta"].as_f64().expect("beta"));
            assert!((CosineSchedule.beta(t) - beta).abs() < 4e-16);
            assert!((CosineSchedule.signal(t) - (1.0 - beta).sqrt()).abs() < 4e-14);
        }
    }
    assert_eq!(CosineSchedule.beta(0.0), 0.0);
    assert_eq!(CosineSchedule.signal(0.0), 1.0);
}

#[test]
fn diffused_images_have_the_schedule_s_variance() {
    let clean = Array4::from_elem((50, 1, 20, 20), 0.5);
    let noisy = CosineSchedule.diffuse(&clean, 0.3, &mut Stream::new(1));
    let n = noisy.len() as f64;
    assert!((mean(&noisy) - 0.5 * CosineSchedule.signal(0.3)).abs() < 4.0 * standard_error(&noisy));
    let beta = CosineSchedule.beta(0.3);
    assert!((variance(&noisy) - beta).abs() < 4.0 * beta * (2.0 / n).sqrt());
}

/// Random images of several channels, not square, and noise to go with them.
fn colourful() -> (Images, Array4<f64>) {
    let mut stream = Stream::new(11);
    let mut draw = |shape| Array4::from_shape_simple_fn(shape, || stream.normal());
    (Images::new(draw((7, 3, 6, 5))), draw((2, 3, 6, 5)))
}

/// The definition, written down: sums over candidates of window distances, with no cleverness.
pub(super) fn naive(rule: &str, k: usize, images: &Images, x: &Array4<f64>, beta: f64) -> Array4<f64> {
    let (channels, height, width) = images.shape();
    let (a, d) = ((1.0 - beta).sqrt(), k as isize / 2);
    let (h, w) = (height as isize, width as isize);
    let wrapped = rule.starts_with("equivariant");
    let read = |image: &Array4<f64>, n: usize, channel: usize, r: isize, c: isize| {
        let inside = (0..h).contains(&r) && (0..w).contains(&c);
        let at = [n, channel, r.rem_euclid(h) as usize, c.rem_euclid(w) as usize];
        if inside || wrapped { image[at] } else { 0.0 }
    };
    let interior = |i: isize, size: isize| i >= d && i < size - d;
    let axis = |i: isize, j: isize, size: isize| match rule {
        "local" => i == j,
        "equivariant" => interior(j, size),
        "equivariant wrapped" => true,
        _ => i == j || (interior(i, size) && interior(j, size)),
    };
    let phi = images.pixels();
    Array4::from_shape_fn(x.dim(), |(b, channel, r, c)| {
        let (r, c) = (r as isize, c as isize);
        let (mut total, mut weights) = (0.0, 0.0);
        for (n, p, q) in (0..images.count()).flat_map(|n| (0..h).flat_map(move |p| (0..w).map(move |q| (n, p, q)))) {
            if !(axis(r, p, h) && axis(c, q, w)) {
                continue;
            }
            let mut distance = 0.0;
            for (ch, i, j) in (0..channels).flat_map(|ch| (-d..=d).flat_map(move |i| (-d..=d).map(move |j| (ch, i, j))))
            {
                let difference = read(x, b, ch, r + i, c + j) - a * read(&phi, n, ch, p + i, q + j);
                distance += difference * difference;
            }
            let weight = numeric::exp(-distance / (2.0 * beta));
            weights += weight;
            total += weight * phi[[n, channel, p as usize, q as usize]];
        }
        total / weights
    })
}

#[test]
fn posterior_means_match_a_naive_sum() {
    let (images, x) = colourful();
    for k in [1, 3, 5, 7] {
        let machines = [
            ("local", Machine::local(k)),
            ("equivariant", Machine::equivariant(k.min(5))),
            ("equivariant wrapped", Machine::equivariant_wrapped(k)),
            ("boundary broken", Machine::boundary_broken(k)),
        ];
        for (rule, machine) in machines {
            for beta in [0.6, 1.0] {
                let k = machine.scale().expect("a window");
                let difference =
                    relative_difference(&machine.posterior_mean(&images, &x, beta), &naive(rule, k, &images, &x, beta));
                assert!(difference < 1e-12, "{rule} {k}: {difference}");
            }
        }
    }
}

#[test]
fn a_local_machine_that_sees_everything_is_ideal() {
    let (images, x) = colourful();
    for beta in [0.05, 0.5, 1.0] {
        let ideal = Machine::ideal().score(&images, &x, beta);
        assert!(relative_difference(&Machine::local(11).score(&images, &x, beta), &ideal) < 1e-12);
    }
}

#[test]
fn a_wide_boundary_makes_the_machine_local() {
    let (images, x) = colourful();
    for k in [7, 9] {
        assert_eq!(Machine::boundary_broken(k).score(&images, &x, 0.3), Machine::local(k).score(&images, &x, 0.3));
    }
}

#[test]
fn the_ideal_score_is_the_gradient_of_the_log_density() {
    let (images, x) = colourful();
    let x = one(&x, 0);
    let beta = 0.7f64;
    let log_density = |x: &Array4<f64>| {
        let exponent = |phi: ndarray::ArrayView3<f64>| {
            let square: f64 = x.iter().zip(phi).map(|(x, phi)| x - (1.0 - beta).sqrt() * phi).map(|d| d * d).sum();
            -square / (2.0 * beta)
        };
        let exponents: Vec<f64> = images.pixels().axis_iter(Axis(0)).map(exponent).collect();
        let top = exponents.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        top + numeric::ln(exponents.iter().map(|e| numeric::exp(e - top)).sum())
    };
    let score = Machine::ideal().score(&images, &x, beta);
    let h = 1e-3;
    for (index, s) in score.indexed_iter() {
        let at = |shift: f64| {
            let mut moved = x.clone();
            moved[index] += shift;
            log_density(&moved)
        };
        let derivative = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
        assert!((derivative - s).abs() < 1e-9, "{derivative} and {s}");
    }
}

#[test]
fn the_wrapped_machine_commutes_with_translations() {
    let (images, x) = colourful();
    let (_, _, height, width) = x.dim();
    let shift =
        |x: &Array4<f64>| Array4::from_shape_fn(x.dim(), |(b, ch, r, c)| x[[b, ch, (r + 2) % height, (c + 3) % width]]);
    for machine in [Machine::equivariant_wrapped(3), Machine::equivariant(3)] {
        let shifted = machine.score(&images, &shift(&x), 0.4);
        assert!(relative_difference(&shifted, &shift(&machine.score(&images, &x, 0.4))) < 1e-13);
    }
    let local = Machine::local(3);
    assert!(relative_difference(&local.score(&images, &shift(&x), 0.4), &shift(&local.score(&images, &x, 0.4))) > 0.1);
}

#[test]
fn a_batch_is_its_images_one_by_one() {
    let golden = Golden::read("digits8_50");
    let x = golden.images.noise(9, &mut Stream::new(2));
    for machine in [Machine::ideal(), Machine::local(5), Machine::equivariant(3), Machine::boundary_broken(3)] {
        let batch = machine.score(&golden.images, &x, 0.3);
        for b in 0..9 {
            assert!(relative_difference(&machine.score(&golden.images, &one(&x, b), 0.3), &one(&batch, b)) < 1e-13);
        }
    }
}

#[test]
fn ideal_samples_land_on_training_images() {
    let images = Golden::read("digits8_50").images;
    let start = images.noise(8, &mut Stream::new(3));
    let samples = Sampler::new(20).sample(Machine::ideal(), &images, &start);
    for (index, rms) in nearest(&images, &samples) {
        assert!(index < 50 && rms < 1e-12, "{rms}");
    }
    let patchwork = Sampler::new(20).sample(Machine::equivariant(3), &images, &start);
    let whole: Vec<f64> = nearest(&images, &patchwork).iter().map(|n| n.1).collect();
    let patches = nearest_patch(&images, &patchwork, 3);
    assert!(median(&whole) > 0.5, "an equivariant sample is no training image: {whole:?}");
    assert!(median(&patches.rms) < 0.5 * median(&whole), "but its patches are near those of training images");
}

#[test]
fn nearest_windows_of_training_images_are_their_own() {
    let images = Golden::read("digits8_50").images;
    let x = images.first(5).pixels();
    for (b, (index, rms)) in nearest(&images, &x).into_iter().enumerate() {
        assert_eq!((index, rms), (b, 0.0));
    }
    assert!(Machine::local(3).nearest(&images, &x).rms.iter().all(|&rms| rms == 0.0));
    let wrapped = Machine::equivariant_wrapped(5).nearest(&images, &x);
    assert!(wrapped.rms.iter().all(|&rms| rms == 0.0));
    // A window of one blank image beside a unit square: 8 of 9 values agree.
    let mut blank = Array4::zeros((1, 1, 5, 5));
    let flat = Images::new(blank.clone());
    blank[[0, 0, 2, 2]] = 3.0;
    assert_eq!(nearest_patch(&flat, &blank, 3).rms[[0, 1, 1]], 1.0);
    assert_eq!(nearest(&flat, &blank), [(0, 3.0 / 5.0)]);
}

#[test]
fn winners_name_the_heaviest_candidate() {
    let images = Golden::read("digits8_50").images;
    let x = images.noise(2, &mut Stream::new(5));
    // At almost no noise the winner takes all: the mosaic is the mean.
    for machine in [Machine::ideal(), Machine::local(5), Machine::boundary_broken(5)] {
        let winners = machine.winners(&images, &x, 1e-4);
        assert!(winners.weight.iter().all(|&w| w > 0.0 && w <= 1.0));
        let mean = machine.posterior_mean(&images, &x, 1e-4);
        let mosaic = winners.mosaic(&images);
        let clear = winners.weight.iter().zip(mean.iter().zip(&mosaic)).filter(|(w, _)| **w > 1.0 - 1e-9);
        assert!(clear.clone().count() > 50);
        clear.for_each(|(_, (a, b))| assert!((a - b).abs() < 1e-8));
    }
    let certain = Machine::ideal().winners(&images, &images.first(1).pixels(), 1e-3);
    assert!(certain.image.iter().all(|&n| n == 0) && certain.weight.iter().all(|&w| w > 0.99));
    assert_eq!((certain.row[[0, 3, 4]], certain.column[[0, 3, 4]]), (3, 4));
}

#[test]
fn a_label_restricts_the_competition() {
    let images = Golden::read("digits8_50").images;
    let labels: Vec<usize> = golden::array("els/digits8_50/labels.npy", 50).iter().map(|&l| l as usize).collect();
    let images = images.with_labels(&labels);
    let threes = images.of_label(3);
    assert!(threes.count() > 1 && threes.labels().iter().all(|&l| l == 3));
    let start = images.noise(3, &mut Stream::new(6));
    let samples = Sampler::new(10).sample(Machine::ideal(), &threes, &start);
    assert!(nearest(&images, &samples).iter().all(|n| labels[n.0] == 3));
}

#[test]
fn a_machine_as_a_denoiser_gives_the_same_trajectory() {
    let images = Golden::read("digits8_50").images;
    let start = images.noise(2, &mut Stream::new(7));
    let sampler = Sampler::new(10).convention(Convention::Authors);
    let machine = Machine::boundary_broken(3);
    let path = sampler.trajectory(machine, &images, &start);
    let other = sampler.trajectory_of(&start, |x, t| {
        let beta = CosineSchedule.beta(t);
        machine.score(&images, x, beta) * -beta.sqrt()
    });
    for (a, b) in path.iter().zip(&other) {
        assert!(relative_difference(a, b) < 1e-11);
    }
}

#[test]
fn one_training_image_is_its_own_mean() {
    let (images, x) = colourful();
    let single = images.first(1);
    for beta in [1e-6, 0.5, 1.0] {
        let mean = Machine::ideal().posterior_mean(&single, &x, beta);
        assert_eq!(one(&mean, 1), single.pixels());
        assert_eq!(one(&Machine::local(3).posterior_mean(&single, &x, beta), 0), single.pixels());
    }
}

#[test]
#[should_panic(expected = "must be odd, got 4")]
fn an_even_window_is_refused() {
    let _ = Machine::local(4);
}

#[test]
#[should_panic(expected = "noise variance beta lies in (0, 1], got 0")]
fn the_score_at_no_noise_is_refused() {
    let (images, x) = colourful();
    let _ = Machine::ideal().score(&images, &x, 0.0);
}

#[test]
#[should_panic(expected = "distances overflow")]
fn an_overflow_is_reported() {
    let (images, x) = colourful();
    let _ = Machine::local(3).score(&images, &(x * 1e200), 1e-200);
}

#[test]
fn machines_do_not_depend_on_threads() {
    let images = Golden::read("digits8_50").images;
    let x = images.noise(5, &mut Stream::new(8));
    for machine in [Machine::ideal(), Machine::local(3), Machine::equivariant(3), Machine::boundary_broken(5)] {
        parallel::set_threads(1);
        let serial = machine.score(&images, &x, 0.2);
        parallel::set_threads(3);
        assert_eq!(serial, machine.score(&images, &x, 0.2));
        parallel::set_threads(0);
    }
}

#[test]
fn identical_training_images_count_by_their_number() {
    let (images, x) = colourful();
    let doubled = images.select(&[0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]);
    for machine in [Machine::ideal(), Machine::local(3), Machine::equivariant_wrapped(3)] {
        let difference = relative_difference(&machine.score(&doubled, &x, 0.5), &machine.score(&images, &x, 0.5));
        assert!(difference < 1e-13);
    }
}
