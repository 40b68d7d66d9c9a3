//! The system calls that a process may make, as seccomp filters.
//!
//! A cell may make those that are listed here and no others; compilers may make all but those that are listed.

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter, sock_filter,
};

use super::Kind;

/// What a cell may call: memory, threads, clocks, and files as far as Landlock allows them.
const CELL: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_clone3,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_execve,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fchdir,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_chdir,
    libc::SYS_get_robust_list,
    libc::SYS_getcpu,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mincore,
    libc::SYS_mkdirat,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_msync,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_preadv2,
    libc::SYS_pselect6,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_renameat2,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_sysinfo,
    libc::SYS_times,
    libc::SYS_truncate,
    libc::SYS_umask,
    libc::SYS_uname,
    libc::SYS_unlinkat,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_write,
    libc::SYS_writev,
];

/// The same under older names, which newer processors do without.
#[cfg(target_arch = "x86_64")]
const CELL_OLD: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_getdents,
    libc::SYS_getrlimit,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_pause,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_rmdir,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_time,
    libc::SYS_unlink,
];
#[cfg(target_arch = "aarch64")]
const CELL_OLD: &[c_long] = &[libc::SYS_renameat];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const CELL_OLD: &[c_long] = &[];

/// What compilers may not call: the network, other processes, the kernel's own affairs, and whatever would take a
/// process out of its group, by which it is ended.
const NOT_COMPILERS: &[c_long] = &[
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bind,
    libc::SYS_bpf,
    libc::SYS_capset,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_connect,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_fchownat,
    libc::SYS_finit_module,
    libc::SYS_fremovexattr,
    libc::SYS_fsconfig,
    libc::SYS_fsetxattr,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_ioprio_set,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_listen,
    libc::SYS_lremovexattr,
    libc::SYS_lsetxattr,
    libc::SYS_migrate_pages,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_msgget,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_personality,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pivot_root,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_reboot,
    libc::SYS_removexattr,
    libc::SYS_request_key,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_semget,
    libc::SYS_setdomainname,
    libc::SYS_setfsgid,
    libc::SYS_setfsuid,
    libc::SYS_setgid,
    libc::SYS_setgroups,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_setpgid,
    libc::SYS_setpriority,
    libc::SYS_setregid,
    libc::SYS_setresgid,
    libc::SYS_setresuid,
    libc::SYS_setreuid,
    libc::SYS_setsid,
    libc::SYS_settimeofday,
    libc::SYS_setuid,
    libc::SYS_setxattr,
    libc::SYS_shmget,
    libc::SYS_socket,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

#[cfg(target_arch = "x86_64")]
const NOT_COMPILERS_OLD: &[c_long] = &[
    libc::SYS_chown,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_kexec_file_load,
    libc::SYS_lchown,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS_ustat,
];
#[cfg(not(target_arch = "x86_64"))]
const NOT_COMPILERS_OLD: &[c_long] = &[];

/// What is answered as if the kernel did not know it. For `clone3` the C library then takes `clone`, whose flags can be
/// seen; what io_uring is asked to do, no filter sees.
const UNKNOWN: &[c_long] =
    &[libc::SYS_clone3, libc::SYS_io_uring_enter, libc::SYS_io_uring_register, libc::SYS_io_uring_setup];

/// Stands in a filter for the number of the process that loads it: known only after the fork.
const SELF: u32 = 0x7ead_5e1f;

/// Every kind of namespace that `clone` can make.
const NAMESPACES: u64 = (libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWUTS) as u64;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Whether this kernel and processor have filters that can be made here.
pub fn is_supported() -> bool {
    let action = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the pointer is to a local value of the right type.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &action) };
    answer == 0 && TargetArch::try_from(std::env::consts::ARCH).is_ok()
}

/// One filter, ready to be loaded.
pub struct Filter {
    program: BpfProgram,
    /// Where in the program the number of its process belongs.
    own: Vec<usize>,
}

impl Filter {
    fn new(program: BpfProgram) -> Filter {
        let own = (0..program.len()).filter(|at| program[*at].k == SELF).collect();
        Filter { program, own }
    }

    /// Puts this process under the filter, for good. For between fork and exec: it makes system calls only.
    pub fn load(&mut self) -> io::Result<()> {
        // SAFETY: it takes nothing, and cannot fail.
        let own = unsafe { libc::getpid() } as u32;
        for at in &self.own {
            self.program[*at].k = own;
        }
        apply_filter(&self.program).map_err(|_| io::Error::last_os_error())
    }
}

/// The filters for a kind of process, in the order in which they are loaded; none where the system has none.
pub fn filters(kind: Kind) -> io::Result<Vec<Filter>> {
    if !is_supported() {
        return Ok(Vec::new());
    }
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    let rules = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
    let mut filters = vec![compiled(rules, SeccompAction::Allow, unknown)?];
    filters.extend(other_names());
    filters.push(match kind {
        Kind::Running => compiled(of_cells().map_err(fault)?, refused, SeccompAction::Allow)?,
        Kind::Compiling => compiled(not_of_compilers().map_err(fault)?, SeccompAction::Allow, refused)?,
    });
    Ok(filters)
}

