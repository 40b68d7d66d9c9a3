//! A server for looking at the site on this machine: a folder, or a site in memory whose pages follow its changes.

mod answer;
pub mod editor;
mod events;
mod files;
mod kinds;
pub mod live;
mod request;
mod wire;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::failure::Failure;
use answer::Answer;
use editor::Editor;
use live::Live;
use request::{Names, Request};
use wire::Wire;

/// Connections at once. Each has a thread, which mostly waits.
const CONNECTIONS: usize = 256;
/// Of these, pages that listen to events.
const LISTENERS: usize = 128;
/// With more connections than this, none is kept for a second request.
const CROWD: usize = 160;
/// Enough for what a thread does here: it parses a head, hashes a file and writes.
const STACK: usize = 512 * 1024;
/// How long a kept connection may be silent.
const IDLE: Duration = Duration::from_secs(20);
/// How long a head may take to arrive.
const HEAD: Duration = Duration::from_secs(10);

enum Source {
    Folder(PathBuf),
    Live(Arc<Live>, Editor),
}

struct Server {
    source: Source,
    names: Names,
    connections: Arc<AtomicUsize>,
    listeners: Arc<AtomicUsize>,
}

/// Serves `folder` until the program ends. `ready` is told the address.
pub fn serve(folder: &Path, port: u16, ready: impl FnOnce(&str)) -> Result<(), Failure> {
    listen(Source::Folder(folder.to_owned()), Ipv4Addr::LOCALHOST.into(), port, ready)
}

/// Serves what `live` shows until it ends. `ready` is told the address.
pub fn serve_live(
    live: Arc<Live>,
    host: IpAddr,
    port: u16,
    editor: Editor,
    ready: impl FnOnce(&str),
) -> Result<(), Failure> {
    listen(Source::Live(live, editor), host, port, ready)
}

fn listen(source: Source, host: IpAddr, port: u16, ready: impl FnOnce(&str)) -> Result<(), Failure> {
    let failure = |error: io::Error| Failure::Program {
        name: "server".into(),
        text: format!("cannot listen on {}: {error}", SocketAddr::new(host, port)),
    };
    let listener = TcpListener::bind((host, port)).map_err(failure)?;
    let bound = listener.local_addr().map_err(failure)?;
    // Who listens everywhere is best reached from here by the address that is always there.
    let address = match host {
        IpAddr::V4(all) if all.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), bound.port()),
        IpAddr::V6(all) if all.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), bound.port()),
        _ => bound,
    };
    if let Source::Live(live, _) = &source {
        live.listens(address);
    }
    ready(&format!("http://{address}/"));
    let names = Names { host, port: bound.port() };
    let server = Arc::new(Server { source, names, connections: Arc::default(), listeners: Arc::default() });
    while !server.has_ended() {
        match listener.accept() {
            Ok((stream, _)) => server.receive(stream),
            // The machine is out of something, which may pass.
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    Ok(())
}

/// One of a number of places, given back at the end.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(places: &Arc<AtomicUsize>, limit: usize) -> Option<Place> {
        let place = Place(places.clone());
        (places.fetch_add(1, Ordering::SeqCst) < limit).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Server {
    fn has_ended(&self) -> bool {
        matches!(&self.source, Source::Live(live, _) if live.has_ended())
    }

    /// Hands a connection to a thread of its own.
    fn receive(self: &Arc<Server>, stream: TcpStream) {
        let Some(place) = Place::take(&self.connections, CONNECTIONS) else { return refuse(&stream) };
        let server = self.clone();
        let work = move || {
            let _place = place;
            // A reader who goes away in the middle of a page is no failure of ours.
            let _ = server.converse(stream);
        };
        // Where no thread can be had, the connection is closed, and the browser tries again.
        let _ = std::thread::Builder::new().name("answer".into()).stack_size(STACK).spawn(work);
    }

    /// Answers the requests of one connection, one after the other.
    fn converse(&self, stream: TcpStream) -> io::Result<()> {
        let mut input = BufReader::new(Wire::new(stream)?);
        loop {
            input.get_mut().within(IDLE);
            if input.fill_buf()?.is_empty() {
                return Ok(());
            }
            input.get_mut().within(HEAD);
            let Some(asked) = request::read(&mut input)? else { return Ok(()) };
            let wire = input.get_mut();
            let (keep, sent) = match asked {
                Err(answer) => (false, answer.send(None, false, wire)),
                Ok(request) => {
                    if let Some((live, editor, _place)) = self.listener(&request) {
                        return events::stream(live, editor, &request, wire);
                    }
                    let keep = request.keep && self.connections.load(Ordering::SeqCst) < CROWD && !self.has_ended();
                    (keep, self.answer(&request).send(Some(&request), keep, wire))
                }
            };
            sent?;
            if !keep {
                input.into_inner().end();
                return Ok(());
            }
        }
    }

    /// The answer to a request that is no one's who listens.
    fn answer(&self, request: &Request) -> Answer {
        if let Some(refusal) = self.names.refuse(request) {
            return refusal;
        }
        match &self.source {
            Source::Folder(folder) => files::in_folder(folder, request),
            Source::Live(..) if request.path() == EVENTS => {
                let full = || Answer::plain("503 Service Unavailable", "Too many pages listen already.");
                self.names.refuse_stranger(request).unwrap_or_else(full)
            }
            Source::Live(..) if request.path().starts_with(files::OWN) => files::own(request.path()),
            Source::Live(live, _) => files::in_site(live, request),
        }
    }

    /// What a page needs to listen to events, if that is asked, allowed and possible.
    fn listener(&self, request: &Request) -> Option<(&Live, &Editor, Place)> {
        let Source::Live(live, editor) = &self.source else { return None };
        let refused = || self.names.refuse(request).or_else(|| self.names.refuse_stranger(request)).is_some();
        if request.path() != EVENTS || refused() {
            return None;
        }
        Some((live, editor, Place::take(&self.listeners, LISTENERS)?))
    }
}

const EVENTS: &str = "/_theoria/events";

/// One write, which a new connection takes at once.
fn refuse(mut stream: &TcpStream) {
    let text = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
    let _ = stream.write_all(text.as_bytes());
}
