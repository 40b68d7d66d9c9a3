//! What touches the world: disk, compiler, processes, terminal.

pub mod accept;
pub mod build;
mod cache;
pub mod cancel;
pub mod cells;
mod child;
pub mod compile;
pub mod disk;
pub mod durations;
pub mod external;
pub mod failure;
pub mod git;
pub mod keep;
pub mod library;
pub mod look;
pub mod open;
mod publish;
pub mod runner;
pub mod sandbox;
pub mod serve;
pub mod start;
pub mod terminal;
pub mod today;
mod toolchain;
pub mod verify;
pub mod watch;
