//! What the README promises: its workflow can be read, and its commands are understood.

use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

use crate::support::{Folder, between};

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// Runs a line of the README in a folder, with the variables of the workflow filled in.
fn run(line: &str, folder: &Folder) -> i32 {
    let line = line.split(" # ").next().unwrap();
    let words = line.split(' ').skip(1);
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    command.args(words).current_dir(folder.path()).env_remove("GITHUB_ACTIONS");
    let output = command.output().unwrap();
    let code = output.status.code().unwrap();
    assert!(code < 2, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    code
}

#[test]
fn the_workflow_verifies_in_shards_and_publishes_what_is_frozen() {
    let readme = readme();
    let workflow: Value =
        serde_yaml::from_str(&format!("name: guide\n{}", between(&readme, "```yaml\nname: guide", "```"))).unwrap();
    let folder = Folder::new("== content/a.md ==\n---\ntitle: A\n---\nWords.\n");
    let steps = |job: &str| {
        let steps = workflow["jobs"][job]["steps"].as_sequence().unwrap().clone();
        let lines = steps.into_iter().filter_map(|step| Some(step.get("run")?.as_str()?.to_owned()));
        lines.filter(|line| line.starts_with("theoria ")).collect::<Vec<_>>()
    };
    let shards = workflow["jobs"]["verify"]["strategy"]["matrix"]["shard"].as_sequence().unwrap();
    assert_eq!(steps("verify").len(), 1);
    for shard in shards {
        let shard = shard.as_u64().unwrap().to_string();
        assert_eq!(run(&steps("verify")[0].replace("${{ matrix.shard }}", &shard), &folder), 0);
    }
    assert_eq!(steps("verified").len(), 1);
    assert_eq!(run(&steps("verified")[0], &folder), 0);
    assert!(folder.has("junit.xml") && folder.has("report.html"));
    assert_eq!(run(&steps("publish")[0], &folder), 0);
    assert!(folder.has("public/index.html"));
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = readme();
    let output = Command::new(env!("CARGO_BIN_EXE_theoria")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let commands = between(&help, "Commands:", "Options:").lines();
    let names: Vec<&str> =
        commands.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 7, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(readme.contains(&format!("| `theoria {name}")), "{name}");
    }
}
