//! Which instructions a loop over many numbers is compiled to: never what it gives, only how fast.

use std::sync::atomic::{AtomicU8, Ordering};

/// A set of vector instructions of x86-64 processors; other processors know only `Baseline`.
///
/// Loops are compiled once for each set and the best that the processor has is chosen at run time. All of them
/// round every single operation as IEEE 754 says, so all give the same bits.
/// Checked against: `every_set_of_instructions_gives_the_same_bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// What every processor of the kind has: 2 numbers at once on x86-64.
    Baseline,
    /// AVX2 and FMA: 4 numbers at once.
    Avx2,
    /// AVX-512 F, DQ and VL: 8 numbers at once.
    Avx512,
}

use Instructions::{Avx2, Avx512, Baseline};

/// The best set that may be used; 0 means any.
static LIMIT: AtomicU8 = AtomicU8::new(0);

/// Lets loops use no better instructions than `best`; `None` restores the default, the best that the processor
/// has. It changes the time that a computation takes and never its result.
/// Checked against: `every_set_of_instructions_gives_the_same_bits`.
pub fn limit_instructions(best: Option<Instructions>) {
    let code = match best {
        None => 0,
        Some(Baseline) => 1,
        Some(Avx2) => 2,
        Some(Avx512) => 3,
    };
    LIMIT.store(code, Ordering::Relaxed);
}

/// The instructions that loops use now.
/// Checked against: `every_set_of_instructions_gives_the_same_bits`.
#[must_use]
pub fn instructions() -> Instructions {
    let limit = match LIMIT.load(Ordering::Relaxed) {
        1 => Baseline,
        2 => Avx2,
        _ => Avx512,
    };
    limit.min(available())
}

#[cfg(target_arch = "x86_64")]
fn available() -> Instructions {
    let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let has_avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (has_avx2, has_avx512) {
        (true, true) => Avx512,
        (true, false) => Avx2,
        _ => Baseline,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn available() -> Instructions {
    Baseline
}

/// A loop that [`vectorised`] compiles for every set of instructions. `run` and all that it calls in the loop
/// must be `#[inline(always)]`, or the compiler cannot.
pub(in crate::theory) trait Loop {
    fn run(self);
}

/// Runs the loop with the best instructions there are.
#[inline]
pub(in crate::theory) fn vectorised(work: impl Loop) {
    #[cfg(target_arch = "x86_64")]
    match instructions() {
        // SAFETY: `instructions` answers with a set only after the processor has said that it has it.
        Avx512 => return unsafe { with_avx512(work) },
        // SAFETY: as above.
        Avx2 => return unsafe { with_avx2(work) },
        Baseline => {}
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(work: impl Loop) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn with_avx512(work: impl Loop) {
    work.run();
}
