//! Fields that the API server takes only as `true` and `false`, or only as numbers.
//!
//! A text there, such as `privileged: "true"`, is no way to say it: the server refuses the object, and nothing
//! of it comes to be. Neither "it is privileged" nor "it is not" would be right, so the value is not known.

use std::sync::Arc;

use crate::value::{Object, Repr, Value, Why, WhyKind};

/// Fields of Kubernetes' own kinds, at whatever depth, that are true or false.
const BOOLEANS: [&str; 29] = [
    "allocateLoadBalancerNodePorts",
    "allowPrivilegeEscalation",
    "allowVolumeExpansion",
    "attachRequired",
    "automountServiceAccountToken",
    "blockOwnerDeletion",
    "enableServiceLinks",
    "globalDefault",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostProcess",
    "hostUsers",
    "immutable",
    "optional",
    "paused",
    "podInfoOnMount",
    "privileged",
    "publishNotReadyAddresses",
    "readOnly",
    "readOnlyRootFilesystem",
    "runAsNonRoot",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "stdin",
    "stdinOnce",
    "suspend",
    "tty",
    "unschedulable",
];

/// The same for whole numbers.
const NUMBERS: [&str; 23] = [
    "activeDeadlineSeconds",
    "backoffLimit",
    "completions",
    "containerPort",
    "defaultMode",
    "expirationSeconds",
    "failureThreshold",
    "fsGroup",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "nodePort",
    "parallelism",
    "periodSeconds",
    "priority",
    "replicas",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsUser",
    "successThreshold",
    "terminationGracePeriodSeconds",
    "timeoutSeconds",
    "ttlSecondsAfterFinished",
];

/// Mappings whose names are the user's: what they hold are texts, whatever it is called.
const FREE: [&str; 20] = [
    "annotations",
    "attributes",
    "binaryData",
    "capacity",
    "data",
    "default",
    "defaultRequest",
    "hard",
    "labels",
    "limits",
    "matchLabels",
    "max",
    "min",
    "nodeSelector",
    "options",
    "parameters",
    "requests",
    "selector",
    "stringData",
    "volumeAttributes",
];

/// The body of an object with values that the API server refuses not known. `kind` is what `match` calls it:
/// of what others define only the pods in it have fields that are known here.
pub(super) fn typed(kind: &str, body: Value) -> Value {
    if !kind.contains('.') {
        return checked(&body).unwrap_or(body);
    }
    let pod = ["spec", "template", "spec"].iter().try_fold(&body, |v, key| v.as_object()?.get(key));
    match pod.filter(|pod| pod.as_object().is_some_and(|o| o.get("containers").is_some())).and_then(checked) {
        Some(pod) => within(&body, &["spec", "template", "spec"], pod),
        None => body,
    }
}

/// The value of a field as Terraform's provider hands it on: it takes `"true"` and `"1000"` for what they say.
pub(super) fn converted(name: &str, value: &Value) -> Value {
    let made = match value.as_str() {
        Some("true") if BOOLEANS.contains(&name) => Value::bool(true),
        Some("false") if BOOLEANS.contains(&name) => Value::bool(false),
        Some("") if NUMBERS.contains(&name) => Value::null(),
        Some(text) if NUMBERS.contains(&name) => match text.parse::<i64>() {
            Ok(number) => Value::number(number),
            Err(_) => return value.clone(),
        },
        _ => return value.clone(),
    };
    made.with_origins(value.origins.clone()).mark_sensitive(value.sensitive)
}

/// The same value with another one at a path that it has.
fn within(value: &Value, path: &[&str], new: Value) -> Value {
    let (Some((key, rest)), Repr::Object(object)) = (path.split_first(), &value.repr) else { return new };
    let Some(inner) = object.get(key) else { return value.clone() };
    let mut object = (**object).clone();
    let inner = within(inner, rest, new);
    object.fields.insert((*key).into(), inner);
    Value { repr: Repr::Object(object.into()), ..value.clone() }
}

/// The value with refused ones in it not known; none if there are none, which costs no copy.
fn checked(value: &Value) -> Option<Value> {
    let repr = match &value.repr {
        Repr::List(list) => {
            let changed: Vec<Option<Value>> = list.items.iter().map(checked).collect();
            if changed.iter().all(Option::is_none) {
                return None;
            }
            let mut list = (**list).clone();
            for (item, new) in list.items.iter_mut().zip(changed) {
                if let Some(new) = new {
                    *item = new;
                }
            }
            Repr::List(Arc::new(list))
        }
        Repr::Object(object) => {
            let changed: Vec<(usize, Value)> =
                object.fields.iter().enumerate().filter_map(|(i, (k, v))| Some((i, field(k, v)?))).collect();
            if changed.is_empty() {
                return None;
            }
            let mut object: Object = (**object).clone();
            for (i, new) in changed {
                if let Some((_, value)) = object.fields.get_index_mut(i) {
                    *value = new;
                }
            }
            Repr::Object(Arc::new(object))
        }
        _ => return None,
    };
    Some(Value { repr, ..value.clone() })
}

