//! What a cell, and the compiler that reads it, may do to this machine.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
pub mod limits;
pub mod needs;
pub mod usage;

use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::failure::Failure;

/// How much of a sandbox is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// All that the system offers; what it lacks is told.
    #[default]
    Usual,
    /// All of it, or cells do not run.
    Required,
    /// None: cells run with the rights of whoever builds.
    Off,
}

impl Guard {
    pub fn is_on(self) -> bool {
        self != Guard::Off
    }

    /// What is to be said before cells run; a failure if a part is required that the system lacks.
    pub fn check(self) -> Result<Option<String>, Failure> {
        if self == Guard::Off {
            let text =
                "cells run without the sandbox, as `--no-sandbox` says: they can read, write and send whatever you can";
            return Ok(Some(text.to_owned()));
        }
        let missing = missing().join("; ");
        if missing.is_empty() {
            return Ok(None);
        }
        if self == Guard::Required {
            return Err(Failure::Refused(format!(
                "no cell is run, since `--require-sandbox` asks for the whole sandbox and this system lacks: {missing}. \
                 Use a newer kernel or one built with the parts that are named, or leave the option out"
            )));
        }
        Ok(Some(format!(
            "the sandbox of cells is not whole, since this system lacks: {missing} (`--require-sandbox` makes this an error)"
        )))
    }
}

/// The parts of the sandbox that this system lacks, each named with what follows from it.
pub fn missing() -> Vec<&'static str> {
    #[cfg(target_os = "linux")]
    return lacking(files::version(), calls::is_supported());
    #[cfg(target_os = "macos")]
    return vec![
        "Landlock and seccomp, which only Linux has: of cells only time, output and the size of files are limited",
    ];
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    return vec!["Landlock and seccomp, which only Linux has: of cells only time and output are limited"];
}

/// What a Linux lacks that has this version of Landlock, and seccomp or not.
#[cfg(any(target_os = "linux", test))]
fn lacking(landlock: i32, seccomp: bool) -> Vec<&'static str> {
    let parts = [
        (landlock < 1, "Landlock (Linux 5.13), so that files are not protected from cells"),
        ((1..2).contains(&landlock), "Landlock 2 (Linux 5.19), so that files are not protected from compilers"),
        ((1..3).contains(&landlock), "Landlock 3 (Linux 6.2), so that cells can empty files that they cannot write"),
        ((1..6).contains(&landlock), "Landlock 6 (Linux 6.12), so that compilers can send signals to other processes"),
        (!seccomp, "seccomp filters, so that cells can use the network and start processes"),
    ];
    parts.into_iter().filter(|(missing, _)| *missing).map(|(_, text)| text).collect()
}

/// What is to be confined: each has other needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Cargo and the compilers and linkers that it starts.
    Compiling,
    /// One cell: a single process that computes.
    Running,
}

/// The rights of one process and all that it starts. What is not named here it cannot read, write or run.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub kind: Kind,
    /// Files and folders that may be read.
    pub reads: Vec<PathBuf>,
    /// Files and folders that may be read and run.
    pub runs: Vec<PathBuf>,
    /// Files and folders that may be read and written.
    pub writes: Vec<PathBuf>,
}

impl Sandbox {
    /// Sees to it that the command starts with these rights and no others, or not at all.
    ///
    /// All that needs memory is made here; between fork and exec there are system calls only.
    #[cfg(target_os = "linux")]
    pub fn confine(&self, command: &mut Command) -> io::Result<()> {
        use std::os::unix::process::CommandExt;
        let rules = files::rules(self)?;
        let mut filters = calls::filters(self.kind)?;
        let limits = limits::of(self.kind);
        let prepare = move || {
            close_inherited();
            limits::set(&limits)?;
            if let Some(rules) = &rules {
                files::enter(rules)?;
            }
            filters.iter_mut().try_for_each(calls::Filter::load)
        };
        // SAFETY: the closure only makes system calls, and neither allocates nor frees.
        unsafe { command.pre_exec(prepare) };
        Ok(())
    }

    /// Of what only Linux has, nothing is done here; it has been told.
    #[cfg(not(target_os = "linux"))]
    pub fn confine(&self, _: &mut Command) -> io::Result<()> {
        Ok(())
    }
}

/// Files that whoever started the builder had left open are not the cell's.
#[cfg(target_os = "linux")]
fn close_inherited() {
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_ulong;
    // SAFETY: it takes numbers, and closes nothing before the exec. A kernel without it has no Landlock either.
    unsafe { libc::syscall(libc::SYS_close_range, 3 as libc::c_ulong, libc::c_uint::MAX as libc::c_ulong, flags) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_that_is_missing_is_named_with_what_follows() {
        assert!(lacking(7, true).is_empty() && lacking(6, true).is_empty());
        let starts = |landlock, seccomp| -> Vec<String> {
            let first = |text: &str| {
                text.split(" (").next().unwrap_or_default().split(',').next().unwrap_or_default().to_owned()
            };
            lacking(landlock, seccomp).into_iter().map(first).collect()
        };
        assert_eq!(starts(0, true), ["Landlock"]);
        assert_eq!(starts(1, true), ["Landlock 2", "Landlock 3", "Landlock 6"]);
        assert_eq!(starts(5, true), ["Landlock 6"]);
        assert_eq!(starts(7, false), ["seccomp filters"]);
    }
}
