//! The one integration binary.

#[cfg(feature = "site")]
mod cells;
#[cfg(feature = "site")]
mod plot;
mod theory;
