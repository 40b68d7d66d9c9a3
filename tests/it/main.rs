//! The one integration binary.

mod cells;
