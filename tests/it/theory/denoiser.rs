//! Trained denoisers: exact gradients, what they can see, and training that reproduces.

use super::golden;
use ndarray::{Array4, s};
use theoria::theory::parallel::set_threads;
use theoria::theory::*;

fn images(height: usize, width: usize, channels: usize) -> Images {
    let mut stream = Stream::new(5);
    Images::new(Array4::from_shape_simple_fn((6, channels, height, width), || stream.uniform() * 2.0 - 1.0))
}

#[test]
fn gradients_match_finite_differences() {
    for (padding, channels) in [(Padding::Zero, 1), (Padding::Circular, 2)] {
        let images = images(5, 4, channels);
        let network = ResNet::new(channels).features(16).blocks(2).padding(padding);
        let denoiser: Denoiser<f64> = network.draw(&mut Stream::new(1));
        assert_eq!(denoiser.parameters().len(), network.parameters());
        // 20 images: more than are worked on together.
        let (loss, gradient) = denoiser.loss(&images, 20, &Stream::new(2));
        assert!(loss > 0.1 && loss < 10.0);
        let mut stream = Stream::new(3);
        let mut nonzero = 0;
        for _ in 0..150 {
            let at = stream.below(network.parameters());
            let moved = |by: f64| {
                let mut parameters = denoiser.parameters().to_vec();
                parameters[at] += by;
                Denoiser::of(network, parameters).loss(&images, 20, &Stream::new(2)).0
            };
            let h = 1e-5;
            let slope = (moved(h) - moved(-h)) / (2.0 * h);
            // A relu whose argument changes sign within h adds an error of its own, hence the absolute part.
            assert!((slope - gradient[at]).abs() < 1e-6 * slope.abs() + 2e-8, "{at}: {slope} and {}", gradient[at]);
            nonzero += usize::from(slope != 0.0);
        }
        assert!(nonzero > 100, "most parameters matter: {nonzero}");
    }
}

#[test]
fn a_denoiser_sees_its_window_and_no_more() {
    let network = ResNet::new(1).features(16).blocks(1);
    assert_eq!(network.window(), 7);
    let denoiser: Denoiser<f64> = network.draw(&mut Stream::new(1));
    let x = images(15, 15, 1).pixels().slice(s![..1, .., .., ..]).to_owned();
    let mut other = x.clone();
    other[[0, 0, 7, 7]] += 1.0;
    let difference = denoiser.noise(&other, 0.3) - denoiser.noise(&x, 0.3);
    for ((_, _, r, c), d) in difference.indexed_iter() {
        let inside = r.abs_diff(7) <= 3 && c.abs_diff(7) <= 3;
        assert_eq!(*d != 0.0, inside, "({r}, {c})");
    }
    // Time matters.
    assert!(denoiser.noise(&x, 0.3) != denoiser.noise(&x, 0.6));
}

#[test]
fn circular_padding_makes_a_denoiser_equivariant() {
    let roll = |a: &Array4<f64>| {
        let (_, _, h, w) = a.dim();
        Array4::from_shape_fn(a.dim(), |(n, ch, r, c)| a[[n, ch, (r + 2) % h, (c + 3) % w]])
    };
    let x = images(6, 7, 2).pixels();
    let largest = |padding| {
        let denoiser: Denoiser<f64> = ResNet::new(2).features(16).blocks(2).padding(padding).draw(&mut Stream::new(1));
        (roll(&denoiser.noise(&x, 0.4)) - denoiser.noise(&roll(&x), 0.4)).iter().fold(0.0f64, |a, v| a.max(v.abs()))
    };
    assert_eq!(largest(Padding::Circular), 0.0);
    assert!(largest(Padding::Zero) > 1e-3);
}

#[test]
fn untrained_denoisers_have_the_usual_scale() {
    let denoiser: Denoiser<f64> = ResNet::new(1).draw(&mut Stream::new(1));
    // The first convolution: 9 * 32 filters and 32 biases, uniform on +-1/3.
    let first = &denoiser.parameters()[..320];
    assert!(first.iter().all(|p| p.abs() <= 1.0 / 3.0));
    assert!((variance(first) - 1.0 / 27.0).abs() < 0.006);
}

#[test]
fn training_lowers_the_loss_and_reproduces() {
    let digits = Images::new(golden::array("els/digits8_50/data.npy", (50, 1, 8, 8)));
    let network = ResNet::new(1).features(16).blocks(2);
    let run = |training: &Training| training.run(network, &digits, &mut Stream::new(1));
    let training = Training::new(120).batch(40).rate(3e-3);
    let trained = run(&training);
    let (first, last) = (mean(&trained.losses[..5]), mean(&trained.losses[100..]));
    // A network that says nothing has loss 1.
    assert!(first > 1.5 && last < 0.9, "{first} and {last}");
    set_threads(1);
    assert_eq!(run(&training), trained);
    set_threads(0);
    let other = run(&Training::new(20).batch(40).rate(1e-3).decay(0.99));
    assert!(mean(&other.losses[15..]) < mean(&other.losses[..5]));
}
