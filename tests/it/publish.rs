//! The output as a whole: what a build exchanges, what it shares with the old one, and what it leaves alone.

use std::fs;
use std::process::Command;
use std::sync::mpsc::channel;

use theoria::shell::build::Request;
use theoria::shell::serve;

use crate::serve::get;
use crate::support::{Folder, listing, names, run};

const SITE: &str = "== theoria.yaml ==\ntitle: Tests\n== content/index.md ==\n# Home\n\nOne.\n\
    == content/data.csv ==\n1,2\n== content/folder/data.csv ==\n3,4\n";

/// Changes the home page and nothing else.
fn edit(folder: &Folder) {
    folder.write("content/index.md", folder.read("content/index.md") + "\nMore.\n");
}

#[test]
fn only_what_changed_is_written() {
    let folder = Folder::new(SITE);
    folder.build();
    let time = |path: &str| fs::metadata(folder.path().join(path)).unwrap().modified().unwrap();
    let [home, data] = ["public/index.html", "public/folder/data.csv"];
    let before = [time(home), time(data), time("public/.theoria")];
    std::thread::sleep(std::time::Duration::from_millis(20));
    edit(&folder);
    // The page, its twin, and the index of the search.
    assert_eq!(folder.build().written, Some(3));
    assert!(time(home) > before[0]);
    assert_eq!([time(data), time("public/.theoria")], before[1..]);
    assert_eq!(names(folder.path()), ["content", "public", "theoria.yaml"]);
}

#[test]
fn what_killed_runs_have_left_is_removed() {
    let folder = Folder::new(SITE);
    let foreign =
        [".other.theoria-12/file", ".public.theoria-/file", ".public.theoria-12x/file", "public.theoria-1/file"];
    for path in foreign {
        folder.write(path, "");
    }
    for edited in [false, true, false] {
        folder.write(".public.theoria-12/index.html", "half");
        folder.write(".public.theoria-13.old/index.html", "old");
        // As if the dead had had our number.
        folder.write(&format!(".public.theoria-{}/folder", std::process::id()), "half");
        if edited {
            edit(&folder);
        }
        folder.build();
        assert!(
            names(folder.path())
                .iter()
                .all(|name| !name.contains("theoria-1") || foreign.iter().any(|path| path.starts_with(name)))
        );
        assert!(!folder.has(&format!(".public.theoria-{}", std::process::id())));
    }
    assert!(foreign.iter().all(|path| folder.has(path)));
}

#[test]
fn a_folder_put_into_the_output_disappears_though_it_is_empty() {
    let folder = Folder::new(SITE);
    folder.build();
    fs::create_dir_all(folder.path().join("public/stray/inner")).unwrap();
    folder.build();
    assert!(!folder.has("public/stray"));
}

#[test]
fn an_output_that_cannot_be_exchanged_is_written_file_by_file() {
    let folder = Folder::new(SITE);
    // No name for a folder beside it is short enough.
    let output = folder.path().join("p".repeat(250));
    let request = Request { output: output.clone(), ..folder.request() };
    run(&request);
    folder.build();
    assert!(listing(&output) == listing(&folder.path().join("public")));
    fs::create_dir(output.join("stray")).unwrap();
    fs::write(output.join("stray/file"), "put here by hand").unwrap();
    fs::remove_file(output.join("folder/data.csv")).unwrap();
    fs::create_dir(output.join("folder/data.csv")).unwrap();
    edit(&folder);
    // Those three, the file in whose place a folder was, and the folder that was put there by hand.
    assert_eq!(run(&request).written, Some(5));
    folder.build();
    assert!(listing(&output) == listing(&folder.path().join("public")));
    assert!(!output.join("stray").exists());
    assert_eq!(names(folder.path()).len(), 4);
}

#[test]
fn who_builds_from_inside_the_output_stays_there() {
    let folder = Folder::new(SITE);
    folder.build();
    let output = folder.path().join("public");
    edit(&folder);
    let held = fs::File::open(&output).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoria"));
    let built = command.args(["build", "--site", "..", "--output", "."]).current_dir(&output).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(folder.read("public/index.html").contains("More."));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(held.metadata().unwrap().ino(), fs::metadata(&output).unwrap().ino());
    }
    drop(held);
}

#[test]
fn a_server_shows_the_new_site() {
    let folder = Folder::new(SITE);
    folder.build();
    let (send, receive) = channel();
    let path = folder.path().join("public");
    std::thread::spawn(move || serve::serve(&path, 0, |address| send.send(address.to_owned()).unwrap()));
    let address: String = receive.recv().unwrap();
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    for more in [0, 1, 2] {
        assert_eq!(get(address, "/").text().matches("More.").count(), more);
        edit(&folder);
        folder.build();
    }
}

#[test]
fn builds_at_the_same_time_do_not_mix() {
    let folders = ["Red", "Blue"].map(|title| Folder::new(&SITE.replace("Tests", title)));
    let shared = tempfile::tempdir().unwrap();
    let output = shared.path().join("public");
    folders.iter().for_each(|folder| drop(folder.build()));
    let whole = folders.each_ref().map(|folder| listing(&folder.path().join("public")));
    for _ in 0..10 {
        std::thread::scope(|scope| {
            for folder in &folders {
                scope.spawn(|| run(&Request { output: output.clone(), ..folder.request() }));
            }
        });
        assert!(whole.contains(&listing(&output)));
    }
    assert_eq!(names(shared.path()), ["public"]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_the_output() {
    let folder = Folder::new(SITE);
    folder.build();
    folder.write("elsewhere/data.csv", "3,4\n");
    folder.write("elsewhere/letter.txt", "mine");
    fs::remove_dir_all(folder.path().join("public/folder")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", folder.path().join("public/folder")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", folder.path().join("public/stray")).unwrap();
    folder.build();
    assert!(!folder.path().join("public/folder").is_symlink() && !folder.has("public/stray"));
    assert_eq!(folder.read("public/folder/data.csv"), "3,4\n");
    assert_eq!(names(&folder.path().join("elsewhere")), ["data.csv", "letter.txt"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_stays_one_and_its_folder_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new(SITE);
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("target");
    fs::create_dir(&target).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o2750)).unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join("public")).unwrap();
    for _ in 0..3 {
        assert!(folder.build().written.unwrap() > 0);
        edit(&folder);
    }
    assert!(folder.path().join("public").is_symlink());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o7777, 0o2750);
    assert_eq!(names(elsewhere.path()), ["target"]);
    assert_eq!(names(folder.path()), ["content", "public", "theoria.yaml"]);
}
