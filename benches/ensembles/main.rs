//! Ensembles of perceptrons: drawn and evaluated, and trained, for `peers.py` to compare with PyTorch.
//!
//! `cargo bench --bench ensembles --no-default-features` prints our own times; `python benches/ensembles/peers.py` runs PyTorch
//! beside ours, in turns, on the same problems.

use ndarray::Array2;
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;
use theoria::theory::*;

/// Inputs of 32 numbers, four hidden layers of 128 tanh neurons, one output.
const INPUTS: usize = 32;
const WIDTH: usize = 128;

fn law() -> Mlp {
    Mlp::critical(Tanh).depth(4)
}

fn data(rows: usize) -> (Array2<f64>, Array2<f64>) {
    let mut stream = Stream::new(1);
    (stream.normal_matrix(rows, INPUTS), stream.normal_matrix(rows, 1))
}

fn narrow(x: &Array2<f64>) -> Array2<f32> {
    x.mapv(|v| v as f32)
}

/// Seconds to draw so many networks and evaluate each at 100 inputs.
fn draw(members: usize, single: bool) -> f64 {
    let (x, _) = data(100);
    let small = narrow(&x);
    let start = Instant::now();
    let ensemble = Ensemble::new(law(), WIDTH, members, 2);
    black_box(ensemble.map(INPUTS, |_, network, _| {
        if single { f64::from(network.single().forward(&small).sum()) } else { network.forward(&x).sum() }
    }));
    start.elapsed().as_secs_f64()
}

/// Seconds to train 64 networks on 256 points for so many steps of gradient descent or Adam.
fn train(steps: usize, single: bool, adam: bool) -> f64 {
    let (x, y) = data(256);
    let (small, targets) = (narrow(&x), narrow(&y));
    let descent = Descent::new(1e-3).steps(steps);
    let descent = if adam { descent.adam() } else { descent };
    let start = Instant::now();
    let ensemble = Ensemble::new(law(), WIDTH, 64, 2);
    black_box(ensemble.map(INPUTS, |_, network, stream| {
        if single {
            Loss::Square.of(&descent.run(network.single(), &small, &targets, stream), &small, &targets)
        } else {
            Loss::Square.of(&descent.run(network, &x, &y, stream), &x, &y)
        }
    }));
    start.elapsed().as_secs_f64()
}

fn main() {
    if std::env::args().any(|word| word == "answer") {
        return answer();
    }
    for threads in [1, 2] {
        parallel::set_threads(threads);
        for single in [false, true] {
            let kind = if single { "f32" } else { "f64" };
            println!(
                "{kind}, {threads} threads: 1,000 networks at 100 inputs {:.2} s; 64 trained for 100 steps {:.2} s, by Adam {:.2} s",
                draw(1000, single),
                train(100, single, false),
                train(100, single, true),
            );
        }
    }
}

/// For `peers.py`: each line of the input is `draw COUNT KIND THREADS`, `descent STEPS KIND THREADS` or `adam STEPS KIND
/// THREADS`; the answer is the seconds.
fn answer() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("lines of text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [what, count, kind, threads] = words[..] else { break };
        parallel::set_threads(threads.parse().expect("a number of threads"));
        let count = count.parse().expect("a number");
        println!(
            "{}",
            match what {
                "draw" => draw(count, kind == "f32"),
                _ => train(count, kind == "f32", what == "adam"),
            }
        );
    }
}
