//! A page as a browser reads it: a tree of elements, and what its parser finds wrong, each with its line.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::TokenizerOpts;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, parse_document};

/// An element, or a text, whose name is empty.
pub struct Node {
    name: QualName,
    pub line: u64,
    attributes: RefCell<Vec<Attribute>>,
    children: RefCell<Vec<Rc<Node>>>,
    parent: RefCell<Weak<Node>>,
    text: RefCell<StrTendril>,
}

impl Node {
    pub fn name(&self) -> &str {
        &self.name.local
    }

    /// Whether it is of HTML, not of a drawing or a formula.
    pub fn is_html(&self) -> bool {
        &*self.name.ns == "http://www.w3.org/1999/xhtml"
    }

    pub fn attribute(&self, name: &str) -> Option<String> {
        let attributes = self.attributes.borrow();
        attributes.iter().find(|known| &*known.name.local == name).map(|known| known.value.to_string())
    }

    pub fn attributes(&self) -> Vec<(String, String)> {
        let attributes = self.attributes.borrow();
        attributes.iter().map(|known| (known.name.local.to_string(), known.value.to_string())).collect()
    }

    /// The elements in it, without texts.
    pub fn elements(&self) -> Vec<Rc<Node>> {
        self.children.borrow().iter().filter(|child| !child.name().is_empty()).cloned().collect()
    }

    pub fn parent(&self) -> Option<Rc<Node>> {
        self.parent.borrow().upgrade()
    }

    /// All elements around it, the nearest first.
    pub fn around(&self) -> impl Iterator<Item = Rc<Node>> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// All elements below it in the order of the page.
    pub fn all(&self) -> Vec<Rc<Node>> {
        let below = self.elements().into_iter().flat_map(|node| std::iter::once(Rc::clone(&node)).chain(node.all()));
        below.collect()
    }

    /// All its words.
    pub fn text(&self) -> String {
        let own = self.text.borrow().to_string();
        own + &self.children.borrow().iter().map(|child| child.text()).collect::<String>()
    }
}

/// Reads a page; what is wrong with it comes as `line: words`.
pub fn parse(html: &str) -> (Rc<Node>, Vec<String>) {
    let options = ParseOpts {
        tokenizer: TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() },
        tree_builder: TreeBuilderOpts { exact_errors: true, scripting_enabled: false, ..TreeBuilderOpts::default() },
    };
    parse_document(Sink::new(), options).one(html)
}

struct Sink {
    document: Rc<Node>,
    errors: RefCell<Vec<String>>,
    line: Cell<u64>,
}

impl Sink {
    fn new() -> Sink {
        let nameless = QualName::new(None, "".into(), "".into());
        Sink { document: node(nameless, Vec::new(), 1), errors: RefCell::default(), line: Cell::new(1) }
    }

    fn child(&self, child: NodeOrText<Rc<Node>>, before: Option<&Rc<Node>>) -> Option<Rc<Node>> {
        match child {
            NodeOrText::AppendNode(node) => Some(node),
            NodeOrText::AppendText(text) => {
                if let Some(last) = before.filter(|last| last.name().is_empty()) {
                    last.text.borrow_mut().push_tendril(&text);
                    return None;
                }
                let node = node(QualName::new(None, "".into(), "".into()), Vec::new(), self.line.get());
                *node.text.borrow_mut() = text;
                Some(node)
            }
        }
    }
}

fn node(name: QualName, attributes: Vec<Attribute>, line: u64) -> Rc<Node> {
    let (attributes, children, parent) = (RefCell::new(attributes), RefCell::default(), RefCell::default());
    Rc::new(Node { name, line, attributes, children, parent, text: RefCell::default() })
}

fn insert(parent: &Rc<Node>, at: usize, child: Rc<Node>) {
    detach(&child);
    *child.parent.borrow_mut() = Rc::downgrade(parent);
    parent.children.borrow_mut().insert(at, child);
}

fn detach(child: &Rc<Node>) {
    if let Some(parent) = child.parent() {
        parent.children.borrow_mut().retain(|other| !Rc::ptr_eq(other, child));
    }
    *child.parent.borrow_mut() = Weak::new();
}

impl TreeSink for Sink {
    type Handle = Rc<Node>;
    type Output = (Rc<Node>, Vec<String>);
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self::Output {
        (self.document, self.errors.into_inner())
    }

    fn parse_error(&self, words: Cow<'static, str>) {
        self.errors.borrow_mut().push(format!("{}: {words}", self.line.get()));
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(line);
    }

    fn get_document(&self) -> Rc<Node> {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Rc<Node> {
        node(name, attributes, self.line.get())
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Node> {
        node(QualName::new(None, "".into(), "".into()), Vec::new(), self.line.get())
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Node> {
        self.create_comment(StrTendril::new())
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        let (last, at) = (parent.children.borrow().last().cloned(), parent.children.borrow().len());
        if let Some(child) = self.child(child, last.as_ref()) {
            let own = child.parent().is_some_and(|old| Rc::ptr_eq(&old, parent));
            insert(parent, at - usize::from(own), child);
        }
    }

    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        let parent = sibling.parent().expect("a sibling has a parent");
        let place = || parent.children.borrow().iter().position(|other| Rc::ptr_eq(other, sibling));
        let before = place().and_then(|at| at.checked_sub(1)).map(|at| Rc::clone(&parent.children.borrow()[at]));
        if let Some(child) = self.child(child, before.as_ref()) {
            detach(&child);
            insert(&parent, place().expect("it is in its parent"), child);
        }
    }

    fn append_based_on_parent_node(&self, one: &Rc<Node>, other: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        match one.parent() {
            Some(_) => self.append_before_sibling(one, child),
            None => self.append(other, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// The document of a template is the template itself.
    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        Rc::clone(target)
    }

    fn same_node(&self, one: &Rc<Node>, other: &Rc<Node>) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        if mode != QuirksMode::NoQuirks {
            self.parse_error("the page is read as those of the last century".into());
        }
    }

    fn add_attrs_if_missing(&self, target: &Rc<Node>, attributes: Vec<Attribute>) {
        let mut known = target.attributes.borrow_mut();
        for attribute in attributes {
            if known.iter().all(|old| old.name != attribute.name) {
                known.push(attribute);
            }
        }
    }

    fn remove_from_parent(&self, target: &Rc<Node>) {
        detach(target);
    }

    fn reparent_children(&self, from: &Rc<Node>, to: &Rc<Node>) {
        for child in from.children.borrow_mut().drain(..) {
            *child.parent.borrow_mut() = Rc::downgrade(to);
            to.children.borrow_mut().push(child);
        }
    }
}
