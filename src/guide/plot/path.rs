//! Curves in pixels: clipping to the plot, and leaving out what nobody could see.

pub type Point = (f64, f64);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn contains(&self, (x, y): Point) -> bool {
        // Coordinates come rounded to hundredths of a pixel.
        (self.left - 0.02..=self.right + 0.02).contains(&x) && (self.top - 0.02..=self.bottom + 0.02).contains(&y)
    }

    pub fn clamp(&self, (x, y): Point) -> Point {
        (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom))
    }
}

/// The pieces of a curve that lie in the rectangle.
pub fn clip(curve: &[Point], rect: &Rect) -> Vec<Vec<Point>> {
    if let [point] = curve {
        return if rect.contains(*point) { vec![vec![*point]] } else { Vec::new() };
    }
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in curve.windows(2) {
        let Some((start, end)) = segment(pair[0], pair[1], rect) else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open => piece.push(end),
            _ => pieces.push(vec![start, end]),
        }
        open = end == pair[1];
    }
    pieces
}

/// The part of a segment in the rectangle, after Liang and Barsky.
fn segment(a: Point, b: Point, rect: &Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let sides = [(-dx, a.0 - rect.left), (dx, rect.right - a.0), (-dy, a.1 - rect.top), (dy, rect.bottom - a.1)];
    for (slope, room) in sides {
        if slope == 0.0 {
            if room < -0.02 {
                return None;
            }
        } else if slope < 0.0 {
            enter = enter.max(room / slope);
        } else {
            leave = leave.min(room / slope);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| if t == 1.0 { b } else { (a.0 + t * dx, a.1 + t * dy) };
    Some((at(enter), at(leave)))
}

/// A polygon cut to the rectangle, after Sutherland and Hodgman.
pub fn clip_polygon(polygon: &[Point], rect: &Rect) -> Vec<Point> {
    let cut = |polygon: Vec<Point>, depth: &dyn Fn(Point) -> f64| {
        let mut out = Vec::with_capacity(polygon.len() + 4);
        for (at, &b) in polygon.iter().enumerate() {
            let a = polygon[if at == 0 { polygon.len() - 1 } else { at - 1 }];
            let (before, after) = (depth(a), depth(b));
            if (before < 0.0) != (after < 0.0) {
                let t = before / (before - after);
                out.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            }
            if after >= 0.0 {
                out.push(b);
            }
        }
        out
    };
    let polygon = cut(polygon.to_vec(), &|p| p.0 - rect.left);
    let polygon = cut(polygon, &|p| rect.right - p.0);
    let polygon = cut(polygon, &|p| p.1 - rect.top);
    cut(polygon, &|p| rect.bottom - p.1)
}

/// A curve that looks the same with fewer points. Beyond `most` points, a curve that runs steadily to one
/// side keeps per column of pixels its first, lowest, highest and last point; then what lies within a tenth
/// of a pixel of a straight line goes.
pub fn simplify(curve: Vec<Point>, most: usize) -> Vec<Point> {
    let steady = |sign: f64| curve.windows(2).all(|pair| (pair[1].0 - pair[0].0) * sign >= 0.0);
    let mut curve = if curve.len() > most && (steady(1.0) || steady(-1.0)) { columns(&curve, most) } else { curve };
    curve.dedup();
    let mut tolerance = 0.1;
    let mut out = straighten(&curve, tolerance);
    while out.len() > most && tolerance < 2.0 {
        tolerance *= 2.0;
        out = straighten(&curve, tolerance);
    }
    out
}

fn columns(curve: &[Point], most: usize) -> Vec<Point> {
    let span = (curve[curve.len() - 1].0 - curve[0].0).abs();
    let step = (4.0 * span / most as f64).max(1.0);
    let mut out = Vec::new();
    for column in curve.chunk_by(|a, b| (a.0 / step).floor() == (b.0 / step).floor()) {
        let last = column.len() - 1;
        let by_height = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let low = (0..=last).min_by(by_height).unwrap_or(0);
        let high = (0..=last).max_by(by_height).unwrap_or(0);
        let mut keep = vec![0, low.min(high), low.max(high), last];
        keep.dedup();
        out.extend(keep.into_iter().map(|at| column[at]));
    }
    out
}

/// Ramer, Douglas and Peucker's simplification, without recursion.
fn straighten(curve: &[Point], tolerance: f64) -> Vec<Point> {
    if curve.len() < 3 {
        return curve.to_vec();
    }
    let mut keep = vec![false; curve.len()];
    keep[0] = true;
    keep[curve.len() - 1] = true;
    let mut todo = vec![(0, curve.len() - 1)];
    while let Some((first, last)) = todo.pop() {
        let far = (first + 1..last)
            .map(|at| (at, distance(curve[at], curve[first], curve[last])))
            .fold((first, tolerance), |far, next| if next.1 > far.1 { next } else { far });
        if far.0 != first {
            keep[far.0] = true;
            todo.push((first, far.0));
            todo.push((far.0, last));
        }
    }
    curve.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

/// From a point to a segment.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let t = if length == 0.0 { 0.0 } else { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0) };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// Discs of the given radius without those that are hidden behind others; of the rest, where they are still too
/// many, those that show the most of themselves.
pub fn thin(points: &[Point], radius: f64, most: usize) -> Vec<Point> {
    let disc: Vec<(i64, i64)> = {
        let reach = radius.ceil() as i64;
        let inside = |dx: i64, dy: i64| (dx * dx + dy * dy) as f64 <= radius * radius;
        let square = (-reach..=reach).flat_map(|dx| (-reach..=reach).map(move |dy| (dx, dy)));
        square.filter(|(dx, dy)| inside(*dx, *dy)).collect()
    };
    let mut kept = points.to_vec();
    for needed in 1..=disc.len() {
        let mut covered = std::collections::HashSet::new();
        kept = points
            .iter()
            .copied()
            .filter(|(x, y)| {
                let (x, y) = (x.round() as i64, y.round() as i64);
                let free = |(dx, dy): &&(i64, i64)| !covered.contains(&(x + dx, y + dy));
                let shows = disc.iter().filter(free).count() >= needed;
                if shows {
                    covered.extend(disc.iter().map(|(dx, dy)| (x + dx, y + dy)));
                }
                shows
            })
            .collect();
        if kept.len() <= most {
            break;
        }
    }
    kept.truncate(most);
    kept
}
