//! Kernels of a deep MLP against the floor that this machine's matrix products and memory set.
//!
//! `cargo bench --bench kernels --no-default-features` prints the table: 2,000 inputs of 784 dimensions, depth 10.
//! `python benches/kernels/peers.py` runs other libraries beside ours, in turns, on the same problems.

mod machine;

use ndarray::Array2;
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;
use theoria::theory::*;

const INPUTS: usize = 2000;
const LENGTH: usize = 784;
const DEPTH: usize = 10;
const ROUNDS: usize = 9;

/// The problem in both precisions.
struct Problem {
    x: Array2<f64>,
    single: Array2<f32>,
}

impl Problem {
    fn new() -> Self {
        let x = Stream::new(1).normal_matrix(INPUTS, LENGTH);
        let single = x.mapv(|v| v as f32);
        Self { x, single }
    }

    /// Seconds of the kernels of a convolutional network of depth 5 with pooling, for 32 images of 16 x 16 x 3.
    fn convolution(&self, threads: usize) -> f64 {
        let mut stream = Stream::new(1);
        let images = ndarray::Array4::from_shape_simple_fn((32, 16, 16, 3), || stream.normal());
        let network = (conv(2.0) >> Relu).times(5) >> global_average_pool() >> dense(1.0);
        parallel::set_threads(threads);
        let start = Instant::now();
        drop(black_box(network.kernels(&images, &images)));
        start.elapsed().as_secs_f64()
    }

    /// Seconds of one run; None if there is no such case.
    fn seconds(&self, case: &str, double: bool, threads: usize) -> Option<f64> {
        let relu = Mlp::critical(Relu).depth(DEPTH);
        let (mlp, symmetric) = match case {
            "mlp" => (relu, true),
            "mlp-between" => (relu, false),
            "mlp-bias" => (relu.bias_variance(0.1), true),
            "mlp-erf" => (Mlp::critical(Erf).depth(DEPTH), true),
            "mlp-gelu" => (Mlp::critical(Gelu).depth(DEPTH), true),
            "conv" if double => return Some(self.convolution(threads)),
            "memory" => return Some(machine::fresh_seconds(2 * INPUTS * INPUTS * if double { 8 } else { 4 }, threads)),
            _ => return None,
        };
        parallel::set_threads(threads);
        let start = Instant::now();
        match (double, symmetric) {
            (true, true) => drop(black_box(mlp.kernels_of(&self.x))),
            (true, false) => drop(black_box(mlp.kernels(&self.x, &self.x))),
            (false, true) => drop(black_box(mlp.kernels_of_f32(&self.single))),
            (false, false) => drop(black_box(mlp.kernels_f32(&self.single, &self.single))),
        }
        Some(start.elapsed().as_secs_f64())
    }
}

fn main() {
    let problem = Problem::new();
    if std::env::args().any(|word| word == "answer") {
        return answer(&problem);
    }
    println!("{INPUTS} inputs of {LENGTH} dimensions, depth {DEPTH}, instructions {:?}", vector::instructions());
    println!("least and median of {ROUNDS} rounds; floor: half a matrix product, and fresh memory for the results");
    println!(
        "{:<12} {:>4} {:>8} {:>9} {:>9} {:>10} {:>9} {:>9} {:>10} {:>11}",
        "case", "type", "threads", "least ms", "median", "GFlop/s", "GB/s", "fresh GB", "floor ms", "least/floor"
    );
    for threads in [1, 2] {
        let mut times: Vec<f64> = (0..3).map(|_| problem.convolution(threads)).collect();
        times.sort_by(f64::total_cmp);
        println!("{:<12} {:>4} {threads:>8} {:>9.1} {:>9.1}", "conv", "f64", times[0] * 1e3, times[1] * 1e3);
    }
    for double in [true, false] {
        for threads in [1, 2] {
            let machine = machine::Measured::new(double, threads);
            for case in ["mlp", "mlp-between", "mlp-bias", "mlp-erf", "mlp-gelu"] {
                let times = (0..ROUNDS).filter_map(|_| problem.seconds(case, double, threads)).collect();
                print(case, double, threads, times, &machine);
            }
        }
    }
}

fn print(case: &str, double: bool, threads: usize, mut times: Vec<f64>, machine: &machine::Measured) {
    times.sort_by(f64::total_cmp);
    let share = if case == "mlp-between" { 1.0 } else { 0.5 };
    let flops = share * 2.0 * (INPUTS * INPUTS * LENGTH) as f64;
    let bytes = (2 * INPUTS * INPUTS * if double { 8 } else { 4 }) as f64;
    let floor = flops / machine.flops + bytes / machine.fresh;
    println!(
        "{case:<12} {:>4} {threads:>8} {:>9.1} {:>9.1} {:>10.1} {:>9.1} {:>9.1} {:>10.1} {:>11.2}",
        if double { "f64" } else { "f32" },
        times[0] * 1e3,
        times[times.len() / 2] * 1e3,
        machine.flops / 1e9,
        machine.stream / 1e9,
        machine.fresh / 1e9,
        floor * 1e3,
        times[0] / floor
    );
}

/// For `peers.py`: each line of the input names a case, a type and a number of threads; the answer is the seconds
/// that it took and the most memory that this process has held, in KiB, or `none`.
fn answer(problem: &Problem) {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("lines of text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [case, kind, threads] = words[..] else { break };
        match problem.seconds(case, kind == "f64", threads.parse().expect("a number of threads")) {
            Some(seconds) => println!("{seconds} {}", machine::peak_memory()),
            None => println!("none"),
        }
    }
}
