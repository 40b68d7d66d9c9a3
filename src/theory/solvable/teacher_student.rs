//! A small network that learns from a small network, one example at a time: order parameters and their equations.

use crate::theory::numeric;
use crate::theory::random::Stream;
use ndarray::Array2;
use std::f64::consts::{FRAC_1_PI, FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

/// A student with K hidden units sum_i g(J_i . x), g(u) = erf(u / sqrt 2), learns from a teacher with M, sum_n g(B_n . x), by gradient
/// descent on 1/2 (student - teacher)^2 of one new Gaussian example in N dimensions at a step, with rate eta / N.
///
/// For large N all that matters are the overlaps Q_ik = J_i . J_k, R_in = J_i . B_n and T_nm = B_n . B_m, which change with the number of
/// examples over N, alpha, by
///
/// dR_in/dalpha = eta E d_i y_n, dQ_ik/dalpha = eta E (d_i x_k + d_k x_i) + eta^2 E d_i d_k,
///
/// where x_i = J_i . x, y_n = B_n . x, and d_i = g'(x_i) (sum_m g(y_m) - sum_k g(x_k)); all averages have closed forms.
///
/// ```
/// use theoria::theory::*;
/// let start = TeacherStudent::isotropic(2, 2, 1e-3, &mut Stream::new(1));
/// let later = start.clone().flow(1.0, 200.0, 4000);
/// assert!(later.last().unwrap().error() < 0.1 * start.error());
/// ```
/// Source: Saad and Solla, Phys. Rev. E 52, 4225 (1995).
/// Checked against: `order_parameters_obey_their_averages`, `online_learning_follows_its_order_parameters`.
#[derive(Clone, Debug, PartialEq)]
pub struct TeacherStudent {
    /// Q, K x K.
    pub student: Array2<f64>,
    /// R, K x M.
    pub overlap: Array2<f64>,
    /// T, M x M.
    pub teacher: Array2<f64>,
}

impl TeacherStudent {
    /// A teacher of M orthogonal units of length 1, and a student of K units with Q_ii uniform on (0, 1/2) and other overlaps of order
    /// `overlap`, uniform on (0, overlap): what a random start in many dimensions looks like.
    /// Panics unless both have units.
    /// Checked against: `order_parameters_obey_their_averages`.
    #[must_use]
    #[track_caller]
    pub fn isotropic(student: usize, teacher: usize, overlap: f64, stream: &mut Stream) -> Self {
        assert!(student > 0 && teacher > 0, "student and teacher have at least one unit");
        let mut q = Array2::zeros((student, student));
        for i in 0..student {
            q[[i, i]] = 0.5 * stream.uniform();
            for k in 0..i {
                (q[[i, k]], q[[k, i]]) = (overlap * stream.uniform(), 0.0);
                q[[k, i]] = q[[i, k]];
            }
        }
        let r = Array2::from_shape_simple_fn((student, teacher), || overlap * stream.uniform());
        Self { student: q, overlap: r, teacher: Array2::eye(teacher) }
    }

    /// The overlaps of given weights: J (K x N) and B (M x N).
    /// Panics unless both have N columns.
    /// Checked against: `online_learning_follows_its_order_parameters`.
    #[must_use]
    #[track_caller]
    pub fn of_weights(student: &Array2<f64>, teacher: &Array2<f64>) -> Self {
        assert!(student.ncols() == teacher.ncols(), "student and teacher see the same inputs");
        let overlaps = |a: &Array2<f64>, b: &Array2<f64>| crate::theory::product::product(a, &b.t());
        Self {
            student: overlaps(student, student),
            overlap: overlaps(student, teacher),
            teacher: overlaps(teacher, teacher),
        }
    }

    /// The generalisation error E 1/2 (student - teacher)^2 = 1/pi [sum_ik asin(Q_ik / sqrt((1 + Q_ii)(1 + Q_kk))) + the same of T - 2 the
    /// same of R].
    /// Cost: O((K + M)^2).
    /// Source: Saad and Solla (1995).
    /// Checked against: `order_parameters_obey_their_averages`.
    #[must_use]
    pub fn error(&self) -> f64 {
        let (k, all) = (self.student.nrows(), self.units());
        let mut whole = 0.0;
        for a in 0..all {
            for b in 0..all {
                let scale = ((1.0 + self.covariance(a, a)) * (1.0 + self.covariance(b, b))).sqrt();
                let sign = if (a < k) == (b < k) { 1.0 } else { -1.0 };
                whole += sign * numeric::asin(self.covariance(a, b) / scale);
            }
        }
        whole * FRAC_1_PI
    }

    /// (dQ/dalpha, dR/dalpha) at rate eta.
    /// Cost: O(K^2 (K + M)^2).
    /// Source: Saad and Solla (1995), with the averages E g'(u) v g(w) and E g'(u) g'(v) g(w) g(z) of its appendix.
    /// Checked against: `order_parameters_obey_their_averages`.
    #[must_use]
    pub fn slopes(&self, eta: f64) -> (Array2<f64>, Array2<f64>) {
        let (k, all) = (self.student.nrows(), self.units());
        // Teachers count with +, students with -.
        let sign = |unit: usize| if unit < k { -1.0 } else { 1.0 };
        // E d_i v.
        let pull = |i: usize, v: usize| (0..all).map(|w| sign(w) * self.three(i, v, w)).sum::<f64>();
        let overlap = Array2::from_shape_fn(self.overlap.dim(), |(i, n)| eta * pull(i, k + n));
        let student = Array2::from_shape_fn((k, k), |(i, j)| {
            let pairs = (0..all).flat_map(|w| (0..all).map(move |z| (w, z)));
            let noise: f64 = pairs.map(|(w, z)| sign(w) * sign(z) * self.four([i, j, w, z])).sum();
            eta * (pull(i, j) + pull(j, i)) + eta * eta * noise
        });
        (student, overlap)
    }

    /// The state at the start and after each of `steps` Runge-Kutta steps of fourth order to alpha = `time`.
    /// Panics unless there is a step.
    /// Cost: four [`slopes`](TeacherStudent::slopes) a step.
    /// Checked against: `online_learning_follows_its_order_parameters`.
    #[must_use]
    #[track_caller]
    pub fn flow(self, eta: f64, time: f64, steps: usize) -> Vec<Self> {
        assert!(steps > 0, "a flow takes at least one step");
        let h = time / steps as f64;
        let moved = |from: &Self, by: f64, (q, r): &(Array2<f64>, Array2<f64>)| Self {
            student: &from.student + &(q * by),
            overlap: &from.overlap + &(r * by),
            teacher: from.teacher.clone(),
        };
        let mut all = vec![self];
        for _ in 0..steps {
            let from = &all[all.len() - 1];
            let k1 = from.slopes(eta);
            let k2 = moved(from, 0.5 * h, &k1).slopes(eta);
            let k3 = moved(from, 0.5 * h, &k2).slopes(eta);
            let k4 = moved(from, h, &k3).slopes(eta);
            let mean = (k1.0 + k2.0 * 2.0 + k3.0 * 2.0 + k4.0, k1.1 + k2.1 * 2.0 + k3.1 * 2.0 + k4.1);
            all.push(moved(from, h / 6.0, &mean));
        }
        all
    }

    fn units(&self) -> usize {
        self.student.nrows() + self.teacher.nrows()
    }

    /// The covariance of two fields, students first.
    fn covariance(&self, a: usize, b: usize) -> f64 {
        let k = self.student.nrows();
        match (a < k, b < k) {
            (true, true) => self.student[[a, b]],
            (true, false) => self.overlap[[a, b - k]],
            (false, true) => self.overlap[[b, a - k]],
            (false, false) => self.teacher[[a - k, b - k]],
        }
    }

    /// E g'(u) v g(w) = (2/pi) (C_vw (1 + C_uu) - C_uv C_uw) / ((1 + C_uu) sqrt((1 + C_uu)(1 + C_ww) - C_uw^2)).
    fn three(&self, u: usize, v: usize, w: usize) -> f64 {
        let c = |a, b| self.covariance(a, b);
        let one = 1.0 + c(u, u);
        let root = (one * (1.0 + c(w, w)) - c(u, w) * c(u, w)).sqrt();
        2.0 * FRAC_1_PI * (c(v, w) * one - c(u, v) * c(u, w)) / (one * root)
    }

    /// E g'(u) g'(v) g(w) g(z) = (4/pi^2) asin(L_0 / sqrt(L_1 L_2)) / sqrt(L_4).
    fn four(&self, [u, v, w, z]: [usize; 4]) -> f64 {
        let c = |a, b| self.covariance(a, b);
        let (first, second, mixed) = (1.0 + c(u, u), 1.0 + c(v, v), c(u, v));
        let l4 = first * second - mixed * mixed;
        // What remains of the covariance of w and z once u and v are weighed with g'.
        let rest = |w: usize, z: usize, own: f64| {
            l4 * own - c(v, w) * c(v, z) * first - c(u, w) * c(u, z) * second
                + mixed * (c(u, w) * c(v, z) + c(u, z) * c(v, w))
        };
        let (l0, l1, l2) = (rest(w, z, c(w, z)), rest(w, w, 1.0 + c(w, w)), rest(z, z, 1.0 + c(z, z)));
        4.0 / (PI * PI) * numeric::asin((l0 / (l1 * l2).sqrt()).clamp(-1.0, 1.0)) / l4.sqrt()
    }
}

/// The same learning in N dimensions: a student J (K x N) and a teacher B (M x N), one Gaussian example after the other.
/// Checked against: `online_learning_follows_its_order_parameters`.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlineLearner {
    /// J, K x N.
    pub student: Array2<f64>,
    /// B, M x N.
    pub teacher: Array2<f64>,
}

