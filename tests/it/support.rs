//! Sites written as many small files in one string, in memory and on disk.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use theoria::guide::mistake::{Mistakes, Severity};
use theoria::guide::site::Site;
use theoria::guide::tree::Tree;
use theoria::shell::build::{self, Report, Request};
use theoria::shell::sandbox::Guard;

/// Reads `== path ==` lines, each with the file below it. `␀` stands for a byte that is no UTF-8.
pub fn tree(text: &str) -> Tree {
    let mut tree = Tree::default();
    let mut open: Option<(&str, String)> = None;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("== ").and_then(|rest| rest.strip_suffix(" =="));
        match (name, open.as_mut()) {
            (Some(name), _) => {
                if let Some((path, text)) = open.replace((name, String::new())) {
                    tree.insert(path, bytes(&text));
                }
            }
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => assert!(line.trim().is_empty(), "text before the first file: {line}"),
        }
    }
    if let Some((path, text)) = open {
        tree.insert(path, bytes(&text));
    }
    tree
}

fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, piece) in text.split('␀').enumerate() {
        out.extend((index > 0).then_some(0xff));
        out.extend(piece.as_bytes());
    }
    out
}

/// A site in a folder of its own, removed at the end.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    pub fn new(files: &str) -> Folder {
        let folder = Folder { dir: tempfile::tempdir().expect("a temporary folder") };
        for (path, bytes) in &tree(files).files {
            folder.write(path, bytes);
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    pub fn request(&self) -> Request {
        let root = self.path().to_owned();
        let (frozen, drafts, check_only, guard) = (false, false, false, Guard::default());
        Request { output: root.join("public"), root, frozen, drafts, check_only, threads: None, guard }
    }

    pub fn build(&self) -> Report {
        run(&self.request())
    }

    /// As `theoria check` does.
    pub fn check(&self) -> Report {
        run(&Request { check_only: true, ..self.request() })
    }
}

/// A build that does not fail, whatever mistakes it finds.
pub fn run(request: &Request) -> Report {
    build::build(request, &|_| ()).unwrap_or_else(|failure| panic!("{failure}"))
}

/// Each mistake as `path:line:column code: text`, warnings marked.
pub fn lines(mistakes: &Mistakes, tree: &Tree) -> Vec<String> {
    let line = |mistake: &theoria::guide::mistake::Mistake| {
        let (line, column) = tree.position(&mistake.span);
        let warning = if mistake.severity == Severity::Warning { "warning " } else { "" };
        format!("{}:{line}:{column} {warning}{}: {}", mistake.span.file, mistake.code, mistake.text)
    };
    mistakes.iter().map(line).collect()
}

/// The finished site of files that hold no mistake.
pub fn site(files: &str) -> Site {
    let tree = tree(files);
    let (site, mistakes) = build::site_of(&tree);
    let told = lines(&mistakes, &tree);
    assert!(told.is_empty(), "mistakes in a good site:\n  {}\nof\n{files}", told.join("\n  "));
    site
}

/// A page of a site, as text.
pub fn page<'s>(site: &'s Site, path: &str) -> &'s str {
    let bytes = site.files.get(path).unwrap_or_else(|| panic!("the site has no '{path}'"));
    std::str::from_utf8(bytes).expect("pages are UTF-8")
}

/// What stands between two marks, without white space around it.
pub fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no '{start}' in\n{text}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no '{end}' in\n{rest}")).0.trim()
}

/// HTML with each formula as `⟦LaTeX⟧`.
pub fn formulas_as_tex(html: &str) -> String {
    let (mut out, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once("<span class=\"katex") {
        let tex = between(after, "<annotation encoding=\"application/x-tex\">", "</annotation>");
        out.push_str(before);
        out.push_str(&format!("⟦{tex}⟧"));
        let (mut depth, mut at) = (1, 0);
        while depth > 0 {
            let next = after[at..].find("span").expect("spans are closed") + at;
            match &after[..next] {
                open if open.ends_with('<') => depth += 1,
                close if close.ends_with("</") => depth -= 1,
                _ => {}
            }
            at = next + 4;
        }
        rest = &after[at + 1..];
    }
    out + rest
}

/// Every file below a folder, by its path from there, sorted.
pub fn listing(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
                out.push((name, fs::read(&path).expect("readable")));
            }
        }
    }
    out.sort();
    out
}

/// What lies in a folder, hidden or not, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Numbers that are the same every time, for tests over many random inputs.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 64 bits (splitmix64).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }
}
