//! Crates by strangers: what their build scripts try while they are compiled.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::{is_whole, survivors, theoria};

/// Each attempt that succeeds is named. The mark tells its processes from others.
const BUILD: &str = r#"
use std::process::{Command, Stdio};
fn main() {
    let mut leaks: Vec<&str> = Vec::new();
    if std::fs::read("HOME/.ssh/id_ed25519").is_ok() { leaks.push("key") }
    if std::fs::read_dir("HOME").is_ok() { leaks.push("home") }
    if std::fs::read("/etc/passwd").is_ok() { leaks.push("passwd") }
    if std::fs::write("SITE/theoria.yaml", "").is_ok() { leaks.push("config") }
    if std::fs::write("SITE/content/a.md", "").is_ok() { leaks.push("page") }
    if std::fs::read("SITE/theoria.yaml").is_ok() { leaks.push("read") }
    if std::fs::write("CACHE/target/x", "").is_ok() { leaks.push("other sites") }
    if std::net::TcpStream::connect("127.0.0.1:PORT").is_ok() { leaks.push("network") }
    if std::env::var("A_SECRET").is_ok() { leaks.push("environment") }
    if std::fs::read(format!("/proc/{}/environ", std::os::unix::process::parent_id())).is_ok() { leaks.push("proc") }
    unsafe extern "C" { fn setsid() -> i32; fn setpgid(pid: i32, group: i32) -> i32; fn kill(pid: i32, signal: i32) -> i32; }
    if unsafe { setsid() } >= 0 { leaks.push("session") }
    if unsafe { setpgid(0, 0) } >= 0 { leaks.push("group") }
    if unsafe { kill(TESTER, 0) } >= 0 { leaks.push("signal") }
    // With cargo's pipe open, cargo would wait for it.
    let mut daemon = Command::new("/bin/sleep");
    daemon.arg("1000.MARK").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    println!("cargo::rustc-env=LEAKS={}", leaks.join(", "));
    println!("cargo::rerun-if-changed=NOTHING");
}
"#;

#[test]
fn a_build_script_is_in_the_sandbox_and_leaves_nothing_running() {
    if !is_whole() {
        return;
    }
    // Always in one place, since such a site has compiled crates of its own.
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let site = shared.join("sites").join("stranger");
    let (home, listener) = (tempfile::tempdir().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    fs::create_dir_all(home.path().join(".ssh")).unwrap();
    fs::write(home.path().join(".ssh/id_ed25519"), "a key").unwrap();
    for folder in ["content", "crates/stranger/src"] {
        fs::create_dir_all(site.join(folder)).unwrap();
    }
    let _ = fs::remove_dir_all(site.join("content/a.ledger"));
    let mark = std::process::id().to_string();
    let build = BUILD
        .replace("\"HOME", &format!("\"{}", home.path().display()))
        .replace("SITE", &site.display().to_string())
        .replace("CACHE", &super::cache().display().to_string())
        .replace("PORT", &listener.local_addr().unwrap().port().to_string())
        .replace("TESTER", &mark)
        .replace("MARK", &mark);
    let files = [
        ("theoria.yaml", "title: Tests\ncells:\n  dependencies:\n    stranger: {path: crates/stranger}\n"),
        (
            "content/a.md",
            "---\ntitle: A\n---\nText.\n\n```rust cell\n//| label: a\nassert!(stranger::LEAKS.is_empty(), \
          \"{}\", stranger::LEAKS);\nshow.value(\"a\", 1);\n```\n",
        ),
        ("crates/stranger/Cargo.toml", "[package]\nname = \"stranger\"\nversion = \"0.0.0\"\nedition = \"2024\"\n"),
        ("crates/stranger/src/lib.rs", "pub const LEAKS: &str = env!(\"LEAKS\");\n"),
        ("crates/stranger/build.rs", &build),
    ];
    for (path, text) in files {
        fs::write(site.join(path), text).unwrap();
    }
    let ran = theoria(&["build"], &site, home.path(), |_| ());
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    assert_eq!(survivors(ran.process, &format!("1000.{mark}")), Vec::<String>::new());
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}
