//! Functions of many numbers at once, several times as fast as one by one, with the same bits everywhere.
//!
//! Plain loops without branches, which the compiler turns into vector instructions; each is compiled for several
//! sets of instructions ([`Instructions`]), and the best that the processor has is chosen at run time.

mod duals;
mod functions;
mod instructions;
mod lanes;
mod maps;
mod real;

pub use duals::{duals_between, homogeneous_duals, homogeneous_duals_between};
pub use functions::{acos, asin, atan2, cos, erf, exp, ln, sin, sqrt, tanh};
pub use instructions::{Instructions, instructions, limit_instructions};
pub use real::Real;

pub(super) use duals::Views;
pub(super) use functions::{ln_of, sine_ahead};
pub(super) use instructions::{Loop, vectorised};
pub(super) use lanes::{Abreast, Bank, LaneWork, Lanes, flat};
pub(super) use maps::{ClosedForm, DualMap};
pub(super) use real::polynomial;
pub(super) use real::sealed::Real as Operations;
