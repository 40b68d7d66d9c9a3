//! Parallel maps.

use theoria::theory::parallel::{map_indexed, set_threads, threads};
use theoria::theory::{Stream, gram, product};

#[test]
fn results_do_not_depend_on_threads() {
    let square = |i: usize| (i * i) as f64 / 3.0;
    let serial: Vec<f64> = (0..1000).map(square).collect();
    let matrix = Stream::new(1).normal_matrix(500, 300);
    let one = {
        set_threads(1);
        [product(&matrix, &matrix.t()), gram(&matrix)]
    };
    for count in [1, 2, 7] {
        set_threads(count);
        assert_eq!([product(&matrix, &matrix.t()), gram(&matrix)], one);
        assert_eq!(map_indexed(1000, square), serial);
        assert_eq!(map_indexed(10, |i| map_indexed(100, |j| square(100 * i + j))).concat(), serial);
    }
    set_threads(0);
    assert!(threads() >= 1);
    assert!(map_indexed(0, square).is_empty());
}

#[test]
#[should_panic(expected = "index 3")]
fn a_panic_keeps_its_message() {
    map_indexed(8, |i| assert!(i != 3, "index {i}"));
}
