//! The files of one directory to one module: declarations, and the override files that change them.
//!
//! An override file (`override.tf`, `*_override.tf`) does not declare anything, it changes what another
//! file declares: an argument takes the place of the argument, and blocks of a kind take the place of
//! all blocks of that kind. Terraform refuses an override of something that is not there; we say so and
//! take what it says all the same.

use std::sync::Arc;

use ecow::EcoString;
use indexmap::map::Entry;

use super::module::{Call, Module, Resource, Variable};
use crate::{
    lower::path::name_of,
    model::Move,
    source::{Diagnostic, DiagnosticKind, Span},
    syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, Step},
};

/// Adds the blocks of one file to a module.
pub(super) fn add_file(module: &mut Module, body: &Body, is_override: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut merge = Merge { module, is_override, diagnostics };
    for item in &body.items {
        match item {
            Item::Block(block) => merge.add(block),
            Item::Attribute(attribute) => merge.diagnostics.push(
                Diagnostic::error(
                    DiagnosticKind::Input,
                    format!("`{}` cannot stand outside a block", attribute.name.text),
                    attribute.name.span,
                )
                .warning(),
            ),
        }
    }
}

/// Whether a file changes declarations instead of making them.
pub(super) fn is_override(path: &str) -> bool {
    let name = name_of(path);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let stem = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tofu")).unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// The address that a reference is, without the keys of instances.
fn address(expr: &Expr) -> Option<EcoString> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.clone()),
        ExprKind::Traversal(base, steps) => {
            let mut text = address(base)?;
            for step in steps {
                match step {
                    Step::Attribute(name) => {
                        text.push('.');
                        text.push_str(&name.text);
                    }
                    Step::Index(..) | Step::LegacyIndex(..) => {}
                    Step::AttributeSplat(_) | Step::FullSplat(_) => return None,
                }
            }
            Some(text)
        }
        _ => None,
    }
}

struct Merge<'m> {
    module: &'m mut Module,
    is_override: bool,
    diagnostics: &'m mut Vec<Diagnostic>,
}

