//! The keys of front matter, of `theoria.yaml` and of the other files: each does its work, and the schemas tell of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use theoria::guide::key::schema::Subject;
use theoria::guide::key::{Holds, Key, Table};
use theoria::guide::mistake::Mistakes;
use theoria::guide::tree::Tree;
use theoria::guide::{config, front, model};

use crate::support::{Folder, lines};

/// What these schemas are made of; the check below knows no more.
const KEYWORDS: [&str; 16] = [
    "$schema",
    "title",
    "description",
    "examples",
    "type",
    "enum",
    "const",
    "anyOf",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "default",
];

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type is a word") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("a schema has the type '{other}'"),
    }
}

/// Whether a value fits a schema.
fn fits(value: &Value, schema: &Value) -> bool {
    if let Some(all) = schema.as_bool() {
        return all;
    }
    for key in schema.as_object().expect("a schema is an object").keys() {
        assert!(KEYWORDS.contains(&key.as_str()), "{key}");
    }
    let number = |key: &str| schema[key].as_f64().zip(value.as_f64());
    let kind = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(|kind| is_of(value, kind)),
        kind => is_of(value, kind),
    };
    let known = schema["enum"].as_array().is_none_or(|known| known.contains(value));
    let same = schema.get("const").is_none_or(|same| same == value);
    let any = schema["anyOf"].as_array().is_none_or(|any| any.iter().any(|schema| fits(value, schema)));
    let items = value
        .as_array()
        .is_none_or(|items| items.iter().all(|item| schema.get("items").is_none_or(|schema| fits(item, schema))));
    let fields = value.as_object().is_none_or(|fields| {
        let other = schema.get("additionalProperties").cloned().unwrap_or(json!(true));
        let needs = schema["required"].as_array().into_iter().flatten();
        needs.into_iter().all(|name| fields.contains_key(name.as_str().expect("a name")))
            && fields.iter().all(|(name, value)| fits(value, schema["properties"].get(name).unwrap_or(&other)))
    });
    let bounds = number("minimum").is_none_or(|(least, number)| number >= least)
        && number("maximum").is_none_or(|(most, number)| number <= most)
        && number("exclusiveMinimum").is_none_or(|(least, number)| number > least);
    kind && known && same && any && items && fields && bounds
}

/// A text of YAML as JSON.
fn json_of(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
}