impl OnlineLearner {
    /// Units of the given lengths in random directions of N dimensions; a teacher's are made orthogonal.
    /// Panics unless there are units, no more teachers than dimensions, and lengths are finite.
    /// Checked against: `online_learning_follows_its_order_parameters`.
    #[must_use]
    #[track_caller]
    pub fn draw(dimensions: usize, students: &[f64], teachers: &[f64], stream: &mut Stream) -> Self {
        assert!(!students.is_empty() && !teachers.is_empty(), "student and teacher have at least one unit");
        assert!(teachers.len() <= dimensions, "{} orthogonal units in {dimensions} dimensions", teachers.len());
        let mut student = Array2::zeros((students.len(), dimensions));
        for (mut row, length) in student.rows_mut().into_iter().zip(students) {
            row.assign(&(stream.unit_vector(dimensions) * *length));
        }
        let mut teacher = Array2::<f64>::zeros((teachers.len(), dimensions));
        for (at, own) in teachers.iter().enumerate() {
            let mut unit = stream.unit_vector(dimensions);
            for before in 0..at {
                let along = teacher.row(before).dot(&unit) / teacher.row(before).dot(&teacher.row(before));
                unit -= &(&teacher.row(before) * along);
            }
            let length = unit.dot(&unit).sqrt();
            teacher.row_mut(at).assign(&(unit * (own / length)));
        }
        Self { student, teacher }
    }

    /// Learns from `count` new examples at rate eta / N.
    /// Cost: O(count N (K + M)).
    /// Checked against: `online_learning_follows_its_order_parameters`.
    pub fn learn(&mut self, eta: f64, count: usize, stream: &mut Stream) {
        let dimensions = self.student.ncols();
        let output =
            |fields: &ndarray::Array1<f64>| fields.iter().map(|u| numeric::erf(u * FRAC_1_SQRT_2)).sum::<f64>();
        for _ in 0..count {
            let x = ndarray::Array1::from(stream.normals(dimensions));
            let fields = self.student.dot(&x);
            let missed = output(&self.teacher.dot(&x)) - output(&fields);
            for (mut unit, field) in self.student.rows_mut().into_iter().zip(fields) {
                let slope = FRAC_1_SQRT_2 * FRAC_2_SQRT_PI * numeric::exp(-0.5 * field * field);
                unit.scaled_add(eta / dimensions as f64 * slope * missed, &x);
            }
        }
    }

    /// Its order parameters now.
    /// Checked against: `online_learning_follows_its_order_parameters`.
    #[must_use]
    pub fn overlaps(&self) -> TeacherStudent {
        TeacherStudent::of_weights(&self.student, &self.teacher)
    }
}
