//! The site as it was at a revision, read from git without touching the working tree.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::failure::Failure;
use crate::guide::tree::Tree;

/// The committed files of the site's folder at a revision. Hidden files are none of the site. Cost: two calls of git.
pub fn tree_at(root: &Path, revision: &str) -> Result<Tree, Failure> {
    // A revision that begins with a hyphen would be read as an option.
    if revision.is_empty() || revision.starts_with('-') {
        return Err(failure(format!("'{revision}' is no revision")));
    }
    let list = git(root).args(["ls-tree", "-r", "-z", "--full-tree", "--end-of-options"]).arg(revision).output();
    let list = list.map_err(|error| failure(error.to_string()))?;
    if !list.status.success() {
        return Err(failure(String::from_utf8_lossy(&list.stderr).trim().to_owned()));
    }
    let prefix = prefix(root)?;
    let mut names = Vec::new();
    for entry in list.stdout.split(|byte| *byte == 0) {
        // `100644 blob 1a2b3c\tpath/of/file`
        let entry = String::from_utf8_lossy(entry);
        let Some((head, path)) = entry.split_once('\t') else { continue };
        let mut words = head.split(' ').skip(1);
        let (Some("blob"), Some(id)) = (words.next(), words.next()) else { continue };
        let Some(path) = path.strip_prefix(&prefix) else { continue };
        if !path.split('/').any(|part| part.starts_with('.')) {
            names.push((path.to_owned(), id.to_owned()));
        }
    }
    contents(root, names)
}

fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).stdin(Stdio::null());
    command
}

fn failure(text: String) -> Failure {
    Failure::Program { name: "git".into(), text }
}

/// The site's folder in its repository: empty, or with a slash at its end.
pub fn prefix(root: &Path) -> Result<String, Failure> {
    let answer = git(root).args(["rev-parse", "--show-prefix"]).output();
    let answer = answer.map_err(|error| failure(error.to_string()))?;
    Ok(String::from_utf8_lossy(&answer.stdout).trim_end_matches('\n').to_owned())
}

/// Reads blobs through one call of `git cat-file --batch`.
fn contents(root: &Path, names: Vec<(String, String)>) -> Result<Tree, Failure> {
    let io = |error: std::io::Error| failure(error.to_string());
    let mut command = git(root);
    command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(io)?;
    let asked: String = names.iter().map(|(_, id)| format!("{id}\n")).collect();
    let stdin = child.stdin.take();
    // Beside the reading, or both sides could wait for each other.
    let asking = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(asked.as_bytes())));
    let mut answers = BufReader::new(child.stdout.take().ok_or_else(|| failure("it says nothing".into()))?);
    let mut tree = Tree::default();
    for (path, id) in names {
        // `1a2b3c blob 123`, the content, and the end of a line.
        let mut head = String::new();
        answers.read_line(&mut head).map_err(io)?;
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
        let size: usize = size.ok_or_else(|| failure(format!("the object {id} of '{path}' cannot be read")))?;
        let mut bytes = vec![0; size + 1];
        answers.read_exact(&mut bytes).map_err(io)?;
        bytes.pop();
        tree.insert(&path, bytes);
    }
    let _ = asking.join();
    child.wait().map_err(io)?;
    Ok(tree)
}
