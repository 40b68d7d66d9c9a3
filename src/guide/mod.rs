//! What is said: pure functions from the site's files to the finished pages.
#![allow(clippy::disallowed_methods, reason = "no result of the theory is computed here, only where things are drawn")]

pub mod address;
pub mod block;
pub mod book;
mod catalogue;
pub mod cell;
mod citation;
pub mod code;
pub mod config;
pub mod diagnosis;
pub mod durations;
mod escape;
pub mod explain;
pub mod finish;
pub mod formula;
pub mod front;
pub mod html;
pub mod inline;
pub mod job;
pub mod ledger;
pub mod link;
pub mod listing;
pub mod markdown;
pub mod mask;
pub mod mistake;
pub mod model;
pub mod number;
pub mod pages;
pub mod plan;
pub mod plot;
pub mod program;
pub mod sequence;
pub mod site;
pub mod templates;
pub mod tolerance;
pub mod tree;
pub mod yaml;
