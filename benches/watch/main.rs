//! From a changed file to the finished site: a fresh build of 1,000 chapters, then prose edits, stage by stage.
//!
//! `cargo bench --bench watch -- latency` measures whole programs, from a saved file to the browser, and others beside ours;
//! `cargo bench --bench watch -- FOLDER` writes the guide to a folder instead.

mod guide;
mod latency;

use std::time::{Duration, Instant};

use theoria::guide::memory::Memory;
use theoria::guide::site::Site;
use theoria::guide::tree::Tree;
use theoria::guide::{book, ledger, model, pages, plan, site, templates};
use theoria::shell::disk::Reader;
use theoria::shell::library;

const EDITS: usize = 200;

fn main() {
    if std::env::args().any(|word| word == "latency") {
        return latency::compare();
    }
    let tree = guide::tree();
    if let Some(folder) = std::env::args().skip(1).find(|word| !word.starts_with('-')) {
        return write(&tree, folder.as_ref());
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&tree, folder.path());
    // Files as new as this are read again each time: what is measured is a guide that lay still.
    std::thread::sleep(Duration::from_millis(2500));
    let (mut reader, mut memory) = (Reader::default(), Memory::default());
    let (mut site, fresh) = build(folder.path(), &mut reader, &mut memory);
    let mut edits = Vec::new();
    for edit in 0..EDITS {
        let name = guide::path(edit * 397 % (guide::SEQUENCES * guide::CHAPTERS));
        let path = folder.path().join(&name);
        let text = std::fs::read_to_string(&path).expect("the chapter is there");
        // The last of them: the first sentences of a page are shown by lists too.
        let (before, after) = text.rsplit_once("network").expect("every chapter speaks of networks");
        std::fs::write(&path, format!("{before}lattice{edit}{after}")).expect("a file can be written");
        let (next, stages) = build(folder.path(), &mut reader, &mut memory);
        assert_eq!(next.changed_from(&site).len(), 2, "an edit of a word changes one page and its twin");
        site = next;
        edits.push(stages);
    }
    let bytes: usize = site.files.values().map(|bytes| bytes.len()).sum();
    println!("{} files, {} MB; {} results are remembered", site.files.len(), bytes / 1_000_000, memory.len());
    println!("{:>10} {:>12} {:>12} {:>12} {:>12}", "stage", "fresh ms", "best ms", "median ms", "95 % ms");
    let row = |name: &str, fresh: Duration, mut times: Vec<Duration>| {
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let fresh = fresh.as_secs_f64() * 1e3;
        println!("{name:>10} {fresh:>12.2} {:>12.2} {:>12.2} {:>12.2}", at(0.0), at(0.5), at(0.95));
    };
    for (at, (name, took)) in fresh.iter().enumerate() {
        row(name, *took, edits.iter().map(|edit| edit[at].1).collect());
    }
    let all = |stages: &Stages| stages.iter().map(|stage| stage.1).sum::<Duration>();
    row("all", all(&fresh), edits.iter().map(all).collect());
}

type Stages = Vec<(&'static str, Duration)>;

fn build(folder: &std::path::Path, reader: &mut Reader, memory: &mut Memory) -> (Site, Stages) {
    let mut stages = Stages::new();
    let mut last = Instant::now();
    let mut done = |name| {
        stages.push((name, last.elapsed()));
        last = Instant::now();
    };
    let tree = reader.read(folder).expect("the folder can be read");
    done("read");
    let (guide, _) = model::parse_with(&tree, memory);
    done("parse");
    let around = plan::Surroundings { library: library::digest(), lock: None };
    let (jobs, _) = plan::plan_with(&guide, &tree, &around, memory);
    done("plan");
    let (ledger, _) = ledger::read_with(&tree, &jobs, memory);
    done("ledger");
    let (book, wrong) = book::resolve_with(&guide, &ledger, memory);
    assert!(wrong.is_empty(), "{:?}", wrong.iter().next());
    done("resolve");
    let loaded = templates::load_with(&tree, guide.config.folders.templates.as_deref(), memory);
    done("templates");
    let (site, _) = pages::render_with(&book, &loaded.templates, &tree, memory);
    done("render");
    assert!(site::check_with(&site, &site::Ground::new(&guide), memory).is_empty(), "a large guide without mistakes");
    done("check");
    drop(book);
    drop((jobs, ledger));
    drop((guide, tree));
    done("leave");
    (site, stages)
}

fn write(tree: &Tree, folder: &std::path::Path) {
    for (path, bytes) in &tree.files {
        let path = folder.join(&**path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        std::fs::write(path, bytes).expect("a file can be written");
    }
}
