//! The text that `trustlint rules new` writes.

use super::examples::default_path;

/// A rule file to be filled in. It is valid, and its own tests name what is left to do.
///
/// It matches all of these kinds; its examples are of the first.
pub fn scaffold(id: &str, kinds: &[String]) -> String {
    let kind = kinds.first().map_or("aws_example", String::as_str);
    let matched: Vec<String> = kinds.iter().map(|kind| format!("\"{kind}\"")).collect();
    let examples = match default_path(Some(kind)) {
        "main.tf" => TERRAFORM.replace("KIND", if kind.contains('.') { "TODO_type" } else { kind }),
        "manifest.yaml" => KUBERNETES.replace("KIND", if kind.contains('.') { "Pod" } else { kind }),
        _ => WORKFLOW.to_string(),
    };
    TEXT.replace("ID", id).replace("\"MATCH\"", &matched.join(" ")) + &examples + "}\n"
}

const TEXT: &str = r#"rule "ID" {
  title    = "TODO: the good state in one sentence, such as: Disks are encrypted"
  severity = "medium" # TODO: critical, high, medium or low
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "TODO: why this very rule bears on the criterion, one sentence."
  }

  rationale   = "TODO: what goes wrong without it, and what the provider does by default."
  remediation = "TODO: what to write, and where."

  references = [
    "https://example.com/TODO-the-providers-own-page",
  ]

  match "MATCH" {
    defaults = {} # TODO: what the provider takes an absent attribute for
  }

  assert {
    condition     = self.todo_attribute == true # TODO
    error_message = "${self.address} TODO: what is wrong with it"
  }

"#;

const TERRAFORM: &str = r#"  fails "TODO: the argument is left out" {
    code = <<-TF
      resource "KIND" "example" { #~ here
      }
    TF
  }

  passes "TODO: it is as it should be" {
    code = <<-TF
      resource "KIND" "example" {
        todo_attribute = true
      }
    TF
  }

  undecided "TODO: the caller decides" {
    code = <<-TF
      variable "todo" {}

      resource "KIND" "example" {
        todo_attribute = var.todo #~ here
      }
    TF
  }
"#;

const KUBERNETES: &str = r#"  fails "TODO: the field is left out" {
    code = <<-YAML
      apiVersion: v1 # TODO
      kind: KIND #~ here
      metadata:
        name: example
    YAML
  }

  passes "TODO: it is as it should be" {
    code = <<-YAML
      apiVersion: v1 # TODO
      kind: KIND
      metadata:
        name: example
      todo_attribute: true
    YAML
  }
"#;

const WORKFLOW: &str = r#"  fails "TODO: the key is left out" {
    code = <<-YAML
      on: push
      jobs:
        example: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: TODO
    YAML
  }

  passes "TODO: it is as it should be" {
    code = <<-YAML
      on: push
      jobs:
        example:
          runs-on: ubuntu-latest
          todo_attribute: true
          steps:
            - run: TODO
    YAML
  }
"#;
