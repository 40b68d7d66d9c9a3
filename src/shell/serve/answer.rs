//! What is answered: a status, a few headers, and the bytes or a part of them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::request::Request;
use super::wire::Wire;

/// A slow reader may take this long for anything, and a second more for each of these many bytes.
const TIME: Duration = Duration::from_secs(20);
const BYTES_A_SECOND: u64 = 32 * 1024;

/// The bytes of an answer.
#[derive(Debug)]
pub enum Body {
    Shared(Arc<[u8]>),
    Own(Vec<u8>),
    /// A file that is too large to be held, and its length.
    File(File, u64),
}

impl Body {
    fn len(&self) -> u64 {
        match self {
            Body::Shared(bytes) => bytes.len() as u64,
            Body::Own(bytes) => bytes.len() as u64,
            Body::File(_, length) => *length,
        }
    }
}

/// An answer to one request.
#[derive(Debug)]
pub struct Answer {
    pub status: &'static str,
    pub kind: &'static str,
    pub body: Body,
    /// Names this state of the content; of answers with it, parts may be asked for.
    pub tag: Option<String>,
    /// Where to look instead.
    pub location: Option<String>,
    /// Tells the methods that are known.
    pub allow: bool,
}

impl Answer {
    /// A sentence for whoever asked.
    pub fn plain(status: &'static str, text: &str) -> Answer {
        let body = Body::Own(format!("{text}\n").into_bytes());
        Answer { status, kind: "text/plain; charset=utf-8", body, tag: None, location: None, allow: false }
    }

    pub fn moved(to: String) -> Answer {
        Answer { location: Some(to), ..Answer::plain("301 Moved Permanently", "The address ends in a slash.") }
    }

    /// Sends what the request needs of this answer. The other side is told whether the connection is kept.
    pub fn send(mut self, request: Option<&Request>, keep: bool, wire: &mut Wire) -> io::Result<()> {
        let part = request.map_or(Part::All, |request| self.part(request));
        let length = self.body.len();
        let mut head = Vec::new();
        let (status, range) = match &part {
            Part::All => (self.status, 0..length),
            Part::Nothing => ("304 Not Modified", 0..0),
            Part::Some(range) => ("206 Partial Content", range.clone()),
            Part::Beyond => ("416 Range Not Satisfiable", 0..0),
        };
        write!(head, "HTTP/1.1 {status}\r\nCache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n")?;
        // Pages of other sites may not even show what is here.
        write!(head, "Cross-Origin-Resource-Policy: same-origin\r\n")?;
        match part {
            Part::Nothing => {}
            Part::Beyond => write!(head, "Content-Range: bytes */{length}\r\nContent-Length: 0\r\n")?,
            _ => write!(head, "Content-Type: {}\r\nContent-Length: {}\r\n", self.kind, range.end - range.start)?,
        }
        if matches!(part, Part::Some(_)) {
            write!(head, "Content-Range: bytes {}-{}/{length}\r\n", range.start, range.end - 1)?;
        }
        if let Some(tag) = &self.tag {
            write!(head, "ETag: {tag}\r\nAccept-Ranges: bytes\r\n")?;
        }
        if let Some(to) = &self.location {
            write!(head, "Location: {to}\r\n")?;
        }
        if self.allow {
            write!(head, "Allow: GET, HEAD\r\n")?;
        }
        if !keep {
            write!(head, "Connection: close\r\n")?;
        }
        write!(head, "\r\n")?;
        wire.within(TIME + Duration::from_secs((range.end - range.start) / BYTES_A_SECOND));
        if request.is_some_and(|request| request.head_only) {
            return wire.write_all(&head);
        }
        self.body.send(head, range, wire)
    }

    /// What of a good answer is asked for.
    fn part(&self, request: &Request) -> Part {
        let Some(tag) = self.tag.as_deref().filter(|_| self.status.starts_with("200")) else { return Part::All };
        if let Some(known) = request.header("if-none-match") {
            let same =
                known.trim() == "*" || known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
            return if same { Part::Nothing } else { Part::All };
        }
        let fits = request.header("if-range").is_none_or(|known| known == tag);
        match request.header("range").filter(|_| fits && !request.head_only) {
            Some(range) => part(range, self.body.len()),
            None => Part::All,
        }
    }
}

enum Part {
    All,
    /// The other side has it already.
    Nothing,
    /// This range, which is not empty.
    Some(Range<u64>),
    Beyond,
}

/// Reads `bytes=from-to`, `bytes=from-` and `bytes=-last`. Several ranges, and what cannot be read, are the whole.
fn part(range: &str, length: u64) -> Part {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large is beyond every end.
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::All;
    };
    match (number(from), number(to)) {
        (Some(from), Some(to)) if from > to => Part::All,
        (Some(from), _) if from >= length && (to.is_empty() || number(to).is_some()) => Part::Beyond,
        (Some(from), Some(to)) => Part::Some(from..to.saturating_add(1).min(length)),
        (Some(from), None) if to.is_empty() => Part::Some(from..length),
        (None, Some(last)) if from.is_empty() && (last == 0 || length == 0) => Part::Beyond,
        (None, Some(last)) if from.is_empty() => Part::Some(length.saturating_sub(last)..length),
        _ => Part::All,
    }
}

impl Body {
    fn send(&mut self, mut head: Vec<u8>, range: Range<u64>, wire: &mut Wire) -> io::Result<()> {
        let bytes: &[u8] = match self {
            Body::Shared(bytes) => bytes,
            Body::Own(bytes) => bytes,
            Body::File(file, _) => {
                wire.write_all(&head)?;
                file.seek(SeekFrom::Start(range.start))?;
                let length = range.end - range.start;
                let sent = io::copy(&mut file.take(length), wire)?;
                // A file that has become shorter meanwhile cannot be what was promised: the connection must end.
                return if sent == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        };
        // Both are as long as memory allows, so that the numbers fit.
        let bytes = &bytes[range.start as usize..range.end as usize];
        // A small answer goes in one packet.
        if bytes.len() <= 16 * 1024 {
            head.extend_from_slice(bytes);
            return wire.write_all(&head);
        }
        wire.write_all(&head)?;
        wire.write_all(bytes)
    }
}
