//! Kernels that lack a part of the sandbox: simulated by filters that make it unknown.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::Command;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use super::{Ran, is_whole, theoria};
use crate::support::Folder;

/// As Linux numbers them on every processor.
const LANDLOCK: i64 = 444;
#[cfg(target_arch = "x86_64")]
const SECCOMP: i64 = 317;
#[cfg(not(target_arch = "x86_64"))]
const SECCOMP: i64 = 277;
const ENOSYS: u32 = 38;

const SITE: &str = "== theoria.yaml ==\ntitle: Tests\n== content/a.md ==\n---\ntitle: A\n---\nText.\n\n\
    ```rust cell\n//| label: a\nshow.value(\"a\", 1);\n```\n";

/// Runs the program as if the kernel did not know a call.
fn without(call: i64, words: &[&str], site: &Folder) -> Ran {
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let rules = BTreeMap::from([(call, Vec::new())]);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(ENOSYS), arch).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    let home = tempfile::tempdir().unwrap();
    theoria(words, site.path(), home.path(), |command: &mut Command| {
        let load = move || apply_filter(&program).map_err(|_| std::io::Error::last_os_error());
        // SAFETY: the closure makes system calls only.
        unsafe { command.pre_exec(load) };
    })
}

#[test]
fn a_part_that_is_missing_is_named_and_may_be_required() {
    if !is_whole() {
        return;
    }
    let site = Folder::new(SITE);
    let home = tempfile::tempdir().unwrap();
    for (call, name) in
        [(LANDLOCK, "Landlock (Linux 5.13), so that files"), (SECCOMP, "seccomp filters, so that cells")]
    {
        for command in ["build", "verify", "accept", "watch"] {
            let refused = without(call, &[command, "--require-sandbox"], &site);
            assert_eq!(refused.code, Some(2), "{}", refused.told);
            let told = refused.told.trim_end();
            assert!(
                told.starts_with("theoria: no cell is run, since `--require-sandbox`") && told.contains(name),
                "{told}"
            );
            assert!(told.ends_with("leave the option out") && told.lines().count() == 1, "{told}");
        }
        assert!(!site.has("content/a.ledger") && !site.has("public"));
        let built = without(call, &["build"], &site);
        assert_eq!(built.code, Some(0), "{}", built.told);
        let lines: Vec<&str> = built.told.lines().filter(|line| line.contains("the sandbox")).collect();
        assert!(matches!(lines.as_slice(), [line] if line.contains(name)), "{}", built.told);
        std::fs::remove_dir_all(site.path().join("content/a.ledger")).unwrap();
        std::fs::remove_dir_all(site.path().join("public")).unwrap();
    }
    let whole = theoria(&["build", "--require-sandbox"], site.path(), home.path(), |_| ());
    assert!(whole.code == Some(0) && !whole.told.contains("sandbox"), "{}", whole.told);
    let fresh = theoria(&["build", "--no-sandbox"], site.path(), home.path(), |_| ());
    assert!(fresh.code == Some(0) && !fresh.told.contains("sandbox"), "nothing ran: {}", fresh.told);
    let without = theoria(&["verify", "--no-sandbox"], site.path(), home.path(), |_| ());
    let said = without.told.lines().filter(|line| line.starts_with("cells run without the sandbox")).count();
    assert!(without.code == Some(0) && said == 1, "{}", without.told);
}

#[test]
fn a_toolchain_that_the_site_brings_along_is_refused() {
    let site = Folder::new(SITE);
    site.write("rust-toolchain.toml", "[toolchain]\npath = \"tools\"\n");
    let home = tempfile::tempdir().unwrap();
    let refused = theoria(&["build"], site.path(), home.path(), |_| ());
    assert!(refused.code == Some(2) && refused.told.contains("names a toolchain by its path"), "{}", refused.told);
}
