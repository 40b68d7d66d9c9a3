//! One process that is not trusted to end, to be quiet or to be small.

use std::io::{self, PipeReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::cancel::{self, Cancel, kill_group};
use super::sandbox::Sandbox;
use super::sandbox::usage::{self, Excess};

/// More than this printed, and the process is stopped.
pub const PRINTED: usize = 16 << 20;
/// Of what it prints, this much of the end is kept.
const KEPT: usize = 64 << 10;
/// No file that it writes may grow beyond this.
pub const FILE: u64 = 256 << 20;
/// So often it is looked at what a process in a sandbox uses.
const LOOK: Duration = Duration::from_millis(40);

pub enum End {
    Exited(i32),
    /// Killed by this signal, not by us.
    Signal(i32),
    TimedOut,
    TooLoud,
    /// It used too much of something that is only looked at now and then.
    TooMuch(Excess),
    /// Nobody waits for it any more.
    Cancelled,
}

pub struct Ended {
    pub how: End,
    pub printed: String,
    pub took: Duration,
}

/// Runs a command in a process group of its own, and leaves nothing of the group behind.
pub fn run(
    mut command: Command,
    sandbox: Option<&Sandbox>,
    limit: Duration,
    label: &str,
    cancel: &Cancel,
) -> io::Result<Ended> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    confine(&mut command, limit);
    sandbox.map_or(Ok(()), |sandbox| sandbox.confine(&mut command))?;
    let start = Instant::now();
    let mut child = command.spawn()?;
    let watched = cancel::watch(child.id());
    drop(command); // and with it this process's end of the pipe
    let listener = Listener::new(reader);
    let process = child.id();
    let excess = || sandbox.and_then(|sandbox| usage::of_cell(process, &sandbox.writes));
    let stopped = wait(&mut child, &listener, start, limit, &|| cancel.is_off(label), &excess);
    let took = start.elapsed();
    kill_rest(&mut child);
    let status = child.wait();
    drop(watched);
    let status = status?;
    let printed = listener.finish();
    let how = match stopped? {
        Some(end) => end,
        None if listener.loud.load(Ordering::Acquire) => End::TooLoud,
        None => end(status),
    };
    Ok(Ended { how, printed, took })
}

/// Waits for the end of the process; why it has to be stopped, if it has.
fn wait(
    child: &mut Child,
    listener: &Listener,
    start: Instant,
    limit: Duration,
    is_off: &dyn Fn() -> bool,
    excess: &dyn Fn() -> Option<Excess>,
) -> io::Result<Option<End>> {
    let (mut step, mut looked) = (Duration::from_millis(1), start);
    loop {
        if is_off() {
            return Ok(Some(End::Cancelled));
        }
        if listener.loud.load(Ordering::Acquire) {
            return Ok(Some(End::TooLoud));
        }
        if has_exited(child)? {
            return Ok(excess().map(End::TooMuch));
        }
        if looked.elapsed() > LOOK {
            if let Some(excess) = excess() {
                return Ok(Some(End::TooMuch(excess)));
            }
            looked = Instant::now();
        }
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(Some(End::TimedOut));
        }
        // The pipe is closed when the process ends: it wakes this thread at once, as a rule.
        match listener.closed.recv_timeout(step.min(left)) {
            Err(RecvTimeoutError::Disconnected) | Ok(()) => std::thread::sleep(Duration::from_micros(200)),
            Err(RecvTimeoutError::Timeout) => step = (step * 2).min(Duration::from_millis(20)),
        }
    }
}

/// Reads what a process prints, so that it never waits for a reader, and keeps the end of it.
struct Listener {
    kept: Arc<Mutex<Vec<u8>>>,
    loud: Arc<AtomicBool>,
    closed: mpsc::Receiver<()>,
}

impl Listener {
    fn new(reader: PipeReader) -> Listener {
        let (kept, loud) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (sender, closed) = mpsc::channel();
        let (text, flag) = (Arc::clone(&kept), Arc::clone(&loud));
        std::thread::spawn(move || listen(reader, &text, &flag, &sender));
        Listener { kept, loud, closed }
    }

