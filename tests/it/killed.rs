//! Builds killed at any moment: the output is old or new, and so is each record.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::{Dice, Folder, listing, names};

/// What is asked of the program, and the signs that it gives; each is to leave the site whole.
const COMMANDS: &[(&str, &[Sign])] = &[
    ("build", &[Sign::Begun, Sign::Running, Sign::Keeping, Sign::Publishing]),
    ("accept", &[Sign::Begun, Sign::Running, Sign::Keeping, Sign::Keeping]),
    ("verify", &[Sign::Begun, Sign::Running]),
];

const ROUNDS: usize = 100;

type Files = Vec<(String, Vec<u8>)>;

/// A state of the pages, and what a build that was not disturbed makes of it.
struct Version {
    /// A number in the program of cells, and one in a file that they read: for the latter nothing is compiled.
    numbers: (usize, usize),
    public: Files,
    ledger: Files,
}

/// When a run is killed: this long after a sign that it gives.
#[derive(Clone, Copy)]
enum Sign {
    Begun,
    /// It has told that a cell runs.
    Running,
    /// It writes a record.
    Keeping,
    /// It makes the new site.
    Publishing,
}

/// The site under test, and where its runs are told.
struct Site {
    folder: Folder,
    told: TempDir,
}

impl Site {
    fn new() -> Site {
        let folder = Folder::new("== theoria.yaml ==\ntitle: Tests\n");
        Site { folder, told: tempfile::tempdir().unwrap() }
    }

    /// Six cells on two pages, four with arrays that are kept in files of their own.
    fn write(&self, (program, data): (usize, usize)) {
        for (page, labels) in [("a", ["one", "two", "three"]), ("b", ["four", "five", "six"])] {
            let mut text = format!("---\ntitle: {page}\n---\nVersion {program} of the program, {data} of the data.\n");
            for (index, label) in labels.iter().enumerate() {
                let (program, points) = (if index == 0 { program } else { 1 }, if index == 1 { 3 } else { 600 });
                text += &format!(
                    "\n```rust cell\n//| label: fig-{label}\n//| data: number.csv\n//| caption: C.\n//| alt: A.\n\
                     let slope = {program}.0 + show.csv(\"number.csv\")[[0, 0]];\n\
                     let x: Vec<f64> = (0..{points}).map(f64::from).collect();\n\
                     show.line(\"\", &x, x.iter().map(|x| x * slope));\nshow.value(\"slope\", slope);\n```\n"
                );
            }
            self.folder.write(&format!("content/{page}.md"), text);
        }
        self.folder.write("content/number.csv", format!("{data}\n"));
    }

    fn start(&self, words: &[&str]) -> Child {
        let told = File::create(self.told.path().join("told")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
        command.args(words).arg("--site").arg(self.folder.path()).stdout(Stdio::null()).stderr(told);
        command.env("THEORIA_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        command.spawn().unwrap()
    }

    fn told(&self) -> String {
        fs::read_to_string(self.told.path().join("told")).unwrap()
    }

    /// A build that nobody disturbs.
    fn build(&self) {
        let status = self.start(&["build"]).wait().unwrap();
        assert!(status.success(), "{}", self.told());
        assert_eq!(names(self.folder.path()), ["cells.durations", "content", "public", "theoria.yaml"]);
    }

    /// Builds to the end, whatever was killed before, and takes the time.
    fn finish(&self, version: &Version) -> Duration {
        self.write(version.numbers);
        let start = Instant::now();
        self.build();
        let took = start.elapsed();
        assert!(self.public().as_ref() == Some(&version.public) && self.ledger() == version.ledger);
        took
    }

    /// Which version the output is, if there is one.
    fn shown(&self, versions: &[Version]) -> Option<usize> {
        let found = |public| versions.iter().position(|version| version.public == public);
        self.public().map(|public| found(public).expect("the output is of no version"))
    }

    fn public(&self) -> Option<Files> {
        let public = self.folder.path().join("public");
        public.exists().then(|| listing(&public))
    }

    fn ledger(&self) -> Files {
        let mut files = listing(&self.folder.path().join("content"));
        files.retain(|(path, _)| path.contains(".ledger/"));
        files
    }

    /// Removes all that builds have made.
    fn clear(&self) {
        for folder in ["public", "content/a.ledger", "content/b.ledger"] {
            let _ = fs::remove_dir_all(self.folder.path().join(folder));
        }
    }

    /// Whether a run has a half written record now.
    fn keeps(&self, run: u32) -> bool {
        let end = format!(".{run}.part");
        let ledgers = ["a", "b"].map(|page| self.folder.path().join(format!("content/{page}.ledger")));
        ledgers.iter().filter(|ledger| ledger.exists()).any(|ledger| {
            let entries = fs::read_dir(ledger).into_iter().flatten().flatten();
            entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(&end))
        })
    }

    fn stages(&self, run: u32) -> bool {
        self.folder.has(&format!(".public.theoria-{run}"))
    }

    /// Waits for the sign; false if the run ended without it.
    fn wait_for(&self, sign: Sign, run: &mut Child) -> bool {
        let start = Instant::now();
        while run.try_wait().unwrap().is_none() {
            let seen = match sign {
                Sign::Begun => true,
                Sign::Running => self.told().contains("running "),
                Sign::Keeping => self.keeps(run.id()),
                Sign::Publishing => self.stages(run.id()),
            };
            if seen {
                return true;
            }
            assert!(start.elapsed() < Duration::from_secs(120), "waited in vain:\n{}", self.told());
            std::thread::sleep(Duration::from_micros(20));
        }
        false
    }

    /// Where a killed run was, as far as its traces tell.
    fn phase(&self, run: u32, before: &Files, version: &Version) -> &'static str {
        let ledger = self.ledger();
        match () {
            () if self.public().as_ref() == Some(&version.public) => "removing the old site",
            () if self.stages(run) => "publishing",
            () if ledger == version.ledger => "rendering",
            () if self.keeps(run) || ledger != *before => "keeping",
            () if self.told().contains("running ") => "running",
            () => "compiling",
        }
    }
}

