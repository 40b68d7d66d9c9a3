//! The record as text.
