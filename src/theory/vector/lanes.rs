//! Several numbers side by side in a processor's registers, for loops that the compiler does not turn into vectors.

use super::real::Real;

/// L numbers in memory, where a register's load never straddles two lines of the cache: that would take twice the time.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(in crate::theory) struct Bank<T, const L: usize>(pub [T; L]);

impl<T: Real, const L: usize> Bank<T, L> {
    pub(in crate::theory) fn zero() -> Self {
        Self([T::zero(); L])
    }
}

/// The numbers of many banks.
pub(in crate::theory) fn flat<T: Real, const L: usize>(banks: &mut [Bank<T, L>]) -> &mut [T] {
    const { assert!(size_of::<Bank<T, L>>() == L * size_of::<T>(), "a bank has no padding") };
    // SAFETY: banks lie one after the other, each is L numbers and nothing else, and they are borrowed for as long.
    unsafe { std::slice::from_raw_parts_mut(banks.as_mut_ptr().cast(), banks.len() * L) }
}

/// L numbers of type T, each worked on alone: the same bits whatever holds them.
pub(in crate::theory) trait Lanes<T, const L: usize>: Copy {
    fn splat(x: T) -> Self;
    fn load(from: &Bank<T, L>) -> Self;
    fn store(self, to: &mut Bank<T, L>);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// Bit i is set where lane i is at most `bound`.
    fn at_most(self, bound: T) -> u32;
}

/// Work that is compiled for every kind of lanes. `run` and what it calls in its loops must be `#[inline(always)]`.
pub(in crate::theory) trait LaneWork<T, const L: usize> {
    type Answer;
    fn run<V: Lanes<T, L>>(self) -> Self::Answer;
}

/// A number that comes L at a time, in the widest registers that the processor has.
pub(in crate::theory) trait Abreast<const L: usize>: Real {
    fn in_lanes<W: LaneWork<Self, L>>(work: W) -> W::Answer;
}

/// Lanes of any processor.
#[derive(Clone, Copy)]
struct Plain<T, const L: usize>([T; L]);

impl<T: Real, const L: usize> Lanes<T, L> for Plain<T, L> {
    #[inline(always)]
    fn splat(x: T) -> Self {
        Self([x; L])
    }
    #[inline(always)]
    fn load(from: &Bank<T, L>) -> Self {
        Self(from.0)
    }
    #[inline(always)]
    fn store(self, to: &mut Bank<T, L>) {
        to.0 = self.0;
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * other.0[i]))
    }
    #[inline(always)]
    fn at_most(self, bound: T) -> u32 {
        (0..L).fold(0, |mask, i| mask | u32::from(self.0[i] <= bound) << i)
    }
}

/// Lanes in `$registers` registers of `$each` numbers.
#[cfg(target_arch = "x86_64")]
macro_rules! lanes {
    ($name:ident, $t:ty, $registers:literal x $each:literal, $register:ident,
     $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $at_most:expr) => {
        #[derive(Clone, Copy)]
        struct $name([std::arch::x86_64::$register; $registers]);

        // SAFETY, here and below: only code that runs after the processor has said that it has the instructions makes
        // such lanes, and an array of `$registers * $each` numbers holds all that is read or written.
        impl Lanes<$t, { $registers * $each }> for $name {
            #[inline(always)]
            fn splat(x: $t) -> Self {
                Self([unsafe { std::arch::x86_64::$splat(x) }; $registers])
            }
            #[inline(always)]
            fn load(from: &Bank<$t, { $registers * $each }>) -> Self {
                Self(std::array::from_fn(|i| unsafe { std::arch::x86_64::$load(from.0.as_ptr().add(i * $each)) }))
            }
            #[inline(always)]
            fn store(self, to: &mut Bank<$t, { $registers * $each }>) {
                for (i, register) in self.0.into_iter().enumerate() {
                    unsafe { std::arch::x86_64::$store(to.0.as_mut_ptr().add(i * $each), register) };
                }
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| unsafe { std::arch::x86_64::$add(self.0[i], other.0[i]) }))
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| unsafe { std::arch::x86_64::$sub(self.0[i], other.0[i]) }))
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| unsafe { std::arch::x86_64::$mul(self.0[i], other.0[i]) }))
            }
            #[inline(always)]
            fn at_most(self, bound: $t) -> u32 {
                let bound = Self::splat(bound);
                (0..$registers).fold(0, |mask, i| mask | $at_most(self.0[i], bound.0[i]) << (i * $each))
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _CMP_LE_OQ, _mm256_cmp_pd, _mm256_cmp_ps, _mm256_movemask_pd, _mm256_movemask_ps, _mm512_cmp_pd_mask,
    _mm512_cmp_ps_mask,
};
#[cfg(target_arch = "x86_64")]
lanes!(Avx2F32, f32, 2 x 8, __m256, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_add_ps,
    _mm256_sub_ps, _mm256_mul_ps, |a, b| unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LE_OQ>(a, b)) as u32 });
#[cfg(target_arch = "x86_64")]
lanes!(Avx2F64, f64, 2 x 4, __m256d, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_add_pd,
    _mm256_sub_pd, _mm256_mul_pd, |a, b| unsafe { _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_LE_OQ>(a, b)) as u32 });
#[cfg(target_arch = "x86_64")]
lanes!(Avx512F32, f32, 1 x 16, __m512, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_add_ps,
    _mm512_sub_ps, _mm512_mul_ps, |a, b| unsafe { u32::from(_mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b)) });
#[cfg(target_arch = "x86_64")]
lanes!(Avx512F64, f64, 1 x 8, __m512d, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_add_pd,
    _mm512_sub_pd, _mm512_mul_pd, |a, b| unsafe { u32::from(_mm512_cmp_pd_mask::<_CMP_LE_OQ>(a, b)) });

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<T, const L: usize, V: Lanes<T, L>, W: LaneWork<T, L>>(work: W) -> W::Answer {
    work.run::<V>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn with_avx512<T, const L: usize, V: Lanes<T, L>, W: LaneWork<T, L>>(work: W) -> W::Answer {
    work.run::<V>()
}

macro_rules! abreast {
    ($t:ty, $lanes:literal, $avx2:ident, $avx512:ident) => {
        impl Abreast<$lanes> for $t {
            fn in_lanes<W: LaneWork<Self, $lanes>>(work: W) -> W::Answer {
                #[cfg(target_arch = "x86_64")]
                match super::instructions() {
                    // SAFETY: `instructions` answers with a set only after the processor has said that it has it.
                    super::Instructions::Avx512 => return unsafe { with_avx512::<_, _, $avx512, _>(work) },
                    // SAFETY: as above.
                    super::Instructions::Avx2 => return unsafe { with_avx2::<_, _, $avx2, _>(work) },
                    super::Instructions::Baseline => {}
                }
                work.run::<Plain<$t, $lanes>>()
            }
        }
    };
}
abreast!(f32, 16, Avx2F32, Avx512F32);
abreast!(f64, 8, Avx2F64, Avx512F64);
