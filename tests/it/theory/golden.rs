//! Reading the golden values of `tests/golden`.

use ndarray::{Array, Array2, Dimension, IntoDimension};
use serde_json::Value;
use std::fs;

fn read(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/golden/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn json(path: &str) -> Value {
    serde_json::from_slice(&read(path)).expect("golden files are JSON")
}

/// A matrix written as a list of rows.
pub fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).expect("a list of rows of numbers");
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

/// The numbers of a NumPy file, as f64, and its shape.
fn npy(path: &str) -> (Vec<f64>, Vec<usize>) {
    let bytes = read(path);
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..start]).expect("an ASCII header");
    let field = |name: &str, open: char, close: char| {
        let rest = header.split_once(&format!("'{name}': ")).expect("a field").1;
        rest.split_once(open).expect("opens").1.split_once(close).expect("closes").0.to_owned()
    };
    let shape = field("shape", '(', ')').split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let data = &bytes[start..];
    let values = match field("descr", '\'', '\'').as_str() {
        "|u1" => data.iter().map(|&u| f64::from(u)).collect(),
        "<f4" => {
            data.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().expect("four bytes")))).collect()
        }
        "<f8" => data.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("eight bytes"))).collect(),
        other => panic!("{path}: unexpected type {other}"),
    };
    (values, shape)
}

pub fn array<S: IntoDimension>(path: &str, shape: S) -> Array<f64, S::Dim> {
    let (values, stored) = npy(path);
    let shape = shape.into_dimension();
    assert_eq!(stored.iter().product::<usize>(), shape.size(), "{path}");
    Array::from_shape_vec(shape, values).expect("the sizes agree")
}

pub fn shape(path: &str) -> Vec<usize> {
    npy(path).1
}

/// Largest difference of two arrays in units of the largest entry of the second.
pub fn relative_difference<D: Dimension>(ours: &Array<f64, D>, theirs: &Array<f64, D>) -> f64 {
    assert_eq!(ours.shape(), theirs.shape());
    let largest = theirs.iter().fold(0.0f64, |a, v| a.max(v.abs()));
    ours.iter().zip(theirs).fold(0.0f64, |worst, (a, b)| worst.max((a - b).abs())) / largest
}