    /// What was printed. A process that has left the group may hold the pipe open: it is not waited for.
    fn finish(&self) -> String {
        let _ = self.closed.recv_timeout(Duration::from_millis(200));
        let kept = self.kept.lock().unwrap_or_else(|poison| poison.into_inner());
        String::from_utf8_lossy(&kept[kept.len().saturating_sub(KEPT)..]).into_owned()
    }
}

fn listen(mut reader: PipeReader, kept: &Mutex<Vec<u8>>, loud: &AtomicBool, closed: &Sender<()>) {
    let mut buffer = vec![0; KEPT];
    let mut total = 0;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        total += count;
        let mut kept = kept.lock().unwrap_or_else(|poison| poison.into_inner());
        kept.extend(&buffer[..count]);
        let excess = kept.len().saturating_sub(2 * KEPT);
        kept.drain(..excess);
        if total > PRINTED {
            loud.store(true, Ordering::Release);
            break;
        }
    }
    let _ = closed.send(());
}

#[cfg(unix)]
fn end(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt;
    status.signal().map_or_else(|| End::Exited(status.code().unwrap_or(-1)), End::Signal)
}

#[cfg(not(unix))]
fn end(status: ExitStatus) -> End {
    End::Exited(status.code().unwrap_or(-1))
}

/// Sets what the process may use, and that it ends with this one.
#[cfg(unix)]
fn confine(command: &mut Command, limit: Duration) {
    use std::os::unix::process::CommandExt;
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    // Where the system does not end it with its builder, its share of the processors does.
    let seconds = limit.as_secs().saturating_add(1).saturating_mul(cores).saturating_add(1);
    let builder = std::process::id();
    command.process_group(0);
    let prepare = move || {
        set_limits(seconds)?;
        die_with(builder)
    };
    // SAFETY: between fork and exec it only makes system calls, and allocates nothing.
    unsafe { command.pre_exec(prepare) };
}

#[cfg(not(unix))]
fn confine(_: &mut Command, _: Duration) {}

#[cfg(unix)]
fn set_limits(seconds: u64) -> io::Result<()> {
    let limit = |most: u64| libc::rlimit { rlim_cur: most as libc::rlim_t, rlim_max: most as libc::rlim_t };
    let limits = [(libc::RLIMIT_CORE, 0), (libc::RLIMIT_FSIZE, FILE), (libc::RLIMIT_CPU, seconds)];
    for (resource, most) in limits {
        // SAFETY: the pointer is to a local value of the right type.
        if unsafe { libc::setrlimit(resource, &limit(most)) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Asks the system to kill this process when its builder ends, however that ends.
#[cfg(target_os = "linux")]
fn die_with(builder: u32) -> io::Result<()> {
    // SAFETY: these calls take plain numbers.
    let alive = unsafe {
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong) != 0 {
            return Err(io::Error::last_os_error());
        }
        libc::getppid() as u32 == builder
    };
    if alive { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn die_with(_: u32) -> io::Result<()> {
    Ok(())
}

/// Waits until the process has ended; it is a zombie then, until it is waited for.
pub fn wait_for_end(child: &mut Child) -> io::Result<()> {
    while !has_exited(child)? {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Whether the process has ended; it stays a zombie, so that its number cannot be given to another meanwhile.
#[cfg(unix)]
fn has_exited(child: &mut Child) -> io::Result<bool> {
    // SAFETY: all zeros is a valid value, and the pointer is to a local value.
    let (result, info) = unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        (libc::waitid(libc::P_PID, child.id() as libc::id_t, &mut info, options), info)
    };
    match result {
        0 => Ok(info.si_signo != 0),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(unix))]
fn has_exited(child: &mut Child) -> io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

/// Kills what is left of the process and its children.
#[cfg(unix)]
fn kill_rest(child: &mut Child) {
    kill_group(child.id());
}

#[cfg(not(unix))]
fn kill_rest(child: &mut Child) {
    let _ = child.kill();
}
