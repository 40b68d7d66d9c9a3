//! A connection whose every read and write ends in time, however slow the other side is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A stream with a moment after which nothing is read or written any more.
pub struct Wire {
    stream: TcpStream,
    until: Instant,
}

impl Wire {
    pub fn new(stream: TcpStream) -> io::Result<Wire> {
        // An event is a small write that nothing follows: it must not wait to be filled up.
        stream.set_nodelay(true)?;
        Ok(Wire { stream, until: Instant::now() })
    }

    /// Sets the time that whatever follows may take, all together.
    pub fn within(&mut self, time: Duration) {
        self.until = Instant::now() + time;
    }

    /// What is left of the time, as a limit for one call: one that trickles would start a plain limit again and again.
    fn left(&self) -> io::Result<Option<Duration>> {
        match self.until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(ErrorKind::TimedOut.into()),
            left => Ok(Some(left)),
        }
    }

    /// Whether the other side has closed its end. Does not wait.
    pub fn is_closed(&self) -> bool {
        let peeked = self.stream.set_nonblocking(true).and_then(|()| self.stream.peek(&mut [0]));
        let back = self.stream.set_nonblocking(false);
        let closed = match peeked {
            Ok(length) => length == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        closed || back.is_err()
    }

    /// Ends the connection so that the other side can read what was sent: with input unread, the system would discard it.
    pub fn end(mut self) {
        self.within(Duration::from_millis(500));
        let mut rest = [0; 4096];
        if self.stream.shutdown(std::net::Shutdown::Write).is_ok() {
            // At most so much: whoever sends on is not listening.
            for _ in 0..64 {
                if !matches!(self.read(&mut rest), Ok(1..)) {
                    return;
                }
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
