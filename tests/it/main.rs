//! The one integration binary.

mod theory;
