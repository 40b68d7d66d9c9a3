//! What is said: pure functions from the site's files to the finished pages.
#![allow(clippy::disallowed_methods, reason = "no result of the theory is computed here, only where things are drawn")]

pub mod block;
mod catalogue;
pub mod cell;
pub mod config;
pub mod front;
pub mod inline;
pub mod job;
pub mod markdown;
mod mask;
pub mod mistake;
pub mod model;
pub mod sequence;
pub mod tree;
pub mod yaml;
