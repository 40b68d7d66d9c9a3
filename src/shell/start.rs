//! New files on the disk: whole or not at all, and never in place of another.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::disk::unfinished;
use super::failure::Failure;
use crate::guide::starter::File;

/// Writes new files below a folder; where one of them is there already, none is written.
pub fn write_all(root: &Path, files: &[File]) -> Result<(), Failure> {
    let there: Vec<&str> =
        files.iter().filter(|file| root.join(&file.path).exists()).map(|file| file.path.as_str()).collect();
    if !there.is_empty() {
        let text = format!("nothing was written, for '{}' holds {} already", root.display(), list(&there));
        return Err(Failure::Refused(text));
    }
    files.iter().try_for_each(|file| write_new(&root.join(&file.path), file.text.as_bytes()))
}

/// Writes a file that is not there yet.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let exists = || Failure::Refused(format!("'{}' is there already: nothing was written", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
    }
    let part = unfinished(path);
    fs::write(&part, bytes).map_err(Failure::file("write", &part))?;
    // A link is made whole, and not over another file, as a rename would be.
    let linked = fs::hard_link(&part, path);
    let _ = fs::remove_file(&part);
    match linked {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists()),
        Err(_) => {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
                if error.kind() == ErrorKind::AlreadyExists { exists() } else { Failure::file("write", path)(error) }
            })?;
            file.write_all(bytes).map_err(Failure::file("write", path))
        }
    }
}

fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [first @ .., last] => {
            format!("{} and '{last}'", first.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Today, as `2025-09-01`, in universal time.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let days = i64::try_from(seconds / 86_400).unwrap_or(0);
    // The civil calendar from a count of days; years begin in March, so that a leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year_of_era + era * 400 + carry)
}
