//! Theoria: a static-site generator for living theory guides.

pub mod record;
pub mod show;
pub mod theory;

#[cfg(feature = "site")]
pub mod cli;
#[cfg(feature = "site")]
pub mod guide;
#[cfg(feature = "site")]
pub mod shell;
