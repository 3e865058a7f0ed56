# The criteria of SOC 2 that rules may name, in our own words. Their order is the order of reports.

criterion "CC6.1" {
  title       = "Access to protected assets"
  description = "Only people and programs that are allowed to can reach protected data and systems: identities, credentials, network boundaries, encryption and keys see to it."
}

criterion "CC6.2" {
  title       = "Registering and removing users"
  description = "Nobody gets credentials before being registered and approved, and credentials end when the need for them ends."
}

criterion "CC6.3" {
  title       = "Roles and least privilege"
  description = "Access follows a person's role, is no wider than the work needs, is reviewed, and no one person holds duties that should check each other."
}

criterion "CC6.4" {
  title       = "Physical access"
  description = "Only people who are allowed to can enter places where systems and data are kept."
}

criterion "CC6.5" {
  title       = "Disposal"
  description = "Protection ends only after data and software are no longer needed and can no longer be read or recovered."
}

criterion "CC6.6" {
  title       = "Threats from outside"
  description = "Measures at the boundary of the system keep out what comes from beyond it."
}

criterion "CC6.7" {
  title       = "Data in motion"
  description = "Data is sent, moved and removed only by those who may, and is protected on its way."
}

criterion "CC6.8" {
  title       = "Unauthorised and malicious software"
  description = "Software that was not approved, or that does harm, is kept from being installed, or found and acted upon."
}

criterion "CC7.1" {
  title       = "Finding weak configuration and new vulnerabilities"
  description = "Changes that open a weakness, and vulnerabilities that become known, are detected by continual checks."
}

criterion "CC7.2" {
  title       = "Watching for anomalies"
  description = "Systems are watched for signs of attack, error and failure, and what is seen is analysed."
}

criterion "CC7.3" {
  title       = "Judging security events"
  description = "Events are looked into to tell whether they are incidents, and what is an incident is acted upon."
}

criterion "CC7.4" {
  title       = "Responding to incidents"
  description = "Incidents are contained, mended and told to those concerned by a response that was defined beforehand."
}

criterion "CC7.5" {
  title       = "Recovering from incidents"
  description = "After an incident, systems and data are brought back to a known good state, and what was learnt is put to use."
}

criterion "CC8.1" {
  title       = "Change management"
  description = "Changes to infrastructure, software and configuration are authorised, tested, approved and traceable before they reach production."
}

criterion "CC9.2" {
  title       = "Vendors and partners"
  description = "The risks that come with vendors and partners are known and dealt with."
}

criterion "A1.2" {
  title       = "Backup and recovery"
  description = "Capacity, backups and the means of recovery are in place so that the system stays available as promised."
}
