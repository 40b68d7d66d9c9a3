//! A report in the forms in which it is read: for people, and for the systems that run checks.

mod figures;
mod github;
mod html;
mod images;
mod junit;
mod panels;
mod places;
mod terminal;
mod words;

pub use github::github;
pub use html::html;
pub use junit::junit;
pub use terminal::{rows, summary};

/// The form of a report as JSON, field by field, as a JSON Schema.
pub const SCHEMA_JSON: &str = include_str!("schema.json");
