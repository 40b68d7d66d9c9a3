//! Image collections as they are published: the IDX files of MNIST and its kin, the binary batches of CIFAR-10.

use super::images::Images;
use std::borrow::Cow;
use std::fmt;
use std::io::Read;

/// A file that is not what it should be.
/// Checked against: `damaged_collections_are_refused_by_name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedFile {
    /// Its name, as the reader was told.
    pub name: String,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for DamagedFile {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "'{}' is damaged or of another kind: {}", self.name, self.fault)
    }
}

impl std::error::Error for DamagedFile {}

/// Larger files are refused: no collection of small images is so large, but a few bytes can be packed to swell so.
const LARGEST: u64 = 1 << 30;

/// Bytes of a CIFAR-10 image: its class, and 32 x 32 pixels in red, green and blue.
const CIFAR: usize = 1 + 3 * 32 * 32;

impl Images {
    /// Grey images from an IDX file, packed by gzip or not, as MNIST and Fashion-MNIST are published
    /// (`train-images-idx3-ubyte.gz`). `name` is for the mistake if the file is damaged: cut short, longer than it says,
    /// of another type or dimension, or spoiled in packing.
    ///
    /// ```
    /// use theoria::theory::*;
    /// let file = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 255, 255, 0]; // one image of 2 x 2
    /// assert_eq!(Images::from_idx("two-by-two", &file)?.shape(), (1, 2, 2));
    /// assert!(Images::from_idx("two-by-two", &file[..19]).unwrap_err().to_string().contains("two-by-two"));
    /// # Ok::<(), DamagedFile>(())
    /// ```
    /// O(size); memory: a byte a pixel.
    /// Source: the file format as told on the MNIST page of LeCun, Cortes and Burges.
    /// Checked against: `published_collections_are_read`, `damaged_collections_are_refused_by_name`.
    pub fn from_idx(name: &str, file: &[u8]) -> Result<Self, DamagedFile> {
        let Idx { sizes: [_, height, width], bytes } = idx(name, file)?;
        Ok(Self::from_bytes(&bytes, u8::MAX, (1, height, width)))
    }

    /// The same images with the classes of an IDX file (`train-labels-idx1-ubyte.gz`). It is an error too if it names
    /// another number of classes than there are images.
    /// O(number).
    /// Checked against: `published_collections_are_read`, `damaged_collections_are_refused_by_name`.
    pub fn with_idx_labels(self, name: &str, file: &[u8]) -> Result<Self, DamagedFile> {
        let Idx { sizes: [count], bytes } = idx(name, file)?;
        if count != self.count() {
            return Err(damaged(name, format!("it has {count} labels for {} images", self.count())));
        }
        Ok(self.with_labels(&bytes.iter().map(|&label| usize::from(label)).collect::<Vec<_>>()))
    }

    /// Colour images with their classes from binary batches of CIFAR-10 (`data_batch_1.bin`, packed by gzip or not),
    /// given with their names, one after the other.
    /// O(size); memory: a byte a value.
    /// Source: the file format as told on Krizhevsky's CIFAR-10 page.
    /// Checked against: `published_collections_are_read`, `damaged_collections_are_refused_by_name`.
    pub fn from_cifar10<'a>(batches: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, DamagedFile> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for (name, file) in batches {
            let bytes = unpacked(name, file)?;
            if bytes.is_empty() || !bytes.len().is_multiple_of(CIFAR) {
                return Err(damaged(
                    name,
                    format!("{} bytes are not a whole number of images of {CIFAR}", bytes.len()),
                ));
            }
            for (at, image) in bytes.chunks_exact(CIFAR).enumerate() {
                if image[0] > 9 {
                    return Err(damaged(name, format!("image {at} is of class {}, and there are ten", image[0])));
                }
                labels.push(usize::from(image[0]));
                pixels.extend_from_slice(&image[1..]);
            }
        }
        if labels.is_empty() {
            return Err(damaged("", "there is no batch".to_owned()));
        }
        Ok(Self::from_bytes(&pixels, u8::MAX, (3, 32, 32)).with_labels(&labels))
    }
}

/// Unsigned bytes in N dimensions.
struct Idx<const N: usize> {
    sizes: [usize; N],
    bytes: Vec<u8>,
}

/// Two zeros, the type (8: unsigned bytes), the number of dimensions, their sizes in four bytes each, the largest byte
/// first, and the numbers.
fn idx<const N: usize>(name: &str, file: &[u8]) -> Result<Idx<N>, DamagedFile> {
    let file = unpacked(name, file)?;
    let refuse = |fault: String| Err(damaged(name, fault));
    let Some((head, rest)) = file.split_at_checked(4) else {
        return refuse(format!("it ends after {} bytes", file.len()));
    };
    match *head {
        [0, 0, 8, dimensions] if usize::from(dimensions) == N => {}
        [0, 0, 8, dimensions] => return refuse(format!("it has {dimensions} dimensions and should have {N}")),
        [0, 0, kind, _] => return refuse(format!("its numbers are of type {kind:#04x}, not unsigned bytes (0x08)")),
        _ => return refuse("it does not begin as an IDX file does, with two zeros".to_owned()),
    }
    let (sizes, bytes) =
        rest.as_chunks::<4>().0.split_at_checked(N).map_or((&[][..], &[][..]), |(sizes, _)| (sizes, &rest[4 * N..]));
    let Ok(sizes) = <[[u8; 4]; N]>::try_from(sizes) else {
        return refuse(format!("it ends after {} bytes, before all sizes are told", file.len()));
    };
    let sizes = sizes.map(|size| u32::from_be_bytes(size) as usize);
    let told = sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
    if told != Some(bytes.len()) || bytes.is_empty() {
        let sizes = sizes.map(|size| size.to_string()).join(" x ");
        return refuse(format!("it announces {sizes} bytes and holds {}", bytes.len()));
    }
    Ok(Idx { sizes, bytes: bytes.to_vec() })
}

/// The content of a file that may be packed by gzip, whose first two bytes no other file here has.
fn unpacked<'a>(name: &str, file: &'a [u8]) -> Result<Cow<'a, [u8]>, DamagedFile> {
    if !file.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(file));
    }
    let mut content = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(file).take(LARGEST + 1).read_to_end(&mut content);
    match read {
        Err(error) => Err(damaged(name, format!("it cannot be unpacked: {error}"))),
        Ok(size) if size as u64 > LARGEST => Err(damaged(name, "unpacked it has more than a gigabyte".to_owned())),
        Ok(_) => Ok(Cow::Owned(content)),
    }
}

pub(super) fn damaged(name: &str, fault: String) -> DamagedFile {
    DamagedFile { name: name.to_owned(), fault }
}
