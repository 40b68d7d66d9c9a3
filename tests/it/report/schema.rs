//! The JSON form of a report beside the schema that documents it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::sample::sample;
use super::{every_status, hostile, report};
use theoria::guide::report::SCHEMA_JSON;
use theoria::guide::verdict::{Report, SCHEMA, Status};

fn schema() -> Value {
    serde_json::from_str(SCHEMA_JSON).expect("the schema is JSON")
}

fn json_of(report: &Report) -> Value {
    serde_json::to_value(report).expect("a report is JSON")
}

/// Whether a value is of a type of JSON Schema.
fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema has a type '{other}'"),
    }
}

/// The keywords that the schema may use, as the validator knows no others.
const KEYWORDS: [&str; 11] =
    ["$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "oneOf", "items", "properties"];

/// Where a value does not fit its schema, in words. `seen` collects each field of the schema that a value had.
fn check(value: &Value, part: &Value, root: &Value, at: &str, seen: &mut BTreeSet<String>) -> Result<(), String> {
    for key in part.as_object().expect("a schema is an object").keys() {
        assert!(
            KEYWORDS.contains(&key.as_str()) || ["required", "additionalProperties"].contains(&key.as_str()),
            "{key}"
        );
    }
    if let Some(name) = part["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("no {name}"));
        return check(value, target, root, at, seen);
    }
    let kinds: Vec<&str> = match &part["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(value, kind)) {
        return Err(format!("{at}: {value} is not of type {kinds:?}"));
    }
    if let Some(known) = part["enum"].as_array().filter(|known| !known.contains(value)) {
        return Err(format!("{at}: {value} is none of {known:?}"));
    }
    if let Some(choices) = part["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| check(value, choice, root, at, &mut BTreeSet::new()).is_ok());
        let fitting: Vec<&Value> = fitting.collect();
        let [one] = fitting.as_slice() else { return Err(format!("{at}: {value} fits {} choices", fitting.len())) };
        check(value, one, root, at, seen)?;
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(item, &part["items"], root, &format!("{at}[{index}]"), seen)?;
    }
    let Some(fields) = part["properties"].as_object() else { return Ok(()) };
    assert_eq!(part["additionalProperties"], json!(false), "{at}");
    let required: BTreeSet<&str> =
        part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(required, fields.keys().map(String::as_str).collect(), "every field is always there: {at}");
    let value = value.as_object().ok_or_else(|| format!("{at}: no object"))?;
    for name in required {
        if !value.contains_key(name) {
            return Err(format!("{at}: no {name}"));
        }
    }
    for (name, value) in value {
        let field = fields.get(name).ok_or_else(|| format!("{at}: no field {name} is known"))?;
        seen.insert(format!("{}.{name}", fields.keys().cloned().collect::<Vec<_>>().join(",")));
        check(value, field, root, &format!("{at}.{name}"), seen)?;
    }
    Ok(())
}

fn fits(value: &Value, seen: &mut BTreeSet<String>) -> Result<(), String> {
    let schema = schema();
    check(value, &schema, &schema, "report", seen)
}

#[test]
fn real_reports_fit_the_schema_and_fill_all_of_it() {
    let mut seen = BTreeSet::new();
    let split = Report { shard: Some("1/2".into()), ..every_status() };
    for report in [every_status(), hostile(), sample(), split, report(Vec::new(), Vec::new())] {
        fits(&json_of(&report), &mut seen).expect("a report fits the schema");
        let text = serde_json::to_string(&report).expect("a report is JSON");
        let back: Report = serde_json::from_str(&text).expect("its JSON is a report");
        assert_eq!(format!("{back:?}"), format!("{report:?}"), "nothing is lost");
    }
    let schema = schema();
    let mut documented = 0;
    let parts = schema["$defs"].as_object().expect("definitions").values().chain([&schema]);
    for fields in parts.filter_map(|part| part["properties"].as_object()) {
        for (name, field) in fields {
            let described = field["description"].as_str().is_some_and(|text| text.ends_with('.'));
            assert!(described || name == "kind", "{name} is not described");
            documented += 1;
        }
    }
    assert_eq!(seen.len(), documented, "every documented field is in a report");
}

#[test]
fn every_status_is_documented() {
    let statuses: Vec<Value> = Status::ALL.iter().map(|status| serde_json::to_value(status).expect("a word")).collect();
    let schema = schema();
    let status = &schema["$defs"]["verdict"]["properties"]["status"];
    assert_eq!(status["enum"], Value::Array(statuses.clone()));
    for name in &statuses {
        let text = status["description"].as_str().unwrap_or_default();
        assert!(text.contains(&format!("{}: ", name.as_str().unwrap_or_default())), "{name}");
    }
    assert_eq!(schema["properties"]["schema"]["enum"], json!([SCHEMA]));
}

#[test]
fn what_does_not_fit_is_found() {
    let refuse = |change: fn(&mut Value), expected: &str| {
        let mut value = json_of(&every_status());
        change(&mut value);
        let error = fits(&value, &mut BTreeSet::new()).expect_err(expected);
        assert!(error.contains(expected), "{error}, not {expected}");
    };
    refuse(|value| value["more"] = json!(1), "no field more is known");
    refuse(|value| drop(value.as_object_mut().map(|fields| fields.remove("state"))), "no state");
    refuse(|value| value["cells"][0]["status"] = json!("fine"), "is none of");
    refuse(|value| value["cells"][0]["line"] = json!("1"), "is not of type");
    refuse(|value| value["cells"][4]["drifts"][1]["worst"]["fresh"] = json!("infinite"), "fits 0 choices");
    refuse(|value| value["cells"][4]["drifts"][1]["worst"]["fresh"] = Value::Null, "fits 0 choices");
}

#[test]
fn numbers_without_a_place_in_json_are_words() {
    let value = json_of(&every_status());
    let worst = &value["cells"][4]["drifts"][1]["worst"];
    assert_eq!((&worst["fresh"], &worst["deviation"]), (&json!("NaN"), &json!("inf")));
    let mut cells = every_status().cells;
    cells[3].broken[0].measured = f64::NEG_INFINITY;
    assert_eq!(json_of(&report(cells, Vec::new()))["cells"][3]["broken"][0]["measured"], json!("-inf"));
}
