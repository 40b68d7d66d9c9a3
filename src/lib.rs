//! Theoria: a static-site generator for living theory guides.

pub mod record;
pub mod theory;
