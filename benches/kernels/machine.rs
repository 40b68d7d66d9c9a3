//! What this machine can do: matrix products and memory.

use ndarray::Array2;
use std::hint::black_box;
use std::time::Instant;
use theoria::theory::{Linear, Mlp, parallel};

/// Rates per second.
pub struct Measured {
    /// Floating-point operations of a matrix product: the best of ndarray's and ours.
    pub flops: f64,
    /// Bytes read and written by a copy between arrays in use.
    pub stream: f64,
    /// Bytes written to memory that is new to the process.
    pub fresh: f64,
}

const ROUNDS: usize = 7;

impl Measured {
    pub fn new(double: bool, threads: usize) -> Self {
        let (flops, stream, fresh) = if double { rates::<f64>(threads) } else { rates::<f32>(threads) };
        Self { flops: if double { flops.max(own_product(threads)) } else { flops }, stream, fresh }
    }
}

/// `work` on so many threads, once each.
fn seconds(threads: usize, work: impl Fn() + Sync) -> f64 {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::thread::scope(|scope| {
                (1..threads).for_each(|_| drop(scope.spawn(&work)));
                work();
            });
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn rates<T: ndarray::LinalgScalar + From<f32> + Send + Sync>(threads: usize) -> (f64, f64, f64) {
    let (n, k) = (1536, 768);
    let (a, b) = (Array2::<T>::ones((n, k)), Array2::<T>::ones((k, n)));
    let product = seconds(threads, || drop(black_box(a.dot(&b))));
    let size = 8_000_000;
    let source = vec![T::one(); size];
    let copies: Vec<_> = (0..threads).map(|_| std::sync::Mutex::new(vec![T::zero(); size])).collect();
    let copy = seconds(threads, || {
        let mut copy = copies.iter().find_map(|copy| copy.try_lock().ok()).expect("one for each thread");
        copy.copy_from_slice(black_box(&source));
        black_box(&*copy);
    });
    let fresh = seconds(threads, || drop(black_box(vec![T::one(); size])));
    let all = (threads * size * size_of::<T>()) as f64;
    ((threads * 2 * n * n * k) as f64 / product, 2.0 * all / copy, all / fresh)
}

/// Our own product, by a network of depth 0 with many coordinates: its results are few.
fn own_product(threads: usize) -> f64 {
    let (n, k) = (480, 12_000);
    let (a, b) = (Array2::<f64>::ones((n, k)), Array2::<f64>::ones((n, k)));
    parallel::set_threads(threads);
    let mlp = Mlp::new(Linear).depth(0);
    (2 * n * n * k) as f64 / seconds(1, || drop(black_box(mlp.kernels(&a, &b))))
}

/// The time that it takes so many threads to write two matrices of so many bytes together to memory that is new.
pub fn fresh_seconds(bytes: usize, threads: usize) -> f64 {
    let write = || {
        let matrix = || black_box(vec![1.0f64; bytes / 16 / threads]);
        drop((matrix(), matrix()));
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(write)));
        write();
    });
    start.elapsed().as_secs_f64()
}

/// The most memory that this process has held, in KiB; 0 where the system does not say.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
