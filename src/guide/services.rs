//! What pages load from other sites, and only where `theoria.yaml` asks for it: comments, and who counts the visits.

use serde_json::{Value, json};

use super::key::services::{analytics, comments, giscus};
use super::key::{Key, config as key};
use super::mistake::Mistakes;
use super::yaml::{Fields, Node};

/// Names and values of the attributes by which `static/services.js` knows what to load; empty for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Services {
    pub comments: Vec<(&'static str, String)>,
    pub analytics: Vec<(&'static str, String)>,
}

impl Services {
    pub fn read(fields: &Fields, m: &mut Mistakes) -> Services {
        let said = |node: Option<Node>, keys: &[Key]| {
            let values = keys.iter().filter_map(|key| Some((key.name, node.as_ref()?.string(*key)?)));
            values.collect::<Vec<_>>()
        };
        let inner = fields.node(key::COMMENTS, m).and_then(|node| Node::new(node.value(comments::GISCUS)?.clone()));
        let known =
            [giscus::REPO, giscus::REPO_ID, giscus::CATEGORY, giscus::CATEGORY_ID, giscus::MAPPING, giscus::LANG];
        let counters = [
            analytics::PLAUSIBLE,
            analytics::GOATCOUNTER,
            analytics::GOOGLE,
            analytics::UMAMI,
            analytics::UMAMI_SCRIPT,
            analytics::SCRIPT,
        ];
        Services { comments: said(inner, &known), analytics: said(fields.node(key::ANALYTICS, m), &counters) }
    }

    /// What templates are told.
    pub fn context(&self) -> Value {
        let named = |pairs: &[(&str, String)]| {
            let pairs = pairs.iter().map(|(name, value)| json!({"name": name.replace('_', "-"), "value": value}));
            pairs.collect::<Vec<Value>>()
        };
        json!({"comments": named(&self.comments), "analytics": named(&self.analytics)})
    }
}
