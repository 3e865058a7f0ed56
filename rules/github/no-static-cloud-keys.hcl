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

  match "github.workflow" "github.job" "github.step" {
    where = self.uses_action != null || self.env != null
  }

  # With a session token the key is one that another step was given for minutes.
  assert {
    condition = (
      self.uses_action != "aws-actions/configure-aws-credentials"
      || self.with["aws-secret-access-key"] == null
      || self.with["aws-session-token"] != null
    )
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

  # The variables that the tools of the clouds sign in with. What a step gives lives for minutes; where an input
  # comes from is not known, so the last question is to the value and not to what is written.
  assert {
    for_each = {
      for name in ["AWS_SECRET_ACCESS_KEY", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "GOOGLE_CREDENTIALS"] :
      name => self.env[name] if self.env[name] != null
    }
    condition = (
      self.env.AWS_SESSION_TOKEN != null
      || matches("\\$\\{\\{\\s*(steps|needs)[.\\[]", or_default(written(each.value), ""))
      || !matches("\\$\\{\\{.*\\bsecrets[.\\[]", or_default(written(each.value), "")) && !matches("^key of unknown origin$", each.value)
    )
    at            = each.value
    error_message = "the pipeline signs in to the cloud with a long-lived key in ${each.key}"
  }

  fails "keys in the environment of a workflow, a job and a step" {
    code = <<-YAML
      on: push
      permissions: {}
      env:
        ARM_CLIENT_SECRET: $${{ secrets.ARM_CLIENT_SECRET }} #~ here
      jobs:
        deploy:
          runs-on: ubuntu-latest
          env:
            GOOGLE_CREDENTIALS: $${{ secrets['GOOGLE_KEY'] }} #~ here
          steps:
            - run: ./deploy.sh
              env:
                AWS_SECRET_ACCESS_KEY: $${{ secrets.AWS_SECRET_ACCESS_KEY }} #~ here
    YAML
  }

  passes "keys for minutes, and for an emulator" {
    code = <<-YAML
      on: push
      permissions:
        id-token: write
      jobs:
        deploy:
          runs-on: ubuntu-latest
          steps:
            - run: ./deploy.sh
              env:
                AWS_SECRET_ACCESS_KEY: $${{ steps.role.outputs.secret_access_key }}
            - run: make test
              env:
                AWS_SECRET_ACCESS_KEY: test
            - run: ./deploy.sh
              env:
                AWS_SECRET_ACCESS_KEY: $${{ secrets.KEY_OF_TODAY }}
                AWS_SESSION_TOKEN: $${{ secrets.TOKEN_OF_TODAY }}
            - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
              with:
                aws-access-key-id: $${{ steps.role.outputs.access_key_id }}
                aws-secret-access-key: $${{ steps.role.outputs.secret_access_key }}
                aws-session-token: $${{ steps.role.outputs.session_token }}
    YAML
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
