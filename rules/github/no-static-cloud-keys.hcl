rule "github-no-static-cloud-keys" {
  title    = "Workflows reach the cloud without long-lived keys"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A key that never expires works for whoever got hold of it, from anywhere, until somebody notices."
    "CC6.2" = "A key in the settings of a repository belongs to nobody, so nobody's departure removes it."
  }

  rationale   = "AWS, Azure and Google Cloud take GitHub's own identity token (OIDC) and give credentials for minutes, bound to the repository, the branch or the environment."
  remediation = "Use OIDC: `role-to-assume` on AWS, `client-id` with a federated credential on Azure, `workload_identity_provider` on Google Cloud."
  references  = ["https://docs.github.com/en/actions/concepts/security/openid-connect"]

  match "github.step" {
    where = self.uses != null
  }

  assert {
    condition     = self.uses_action != "aws-actions/configure-aws-credentials" || self.with["aws-secret-access-key"] == null
    at            = self.with["aws-secret-access-key"]
    error_message = "the pipeline signs in to AWS with a long-lived key"
  }

  assert {
    condition     = self.uses_action != "google-github-actions/auth" || self.with.credentials_json == null
    at            = self.with.credentials_json
    error_message = "the pipeline signs in to Google Cloud with a service account key"
  }

  assert {
    condition     = lower(written(self.uses_action)) != "azure/login" || self.with.creds == null
    at            = self.with.creds
    error_message = "the pipeline signs in to Azure with a client secret"
  }

  fails "keys of three clouds" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        deploy:
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
              with:
                aws-access-key-id: $${{ secrets.AWS_ACCESS_KEY_ID }}
                aws-secret-access-key: $${{ secrets.AWS_SECRET_ACCESS_KEY }} #~ here
            - uses: google-github-actions/auth@6fc4af4b145ae7821d527454aa9bd537d1f2dc5f
              with:
                credentials_json: $${{ secrets.GOOGLE_KEY }} #~ here
            - uses: azure/login@a65d910e8af852a8061c627c456678983e180302
              with:
                creds: $${{ secrets.AZURE_CREDENTIALS }} #~ here
    YAML
  }

  passes "a role that is assumed with GitHub's token" {
    code = <<-YAML
      on: push
      permissions:
        id-token: write
      jobs:
        deploy:
          runs-on: ubuntu-latest
          steps:
            - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
              with:
                role-to-assume: arn:aws:iam::111122223333:role/deploy
    YAML
  }
}