/// Every version, built from nothing.
fn versions() -> Vec<Version> {
    let site = Site::new();
    let build = |numbers| {
        site.clear();
        site.write(numbers);
        site.build();
        Version { numbers, public: site.public().unwrap(), ledger: site.ledger() }
    };
    let versions: Vec<Version> = [(1, 1), (1, 2), (2, 1)].into_iter().map(build).collect();
    let arrays = versions[0].ledger.iter().filter(|(path, _)| path.ends_with(".npy")).count();
    assert_eq!((versions[0].ledger.len(), arrays), (10, 4));
    versions
}

/// Each record is one that some version has, and its arrays are there.
fn assert_whole(ledger: &Files, versions: &[Version]) {
    for file in ledger.iter().filter(|(path, _)| !path.ends_with(".part")) {
        let (path, bytes) = file;
        assert!(versions.iter().any(|version| version.ledger.contains(file)), "{path} is of no version");
        let text = String::from_utf8_lossy(bytes);
        let folder = path.rsplit_once('/').unwrap().0;
        for array in text.split_whitespace().filter(|word| path.ends_with(".record") && word.ends_with(".npy")) {
            assert!(ledger.iter().any(|(other, _)| *other == format!("{folder}/{array}")), "{path} lacks {array}");
        }
    }
}

#[test]
fn a_killed_run_leaves_all_old_or_all_new() {
    let versions = versions();
    let (site, mut dice) = (Site::new(), Dice::new(1));
    let mut phases = BTreeMap::<&str, usize>::new();
    let whole = site.finish(&versions[0]);
    for round in 0..ROUNDS {
        if round % 20 == 0 {
            site.clear();
        }
        // Mostly one for which nothing is compiled; never the one that is there.
        let next = if dice.below(8) == 0 { 2 } else { dice.below(2) };
        let version = &versions[if site.shown(&versions) == Some(next) { (next + 1) % 2 } else { next }];
        site.write(version.numbers);
        let before = site.ledger();
        let (command, signs) = dice.pick(COMMANDS);
        let mut run = site.start(&[command]);
        let sign = *dice.pick(signs);
        let micros = match sign {
            Sign::Begun => whole.as_micros() as usize,
            Sign::Running => 50_000,
            Sign::Keeping => 3_000,
            Sign::Publishing => 4_000,
        };
        if site.wait_for(sign, &mut run) {
            std::thread::sleep(Duration::from_micros(dice.below(micros) as u64));
        }
        run.kill().unwrap();
        let killed = run.wait().unwrap().signal().is_some();
        *phases.entry(if killed { site.phase(run.id(), &before, version) } else { "ended" }).or_default() += 1;
        site.shown(&versions);
        assert_whole(&site.ledger(), &versions);
        if round % 10 == 9 {
            site.finish(&versions[dice.below(3)]);
        }
    }
    println!("{phases:?}");
    let killed = |phase| phases.get(phase).is_some_and(|count| *count > 0);
    assert!(["running", "keeping", "publishing"].into_iter().all(killed), "{phases:?}");
}
