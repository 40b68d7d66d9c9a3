//! What touches the world: disk, compiler, processes, terminal.

pub mod failure;
