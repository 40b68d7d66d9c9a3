//! The guide that ships: two clones of it, computed from nothing in different surroundings, are the same to the last byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use theoria::guide::comparison::compare;
use theoria::guide::tree::Tree;
use theoria::shell::{disk, open};

use crate::support::listing;

/// The files of the guide in a folder of their own, without its ledgers; without large collections too, which not every
/// machine has, but with the records that were made with them.
fn clone() -> TempDir {
    let (root, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), tempfile::tempdir().unwrap());
    let committed = open::open(root).unwrap();
    let cells = committed.guide.pages.iter().flat_map(|page| &page.text.cells);
    let large = |name: &str| name.starts_with('_') || name.contains("/_");
    let kept: Vec<String> = cells
        .filter(|cell| cell.data.iter().any(|data| large(&data.name)))
        .map(|cell| format!(".ledger/{}.", cell.label))
        .collect();
    for (path, bytes) in &disk::read(root).unwrap().files {
        let recorded = path.contains(".ledger/") && !kept.iter().any(|kept| path.contains(kept));
        if !recorded && !large(path) {
            let path = folder.path().join(&**path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    folder
}

fn build(folder: &Path, threads: &str, surroundings: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    command.args(["build", "--threads", threads, "--site"]).arg(folder).envs(surroundings.iter().copied());
    command.env("THEORIA_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Every file but how long cells ran.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    listing(folder).into_iter().filter(|(path, _)| path != "cells.durations").collect()
}

#[test]
fn two_clones_give_the_same_bytes() {
    let (one, two, home) = (clone(), clone(), tempfile::tempdir().unwrap());
    let mut first = build(one.path(), "2", &[("TZ", "UTC"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")]);
    let elsewhere = [("TZ", "Pacific/Auckland"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "de_DE.UTF-8")];
    let second = build(two.path(), "1", &[&elsewhere[..], &[("HOME", home.path().to_str().unwrap())]].concat()).wait();
    assert!(first.wait().unwrap().success() && second.unwrap().success());
    let (a, b) = (files(one.path()), files(two.path()));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (path, bytes) in &a {
        assert!(*bytes == b[path], "{path} differs");
    }
    assert!(a.keys().filter(|path| path.ends_with(".record")).count() > 10);
    assert!(a.keys().any(|path| path == "public/index.html"));
    let text: Vec<&str> = a.values().filter_map(|bytes| std::str::from_utf8(bytes).ok()).collect();
    let machine = [one.path(), home.path(), Path::new(env!("CARGO_MANIFEST_DIR"))].map(|path| path.to_str().unwrap());
    assert!(machine.iter().all(|path| text.iter().all(|text| !text.contains(path))), "a path of this machine is told");
    as_committed(&disk::read(one.path()).unwrap());
}

/// On another kind of processor the last bits may differ from what is committed, and no more than that.
fn as_committed(fresh: &Tree) {
    let committed = open::open(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let fresh = open::of_tree(fresh.clone());
    let cells = committed.guide.pages.iter().flat_map(|page| &page.text.cells);
    for cell in cells {
        let [old, new] = [&committed, &fresh].map(|site| &site.ledger.entries[&cell.label]);
        assert_eq!(old.manifest, new.manifest, "{} is committed out of date", cell.label);
        let found = compare(&old.record, &new.record, &cell.tolerances, &committed.guide.config.tolerance);
        assert!(found.agrees(), "{}: {:?}", cell.label, found.drifts);
    }
}
