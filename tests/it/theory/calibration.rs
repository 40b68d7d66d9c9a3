//! Scales of trained denoisers, and how theory agrees with them.

use super::golden;
use ndarray::{Array4, Axis, s};
use theoria::theory::*;

/// The first 200 digits, from the guide's own data.
fn digits() -> Images {
    let path = format!("{}/content/quickstart/digits.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the guide's digits");
    let lines = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).take(200);
    let bytes: Vec<u8> = lines
        .flat_map(|line| line.split(',').take(64).map(|v| v.trim().parse().expect("a grey value")).collect::<Vec<_>>())
        .collect();
    Images::from_bytes(&bytes, 16, (1, 8, 8))
}

#[test]
fn calibration_matches_golden_values() {
    let folder = "els/calibration_digits8_200";
    let index = golden::json(&format!("{folder}/index.json"));
    let read = |name: &str| golden::array(&format!("{folder}/{name}.npy"), (3, 20, 1, 8, 8));
    let (path, score) = (read("x"), read("net_score"));
    let start: Array4<f64> = golden::array(&format!("{folder}/x0.npy"), (3, 1, 8, 8));
    let cosines = golden::array(&format!("{folder}/cosine.npy"), (3, 20, 4));
    let (machine, scales) = (Machine::boundary_broken(3), [3, 5, 7, 9]);
    let digits = digits();
    let noise = |step: usize, t: f64| score.index_axis(Axis(1), step).mapv(|s| -CosineSchedule.beta(t).sqrt() * s);
    for step in 0..20 {
        let (x, t) = (path.index_axis(Axis(1), step).to_owned(), (step + 1) as f64 / 20.0);
        let found = score_cosines(machine, &scales, &digits, (&x, &noise(step, t)), t);
        let expected = cosines.index_axis(Axis(1), step).to_owned();
        let difference = golden::relative_difference(&found, &expected);
        assert!(difference < 1e-10, "step {step}: {difference}");
    }
    // The network replayed: its sampler's schedule was rounded to 24 bits, which the first step magnifies.
    let mut step = 20;
    let replayed = Calibration::of(&Sampler::new(20), (machine, &scales), &digits, &start, |x, t| {
        step -= 1;
        assert!(golden::relative_difference(x, &path.index_axis(Axis(1), step).to_owned()) < 1e-3);
        noise(step, t)
    });
    let made = golden::array(&format!("{folder}/final.npy"), (3, 1, 8, 8));
    assert!(golden::relative_difference(&replayed.made, &made) < 1e-3);
    let expected: Vec<usize> = serde_json::from_value(index["median_scales"].clone()).expect("scales");
    assert_eq!(replayed.scales, expected);
}

#[test]
fn agreement_has_three_names_for_three_things() {
    let x = Stream::new(1).normal_matrix(2, 12).into_shape_with_order((2, 3, 2, 2)).expect("24 numbers");
    let perfect = agreement(&x, &x);
    assert!(perfect.iter().all(|a| (a.r - 1.0).abs() < 1e-14 && a.determination == 1.0));
    // Half the contrast and another brightness: the line explains all, the prediction itself does not.
    let faint = agreement(&x.mapv(|v| 0.5 * v + 0.1), &x);
    assert!(faint.iter().all(|a| (a.r_squared - 1.0).abs() < 1e-13 && a.determination < 0.9));
    // The negative: r^2 is blind to the sign, R^2 and r are not.
    let negative = agreement(&x.mapv(|v| -v), &x);
    assert!(negative.iter().all(|a| (a.r + 1.0).abs() < 1e-14 && a.determination < -1.0));
    let first = agreement(&x.slice(s![..1, .., .., ..]).to_owned(), &x.slice(s![1.., .., .., ..]).to_owned())[0];
    assert!((first.r_squared - first.r * first.r).abs() < 1e-15);
}
