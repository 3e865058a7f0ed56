//! Paths of a tree: relative to its root, with forward slashes; the root itself is `""`.

use ecow::EcoString;

/// The last segment of a path.
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The directory of a path.
pub fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Joins a relative path to a directory; none if it leads out of the tree.
pub fn join(dir: &str, relative: &str) -> Option<EcoString> {
    Some(resolve(dir, relative)).filter(|path| !is_outside(path))
}

/// Joins a relative path to a directory. A path that leads out of the tree begins with `../`.
pub fn resolve(dir: &str, relative: &str) -> EcoString {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/").into()
}

/// Whether a resolved path leads out of the tree.
pub fn is_outside(path: &str) -> bool {
    path == ".." || path.starts_with("../")
}

/// The way from one directory to another.
pub fn relative(from: &str, to: &str) -> EcoString {
    if from == to {
        return ".".into();
    }
    let from: Vec<&str> = from.split('/').filter(|p| !p.is_empty()).collect();
    let to: Vec<&str> = to.split('/').filter(|p| !p.is_empty()).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - common];
    parts.extend(&to[common..]);
    parts.join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_out_of_the_tree_only_in_front() {
        assert_eq!(resolve("envs/prod", "../../modules/./net"), "modules/net");
        assert_eq!(resolve("", "./modules/net/"), "modules/net");
        assert_eq!(resolve("envs", "../../modules"), "../modules");
        assert_eq!(resolve("../b", "../../c"), "../../c");
        assert_eq!(join("envs/prod", "../x").as_deref(), Some("envs/x"));
        assert_eq!(join("envs", "../.."), None);
    }

    #[test]
    fn the_way_between_directories_goes_over_what_they_share() {
        assert_eq!(relative("envs/prod", "modules/net"), "../../modules/net");
        assert_eq!(relative("", "modules/net"), "modules/net");
        assert_eq!(relative("a", "a"), ".");
    }
}
