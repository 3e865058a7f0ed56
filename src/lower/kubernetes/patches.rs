//! Files that are part of a kustomization and no objects by themselves.

use std::collections::BTreeSet;

use crate::{
    lower::{
        path::{dir_of, join, name_of},
        yaml::YamlFile,
    },
    syntax::node::Node,
};

/// Why a file of patches is skipped.
pub(super) const KUSTOMIZE_PATCH: &str = "a kustomize patch; overlays are not rendered yet";

/// The files that kustomizations name as patches and that none names as a resource.
pub(super) fn kustomize_patches(files: &[YamlFile]) -> BTreeSet<String> {
    let mut patches = BTreeSet::new();
    let mut resources = BTreeSet::new();
    for file in files {
        if !matches!(name_of(&file.path), "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
            continue;
        }
        for root in file.documents.iter().map(|d| &d.root) {
            let named = |key: &str| root.get(key).map_or(&[][..], Node::items).iter();
            let paths = named("patches").chain(named("patchesJson6902")).filter_map(|patch| patch.get("path"));
            let paths = paths.chain(named("patchesStrategicMerge")).filter_map(Node::as_text);
            patches.extend(paths.filter_map(|path| join(dir_of(&file.path), path)).map(String::from));
            resources.extend(
                named("resources")
                    .filter_map(Node::as_text)
                    .filter_map(|p| join(dir_of(&file.path), p))
                    .map(String::from),
            );
        }
    }
    patches.retain(|path| !resources.contains(path));
    patches
}
