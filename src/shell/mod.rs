//! What touches the world: disk, compiler, processes, terminal.

mod cache;
pub mod cells;
mod child;
pub mod compile;
pub mod failure;
pub mod library;
pub mod runner;
mod toolchain;
