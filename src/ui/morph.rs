//! Making an element equal to its new version while keeping what the reader does with it: focus, scroll, open menus.

use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// Attributes that belong to the reader, not to the server.
const KEPT: [&str; 3] = ["open", "data-submitted", "aria-disabled"];

/// Makes `old` equal to `new`, touching only what differs. Islands are left alone: they look after themselves.
pub fn morph(old: &Element, new: &Element) {
    if old.is_equal_node(Some(new)) || old.tag_name() == "LEPTOS-ISLAND" {
        return;
    }
    copy_attributes(old, new);
    let mut after = old.first_child();
    let mut fresh = new.first_child();
    while let Some(child) = fresh {
        fresh = child.next_sibling();
        let Some(have) = after else {
            let _ = old.append_child(&child);
            after = None;
            continue;
        };
        after = have.next_sibling();
        if !is_counterpart(&have, &child) {
            let _ = old.replace_child(&child, &have);
        } else if let (Some(have), Some(child)) = (have.dyn_ref::<Element>(), child.dyn_ref::<Element>()) {
            morph(have, child);
        } else if have.node_value() != child.node_value() {
            have.set_node_value(child.node_value().as_deref());
        }
    }
    while let Some(gone) = after {
        after = gone.next_sibling();
        let _ = old.remove_child(&gone);
    }
}

fn is_counterpart(have: &Node, child: &Node) -> bool {
    let id = |node: &Node| node.dyn_ref::<Element>().map(Element::id);
    have.node_name() == child.node_name() && id(have) == id(child)
}

fn copy_attributes(old: &Element, new: &Element) {
    for name in names_of(old) {
        if !new.has_attribute(&name) && !KEPT.contains(&name.as_str()) {
            let _ = old.remove_attribute(&name);
        }
    }
    for name in names_of(new) {
        let value = new.get_attribute(&name);
        if old.get_attribute(&name) != value && !KEPT.contains(&name.as_str()) {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
}

fn names_of(element: &Element) -> Vec<String> {
    element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect()
}
