//! JSON Schema (draft 2020-12) of the YAML that authors write, made from the tables that its readers use.

use serde_json::{Map, Value, json};

use super::{Holds, Key, Table, cell, config, front, sequence};

/// The files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The head of a page.
    FrontMatter,
    /// `theoria.yaml`.
    Config,
    /// `sequence-metadata.yaml`.
    Sequence,
    /// The `//|` lines of a cell.
    Cell,
}

impl Subject {
    pub const ALL: [Subject; 4] = [Subject::FrontMatter, Subject::Config, Subject::Sequence, Subject::Cell];

    pub fn name(self) -> &'static str {
        match self {
            Subject::FrontMatter => "front-matter",
            Subject::Config => "config",
            Subject::Sequence => "sequence",
            Subject::Cell => "cell",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Subject::FrontMatter => "Front matter of a page",
            Subject::Config => "theoria.yaml",
            Subject::Sequence => "sequence-metadata.yaml",
            Subject::Cell => "Options of a cell",
        }
    }

    /// The keys of the subject.
    pub fn table(self) -> &'static Table {
        match self {
            Subject::FrontMatter => &front::TABLE,
            Subject::Config => &config::TABLE,
            Subject::Sequence => &sequence::TABLE,
            Subject::Cell => &cell::TABLE,
        }
    }

    /// The schema, as a JSON value.
    pub fn schema(self) -> Value {
        let mut out = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.title()});
        merge(&mut out, of_table(self.table()));
        out
    }
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn of_table(table: &Table) -> Value {
    let mut fields = Map::new();
    for key in table.keys {
        for name in key.names() {
            fields.insert(name.to_owned(), of_key(key, name));
        }
    }
    let mut out = json!({"type": "object", "properties": fields, "additionalProperties": !table.strict});
    if !table.needs.is_empty() {
        out["required"] = json!(table.needs);
    }
    out
}

fn of_key(key: &Key, name: &str) -> Value {
    let meaning = match name == key.name {
        true => key.meaning(),
        false => format!("Another name of `{}`: {}", key.name, key.meaning()),
    };
    // A key without a value is as good as none, whatever it should hold.
    let choices = json!([of_holds(&key.holds), {"type": "null"}, {"const": ""}]);
    let example: Value = serde_yaml::from_str(key.example).unwrap_or_default();
    json!({"description": meaning, "examples": [example], "anyOf": choices})
}

/// What a value must be. Text that is parsed further, such as a date, may still be refused by the reader.
fn of_holds(holds: &Holds) -> Value {
    const PLAIN: [&str; 3] = ["string", "number", "boolean"];
    match holds {
        Holds::Text => json!({"type": PLAIN}),
        Holds::Texts => json!({"anyOf": [{"type": PLAIN}, {"type": "array", "items": {"type": PLAIN}}]}),
        Holds::Flag => json!({"type": "boolean"}),
        Holds::Number => json!({"type": ["number", "string"]}),
        Holds::Whole(least, most) => json!({"type": ["integer", "string"], "minimum": least, "maximum": most}),
        Holds::Date => json!({"type": ["string", "integer"]}),
        Holds::Seconds => json!({"type": ["number", "string"], "exclusiveMinimum": 0}),
        Holds::Tolerance(named) => tolerance(*named),
        Holds::OneOf(words) => {
            let mut words: Vec<Value> = words().into_iter().map(Value::from).collect();
            let flags = [("true", true), ("false", false)].into_iter();
            let flags: Vec<Value> =
                flags.filter(|(word, _)| words.contains(&json!(word))).map(|(_, flag)| json!(flag)).collect();
            words.extend(flags);
            json!({"enum": words})
        }
        Holds::Keys(table) => of_table(table),
        Holds::Map(inner) => json!({"type": "object", "additionalProperties": of_holds(inner)}),
        Holds::List(inner) => json!({"type": "array", "items": of_holds(inner)}),
        Holds::Either(choices) => json!({"anyOf": choices.iter().map(of_holds).collect::<Vec<_>>()}),
        Holds::Anything => json!({}),
    }
}

fn tolerance(named: bool) -> Value {
    // YAML reads `1e-9`, which has no decimal point, as text.
    let number = json!({"type": ["number", "string"], "minimum": 0});
    let keys = json!({"abs": number, "rel": number, "reason": {"type": "string"}});
    let mapping = json!({"type": "object", "properties": keys, "additionalProperties": false});
    let one = json!({"anyOf": [number, mapping]});
    match named {
        true => json!({"anyOf": [one, {"type": "object", "additionalProperties": one}]}),
        false => one,
    }
}