impl Merge<'_> {
    fn add(&mut self, block: &Arc<Block>) {
        self.module.first.get_or_insert_with(|| block.clone());
        let labels: Vec<&EcoString> = block.labels.iter().map(|l| &l.text).collect();
        match (block.kind.text.as_str(), &labels[..]) {
            ("variable", [name]) => {
                let old = self.module.variables.get(*name).map(|v| v.block.clone());
                if let Some(merged) = self.merged(&format!("variable \"{name}\""), old.as_ref(), block) {
                    self.module.variables.insert((*name).clone(), Variable::new(merged));
                }
            }
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    self.local(attribute);
                }
            }
            ("output", [name]) => {
                let old = self.module.outputs.get(*name).cloned();
                if let Some(merged) = self.merged(&format!("output \"{name}\""), old.as_ref(), block) {
                    self.module.outputs.insert((*name).clone(), merged);
                }
            }
            (word @ ("resource" | "data"), [kind, name]) => {
                let key = ecow::eco_format!("{kind}.{name}");
                let is_data = word == "data";
                let all = if is_data { &self.module.data } else { &self.module.resources };
                let old = all.get(&key).map(|r| r.block.clone());
                if let Some(block) = self.merged(&format!("{word} {key}"), old.as_ref(), block) {
                    let all = if is_data { &mut self.module.data } else { &mut self.module.resources };
                    all.insert(key, Resource { block, is_data });
                }
            }
            ("module", [name]) => {
                let old = self.module.calls.get(*name).map(|c| c.block.clone());
                if let Some(merged) = self.merged(&format!("module \"{name}\""), old.as_ref(), block) {
                    let call = Call::new(merged, &self.module.dir);
                    self.module.calls.insert((*name).clone(), call);
                }
            }
            ("provider", [name]) => self.provider(name, block),
            ("terraform", []) => self.settings(block),
            ("moved", []) => {
                let address = |name: &str| address(&block.body.attribute(name)?.expr);
                if let (Some(from), Some(to)) = (address("from"), address("to")) {
                    let module = self.module.dir.clone();
                    self.module.moves.push(Move { module, from, to });
                }
            }
            // Checks read with data sources of their own, which nothing else can refer to; `import` and `removed`
            // say what happens to the state. All are accepted and deploy nothing.
            _ => {}
        }
    }

    /// The block to take for a name: the new one, or the old one with what the override says; none if it
    /// is a second declaration.
    fn merged(&mut self, what: &str, old: Option<&Arc<Block>>, new: &Arc<Block>) -> Option<Arc<Block>> {
        match (old, self.is_override) {
            (None, false) => Some(new.clone()),
            (Some(old), true) => Some(Arc::new(overridden(old, new))),
            (None, true) => {
                self.nothing_to_override(what, new.header);
                Some(new.clone())
            }
            (Some(old), false) => {
                self.duplicate(what, old.header, new.header);
                None
            }
        }
    }

    fn local(&mut self, attribute: &Arc<Attribute>) {
        let name = &attribute.name;
        let what = format!("local.{}", name.text);
        let old = self.module.locals.get(&name.text).map(|a| a.name.span);
        match (old, self.is_override) {
            (Some(first), false) => return self.duplicate(&what, first, name.span),
            (None, true) => self.nothing_to_override(&what, name.span),
            _ => {}
        }
        self.module.locals.insert(name.text.clone(), attribute.clone());
    }

    /// A provider's configuration is named by its alias. That without an alias need not be written to be
    /// there, so it can be overridden in any case.
    fn provider(&mut self, name: &EcoString, block: &Arc<Block>) {
        let alias = alias_of(block).cloned();
        let what = match &alias {
            Some(alias) => format!("provider {name}.{alias}"),
            None => format!("provider {name}"),
        };
        let same = |b: &Arc<Block>| b.labels.first().is_some_and(|l| l.text == *name) && alias_of(b) == alias.as_ref();
        let at = self.module.providers.iter().position(same);
        if self.is_override && at.is_none() && alias.is_none() {
            self.module.providers.push(block.clone());
            return;
        }
        let old = at.map(|i| self.module.providers[i].clone());
        let Some(merged) = self.merged(&what, old.as_ref(), block) else { return };
        match at {
            Some(i) => self.module.providers[i] = merged,
            None => self.module.providers.push(merged),
        }
    }

    /// `terraform {}`: there may be several. A backend in an override takes the place of whatever says
    /// where the state is; required providers are overridden one by one.
    fn settings(&mut self, block: &Arc<Block>) {
        let stores: Vec<Arc<Block>> =
            block.body.blocks().filter(|b| matches!(b.kind.text.as_str(), "backend" | "cloud")).cloned().collect();
        if self.is_override && !stores.is_empty() {
            self.module.backends.clear();
        }
        self.module.backends.extend(stores);
        for required in block.body.blocks_of("required_providers") {
            for attribute in required.body.attributes() {
                match self.module.required_providers.entry(attribute.name.text.clone()) {
                    Entry::Occupied(mut old) if self.is_override => {
                        old.insert(attribute.clone());
                    }
                    Entry::Occupied(_) => {}
                    Entry::Vacant(place) => {
                        place.insert(attribute.clone());
                    }
                }
            }
        }
    }

    fn nothing_to_override(&mut self, what: &str, place: Span) {
        self.diagnostics.push(
            Diagnostic::error(DiagnosticKind::Evaluation, format!("there is no {what} to override"), place)
                .warning()
                .help("An override file changes what another file of the directory declares."),
        );
    }

    fn duplicate(&mut self, what: &str, first: Span, second: Span) {
        self.diagnostics.push(
            Diagnostic::error(DiagnosticKind::Evaluation, format!("{what} is declared twice"), second)
                .warning()
                .label("this one is not looked at")
                .note(first, "declared here first"),
        );
    }
}

/// The alias of a provider's configuration.
pub(super) fn alias_of(block: &Block) -> Option<&EcoString> {
    match &block.body.attribute("alias")?.expr.kind {
        ExprKind::String(alias) => Some(alias),
        _ => None,
    }
}

/// What kind of block a nested block makes: `dynamic "x"` makes blocks of kind `x`.
fn kind_of(block: &Block) -> &EcoString {
    match block.labels.first() {
        Some(label) if block.kind.text == "dynamic" => &label.text,
        _ => &block.kind.text,
    }
}

/// A block with its override. Of `lifecycle` the arguments are overridden one by one.
fn overridden(old: &Block, new: &Block) -> Block {
    let mut merged = old.clone();
    let replaced = |block: &Block| new.body.blocks().any(|b| kind_of(b) == kind_of(block));
    merged.body.items.retain_mut(|item| match item {
        Item::Attribute(attribute) => new.body.attribute(&attribute.name.text).is_none(),
        Item::Block(block) if block.kind.text == "lifecycle" => {
            for changes in new.body.blocks_of("lifecycle") {
                *block = Arc::new(overridden(block, changes));
            }
            true
        }
        Item::Block(block) => !replaced(block),
    });
    let has_lifecycle = old.body.blocks_of("lifecycle").next().is_some();
    let added = new.body.items.iter().filter(|item| match item {
        Item::Block(block) => !(has_lifecycle && block.kind.text == "lifecycle"),
        Item::Attribute(_) => true,
    });
    merged.body.items.extend(added.cloned());
    merged
}

#[cfg(test)]
mod tests {
    use super::is_override;

    #[test]
    fn the_name_of_a_file_says_whether_it_overrides() {
        for path in ["override.tf", "a/override.tf.json", "a/x_override.tf", "x_override.tofu"] {
            assert!(is_override(path), "{path}");
        }
        for path in ["main.tf", "overrides.tf", "override/main.tf", "my-override.tf"] {
            assert!(!is_override(path), "{path}");
        }
    }
}
