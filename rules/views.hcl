# Shapes that rules share. A view makes entities of others: each has the body that `value` gives,
# and `owner`, the entity that it was made of.

# AWS

view "aws.ingress_rule" {
  description = "Every rule that lets traffic into an AWS security group, however it is written: an inline block, an element of the `ingress` list, or a rule resource of either kind."

  from "aws_security_group" "aws_default_security_group" {
    for_each = self.ingress
    value = {
      cidrs     = compact(concat(each.value.cidr_blocks[*], each.value.ipv6_cidr_blocks[*]))
      from_port = each.value.from_port
      to_port   = each.value.to_port
      protocol  = each.value.protocol
    }
  }

  from "aws_security_group_rule" {
    where = self.type == "ingress"
    value = {
      cidrs     = compact(concat(self.cidr_blocks[*], self.ipv6_cidr_blocks[*]))
      from_port = self.from_port
      to_port   = self.to_port
      protocol  = self.protocol
    }
  }

  from "aws_vpc_security_group_ingress_rule" {
    value = {
      cidrs     = compact([self.cidr_ipv4, self.cidr_ipv6])
      from_port = self.from_port
      to_port   = self.to_port
      protocol  = self.ip_protocol
    }
  }
}

view "aws.s3_encryption" {
  description = "The default encryption of an S3 bucket: `bucket` and its `rule` blocks, from the resource of its own or from within the bucket."

  from "aws_s3_bucket_server_side_encryption_configuration" {
    value = { bucket = self.bucket, rule = self.rule }
  }

  # Inside the bucket, as it was written before version 4 of the provider.
  from "aws_s3_bucket" {
    for_each = self.server_side_encryption_configuration
    value    = { bucket = self, rule = each.value.rule }
  }
}
