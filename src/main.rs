//! The command `theoria`.

fn main() {}
