//! Networks in files, in the format of safetensors, which every framework reads.

use super::{Denoiser, Padding, Place, ResNet};
use crate::theory::files::{DamagedFile, damaged};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// The entry of the metadata that tells the network's shape: one only, for the format does not order them.
const KEY: &str = "network";
/// What it says, each with its value behind it.
const WORDS: [&str; 4] = ["channels", "features", "blocks", "padding"];

impl ResNet {
    /// Name, place and shape of every tensor: filters are (offset, input channel, output channel), matrices (in, out).
    fn tensors(self) -> Vec<(String, usize, Vec<usize>)> {
        let mut tensors = Vec::new();
        let mut add = |name: String, place: Place, matrix: Vec<usize>, vectors: &[&str]| {
            tensors.push((format!("{name}.weight"), place.start, matrix));
            for (at, vector) in vectors.iter().enumerate() {
                tensors.push((format!("{name}.{vector}"), place.vector(at).start, vec![place.columns]));
            }
        };
        for at in 0..self.blocks + 2 {
            let place = self.convolution(at);
            let shape = vec![9, place.rows / 9, place.columns];
            add(format!("convolution.{at}"), place, shape, &["bias"]);
        }
        for at in 0..=self.blocks {
            let place = self.telling(at);
            let shape = vec![place.rows, place.columns];
            add(format!("time.{at}"), place, shape, &["bias", "scale", "shift"]);
        }
        tensors
    }
}

impl Denoiser {
    /// The network as a file in the format of safetensors: its shape in the metadata (`network`: `channels 1 features
    /// 32 blocks 4 padding zero`), its parameters as tensors in f32. The same network makes the same file.
    /// O(parameters).
    /// Checked against: `networks_survive_their_files`.
    #[must_use]
    pub fn to_safetensors(&self) -> Vec<u8> {
        let ResNet { channels, features, blocks, padding } = self.network;
        let padding = if padding == Padding::Zero { "zero" } else { "circular" };
        let values = [channels.to_string(), features.to_string(), blocks.to_string(), padding.to_owned()];
        let words: Vec<String> = WORDS.iter().zip(values).map(|(word, value)| format!("{word} {value}")).collect();
        let metadata = [(KEY.to_owned(), words.join(" "))].into_iter().collect();
        let bytes: Vec<u8> = self.parameters.iter().flat_map(|p| p.to_le_bytes()).collect();
        let tensors = self.network.tensors().into_iter().map(|(name, start, shape)| {
            let size = shape.iter().product::<usize>();
            let view = TensorView::new(Dtype::F32, shape, &bytes[4 * start..4 * (start + size)]);
            (name, view.expect("the bytes are the shape's"))
        });
        safetensors::serialize(tensors, Some(metadata)).expect("the names are plain and differ")
    }

    /// The network in a file that [`to_safetensors`](Denoiser::to_safetensors) made. `name` is for the mistake if the
    /// file is damaged, of another network, or holds a number that is not finite.
    ///
    /// ```
    /// use theoria::theory::*;
    /// let network: Denoiser = ResNet::new(1).features(16).blocks(1).draw(&mut Stream::new(1));
    /// let file = network.to_safetensors();
    /// assert_eq!(Denoiser::from_safetensors("small.safetensors", &file)?, network);
    /// # Ok::<(), DamagedFile>(())
    /// ```
    /// O(parameters).
    /// Checked against: `networks_survive_their_files`, `damaged_networks_are_refused_by_name`.
    pub fn from_safetensors(name: &str, file: &[u8]) -> Result<Self, DamagedFile> {
        let refuse = |fault: String| damaged(name, fault);
        let unreadable = |error: safetensors::SafeTensorError| refuse(format!("it is no file of tensors: {error}"));
        let (_, header) = SafeTensors::read_metadata(file).map_err(unreadable)?;
        let told = header.metadata().as_ref().and_then(|entries| entries.get(KEY));
        let network =
            shape(told.ok_or_else(|| refuse("it does not tell the network's shape".to_owned()))?).map_err(refuse)?;
        let found = SafeTensors::deserialize(file).map_err(unreadable)?;
        let mut parameters = vec![0.0; network.parameters()];
        for (tensor, start, shape) in network.tensors() {
            let view = found.tensor(&tensor).map_err(|_| refuse(format!("the tensor {tensor} is missing")))?;
            if view.dtype() != Dtype::F32 || view.shape() != shape {
                let (kind, found) = (view.dtype(), view.shape());
                return Err(refuse(format!(
                    "the tensor {tensor} is {found:?} of {kind}, and should be {shape:?} of F32"
                )));
            }
            let numbers = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            parameters[start..].iter_mut().zip(numbers).for_each(|(to, from)| *to = from);
        }
        match parameters.iter().all(|p| p.is_finite()) {
            true => Ok(Self { network, parameters }),
            false => Err(refuse("it holds a number that is not finite".to_owned())),
        }
    }
}

/// The shape that a file's metadata tell.
fn shape(text: &str) -> Result<ResNet, String> {
    let words: Vec<&str> = text.split(' ').collect();
    let value = |word: &str| {
        let at = words.iter().step_by(2).position(|found| *found == word);
        let value = at.and_then(|at| words.get(2 * at + 1)).copied();
        value.ok_or_else(|| format!("it does not tell the network's {word}"))
    };
    let number = |word: &str| {
        let text = value(word)?;
        text.parse().map_err(|_| format!("the network's {word} is '{text}', not a number"))
    };
    let [channels, features, blocks]: [usize; 3] = [number(WORDS[0])?, number(WORDS[1])?, number(WORDS[2])?];
    let padding = match value(WORDS[3])? {
        "zero" => Padding::Zero,
        "circular" => Padding::Circular,
        other => return Err(format!("a padding '{other}' is not known: there are zero and circular")),
    };
    // Larger than any that would be trained here; the sizes must not overflow.
    let fits = (1..=1 << 10).contains(&channels) && (16..=1 << 12).contains(&features) && blocks <= 1 << 10;
    match fits && features.is_multiple_of(8) {
        true => Ok(ResNet { channels, features, blocks, padding }),
        false => Err(format!("no network has {channels} channels, {features} features and {blocks} blocks")),
    }
}
