//! What is true: the mathematics, on ndarray. No I/O, no clock, nothing else of ours.
pub mod random;
