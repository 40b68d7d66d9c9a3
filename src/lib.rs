//! Theoria: a static-site generator for living theory guides.

pub mod theory;
