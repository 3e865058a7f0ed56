//! Which directories are root modules.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::{Modules, tfvars::VariableFiles};

/// The directories to evaluate: those that no module of the tree calls, and those that are called
/// but are deployed on their own as well, because they have a backend or variables of their own.
pub fn find(modules: &Modules, variables: &VariableFiles) -> Vec<EcoString> {
    let called: BTreeSet<&EcoString> =
        modules.values().flat_map(|m| m.calls.values()).filter_map(|c| c.dir.as_ref()).collect();
    let mut roots: Vec<EcoString> = modules
        .values()
        .filter(|m| !m.foreign)
        .filter(|m| !called.contains(&m.dir) || !m.backends.is_empty() || variables.automatic.contains_key(&m.dir))
        .map(|m| m.dir.clone())
        .collect();
    // Modules that only call each other would be seen by nobody.
    let mut seen: BTreeSet<EcoString> = BTreeSet::new();
    let mut queue = roots.clone();
    loop {
        while let Some(dir) = queue.pop() {
            if seen.insert(dir.clone())
                && let Some(module) = modules.get(&dir)
            {
                queue.extend(module.calls.values().filter_map(|c| c.dir.clone()));
            }
        }
        let Some(lost) = modules.values().filter(|m| !m.foreign).map(|m| &m.dir).find(|d| !seen.contains(*d)) else {
            break;
        };
        roots.push(lost.clone());
        queue.push(lost.clone());
    }
    roots.sort();
    roots
}