/// A site in which the subject says this.
fn site(subject: Subject, yaml: &str) -> Tree {
    let mut tree = Tree::default();
    let cell = |options: &str| {
        let options: String = options.lines().map(|line| format!("//| {line}\n")).collect();
        format!("```rust cell\n{options}```\n")
    };
    let page = |head: &str, text: &str| format!("---\n{head}\n---\n{text}\n");
    let mut put = |path: &str, text: String| tree.insert(path, text.into_bytes());
    put("content/one/a.md", page("title: A", ""));
    put("static/macros.js", r#"window.macros = {"\\E": "\\mathbb{E}"};"#.into());
    match subject {
        Subject::FrontMatter => put("content/two/b.md", page(yaml, "## H\n\n### J\n\nWords.")),
        Subject::Config => put("theoria.yaml", format!("{yaml}\n")),
        Subject::Sequence => put("content/one/sequence-metadata.yaml", format!("{yaml}\n")),
        Subject::Cell => put("content/two/b.md", page("title: B", &cell(yaml))),
    }
    tree
}

/// What a reader makes of the subject, and what it tells of the file.
fn read(subject: Subject, yaml: &str) -> (String, Vec<String>) {
    let tree = site(subject, yaml);
    let (guide, mistakes) = model::parse(&tree);
    let told = mistakes.iter().filter(|mistake| ["bad-value", "unknown-key"].contains(&mistake.code.name()));
    let mut of_keys = Mistakes::default();
    told.for_each(|mistake| of_keys.push(mistake.clone()));
    let read = match subject {
        Subject::FrontMatter => {
            let (file, text): (Arc<str>, String) = ("x".into(), format!("---\n{yaml}\n---\n"));
            let yaml = front::cut(&file, &text, &mut Mistakes::default()).yaml.expect("front matter");
            format!("{:?}", front::read(&file, &text, yaml, &mut Mistakes::default()))
        }
        Subject::Config => format!("{:?}", config::read(&tree, &mut Mistakes::default())),
        Subject::Sequence => format!("{:?}", guide.sequences),
        Subject::Cell => format!("{:?}", guide.pages.iter().map(|page| &page.text.cells).collect::<Vec<_>>()),
    };
    (read, lines(&of_keys, &tree))
}

/// Every key of a subject as a whole text, nested ones too: its name from the top, the text, and the key.
fn every_key(subject: Subject) -> Vec<(String, String, Key)> {
    fn inner(holds: &Holds) -> Option<(&'static Table, bool)> {
        match holds {
            Holds::Keys(table) => Some((table, false)),
            Holds::List(inner_holds) => inner(inner_holds).map(|(table, _)| (table, true)),
            Holds::Either(choices) => choices.iter().filter_map(inner).next_back(),
            _ => None,
        }
    }
    fn collect(table: &Table, name: &str, wrap: &dyn Fn(String) -> String, out: &mut Vec<(String, String, Key)>) {
        for key in table.keys {
            let with = |value: &str| {
                let needed =
                    table.keys.iter().filter(|other| table.needs.contains(&other.name) && other.name != key.name);
                let needed: String = needed.map(|other| format!(", {}: {}", other.name, other.example)).collect();
                wrap(format!("{{{}: {value}{needed}}}", key.name))
            };
            let name = format!("{name}{}", key.name);
            out.push((name.clone(), with(key.example), *key));
            if let Some((table, list)) = inner(&key.holds) {
                let wrap = |value: String| with(&if list { format!("[{value}]") } else { value });
                collect(table, &format!("{name}."), &wrap, out);
            }
        }
    }
    let label = |text: String| match subject {
        // A cell without a label is none.
        Subject::Cell if !text.contains("label:") => text.replacen('{', "{label: other, ", 1),
        _ => text,
    };
    let mut out = Vec::new();
    collect(subject.table(), "", &label, &mut out);
    out
}

#[test]
fn every_key_does_its_work_and_fits_its_schema() {
    let mut names = BTreeSet::new();
    for subject in Subject::ALL {
        let schema = subject.schema();
        let nothing = read(subject, if subject == Subject::Cell { "{label: other}" } else { "{}" }).0;
        for (name, text, key) in every_key(subject) {
            let whole = format!("{}: {name} in {text}", subject.name());
            let (read, told) = read(subject, &text);
            assert_eq!(told, Vec::<String>::new(), "{whole}");
            assert!(fits(&json_of(&text), &schema), "{whole} does not fit the schema");
            assert!(read != nothing || name == "id", "{whole} changes nothing");
            assert!(key.meaning().ends_with('.') && !key.meaning().contains("  "), "{whole}: {}", key.meaning());
            names.insert(whole);
        }
    }
    assert!(names.len() > 90, "{}", names.len());
}

#[test]
fn what_a_reader_refuses_its_schema_refuses() {
    let cases = [
        (Subject::FrontMatter, "hidden: perhaps", "2:1 bad-value: `hidden` should be `true` or `false`"),
        (Subject::FrontMatter, "toc_depth: 9", "2:1 bad-value: `toc_depth` should be a whole number from 1 to 6"),
        (Subject::FrontMatter, "tags: {a: 1}", "2:1 bad-value: `tags` should be text or a list of texts"),
        (Subject::FrontMatter, "authors:\n  - name: A\n    url: [x]", "4:5 bad-value: `authors.url` should be text"),
        (Subject::FrontMatter, "authors:\n- A\n- nam: A", "4:3 unknown-key: there is no key `nam`"),
        (Subject::FrontMatter, "image:\n  caption: [1]", "3:3 bad-value: `image.caption` should be text"),
        (Subject::Config, "title: A\nmacros:\n  A: x\n  B: [y]", "4:3 bad-value: `macros.B` should be text"),
        (Subject::Config, "cells: {time_limt: 3}", "1:9 unknown-key: there is no key `time_limt`"),
        (Subject::Config, "cells: {time_limit: -3}", "1:9 bad-value: `cells.time_limit` should be a number of seconds"),
        (
            Subject::Config,
            "allow:\n- {code: dead-link, page: a, reason: b}\n- {code: dead-lnk, page: a, reason: b}",
            "3:4",
        ),
        (
            Subject::Config,
            "allow: [{code: dead-link, page: a, reason: b}, {page: c}]",
            "1:48 bad-value: `allow` should be",
        ),
        (Subject::Config, "nothing: 1", "1:1 unknown-key: there is no key `nothing`"),
        (Subject::Sequence, "numbered: 1", "1:1 bad-value: `numbered` should be `true` or `false`"),
        (Subject::Cell, "label: a\necho: maybe", "6:5 bad-value: `echo` should be `true`, `false` or `fold`"),
        (Subject::Cell, "label: a\nlable: b", "6:5 unknown-key: there is no key `lable`"),
    ];
    for (subject, text, expected) in cases {
        let (_, told) = read(subject, text);
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert!(told[0].split_once(':').is_some_and(|(_, rest)| rest.starts_with(expected)), "{text}: {told:?}");
        // A misspelt key of front matter is found by its likeness alone, which no schema can.
        assert!(!fits(&json_of(text), &subject.schema()), "{text} fits the schema of {}", subject.name());
    }
}

#[test]
fn dates_of_every_form_are_read_and_others_are_mistakes() {
    use theoria::guide::date::Date;
    let good = [
        ("2023-06-21", "21 June 2023", "2023-06-21T00:00:00Z"),
        ("2023-06-21T09:30:00Z", "21 June 2023", "2023-06-21T09:30:00Z"),
        ("2023-06-21 09:30:05.25 +02:00", "21 June 2023", "2023-06-21T09:30:05+02:00"),
        ("2023-06-21T09:30:00-0730", "21 June 2023", "2023-06-21T09:30:00-07:30"),
        ("2024-02-29", "29 February 2024", "2024-02-29T00:00:00Z"),
        ("June 21, 2023", "21 June 2023", "2023-06-21T00:00:00Z"),
        ("1st of Sept. 2023", "1 September 2023", "2023-09-01T00:00:00Z"),
        ("2023-06", "June 2023", "2023-06-01T00:00:00Z"),
        ("2023", "2023", "2023-01-01T00:00:00Z"),
    ];
    for (text, words, moment) in good {
        let date = Date::read(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((date.to_string().as_str(), date.moment().as_str()), (words, moment), "{text}");
        assert_eq!(Date::read(&date.moment()).map(|date| date.order()), Some(date.order()), "{text}");
    }
    for text in
        ["2023-02-29", "2023-13-01", "21/06/2023", "soon", "2023-06-21T25:00:00Z", "32 May 2020", "20230621", ""]
    {
        assert_eq!(Date::read(text), None, "{text}");
    }
    let order = |text: &str| Date::read(text).map(|date| date.order());
    assert_eq!(order("2023-06-21T01:00:00+02:00"), order("2023-06-20T23:00:00Z"));
    assert_eq!(order("2024-03-01").zip(order("2024-02-28")).map(|(a, b)| a - b), Some(2 * 86_400));
    let report = Folder::new("== content/a.md ==\n---\ntitle: A\ndate: 2023-02-30\n---\nWords.\n").check();
    let expected =
        "content/a.md:3:1 bad-value: `date` should be a date such as 2023-06-21, 2023-06-21T09:30:00Z or 21 June 2023";
    assert_eq!(lines(&report.mistakes, &report.tree), [expected]);
}
