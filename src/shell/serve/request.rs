//! What is asked: the head of a request, read strictly, and who may ask.

use std::io::{self, BufRead, ErrorKind, Read};
use std::net::IpAddr;

use super::answer::Answer;

/// Bytes of a head. Browsers send less than a tenth of it.
const LONGEST_HEAD: u64 = 16 * 1024;

/// The head of a request that can be understood.
#[derive(Debug)]
pub struct Request {
    pub head_only: bool,
    /// Path and query, as sent.
    pub target: String,
    /// Whether the connection may be used for another request.
    pub keep: bool,
    headers: Vec<(String, String)>,
}

/// The head of the next request, or the answer to something that is none. None if the other side has nothing more to ask.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Result<Request, Answer>>> {
    let mut input = input.take(LONGEST_HEAD);
    let mut lines: Vec<String> = Vec::new();
    loop {
        let mut line = Vec::new();
        match input.read_until(b'\n', &mut line) {
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                return Ok(Some(Err(Answer::plain("408 Request Timeout", "The request did not end in time."))));
            }
            result => result?,
        };
        let Some(text) = line.strip_suffix(b"\n") else {
            let text = "The head of the request is too large.";
            let large = Answer::plain("431 Request Header Fields Too Large", text);
            return Ok((input.limit() == 0).then_some(Err(large)));
        };
        match std::str::from_utf8(text.strip_suffix(b"\r").unwrap_or(text)) {
            // A client may end the body of its last request with a line too many.
            Ok("") if lines.is_empty() => {}
            Ok("") => return Ok(Some(parse(&lines))),
            Ok(text) if !text.contains(|c: char| c.is_control() && c != '\t') => lines.push(text.to_owned()),
            _ => return Ok(Some(Err(malformed("a line of its head holds bytes that are no text")))),
        }
    }
}

fn malformed(why: &str) -> Answer {
    Answer::plain("400 Bad Request", &format!("The request is malformed: {why}."))
}

fn parse(lines: &[String]) -> Result<Request, Answer> {
    let words: Vec<&str> = lines[0].split(' ').collect();
    let [method, target, version] = words[..] else {
        return Err(malformed("its first line is not 'METHOD TARGET VERSION'"));
    };
    let newer = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        other if other.starts_with("HTTP/") => {
            return Err(Answer::plain("505 HTTP Version Not Supported", "This server speaks HTTP/1.1."));
        }
        _ => return Err(malformed("it names no version")),
    };
    let mut headers = Vec::new();
    for line in &lines[1..] {
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header has no colon"))?;
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        {
            return Err(malformed("a header has no proper name"));
        }
        headers.push((name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()));
    }
    if !matches!(method, "GET" | "HEAD") {
        let text = "This server has files to read, and nothing else.";
        return Err(Answer { allow: true, ..Answer::plain("405 Method Not Allowed", text) });
    }
    if !target.starts_with('/') {
        return Err(malformed("its target is no path"));
    }
    let mut request = Request { head_only: method == "HEAD", target: target.to_owned(), keep: newer, headers };
    // What follows a head with a body would be taken for the next request.
    if request.header("transfer-encoding").is_some() || request.header("content-length").is_some_and(|n| n != "0") {
        return Err(malformed("it has a body"));
    }
    if request.count("host") > 1 || (newer && request.count("host") == 0) {
        return Err(malformed("it must have one Host header"));
    }
    let connection = request.header("connection").unwrap_or_default().to_ascii_lowercase();
    request.keep &= !connection.split(',').any(|word| word.trim() == "close");
    Ok(request)
}

impl Request {
    /// The first header of a name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn count(&self, name: &str) -> usize {
        self.headers.iter().filter(|(known, _)| known == name).count()
    }

    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The value of a parameter of the query, as it was sent.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The names that this server goes by. A page elsewhere can make a browser ask this machine under a name of its own
/// (DNS rebinding), and would then be allowed to read the answer.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    pub host: IpAddr,
    pub port: u16,
}

impl Names {
    /// The answer to a request that is meant for somebody else.
    pub fn refuse(&self, request: &Request) -> Option<Answer> {
        let host = request.header("host")?;
        (!self.are(host)).then(|| {
            let text = format!(
                "This server answers to http://localhost:{0}/ and http://127.0.0.1:{0}/ only, so that no other site can \
                 read the guide through your browser. To reach it under another address, give that with --host.",
                self.port
            );
            Answer::plain("421 Misdirected Request", &text)
        })
    }

    fn are(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            // The colons of `[::1]` are not before a port.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        if port.is_some_and(|port| port != self.port.to_string()) {
            return false;
        }
        let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        match name.parse::<IpAddr>().map(|address| address.to_canonical()) {
            // Who listens everywhere is reached under any address, and an address cannot be rebound.
            Ok(address) => address.is_loopback() || address == self.host || self.host.is_unspecified(),
            Err(_) => name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost"),
        }
    }

    /// The answer to a request that another site's page makes.
    pub fn refuse_stranger(&self, request: &Request) -> Option<Answer> {
        let own = format!("http://{}", request.header("host").unwrap_or_default());
        let from_here = request.header("origin").is_none_or(|origin| origin == own)
            && request.header("sec-fetch-site").is_none_or(|site| ["same-origin", "none"].contains(&site));
        (!from_here).then(|| Answer::plain("403 Forbidden", "Only the pages of this server may listen to its events."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_host_that_is_given() {
        let names = |host: &str| Names { host: host.parse().expect("an address"), port: 4000 };
        let lan = names("192.168.0.7");
        assert!(lan.are("192.168.0.7:4000") && lan.are("192.168.0.7") && lan.are("localhost:4000"));
        assert!(!lan.are("192.168.0.8:4000") && !lan.are("192.168.0.7:80") && !lan.are("evil.example:4000"));
        let all = names("0.0.0.0");
        assert!(all.are("10.1.2.3:4000") && all.are("[fe80::1]:4000") && all.are("[::1]"));
        assert!(!all.are("evil.example:4000") && !all.are("10.1.2.3:4001") && !all.are("10.1.2.3.evil.example"));
    }
}
