//! Cells that mean harm, and the mistake as which each must end.

/// A cell, and what its mistake says: its code and a part of its text.
pub struct Hostile {
    pub name: &'static str,
    pub code: &'static str,
    pub says: [&'static str; 2],
    /// Seconds, if not the usual limit.
    pub limit: Option<u32>,
}

const REFUSED: [&str; 2] = ["cell-panicked", "Operation not permitted"];
const DENIED: [&str; 2] = ["cell-panicked", "Permission denied"];

const fn cell(name: &'static str, says: [&'static str; 2], code: &'static str) -> Hostile {
    Hostile { name, code, says, limit: None }
}

const fn brief(name: &'static str, says: [&'static str; 2], code: &'static str) -> Hostile {
    Hostile { name, code, says, limit: Some(1) }
}

/// What cells call that the standard library does not offer. `tried` makes an error of a call that was refused.
pub const CALLS: &str = r#"
#[allow(dead_code)]
unsafe extern "C" {
    fn fork() -> i32; fn kill(pid: i32, signal: i32) -> i32; fn setsid() -> i32; fn setpgid(pid: i32, group: i32) -> i32;
    fn ptrace(what: i64, pid: i64, at: i64, data: i64) -> i64; fn unshare(flags: i32) -> i32; fn raise(signal: i32) -> i32;
    fn signal(number: i32, handler: usize) -> usize; fn prctl(option: i32, value: u64, b: u64, c: u64, d: u64) -> i32;
    fn memfd_create(name: *const u8, flags: u32) -> i32; fn mkfifo(path: *const u8, mode: u32) -> i32;
    fn mmap(at: usize, size: usize, access: i32, flags: i32, file: i32, offset: i64) -> isize;
    fn prlimit(pid: i32, resource: i32, new: *const u64, old: *mut u64) -> i32; fn fcntl(file: i32, command: i32, value: i32) -> i32;
    fn shmget(key: i32, size: usize, flags: i32) -> i32; fn ioctl(file: i32, ask: u64, at: *const u8) -> i32;
}
#[allow(dead_code)]
fn tried(answer: i64) -> std::io::Result<i64> { if answer < 0 { Err(std::io::Error::last_os_error()) } else { Ok(answer) } }
#[allow(dead_code)]
fn parent() -> i32 { std::os::unix::process::parent_id() as i32 }
"#;

