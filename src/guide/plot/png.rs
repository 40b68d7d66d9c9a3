//! The smallest PNG writer that will do: 8 bits, one or three channels, compressed by repetition only.

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A `data:` address of an image of grey (1 channel) or red, green, blue (3 channels), pixel by pixel.
pub fn data_uri(pixels: &[u8], width: usize, channels: usize) -> String {
    let mut out = String::from("data:image/png;base64,");
    for chunk in encode(pixels, width, channels).chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let six = (word >> (18 - 6 * at)) & 63;
            out.push(if at <= chunk.len() { BASE64[six as usize] as char } else { '=' });
        }
    }
    out
}

pub fn encode(pixels: &[u8], width: usize, channels: usize) -> Vec<u8> {
    let stride = width * channels;
    let height = pixels.len() / stride.max(1);
    let mut header = Vec::new();
    header.extend((width as u32).to_be_bytes());
    header.extend((height as u32).to_be_bytes());
    header.extend([8, if channels == 3 { 2 } else { 0 }, 0, 0, 0]);
    // Each row begins with its filter: none.
    let rows: Vec<u8> = pixels.chunks(stride.max(1)).flat_map(|row| std::iter::once(&0).chain(row)).copied().collect();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"IDAT", &zlib(&rows, stride + 1));
    chunk(&mut out, b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend((body.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(name);
    out.extend(body);
    let sum = crc(&out[start..]);
    out.extend(sum.to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// The shorter of a compressed and a plain stream.
fn zlib(bytes: &[u8], stride: usize) -> Vec<u8> {
    let packed = deflate(bytes, stride);
    let mut out = vec![0x78, 0x01];
    if packed.len() < bytes.len() + 5 * (bytes.len() / 0xffff + 1) {
        out.extend(packed);
    } else {
        let blocks = bytes.chunks(0xffff).count();
        for (at, block) in bytes.chunks(0xffff).enumerate() {
            out.push(u8::from(at + 1 == blocks));
            out.extend((block.len() as u16).to_le_bytes());
            out.extend((!(block.len() as u16)).to_le_bytes());
            out.extend(block);
        }
    }
    let (low, high) = bytes.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65521;
        (low, (high + low) % 65521)
    });
    out.extend((high << 16 | low).to_be_bytes());
    out
}

/// One block of DEFLATE with its fixed codes, which repeats the byte, pixel or row before.
fn deflate(bytes: &[u8], stride: usize) -> Vec<u8> {
    let mut bits = Bits { out: Vec::new(), word: 0, count: 0 };
    bits.push(0b011, 3);
    let mut at = 0;
    while at < bytes.len() {
        let repeats = |back: &usize| {
            let same = (at..bytes.len()).take_while(|i| *back <= at && bytes[*i] == bytes[*i - back]);
            same.take(258).count()
        };
        let best = [1, 3, stride].into_iter().map(|back| (repeats(&back), back)).max_by_key(|(length, _)| *length);
        match best {
            Some((length, back)) if length >= 4 => {
                bits.length(length as u32);
                bits.distance(back as u32);
                at += length;
            }
            _ => {
                bits.literal(u32::from(bytes[at]));
                at += 1;
            }
        }
    }
    bits.code(0, 7);
    bits.push(0, 7);
    bits.out
}

struct Bits {
    out: Vec<u8>,
    word: u32,
    count: u32,
}

impl Bits {
    /// Numbers are written from their lowest bit.
    fn push(&mut self, value: u32, count: u32) {
        for at in 0..count {
            self.word |= (value >> at & 1) << self.count;
            self.count += 1;
            if self.count == 8 {
                self.out.push(self.word as u8);
                (self.word, self.count) = (0, 0);
            }
        }
    }

    /// Codes are written from their highest.
    fn code(&mut self, value: u32, count: u32) {
        self.push(value.reverse_bits() >> (32 - count), count);
    }

    fn literal(&mut self, byte: u32) {
        if byte < 144 { self.code(0x30 + byte, 8) } else { self.code(0x190 + byte - 144, 9) }
    }

    fn length(&mut self, length: u32) {
        let (code, extra) = match length {
            258 => (28, 0),
            3..=10 => (length - 3, 0),
            _ => {
                let extra = (length - 3).ilog2() - 2;
                (4 * extra + ((length - 3) >> extra), extra)
            }
        };
        if code < 23 {
            self.code(code + 1, 7)
        } else {
            self.code(0xc0 + code - 23, 8)
        }
        self.push((length - 3) & ((1 << extra) - 1), extra);
    }

    fn distance(&mut self, distance: u32) {
        let extra = if distance < 5 { 0 } else { (distance - 1).ilog2() - 1 };
        let code = if distance < 5 { distance - 1 } else { 2 * extra + ((distance - 1) >> extra) };
        self.code(code, 5);
        self.push((distance - 1) & ((1 << extra) - 1), extra);
    }
}