fn field(name: &str, value: &Value) -> Option<Value> {
    let refused = |expected: &str| {
        let why = Why::new(
            WhyKind::WrongShape,
            ecow::eco_format!("{}, where the API server takes only {expected}", noun(value)),
        );
        Some(Value::unknown(why).with_origins(value.origins.clone()).mark_sensitive(value.sensitive))
    };
    match &value.repr {
        Repr::Object(_) | Repr::List(_) if FREE.contains(&name) => None,
        Repr::Object(_) | Repr::List(_) => checked(value),
        Repr::String(_) | Repr::Number(_) if BOOLEANS.contains(&name) => refused("true or false"),
        Repr::String(_) | Repr::Bool(_) if NUMBERS.contains(&name) => refused("a number"),
        _ => None,
    }
}

fn noun(value: &Value) -> &'static str {
    match &value.repr {
        Repr::String(_) => "a text",
        Repr::Bool(_) => "true or false",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lower::yaml, source::FileId, syntax};

    fn typed(kind: &str, text: &str) -> Value {
        super::typed(kind, yaml::value(&syntax::yaml::parse(FileId(0), text).documents[0].root))
    }

    fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
        path.split('.').fold(value, |value, step| match &value.repr {
            Repr::Object(object) => object.get(step).unwrap(),
            Repr::List(list) => &list.items[step.parse::<usize>().unwrap()],
            _ => panic!("{step} of {value:?}"),
        })
    }

    fn why(value: &Value) -> String {
        value.first_unknown().map_or_else(String::new, |why| why.to_string())
    }

    #[test]
    fn a_text_in_quotes_is_neither_true_nor_a_number() {
        let text = "spec:\n  hostPID: \"true\"\n  hostIPC: true\n  hostNetwork:\n  containers:\n  - name: a\n    securityContext: {privileged: 'true', runAsUser: \"0\", runAsGroup: 0, runAsNonRoot: 1, readOnlyRootFilesystem: yes}\n";
        let pod = typed("Pod", text);
        let refused = "the document has another shape here: a text, where the API server takes only true or false";
        assert_eq!(why(at(&pod, "spec.hostPID")), refused);
        assert_eq!(&text[at(&pod, "spec.hostPID").origins.first().unwrap().anchor.range()], "\"true\"");
        assert_eq!(at(&pod, "spec.hostIPC").as_bool(), Some(true));
        assert!(at(&pod, "spec.hostNetwork").is_null());
        let context = at(&pod, "spec.containers.0.securityContext");
        assert_eq!(why(at(context, "privileged")), refused);
        assert_eq!(
            why(at(context, "runAsUser")),
            "the document has another shape here: a text, where the API server takes only a number"
        );
        assert_eq!(at(context, "runAsGroup").as_number().unwrap().as_i64(), Some(0));
        assert!(at(context, "runAsNonRoot").is_unknown());
        assert_eq!(at(context, "readOnlyRootFilesystem").as_bool(), Some(true));
    }

    #[test]
    fn what_users_name_is_text() {
        let text = "metadata:\n  labels: {privileged: \"true\", replicas: \"2\"}\n  annotations: {hostPID: \"true\"}\nspec:\n  selector: {readOnly: \"true\"}\n  nodeSelector: {privileged: \"true\"}\n  containers:\n  - env: [{name: privileged, value: \"true\"}]\n    resources: {limits: {priority: \"1\"}}\n";
        assert!(typed("Pod", text).is_wholly_known());
        assert!(typed("ConfigMap", "data: {privileged: \"true\"}\n").is_wholly_known());
    }

    #[test]
    fn of_kinds_of_others_only_pods_are_known() {
        let text =
            "spec:\n  suspend: \"true\"\n  template:\n    spec:\n      hostPID: \"true\"\n      containers: []\n";
        let rollout = typed("Rollout.argoproj.io", text);
        assert_eq!(at(&rollout, "spec.suspend").as_str(), Some("true"));
        assert!(at(&rollout, "spec.template.spec.hostPID").is_unknown());
        assert!(typed("Thing.example.com", "spec: {privileged: \"true\"}\n").is_wholly_known());
        assert!(typed("Thing.example.com", "spec: [1]\n").is_wholly_known());
    }
}
