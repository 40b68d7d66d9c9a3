//! The rules of Landlock: which files a process may read, write and run, and that it reaches no other process.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, Scope,
};

use super::{Kind, Sandbox};

/// The newest version whose rights are known here. Of an older kernel all that it has is used, and the rest is told.
const NEWEST: ABI = ABI::V10;

/// The version of Landlock that this kernel has; 0 for none.
pub fn version() -> i32 {
    const ASK: libc::c_ulong = 1;
    // SAFETY: with this flag the kernel reads no memory.
    let answer = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0usize, ASK) };
    i32::try_from(answer).unwrap_or_default().max(0)
}

/// The rules as the kernel keeps them; none where it has no Landlock.
pub fn rules(sandbox: &Sandbox) -> io::Result<Option<OwnedFd>> {
    // The first version forbids every move between folders, without which compilers cannot work.
    let least = if sandbox.kind == Kind::Compiling { 2 } else { 1 };
    if version() < least {
        return Ok(None);
    }
    made(sandbox).map(Into::into).map_err(|error| io::Error::other(format!("Landlock: {error}")))
}

fn made(sandbox: &Sandbox) -> Result<RulesetCreated, landlock::RulesetError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = read | AccessFs::Execute;
    let mut write = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::MakeReg | AccessFs::MakeDir;
    write |= AccessFs::RemoveFile | AccessFs::RemoveDir;
    if sandbox.kind == Kind::Compiling {
        // Programs that are built are run; what is built is moved and linked between its folders.
        write |= AccessFs::Execute | AccessFs::Refer | AccessFs::MakeSym;
    }
    for (paths, access) in [(&sandbox.reads, read), (&sandbox.runs, run), (&sandbox.writes, write)] {
        for path in paths {
            rules = allow(rules, path, access)?;
        }
    }
    Ok(rules)
}

/// Allows what is below a path. One that is not there cannot be used either.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    let Ok(file) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(file, access))
}

/// Puts this process under the rules, for good. For between fork and exec: it makes two system calls.
pub fn enter(rules: &OwnedFd) -> io::Result<()> {
    // SAFETY: both calls take numbers.
    let entered = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0) == 0
    };
    if entered { Ok(()) } else { Err(io::Error::last_os_error()) }
}
