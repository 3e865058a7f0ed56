# Shapes of AWS resources that rules share.

view "aws.ebs_volume" {
  description = "Every EBS volume that is described: a volume of its own, the block devices of instances and launch configurations, and those of launch templates."

  from "aws_ebs_volume" {
    value = self
  }

  from "aws_instance" "aws_spot_instance_request" "aws_launch_configuration" {
    # `no_device` takes a device of the image away.
    for_each = [
      for device in concat(self.root_block_device[*], self.ebs_block_device[*]) : device if device.no_device == null
    ]
    value = each.value
  }

  from "aws_launch_template" {
    for_each = flatten([for device in self.block_device_mappings[*] : device.ebs[*]])
    value    = each.value
  }
}

view "aws.s3_grant" {
  description = "What opens an S3 bucket: its canned access list `acl`, the URIs of `grantees`, and its `policy`, from the bucket or from the resources of their own."

  from "aws_s3_bucket" {
    value = { acl = self.acl, grantees = compact(self.grant[*].uri), policy = self.policy }
  }

  from "aws_s3_bucket_acl" {
    value = {
      acl      = self.acl
      grantees = compact(self.access_control_policy.grant[*].grantee.uri)
      policy   = null
    }
  }

  from "aws_s3_bucket_policy" {
    value = { acl = null, grantees = [], policy = self.policy }
  }
}

view "aws.s3_bucket_policy" {
  description = "Every policy of an S3 bucket, inside of the bucket or beside it: the `bucket`, and the `policy` as text or object."

  from "aws_s3_bucket_policy" {
    value = { bucket = self.bucket, policy = self.policy }
  }

  from "aws_s3_bucket" {
    where = self.policy != null
    value = { bucket = self, policy = self.policy }
  }
}

view "aws.handed_on_document" {
  description = "Every policy document that no resource here takes, because it is handed to a module or to whoever calls this one: the `policy`. One that a resource takes is judged with that resource."

  from "data.aws_iam_policy_document" {
    where = alltrue([for use in self.referenced_by : is_one_of(use, "module", "output")])
    value = { policy = self.json }
  }
}

view "aws.trust_policy" {
  description = "Every policy that says who may take on a role: the `policy` of every IAM role, and every document that is handed on, because it may become one."

  from "aws_iam_role" {
    value = { policy = self.assume_role_policy }
  }

  from "aws.handed_on_document" {
    value = { policy = self.policy }
  }
}

view "aws.iam_policy" {
  description = "Every IAM policy that grants permissions to a role, user, group or permission set, and every document without principals that no resource here takes: the `policy`, as text or object."

  from "aws_iam_policy" "aws_iam_role_policy" "aws_iam_user_policy" "aws_iam_group_policy" {
    value = { policy = self.policy }
  }

  from "aws_iam_role" {
    for_each = self.inline_policy
    value    = { policy = each.value.policy }
  }

  from "aws_ssoadmin_permission_set_inline_policy" {
    value = { policy = self.inline_policy }
  }

  # One with principals is a policy of something else.
  from "aws.handed_on_document" {
    where = !anytrue([for statement in iam_statements(self.policy) : length(statement.principals) > 0])
    value = { policy = self.policy }
  }
}

view "aws.iam_group_policy" {
  description = "Every policy of an IAM group, inline or attached: the `group`, and the `policy` as text or object. That of a policy managed by AWS is null; of one that is not in the repository, not known."

  from "aws_iam_group_policy" {
    value = { group = self.group, policy = self.policy }
  }

  from "aws_iam_group_policy_attachment" {
    link "policy" {
      to      = "aws_iam_policy"
      where   = refers_to(self.policy_arn, other)
      at_most = 1
    }

    value = {
      group  = self.group
      policy = link.policy != null ? link.policy.policy : matches("^arn:aws[a-z-]*:iam::aws:", self.policy_arn) ? null : undecided("the policy is not in the repository")
    }
  }

  from "aws_iam_policy_attachment" {
    link "policy" {
      to      = "aws_iam_policy"
      where   = refers_to(self.policy_arn, other)
      at_most = 1
    }

    for_each = self.groups

    value = {
      group  = each.value
      policy = link.policy != null ? link.policy.policy : matches("^arn:aws[a-z-]*:iam::aws:", self.policy_arn) ? null : undecided("the policy is not in the repository")
    }
  }
}

view "aws.iam_attachment" {
  description = "Every attachment of a managed IAM policy to a role, user, group or permission set: its `policy_arn`."

  from "aws_iam_role_policy_attachment" "aws_iam_user_policy_attachment" "aws_iam_group_policy_attachment" "aws_iam_policy_attachment" {
    value = { policy_arn = self.policy_arn }
  }

  from "aws_iam_role" {
    for_each = self.managed_policy_arns
    value    = { policy_arn = each.value }
  }

  from "aws_ssoadmin_managed_policy_attachment" {
    value = { policy_arn = self.managed_policy_arn }
  }
}

view "aws.kms_key_use" {
  description = "Every AWS resource that names the key it encrypts with; `key` is the key."

  from "aws_db_instance" "aws_rds_cluster" "aws_ebs_volume" "aws_efs_file_system" "aws_redshift_cluster" {
    where = is_set(self.kms_key_id)
    value = { key = self.kms_key_id, entity = self }
  }

  from "aws_sqs_queue" "aws_sns_topic" {
    where = is_set(self.kms_master_key_id) && !matches("^alias/aws/", self.kms_master_key_id)
    value = { key = self.kms_master_key_id, entity = self }
  }
}