/// `HOME`, `OUTSIDE`, `SITE` and `PORT` stand for what the test has made.
pub const CELLS: &[Hostile] = &[
    // Files.
    cell("read-ssh", DENIED, r#"std::fs::read_to_string("HOME/.ssh/id_ed25519")?;"#),
    cell("list-home", DENIED, r#"std::fs::read_dir("HOME")?;"#),
    cell("read-passwd", DENIED, r#"std::fs::read("/etc/passwd")?;"#),
    cell("read-ledger", DENIED, r#"std::fs::read_dir("SITE/content/good.ledger")?;"#),
    cell("read-record", DENIED, r#"std::fs::read("SITE/content/good.ledger/good.record")?;"#),
    cell("read-config", DENIED, r#"std::fs::read("SITE/theoria.yaml")?;"#),
    cell("read-undeclared", DENIED, r#"std::fs::read("SITE/content/numbers.csv")?;"#),
    cell("read-neighbours", DENIED, r#"std::fs::read_dir("..")?;"#),
    cell("write-outside", DENIED, r#"std::fs::write("OUTSIDE/new", "x")?;"#),
    cell("write-ledger", DENIED, r#"std::fs::write("SITE/content/good.ledger/good.record", "x")?;"#),
    cell("write-page", DENIED, r#"std::fs::OpenOptions::new().append(true).open("SITE/content/good.md")?;"#),
    cell("truncate", DENIED, r#"std::fs::File::create("OUTSIDE/victim")?;"#),
    cell("remove", DENIED, r#"std::fs::remove_file("OUTSIDE/victim")?;"#),
    cell(
        "rename-over",
        ["cell-panicked", "os error"],
        r#"std::fs::write("a", "x")?; std::fs::rename("a", "OUTSIDE/victim")?;"#,
    ),
    cell("hard-link", REFUSED, r#"std::fs::hard_link("OUTSIDE/victim", "mine")?;"#),
    cell(
        "chmod",
        REFUSED,
        r#"std::fs::set_permissions("OUTSIDE/victim", std::os::unix::fs::PermissionsExt::from_mode(0o666))?;"#,
    ),
    cell("touch", REFUSED, r#"std::fs::File::create("own")?.set_modified(std::time::UNIX_EPOCH)?;"#),
    cell(
        "symlink-race",
        REFUSED,
        r#"for _ in 0..1000 {
    std::os::unix::fs::symlink("OUTSIDE/victim", "outcome")?;
    std::fs::write("outcome", "x")?;
    std::fs::remove_file("outcome")?;
}"#,
    ),
    cell("fifo", REFUSED, r#"tried(unsafe { mkfifo(b"pipe\0".as_ptr(), 0o600) }.into())?;"#),
    // The network.
    cell("connect", REFUSED, r#"std::net::TcpStream::connect("127.0.0.1:PORT")?;"#),
    cell("listen", REFUSED, r#"std::net::TcpListener::bind("127.0.0.1:0")?;"#),
    cell("datagram", REFUSED, r#"std::net::UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", "127.0.0.1:PORT")?;"#),
    cell("agent", REFUSED, r#"std::os::unix::net::UnixStream::connect("OUTSIDE/socket")?;"#),
    // Other processes.
    cell("fork-bomb", REFUSED, "loop { tried(unsafe { fork() }.into())?; }"),
    cell(
        "shell",
        ["cell-panicked", "os error"],
        r#"std::process::Command::new("/bin/sh").arg("-c").arg("sleep 1000 &").spawn()?;"#,
    ),
    cell(
        "become-shell",
        DENIED,
        r#"Err(std::os::unix::process::CommandExt::exec(&mut std::process::Command::new("/bin/sh")))?;"#,
    ),
    cell("daemon", REFUSED, "tried(unsafe { setsid() }.into())?; tried(unsafe { fork() }.into())?; loop {}"),
    cell("own-group", REFUSED, "tried(unsafe { setpgid(0, 0) }.into())?; loop {}"),
    cell("outlive", REFUSED, "tried(unsafe { prctl(1, 0, 0, 0, 0) }.into())?; loop {}"),
    cell("kill-parent", REFUSED, "tried(unsafe { kill(parent(), 9) }.into())?;"),
    cell("kill-all", REFUSED, "tried(unsafe { kill(-1, 9) }.into())?;"),
    cell("ptrace-parent", REFUSED, "tried(unsafe { ptrace(16, parent().into(), 0, 0) })?;"),
    cell(
        "starve-parent",
        REFUSED,
        "tried(unsafe { prlimit(parent(), 0, [1, 1].as_ptr(), std::ptr::null_mut()) }.into())?;",
    ),
    cell("signal-by-file", REFUSED, "tried(unsafe { fcntl(1, 8, parent()) }.into())?;"),
    cell("type-keys", REFUSED, r#"tried(unsafe { ioctl(0, 0x5412, b"x".as_ptr()) }.into())?;"#),
    cell("parent-environ", DENIED, r#"std::fs::read(format!("/proc/{}/environ", parent()))?;"#),
    cell("parent-memory", DENIED, r#"std::fs::File::open(format!("/proc/{}/mem", parent()))?;"#),
    cell("parent-root", DENIED, r#"std::fs::read(format!("/proc/{}/root/etc/passwd", parent()))?;"#),
    cell("own-proc", DENIED, r#"std::fs::read("/proc/self/environ")?;"#),
    cell("namespace", REFUSED, "tried(unsafe { unshare(0x1000_0000) }.into())?;"),
    cell("shared-memory", REFUSED, "tried(unsafe { shmget(0, 4096, 0o1600) }.into())?;"),
    cell("environment", ["cell-panicked", "environment variable not found"], r#"std::env::var("A_SECRET")?;"#),
    cell(
        "whole-environment",
        ["cell-panicked", "not one more"],
        r#"
let known = ["TMPDIR", "TZ", "LC_ALL", "LD_LIBRARY_PATH", "THEORIA_THREADS", "RAYON_NUM_THREADS"];
let more: Vec<String> = std::env::vars().map(|(name, _)| name).filter(|name| !known.contains(&name.as_str())).collect();
assert!(!more.is_empty(), "not one more");"#,
    ),
    // Memory, disk, threads, time.
    cell(
        "terabyte",
        ["cell-crashed", "could not have more memory"],
        "show.value(\"a\", std::hint::black_box(vec![0u8; 1 << 40])[7]);",
    ),
    cell(
        "memory-by-pieces",
        ["cell-crashed", "could not have more memory"],
        "let mut all = Vec::new(); loop { all.push(std::hint::black_box(vec![0u8; 1 << 30])); }",
    ),
    cell("shared-pages", REFUSED, "tried(unsafe { mmap(0, 1 << 40, 3, 0x4021, -1, 0) } as i64)?;"),
    cell("hidden-file", REFUSED, r#"tried(unsafe { memfd_create(b"x\0".as_ptr(), 0) }.into())?;"#),
    cell(
        "large-file",
        ["cell-too-loud", "256 MiB"],
        r#"std::io::copy(&mut std::io::repeat(0), &mut std::fs::File::create("large")?)?;"#,
    ),
    cell(
        "fill-disk",
        ["cell-crashed", "written more than 1024 MiB"],
        r#"for n in 0.. { std::fs::write(n.to_string(), vec![7u8; 64 << 20])?; }"#,
    ),
    cell(
        "fill-unseen",
        ["cell-crashed", "written more than 1024 MiB"],
        r#"let mut open = Vec::new();
loop {
    let mut file = std::fs::File::create("x")?;
    std::io::Write::write_all(&mut file, &vec![7u8; 64 << 20])?;
    std::fs::remove_file("x")?;
    open.push(file);
}"#,
    ),
    cell(
        "many-files",
        ["cell-crashed", "made more than 4096 files"],
        r#"for n in 0.. { std::fs::write(n.to_string(), "")?; }"#,
    ),
    cell(
        "many-open",
        ["cell-panicked", "Too many open files"],
        r#"let mut all = Vec::new(); loop { all.push(std::fs::File::open("/dev/null")?); }"#,
    ),
    cell(
        "many-threads",
        ["cell-crashed", "started more than 1024 threads"],
        r#"
for _ in 0..100_000 { std::thread::Builder::new().stack_size(16384).spawn(|| loop { std::thread::park() })?; }"#,
    ),
    cell("loud", ["cell-too-loud", "printed 16 MiB"], r#"loop { println!("{}", "loud ".repeat(1000)); }"#),
    brief(
        "sleep",
        ["cell-timed-out", "1 second"],
        "loop { std::thread::sleep(std::time::Duration::from_secs(1000)); }",
    ),
    brief("spin", ["cell-timed-out", "1 second"], "loop { std::hint::black_box(0); }"),
    brief(
        "deaf",
        ["cell-timed-out", "1 second"],
        "for number in 1..32 { unsafe { signal(number, 1) }; } loop { std::thread::sleep(std::time::Duration::from_secs(1000)); }",
    ),
    // Ends that are no ends.
    cell(
        "recursion",
        ["cell-crashed", "overflowed its stack"],
        "fn deep(n: u64) -> u64 { std::hint::black_box([n; 100]); 1 + deep(n + 1) }\nshow.value(\"a\", deep(0));",
    ),
    cell(
        "double-panic",
        ["cell-crashed", "SIGABRT"],
        r#"struct Twice;
impl Drop for Twice { fn drop(&mut self) { panic!("again") } }
let _twice = Twice;
panic!("once");"#,
    ),
    cell("exit", ["cell-crashed", "ended with exit code 0 before"], "show.value(\"a\", 1); std::process::exit(0);"),
    cell("kill-itself", ["cell-crashed", "SIGKILL"], "unsafe { kill(std::process::id() as i32, 9) };"),
    cell(
        "paint",
        ["cell-panicked", "this cell panicked"],
        r#"panic!("\u{1b}[2J\u{1b}]0;owned\u{7}<script>alert(1)</script>\rerror: nothing is wrong");"#,
    ),
    cell(
        "forged-noise",
        ["cell-crashed", "results that cannot be read"],
        r#"
let folder = std::env::args().nth(2).unwrap();
std::fs::write(format!("{folder}/outcome"), "record\nfinished\n\u{1b}[2J trust me")?; std::process::exit(0);"#,
    ),
    cell(
        "forged-array",
        ["cell-crashed", "results that cannot be read"],
        r#"
let folder = std::env::args().nth(2).unwrap();
let text = "record\n  panel \"\"\n    series line \"\"\n      x array OUTSIDE/victim\n      y array ../../victim\nfinished\n";
std::fs::write(format!("{folder}/outcome"), text)?; std::process::exit(0);"#,
    ),
    cell(
        "outcome-is-folder",
        ["cell-crashed", "results that cannot be read"],
        r#"
let folder = std::env::args().nth(2).unwrap();
std::fs::create_dir(format!("{folder}/outcome"))?; std::process::exit(0);"#,
    ),
    // While it is compiled.
    cell(
        "include",
        ["cell-does-not-compile", "couldn't read `/etc/passwd`: Permission denied"],
        r#"show.value("a", include_str!("/etc/passwd").len());"#,
    ),
    cell(
        "include-key",
        ["cell-does-not-compile", "id_ed25519`: Permission denied"],
        r#"show.value("a", include_bytes!("HOME/.ssh/id_ed25519").len());"#,
    ),
    cell(
        "compiled-environment",
        ["cell-does-not-compile", "`A_SECRET` not defined"],
        r#"show.value("a", env!("A_SECRET").len());"#,
    ),
];
