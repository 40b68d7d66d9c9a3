//! What is said: pure functions from the site's files to the finished pages.
#![allow(clippy::disallowed_methods, reason = "no result of the theory is computed here, only where things are drawn")]

mod catalogue;
pub mod diagnosis;
pub mod job;
pub mod mistake;
pub mod program;
pub mod tree;
