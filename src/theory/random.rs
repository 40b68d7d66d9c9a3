//! Random numbers that reproduce: counter-based streams that split by index.

use super::vector::{Loop, ln_of, sine_ahead, vectorised};
use ndarray::{Array1, Array2};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers: ChaCha with 8 rounds, keyed by a seed, the same on every platform.
///
/// ```
/// use theoria::theory::Stream;
/// let mut stream = Stream::new(7);
/// let z = stream.normal();
/// let mut third = Stream::new(7).split(3); // for the third member of an ensemble
/// assert_ne!(z, third.normal());
/// ```
/// Source: D. J. Bernstein, "ChaCha, a variant of Salsa20" (2008).
/// Checked against: `uniforms_and_normals_have_their_moments`, `split_streams_are_independent_and_reproducible`.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u8; 32],
    generator: ChaCha8Rng,
    /// The second number of the Box-Muller pair, if it has not been handed out.
    spare: Option<f64>,
}

impl Stream {
    /// The stream of a seed. Equal seeds give equal numbers; the 256-bit key is the seed expanded by SplitMix64.
    /// O(1).
    /// Checked against: `split_streams_are_independent_and_reproducible`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        let mut state = seed;
        for bytes in key.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            bytes.copy_from_slice(&split_mix(state).to_le_bytes());
        }
        Self::of_key(key)
    }

    /// The child stream number `index`, independent of this stream and of every other child.
    ///
    /// The child's key is the first 256 bits that ChaCha gives under the parent's key on the separate stream
    /// `index + 1` (draws use stream 0), so a child depends on the parent's seed and on the index, and not on
    /// what was drawn before; children may be split again.
    /// Panics if `index` is `u64::MAX`. O(1).
    /// Checked against: `split_streams_are_independent_and_reproducible`.
    #[must_use]
    #[track_caller]
    pub fn split(&self, index: u64) -> Self {
        assert!(index < u64::MAX, "a stream can be split by any index below 2^64 - 1");
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream(index + 1);
        let mut key = [0; 32];
        generator.fill_bytes(&mut key);
        Self::of_key(key)
    }

    fn of_key(key: [u8; 32]) -> Self {
        Self { key, generator: ChaCha8Rng::from_seed(key), spare: None }
    }

    /// A uniform number in [0, 1): a multiple of 2^-53. O(1).
    /// Checked against: `uniforms_and_normals_have_their_moments`.
    pub fn uniform(&mut self) -> f64 {
        uniform(self.generator.next_u64())
    }

    /// A standard normal number, by the Box-Muller transform: z = sqrt(-2 ln(1-u)) (cos, sin)(2 pi v), exact in
    /// law up to the 53 bits of u and v (so |z| < 8.6). Pairs are drawn, and handed out one at a time. O(1).
    /// Source: Box and Muller, Ann. Math. Stat. 29, 610 (1958).
    /// Checked against: `uniforms_and_normals_have_their_moments`.
    pub fn normal(&mut self) -> f64 {
        if let Some(z) = self.spare.take() {
            return z;
        }
        let (first, second) = box_muller(self.uniform(), self.uniform());
        self.spare = Some(second);
        first
    }

    /// A uniform whole number in 0..n, without bias (rejection).
    /// Panics if n = 0. O(1) on average.
    /// Source: D. Lemire, arXiv 1805.10941.
    /// Checked against: `below_is_uniform`.
    #[track_caller]
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "a random index below 0 does not exist: n must be at least 1");
        let n = n as u64;
        let reject_below = n.wrapping_neg() % n;
        loop {
            let wide = u128::from(self.generator.next_u64()) * u128::from(n);
            if wide as u64 >= reject_below {
                return (wide >> 64) as usize;
            }
        }
    }

    /// `n` independent standard normal numbers: those that [`normal`](Stream::normal) would give, many at once.
    /// Cost: O(n), about 4 nanoseconds a number.
    /// Checked against: `uniforms_and_normals_have_their_moments`, `normals_come_in_one_order`.
    pub fn normals(&mut self, n: usize) -> Vec<f64> {
        let mut all = Vec::with_capacity(n + 2 * PAIRS);
        all.extend(self.spare.take_if(|_| n > 0));
        let (mut u, mut v) = ([0.0; PAIRS], [0.0; PAIRS]);
        while all.len() < n {
            let pairs = PAIRS.min((n - all.len()).div_ceil(2));
            let (u, v) = (&mut u[..pairs], &mut v[..pairs]);
            self.uniform_pairs(u, v);
            vectorised(BoxMuller(u, v));
            all.extend(u.iter().zip(v).flat_map(|(first, second)| [*first, *second]));
        }
        if all.len() > n {
            self.spare = all.pop();
        }
        all
    }

    /// As many calls of [`uniform`](Stream::uniform), with the generator's bytes taken at once.
    fn uniform_pairs(&mut self, u: &mut [f64], v: &mut [f64]) {
        let mut bytes = [0; 16 * PAIRS];
        let bytes = &mut bytes[..16 * u.len()];
        self.generator.fill_bytes(bytes);
        for ((u, v), bytes) in u.iter_mut().zip(v).zip(bytes.as_chunks::<16>().0) {
            let both = u128::from_le_bytes(*bytes);
            (*u, *v) = (uniform(both as u64), uniform((both >> 64) as u64));
        }
    }

    /// A `rows` x `cols` matrix of independent standard normal numbers, drawn row by row. O(rows cols).
    /// Checked against: `uniforms_and_normals_have_their_moments`.
    pub fn normal_matrix(&mut self, rows: usize, cols: usize) -> Array2<f64> {
        Array2::from_shape_vec((rows, cols), self.normals(rows * cols)).expect("as many numbers as the matrix has")
    }

    /// A uniform point of the unit sphere in R^d: a normal vector divided by its length.
    /// Panics if d = 0. O(d).
    /// Checked against: `unit_vectors_are_isotropic`.
    #[track_caller]
    pub fn unit_vector(&mut self, d: usize) -> Array1<f64> {
        assert!(d > 0, "the unit sphere needs a dimension of at least 1");
        loop {
            let vector = Array1::from(self.normals(d));
            let length = vector.iter().map(|z| z * z).sum::<f64>().sqrt();
            if length > 0.0 {
                return vector / length;
            }
        }
    }

    /// `k` different indices of 0..n, in random order: every ordered choice is equally likely.
    /// Panics if k > n. O(n).
    /// Checked against: `choices_have_no_repeats_and_no_bias`.
    #[track_caller]
    pub fn choose(&mut self, n: usize, k: usize) -> Vec<usize> {
        assert!(k <= n, "cannot choose {k} different indices out of {n}");
        let mut indices: Vec<usize> = (0..n).collect();
        for i in 0..k {
            let j = i + self.below(n - i);
            indices.swap(i, j);
        }
        indices.truncate(k);
        indices
    }

    /// Puts `items` in uniformly random order (Fisher-Yates). O(n).
    /// Checked against: `choices_have_no_repeats_and_no_bias`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i + 1);
            items.swap(i, j);
        }
    }
}

/// 64 random bits as a number in [0, 1).
#[inline(always)]
fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Pairs that are transformed at once.
const PAIRS: usize = 128;

/// Two uniform numbers in [0, 1) become two standard normal ones: sqrt(-2 ln(1-u)) (cos, sin)(2 pi v).
#[inline(always)]
fn box_muller(u: f64, v: f64) -> (f64, f64) {
    let radius = (-2.0 * ln_of(1.0 - u)).sqrt();
    let angle = 2.0 * std::f64::consts::PI * v;
    (radius * sine_ahead(angle, 1.0), radius * sine_ahead(angle, 0.0))
}

struct BoxMuller<'a>(&'a mut [f64], &'a mut [f64]);

impl Loop for BoxMuller<'_> {
    #[inline(always)]
    fn run(self) {
        for (first, second) in self.0.iter_mut().zip(self.1) {
            (*first, *second) = box_muller(*first, *second);
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn split_mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
