//! Trains the network of the chapter on creativity: `cargo run --release --no-default-features --example train_digits`.
//!
//! About ten CPU minutes. The result is the same, bit for bit, on every machine: `content/quickstart/digits.safetensors`.

use std::fs;
use theoria::theory::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/content/quickstart");

fn main() {
    let images = digits();
    let (network, training) = (ResNet::new(1).features(32).blocks(3), Training::new(60_000).batch(32).rate(4e-3));
    println!("training a network of {} parameters on {} images", network.parameters(), images.count());
    let trained = training.run(network, &images, &mut Stream::new(1));
    println!("loss over the last tenth of the steps: {:.4}", mean(&trained.losses[54_000..]));
    let path = format!("{FOLDER}/digits.safetensors");
    fs::write(&path, trained.denoiser.to_safetensors()).unwrap_or_else(|error| panic!("cannot write {path}: {error}"));
    println!("wrote {path}");
}

/// The digits beside the chapter: lines of 64 grey values from 0 to 16 and a class.
fn digits() -> Images {
    let path = format!("{FOLDER}/digits.csv");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let greys = lines.flat_map(|line| line.split(',').take(64).map(|grey| grey.trim().parse::<u8>()));
    Images::from_bytes(&greys.collect::<Result<Vec<_>, _>>().expect("greys are bytes"), 16, (1, 8, 8))
}
