//! Links that open a file at a line in the author's editor.

use std::path::Path;

/// Editors by name, and the addresses that they registered.
const KNOWN: &[(&str, &str)] = &[
    ("vscode", "vscode://file/{path}:{line}:{column}"),
    ("vscodium", "vscodium://file/{path}:{line}:{column}"),
    ("cursor", "cursor://file/{path}:{line}:{column}"),
    ("zed", "zed://file/{path}:{line}:{column}"),
    ("idea", "idea://open?file={path}&line={line}&column={column}"),
    ("sublime", "subl://open?url=file://{path}&line={line}&column={column}"),
    ("emacs", "org-protocol://open-file?url=file://{path}&line={line}&column={column}"),
];

/// How to open a file of the site; none if no links are wanted.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    template: Option<String>,
    root: String,
}

impl Editor {
    /// `asked` is the name of an editor, `none`, or an address with `{path}`, `{line}` and `{column}`. The root of the
    /// site is absolute.
    pub fn new(asked: &str, root: &Path) -> Result<Editor, String> {
        if asked == "none" {
            return Ok(Editor::default());
        }
        let template = KNOWN.iter().find(|(name, _)| *name == asked).map_or(asked, |(_, template)| template);
        let scheme = template.split_once("://").map_or("", |(scheme, _)| scheme);
        let proper = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte))
            && template.bytes().all(|byte| byte.is_ascii_graphic())
            && template.contains("{path}");
        // These would run as a program in the page.
        if !proper || ["javascript", "data", "vbscript", "blob"].contains(&scheme) {
            let names: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "'{asked}' is no editor: give one of {}, none, or an address such as vscode://file/{{path}}:{{line}}:{{column}}",
                names.join(", ")
            ));
        }
        // A path of Windows is written `/C:/...` in addresses.
        let root = root.to_string_lossy().trim_start_matches(r"\\?\").replace('\\', "/");
        let root = format!("/{}", root.trim_matches('/'));
        Ok(Editor { template: Some(template.to_owned()), root })
    }

    /// The address that opens a file of the site.
    pub fn link(&self, file: &str, line: usize, column: usize) -> Option<String> {
        let template = self.template.as_deref()?;
        let path = encode(&format!("{}/{file}", self.root.trim_end_matches('/')));
        // The path begins with a slash of its own.
        let link = template.replace("://file/{path}", &format!("://file{path}")).replace("{path}", &path);
        Some(link.replace("{line}", &line.to_string()).replace("{column}", &column.to_string()))
    }
}

fn encode(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b':' | b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
