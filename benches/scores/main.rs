//! Score machines on MNIST: seconds of an evaluation and of a sample, memory, and what a matrix product would take.
//!
//! `cargo bench --bench scores --no-default-features -- train-images-idx3-ubyte.gz` prints the table for one noise image.
//! `python benches/scores/peers.py train-images-idx3-ubyte.gz` runs PyTorch beside ours, in turns, on the same problems.

#[path = "../kernels/machine.rs"]
#[expect(dead_code, reason = "the kernels' benchmark measures memory too")]
mod machine;

use ndarray::Array4;
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;
use theoria::theory::*;

/// The scales of the published zero-padded network on MNIST, at t = (j+1)/20.
const SCALES: [usize; 20] = [3, 3, 5, 5, 5, 7, 7, 7, 9, 9, 11, 11, 11, 11, 13, 15, 15, 15, 15, 15];

/// Windows, and a time at which the published network uses them.
const WINDOWS: [(usize, f64); 4] = [(3, 0.1), (7, 0.35), (11, 0.6), (17, 0.95)];

struct Problem {
    images: Images,
    noise: Array4<f64>,
    single: bool,
}

impl Problem {
    fn new(all: &Images, count: usize, single: bool) -> Self {
        let images = all.first(count);
        let noise = images.noise(1, &mut Stream::new(1));
        Self { images, noise, single }
    }

    fn machine(&self, k: usize) -> Machine {
        let machine = Machine::boundary_broken(k);
        if self.single { machine.single() } else { machine }
    }

    /// Seconds of one evaluation on the way from noise to the first training image.
    fn evaluation(&self, k: usize, t: f64) -> f64 {
        let beta = CosineSchedule.beta(t);
        let x = self.images.first(1).pixels() * (1.0 - beta).sqrt() + &self.noise * beta.sqrt();
        let start = Instant::now();
        drop(black_box(self.machine(k).posterior_mean(&self.images, &x, beta)));
        start.elapsed().as_secs_f64()
    }

    /// Seconds of one sample in 20 steps.
    fn sample(&self) -> f64 {
        let sampler = Sampler::new(20).scales(&SCALES);
        let start = Instant::now();
        drop(black_box(sampler.sample(self.machine(3), &self.images, &self.noise)));
        start.elapsed().as_secs_f64()
    }
}

/// Pairs of a pixel and a candidate in one training image of 28 x 28.
fn pairs(k: usize) -> usize {
    let (d, inner) = (k / 2, 28 - 2 * (k / 2));
    inner.pow(4) + 4 * d * inner * inner + 4 * d * d
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let Some(path) = words.first() else {
        return println!("tell the file of images: cargo bench --bench scores --no-default-features -- FILE");
    };
    let file = std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    let all = Images::from_idx(path, &file).unwrap_or_else(|damaged| panic!("{damaged}"));
    drop(file);
    if words.iter().any(|word| word == "answer") {
        return answer(&all);
    }
    println!(
        "boundary-broken machine, 1 noise image, instructions {:?}; seconds, least of three",
        vector::instructions()
    );
    println!(
        "{:>6} {:>4} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>10}",
        "images", "type", "threads", "k = 3", "k = 7", "k = 11", "k = 17", "20 steps", "peak MiB", "x sgemm"
    );
    for count in [1000, 10_000, 60_000] {
        if count > all.count() {
            println!("{count:>6} there are only {} images", all.count());
            continue;
        }
        for threads in [1, 2] {
            for single in [false, true] {
                row(&all, count, single, threads);
            }
        }
    }
}

fn row(all: &Images, count: usize, single: bool, threads: usize) {
    parallel::set_threads(threads);
    let problem = Problem::new(all, count, single);
    let least = |work: &dyn Fn() -> f64| (0..3).map(|_| work()).fold(f64::INFINITY, f64::min);
    let times = WINDOWS.map(|(k, t)| least(&|| problem.evaluation(k, t)));
    // What the same distances would take as products of matrices at the full rate of this machine, against k = 11.
    let flops = (2 * 11 * 11 * pairs(11) * count) as f64;
    let share = flops / times[2] / machine::Measured::new(!single, threads).flops;
    print!("{count:>6} {:>4} {threads:>7}", if single { "f32" } else { "f64" });
    times.iter().for_each(|time| print!(" {time:>8.3}"));
    println!(" {:>9.2} {:>9.0} {share:>10.1}", problem.sample(), machine::peak_memory() as f64 / 1024.0);
}

/// For `peers.py`: each line of the input is `COUNT K T THREADS` or `COUNT sample 0 THREADS`; the answer is the seconds
/// in single precision, and the most memory that this process has held, in KiB.
fn answer(all: &Images) {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("lines of text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [count, k, t, threads] = words[..] else { break };
        parallel::set_threads(threads.parse().expect("a number of threads"));
        let problem = Problem::new(all, count.parse().expect("a number of images"), true);
        let seconds = match k {
            "sample" => problem.sample(),
            k => problem.evaluation(k.parse().expect("a window"), t.parse().expect("a time")),
        };
        println!("{seconds} {}", machine::peak_memory());
    }
}
