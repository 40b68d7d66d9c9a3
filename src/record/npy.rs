//! Arrays too long to read, as NumPy's `.npy` files (format 1.0, little-endian f64).

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// Encodes a row-major matrix.
pub fn encode(rows: usize, columns: usize, numbers: &[f64]) -> Vec<u8> {
    debug_assert_eq!(rows * columns, numbers.len());
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    while !(MAGIC.len() + 2 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
    bytes
}

/// Decodes what [`encode`] wrote: rows, columns and the numbers; the error says what is wrong with the file.
pub fn decode(bytes: &[u8]) -> Result<(usize, usize, Vec<f64>), String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it does not begin as a NumPy file does")?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or("it ends inside its header")?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (header, data) = rest.split_at_checked(length).ok_or("it ends inside its header")?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is not text")?;
    if !header.contains("'<f8'") || !header.contains("'fortran_order': False") {
        return Err("it does not hold row-major 64-bit floats".into());
    }
    let (rows, columns) = shape(header).ok_or("its shape is not (rows, columns)")?;
    if rows.checked_mul(columns).and_then(|n| n.checked_mul(8)) != Some(data.len()) {
        return Err(format!("it should hold {rows} x {columns} numbers but has {} bytes of data", data.len()));
    }
    let numbers = data.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("chunks of 8")));
    Ok((rows, columns, numbers.collect()))
}

fn shape(header: &str) -> Option<(usize, usize)> {
    let tuple = header.split_once("'shape': (")?.1.split_once(')')?.0;
    let (rows, columns) = tuple.split_once(", ")?;
    Some((rows.parse().ok()?, columns.parse().ok()?))
}
