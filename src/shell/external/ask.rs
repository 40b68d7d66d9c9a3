//! One address asked for: by its head, else whole; through what sends it on; again if the network was in the way.

use std::thread;
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body, Error};

/// What is known of an address.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is there.
    Good,
    /// It is there, at an address that will stay.
    Moved(String),
    /// Its host says that it is not there.
    Dead(String),
    /// No host answered.
    Unreachable(String),
    /// Its host does not want to say.
    Undecided(String),
}

/// How long to wait, for what.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For one answer.
    pub answer: Duration,
    /// Between two questions to one host, and before the same is asked again.
    pub pause: Duration,
    /// How often something is asked again.
    pub again: usize,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { answer: Duration::from_secs(20), pause: Duration::from_millis(300), again: 2 }
    }
}

/// Addresses that one leads on to.
const HOPS: usize = 10;

/// The longest wait that a host may ask for.
const LONGEST: Duration = Duration::from_secs(30);

/// Who asks: without such a name many hosts do not answer.
const NAME: &str = concat!("Mozilla/5.0 (compatible; Theoria/", env!("CARGO_PKG_VERSION"), "; checks links on demand)");

pub struct Asker<'p> {
    agent: Agent,
    patience: &'p Patience,
}

/// What one round has brought: an answer, and how long to wait if it may be another next time.
struct Round {
    answer: Answer,
    again: Option<Duration>,
}

impl<'p> Asker<'p> {
    pub fn new(patience: &'p Patience) -> Asker<'p> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(patience.answer))
            .user_agent(NAME)
            .accept("text/html, application/xhtml+xml, */*;q=0.8")
            .build();
        Asker { agent: config.into(), patience }
    }

    pub fn ask(&self, url: &str) -> Answer {
        let mut count = 0;
        loop {
            let round = self.round(url);
            count += 1;
            match round.again.filter(|_| count <= self.patience.again) {
                Some(wait) => thread::sleep(wait.max(self.patience.pause * count as u32)),
                None => return round.answer,
            }
        }
    }

    /// Follows an address to where it ends.
    fn round(&self, url: &str) -> Round {
        let (mut at, mut stays) = (url.to_owned(), true);
        for hop in 0..=HOPS {
            let response = match self.once(&at) {
                Ok(response) => response,
                Err(error) => return unreachable(&error),
            };
            let status = response.status();
            let to = response.headers().get("location").and_then(|to| to.to_str().ok()).map(|to| join(&at, to));
            match to.filter(|_| status.is_redirection()) {
                Some(to) => {
                    stays &= matches!(status.as_u16(), 301 | 308);
                    at = to;
                }
                None if status.is_success() => {
                    let moved = hop > 0 && stays && at.trim_end_matches('/') != url.trim_end_matches('/');
                    return Round { answer: if moved { Answer::Moved(at) } else { Answer::Good }, again: None };
                }
                None => return refused(status, &response),
            }
        }
        Round { answer: Answer::Dead(format!("it is sent on more than {HOPS} times")), again: None }
    }

    /// The head alone; where the host has no ear for that, the whole, of which no more is read than the head.
    fn once(&self, url: &str) -> Result<Response<Body>, Error> {
        let url = ascii(url);
        let head = self.agent.head(&url).call();
        match &head {
            Ok(response) if response.status().as_u16() < 400 || response.status().as_u16() == 429 => head,
            Err(Error::Timeout(_) | Error::HostNotFound | Error::ConnectionFailed | Error::BadUri(_)) => head,
            _ => self.agent.get(&url).call(),
        }
    }
}

/// An answer that is neither the thing nor the way to it.
fn refused(status: StatusCode, response: &Response<Body>) -> Round {
    let said = status.canonical_reason().map_or(String::new(), |reason| format!(" ({reason})"));
    let words = format!("its host answers {}{said}", status.as_u16());
    let asked = response.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
    let wait = asked.map_or(Duration::from_millis(1), Duration::from_secs).min(LONGEST);
    match status.as_u16() {
        429 => Round { answer: Answer::Undecided(words), again: Some(wait) },
        // Some hosts answer programs so, whatever is asked.
        401 | 402 | 403 | 406 | 407 | 451 | 999 => Round { answer: Answer::Undecided(words), again: None },
        500..=599 => Round { answer: Answer::Dead(words), again: Some(wait) },
        _ => Round { answer: Answer::Dead(words), again: None },
    }
}

fn unreachable(error: &Error) -> Round {
    let words = match error {
        Error::HostNotFound => "there is no such host".to_owned(),
        Error::Timeout(_) => "its host did not answer in time".to_owned(),
        Error::ConnectionFailed => "its host cannot be reached".to_owned(),
        Error::BadUri(_) | Error::Http(_) => {
            let words = "this is no address that can be asked for".to_owned();
            return Round { answer: Answer::Dead(words), again: None };
        }
        other => other.to_string(),
    };
    Round { answer: Answer::Unreachable(words), again: Some(Duration::from_millis(1)) }
}

/// The host of an address, with its port.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// Where an answer from `from` sends on to.
fn join(from: &str, to: &str) -> String {
    let to = to.split('#').next().unwrap_or_default();
    let scheme = from.split("://").next().unwrap_or("https");
    let path = from.split(['?', '#']).next().unwrap_or(from);
    if to.contains("://") {
        to.to_owned()
    } else if let Some(rest) = to.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if to.starts_with('/') {
        format!("{scheme}://{}{to}", host(from))
    } else if to.starts_with('?') {
        format!("{path}{to}")
    } else {
        let start = scheme.len() + 3 + host(from).len();
        let folder = path[start.min(path.len())..].rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{}{folder}/{to}", host(from))
    }
}

/// An address in the letters that may be sent: all others as `%C3` and the like.
fn ascii(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'!'..=b'~' if !b"\"<>\\^`{|}".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{ascii, host, join};

    #[test]
    fn addresses_are_joined_as_browsers_do() {
        assert_eq!(host("https://a.example:8080/b?c"), "a.example:8080");
        for (from, to, expected) in [
            ("https://a.example/b/c?d", "e", "https://a.example/b/e"),
            ("https://a.example/b/c", "/e#f", "https://a.example/e"),
            ("https://a.example", "e", "https://a.example/e"),
            ("http://a.example/b", "//c.example/d", "http://c.example/d"),
            ("http://a.example/b", "https://c.example/", "https://c.example/"),
            ("http://a.example/b?x", "?y", "http://a.example/b?y"),
        ] {
            assert_eq!(join(from, to), expected, "{from} {to}");
        }
        assert_eq!(ascii("https://a.example/é (b)%20"), "https://a.example/%C3%A9%20(b)%20");
    }
}
