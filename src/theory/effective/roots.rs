//! The first root of a function of a variance.

/// The smallest root of `f` between `low` and `high`, as far as steps of 10 percent can see it: the first change of
/// sign, halved until the two ends are neighbours. NaN counts as no change.
pub(super) fn first_root(low: f64, high: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut left, mut at_left) = (low, f(low));
    while left < high {
        let right = (left * 1.1).min(high);
        let at_right = f(right);
        if at_left == 0.0 {
            return Some(left);
        }
        if at_left * at_right < 0.0 {
            return Some(bisect(left, right, at_left > 0.0, f));
        }
        (left, at_left) = (right, at_right);
    }
    None
}

/// The root of `f` between `left` and `right`, where `f` is positive on the left only if `falling`.
fn bisect(mut left: f64, mut right: f64, falling: bool, f: impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = 0.5 * (left + right);
        if middle <= left || middle >= right {
            return middle;
        }
        if (f(middle) > 0.0) == falling {
            left = middle;
        } else {
            right = middle;
        }
    }
}
