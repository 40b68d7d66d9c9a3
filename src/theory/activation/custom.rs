//! Activations that a cell brings along.

use std::fmt;

/// A function of one's own, with its slope: made by [`Activation::custom`](super::Activation::custom).
/// Checked against: `a_function_of_one_s_own_is_as_good_as_a_built_in_one`.
#[derive(Clone, Copy)]
pub struct Custom {
    pub(super) value: fn(f64) -> f64,
    pub(super) slope: fn(f64) -> f64,
}

impl Custom {
    /// sigma''(z), as Richardson's difference of slopes of fourth order.
    pub(super) fn curvature(&self, z: f64) -> f64 {
        let h = 1e-3 * (1.0 + z.abs());
        let across = |h: f64| (self.slope)(z + h) - (self.slope)(z - h);
        (8.0 * across(h) - across(2.0 * h)) / (12.0 * h)
    }
}

impl PartialEq for Custom {
    /// Whether both are the same functions, not only functions of the same values.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.value, other.value) && std::ptr::fn_addr_eq(self.slope, other.slope)
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a function of one's own")
    }
}
