//! How much a process may use of what the system counts.

#[cfg(target_os = "linux")]
use std::io;

#[cfg(target_os = "linux")]
use super::Kind;

/// The memory that a cell may write to.
pub const MEMORY: u64 = 4 << 30;
/// The files that a cell may have open.
pub const OPEN: u64 = 256;
/// What all files together may come to that a cell writes.
pub const WRITTEN: u64 = 1 << 30;
/// The files and folders that a cell may make.
pub const ENTRIES: usize = 4096;
/// The threads that a cell may have.
pub const THREADS: usize = 1024;
/// The processes that compiling may have at once.
pub const PROCESSES: usize = 512;
/// The processor time, in seconds, that one compiler may take.
pub const COMPILER: u64 = 900;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
type Resource = libc::c_int;

/// A resource of the system's, and the most that may be used of it.
#[cfg(target_os = "linux")]
pub type Limit = (Resource, u64);

/// What is limited in a sandbox beside processor time, the size of files and dumps of memory, which always are.
#[cfg(target_os = "linux")]
pub fn of(kind: Kind) -> Vec<Limit> {
    // Data is memory that is written to; addresses that are only set aside, as every thread's allocator does, are cheap.
    match kind {
        Kind::Running => {
            vec![(libc::RLIMIT_DATA, MEMORY), (libc::RLIMIT_AS, 16 * MEMORY), (libc::RLIMIT_NOFILE, OPEN)]
        }
        Kind::Compiling => vec![
            (libc::RLIMIT_DATA, 4 * MEMORY),
            (libc::RLIMIT_NOFILE, 4096),
            (libc::RLIMIT_FSIZE, MEMORY),
            (libc::RLIMIT_CPU, COMPILER),
            (libc::RLIMIT_CORE, 0),
        ],
    }
}

/// Sets limits, or keeps those that are tighter. For between fork and exec: it makes system calls only.
#[cfg(target_os = "linux")]
pub fn set(limits: &[Limit]) -> io::Result<()> {
    for (resource, most) in limits {
        let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the pointers are to a local value of the right type.
        let done = unsafe {
            if libc::getrlimit(*resource, &mut now) != 0 {
                return Err(io::Error::last_os_error());
            }
            let most = now.rlim_max.min(*most as libc::rlim_t);
            libc::setrlimit(*resource, &libc::rlimit { rlim_cur: most, rlim_max: most })
        };
        if done != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