fn compiled(rules: Rules, otherwise: SeccompAction, then: SeccompAction) -> io::Result<Filter> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(fault)?;
    let filter = SeccompFilter::new(rules, otherwise, then, arch).map_err(fault)?;
    Ok(Filter::new(filter.try_into().map_err(fault)?))
}

fn fault(error: seccompiler::BackendError) -> io::Error {
    io::Error::other(format!("seccomp: {error}"))
}

/// On x86-64 each call has a second number, of the ABI x32, that a list would not name: all of those are unknown.
#[cfg(target_arch = "x86_64")]
fn other_names() -> Option<Filter> {
    const X32: u32 = 0x4000_0000;
    let step = |code: u32, jt, jf, k| sock_filter { code: code as u16, jt, jf, k };
    let load = step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0);
    let compare = step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, X32);
    let refuse = step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    let allow = step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW);
    Some(Filter::new(vec![load, compare, refuse, allow]))
}

#[cfg(not(target_arch = "x86_64"))]
fn other_names() -> Option<Filter> {
    None
}

fn of_cells() -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = CELL.iter().chain(CELL_OLD).map(|call| (*call, Vec::new())).collect();
    // A thread of this process, and nothing else that `clone` can make.
    let (thread, asked) = (libc::CLONE_THREAD as u64, libc::CLONE_THREAD as u64 | NAMESPACES);
    rules.insert(libc::SYS_clone, vec![rule(&[long(0, Is::MaskedEq(asked), thread)?])?]);
    // A signal to itself, as by `abort`.
    for call in [libc::SYS_tgkill, libc::SYS_kill] {
        rules.insert(call, vec![rule(&[word(0, Is::Eq, SELF)?])?]);
    }
    // The limits of itself; those of its parent it could otherwise lower.
    rules.insert(libc::SYS_prlimit64, vec![rule(&[word(0, Is::Eq, 0)?])?, rule(&[word(0, Is::Eq, SELF)?])?]);
    // Memory that is its own and counted, and files that are not written through memory.
    let (shared, anonymous, write) = (libc::MAP_SHARED as u64, libc::MAP_ANONYMOUS as u64, libc::PROT_WRITE as u64);
    let private = long(3, Is::MaskedEq(shared), 0)?;
    let of_file = [long(3, Is::MaskedEq(anonymous), 0)?, long(2, Is::MaskedEq(write), 0)?];
    rules.insert(libc::SYS_mmap, vec![rule(&[private])?, rule(&of_file)?]);
    // Neither a terminal's input nor signals to whoever owns a file.
    let any = |at: u8, values: &[i64]| -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
        values.iter().map(|value| rule(&[word(at, Is::Eq, *value as u32)?])).collect()
    };
    let asks = [libc::FIOCLEX as i64, libc::FIONBIO as i64, libc::FIONREAD as i64, libc::TCGETS as i64];
    rules.insert(libc::SYS_ioctl, any(1, &asks)?);
    let commands = [
        libc::F_DUPFD,
        libc::F_DUPFD_CLOEXEC,
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_SETFL,
        libc::F_GETLK,
        libc::F_SETLK,
        libc::F_SETLKW,
        libc::F_OFD_GETLK,
        libc::F_OFD_SETLK,
        libc::F_OFD_SETLKW,
    ];
    rules.insert(libc::SYS_fcntl, any(1, &commands.map(i64::from))?);
    // Names of threads and of memory: not whether it ends with its parent.
    let options = [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_SET_VMA];
    rules.insert(libc::SYS_prctl, any(0, &options.map(i64::from))?);
    Ok(rules)
}

fn not_of_compilers() -> Result<Rules, seccompiler::BackendError> {
    let calls = NOT_COMPILERS.iter().chain(NOT_COMPILERS_OLD);
    let mut rules: Rules = calls.map(|call| (*call, Vec::new())).collect();
    // New processes, but none in a namespace of its own.
    let kinds = (0..64).map(|bit| 1u64 << bit).filter(|kind| NAMESPACES & kind != 0);
    let namespaces = kinds.map(|kind| rule(&[long(0, Is::MaskedEq(kind), kind)?])).collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_clone, namespaces);
    // Neither another's limits, nor keys pressed at the terminal.
    rules.insert(libc::SYS_prlimit64, vec![rule(&[word(0, Is::Ne, 0)?])?]);
    let pressed = [libc::TIOCSTI, libc::TIOCLINUX].map(|ask| rule(&[word(1, Is::Eq, ask as u32)?]));
    rules.insert(libc::SYS_ioctl, pressed.into_iter().collect::<Result<_, _>>()?);
    Ok(rules)
}

fn rule(conditions: &[SeccompCondition]) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(conditions.to_vec())
}

fn long(argument: u8, is: Is, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, Width::Qword, is, value)
}

fn word(argument: u8, is: Is, value: u32) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, Width::Dword, is, u64::from(value))
}
