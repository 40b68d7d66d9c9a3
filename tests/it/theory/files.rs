//! Collections of images as they are published, whole and damaged.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use theoria::theory::*;

fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, sizes.len() as u8];
    sizes.iter().for_each(|size| file.extend(size.to_be_bytes()));
    file.extend(content);
    file
}

fn packed(file: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(file).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn cifar(labels: &[u8]) -> Vec<u8> {
    let image = |label: u8| std::iter::once(label).chain((0..3072).map(move |at| (at % 251) as u8 ^ label));
    labels.iter().copied().flat_map(image).collect()
}

#[test]
fn published_collections_are_read() {
    let pixels: Vec<u8> = (0..3 * 4 * 5).map(|at| (at * 4) as u8).collect();
    let (images, labels) = (idx(&[3, 4, 5], &pixels), idx(&[3], &[7, 0, 9]));
    for (images, labels) in [(images.clone(), labels.clone()), (packed(&images), packed(&labels))] {
        let read = Images::from_idx("images", &images).expect("it is whole");
        assert_eq!(read.pixels(), Images::from_bytes(&pixels, 255, (1, 4, 5)).pixels());
        assert_eq!(read.with_idx_labels("labels", &labels).expect("it is whole").labels(), [7, 0, 9]);
    }
    let (first, second) = (cifar(&[3, 9]), packed(&cifar(&[0])));
    let read = Images::from_cifar10([("1.bin", &first[..]), ("2.bin.gz", &second[..])]).expect("they are whole");
    assert_eq!((read.count(), read.shape(), read.labels()), (3, (3, 32, 32), &[3, 9, 0][..]));
    // Channel after channel: the second row of the first image's green.
    assert_eq!(read.image(0)[[1, 1, 0]], (f64::from(((1024 + 32) % 251) as u8 ^ 3) / 255.0 - 0.5) / 0.5);
}

#[test]
fn damaged_collections_are_refused_by_name() {
    let whole = idx(&[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8]);
    let (mut spoiled, mut other) = (packed(&whole), whole.clone());
    let middle = spoiled.len() - 6;
    spoiled[middle] ^= 0xff;
    other[2] = 0x0d;
    let long: Vec<u8> = whole.iter().copied().chain([9]).collect();
    let cases = [
        (&whole[..3], "ends after 3 bytes"),
        (&whole[..9], "before all sizes are told"),
        (&whole[..23], "announces 2 x 2 x 2 bytes and holds 7"),
        (&long[..], "announces 2 x 2 x 2 bytes and holds 9"),
        (&idx(&[8], &[0; 8])[..], "has 1 dimensions and should have 3"),
        (&idx(&[0, 28, 28], &[])[..], "announces 0 x 28 x 28 bytes"),
        (&idx(&[u32::MAX; 3], &[0; 8])[..], "holds 8"),
        (&other[..], "type 0x0d"),
        (&b"PNG, say"[..], "does not begin as an IDX file does"),
        (&spoiled[..], "cannot be unpacked"),
        (&packed(&whole)[..12], "cannot be unpacked"),
    ];
    for (file, fault) in cases {
        let told = Images::from_idx("train-images", file).expect_err(fault).to_string();
        assert!(told.contains("'train-images'") && told.contains(fault), "{told}");
    }
    let images = Images::from_idx("train-images", &whole).expect("it is whole");
    let told = images.with_idx_labels("labels", &idx(&[3], &[0, 1, 2])).expect_err("one too many").to_string();
    assert!(told.contains("'labels'") && told.contains("3 labels for 2 images"), "{told}");
    for (file, fault) in [(cifar(&[1])[..3000].to_vec(), "3000 bytes"), (cifar(&[1, 10]), "image 1 is of class 10")] {
        let told = Images::from_cifar10([("batch", &file[..])]).expect_err(fault).to_string();
        assert!(told.contains("'batch'") && told.contains(fault), "{told}");
    }
    assert!(Images::from_cifar10([]).is_err());
}

#[test]
fn networks_survive_their_files() {
    for padding in [Padding::Zero, Padding::Circular] {
        let network: Denoiser = ResNet::new(3).features(16).blocks(2).padding(padding).draw(&mut Stream::new(1));
        let file = network.to_safetensors();
        assert_eq!(Denoiser::from_safetensors("network", &file).expect("it is whole"), network);
        assert!(file == network.to_safetensors(), "the same network makes the same file");
    }
}

#[test]
fn damaged_networks_are_refused_by_name() {
    let network: Denoiser = ResNet::new(1).features(16).blocks(1).draw(&mut Stream::new(1));
    let file = network.to_safetensors();
    let replaced = |from: &str, to: &str| {
        let at = file.windows(from.len()).position(|bytes| bytes == from.as_bytes()).expect("it is there");
        [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
    };
    let mut infinite = file.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let cases = [
        (file[..end - 1].to_vec(), "no file of tensors"),
        (file[..5].to_vec(), "no file of tensors"),
        (b"{}".to_vec(), "no file of tensors"),
        (replaced("time.0.scale", "time.0.skale"), "the tensor time.0.scale is missing"),
        (replaced("features 16", "features 24"), "should be"),
        (replaced("features 16", "features 17"), "no network has"),
        (replaced("features 16", "features 1x"), "the network's features is '1x', not a number"),
        (replaced("padding zero", "padding none"), "a padding 'none' is not known"),
        (replaced("blocks", "blocky"), "does not tell the network's blocks"),
        (replaced("\"network\"", "\"netwerk\""), "does not tell the network's shape"),
        (infinite, "not finite"),
    ];
    for (file, fault) in cases {
        let told = Denoiser::from_safetensors("network.safetensors", &file).expect_err(fault).to_string();
        assert!(told.contains("'network.safetensors'") && told.contains(fault), "{told}");
    }
}
