//! How large an image is, from the first bytes of its file.

/// Width and height in pixels.
pub type Size = (u32, u32);

/// The size of a PNG, GIF, JPEG, WebP or SVG image; nothing for another file, or one that does not say. Cost: O(what stands
/// before the size in the file).
pub fn size(bytes: &[u8]) -> Option<Size> {
    let size = match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some((number(bytes, 16, 4, true)?, number(bytes, 20, 4, true)?)),
        [b'G', b'I', b'F', b'8', ..] => Some((number(bytes, 6, 2, false)?, number(bytes, 8, 2, false)?)),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        [b'R', b'I', b'F', b'F', ..] => webp(bytes),
        _ => svg(bytes),
    };
    size.filter(|(width, height)| *width > 0 && *height > 0)
}

fn number(bytes: &[u8], at: usize, length: usize, big: bool) -> Option<u32> {
    let digits = bytes.get(at..at + length)?;
    let join = |all: u32, byte: &u8| all << 8 | u32::from(*byte);
    Some(if big { digits.iter().fold(0, join) } else { digits.iter().rev().fold(0, join) })
}

/// Walks over the segments of a JPEG file to the one that begins its picture; a camera may have been held upright.
fn jpeg(bytes: &[u8]) -> Option<Size> {
    let (mut at, mut turned) = (2, false);
    loop {
        while *bytes.get(at)? == 0xff && bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        let length = number(bytes, at + 2, 2, true)? as usize;
        match kind {
            _ if mark != 0xff => return None,
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&kind) => {
                let (height, width) = (number(bytes, at + 5, 2, true)?, number(bytes, at + 7, 2, true)?);
                return Some(if turned { (height, width) } else { (width, height) });
            }
            0xe1 => turned |= bytes.get(at + 4..at + 2 + length).is_some_and(is_turned),
            _ => {}
        }
        at += 2 + length;
    }
}

/// Whether the orientation that a camera noted lays the picture on its side.
fn is_turned(exif: &[u8]) -> bool {
    let orientation = || {
        let tiff = exif.strip_prefix(b"Exif\0\0")?;
        let big = tiff.starts_with(b"MM");
        let table = number(tiff, 4, 4, big)? as usize;
        let count = number(tiff, table, 2, big)? as usize;
        let entries = (0..count).map(|entry| table + 2 + 12 * entry);
        let entry = entries.into_iter().find(|entry| number(tiff, *entry, 2, big) == Some(0x112))?;
        number(tiff, entry + 8, 2, big)
    };
    orientation().is_some_and(|orientation| (5..=8).contains(&orientation))
}

fn webp(bytes: &[u8]) -> Option<Size> {
    let low = |at, length| number(bytes, at, length, false);
    match bytes.get(8..16)? {
        b"WEBPVP8X" => Some((low(24, 3)? + 1, low(27, 3)? + 1)),
        b"WEBPVP8L" => {
            let bits = low(21, 4)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"WEBPVP8 " => Some((low(26, 2)? & 0x3fff, low(28, 2)? & 0x3fff)),
        _ => None,
    }
}

/// The size that the first tag of a drawing gives, or the shape of its view.
fn svg(bytes: &[u8]) -> Option<Size> {
    // The tag is near the beginning, after comments and declarations.
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let tag = &head[head.find("<svg")?..];
    let tag = &tag[..tag.find('>')?];
    let value = |name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=")).or_else(|| tag.split_once(&format!("\n{name}=")))?;
        let quote = rest.chars().next().filter(|quote| "\"'".contains(*quote))?;
        rest[1..].split_once(quote).map(|(value, _)| value)
    };
    let length = |name: &str| pixels(value(name)?);
    if let (Some(width), Some(height)) = (length("width"), length("height")) {
        return Some((width.round() as u32, height.round() as u32));
    }
    let view: Vec<f64> = value("viewBox")?
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .filter_map(|word| word.parse().ok())
        .collect();
    let [_, _, width, height] = view[..] else { return None };
    Some((width.round() as u32, height.round() as u32))
}

fn pixels(length: &str) -> Option<f64> {
    let length = length.trim();
    let end = length.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(length.len());
    let number: f64 = length[..end].parse().ok()?;
    let unit = match &length[end..] {
        "" | "px" => 1.0,
        "pt" => 96.0 / 72.0,
        "in" => 96.0,
        "cm" => 96.0 / 2.54,
        "mm" => 96.0 / 25.4,
        _ => return None,
    };
    Some(number * unit)
}
