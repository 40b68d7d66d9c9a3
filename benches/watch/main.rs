//! From a changed file to the finished site: a fresh build of 1,000 chapters, then prose edits, stage by stage.

mod guide;

use std::time::{Duration, Instant};

use theoria::guide::tree::Tree;
use theoria::guide::{book, ledger, model, pages, plan, site, templates};
use theoria::shell::library;

const EDITS: usize = 5;

fn main() {
    let mut tree = guide::tree();
    if let Some(folder) = std::env::args().skip(1).find(|word| !word.starts_with('-')) {
        return write(&tree, folder.as_ref());
    }
    let fresh = build(&tree);
    let mut edits = Vec::new();
    for edit in 0..EDITS {
        let path = guide::path(edit * 397 % (guide::SEQUENCES * guide::CHAPTERS));
        let text = String::from_utf8_lossy(tree.bytes(&path).expect("the chapter is there"));
        let text = text.replacen("network", "lattice", 1);
        tree.insert(&path, text.into_bytes());
        edits.push(build(&tree));
    }
    println!("{:>10} {:>12} {:>12} {:>12}", "stage", "fresh ms", "median ms", "95 % ms");
    let row = |name: &str, fresh: Duration, mut times: Vec<Duration>| {
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!("{name:>10} {:>12.2} {:>12.2} {:>12.2}", fresh.as_secs_f64() * 1e3, at(0.5), at(0.95));
    };
    for (at, (name, took)) in fresh.iter().enumerate() {
        row(name, *took, edits.iter().map(|edit| edit[at].1).collect());
    }
    let all = |stages: &Stages| stages.iter().map(|stage| stage.1).sum::<Duration>();
    row("all", all(&fresh), edits.iter().map(all).collect());
}

type Stages = Vec<(&'static str, Duration)>;

fn build(tree: &Tree) -> Stages {
    let mut stages = Stages::new();
    let mut last = Instant::now();
    let mut done = |name| {
        stages.push((name, last.elapsed()));
        last = Instant::now();
    };
    let (guide, _) = model::parse(tree);
    done("parse");
    let (jobs, _) = plan::plan(&guide, tree, &plan::Surroundings { library: library::digest(), lock: None });
    done("plan");
    let (ledger, _) = ledger::read(tree, &jobs);
    done("ledger");
    let (book, wrong) = book::resolve(&guide, &ledger);
    assert!(wrong.is_empty(), "{:?}", wrong.iter().next());
    done("resolve");
    let (templates, _) = templates::load(tree);
    done("templates");
    let (site, _) = pages::render(&book, &templates, tree);
    done("render");
    assert!(site::check(&site).is_empty(), "a large guide without mistakes");
    done("check");
    stages
}

fn write(tree: &Tree, folder: &std::path::Path) {
    for (path, bytes) in &tree.files {
        let path = folder.join(&**path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        std::fs::write(path, bytes).expect("a file can be written");
    }
}
