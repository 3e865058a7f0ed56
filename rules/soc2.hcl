# The criteria of SOC 2 that rules may name, in our own words. Their order is the order of reports.

criterion "CC6.1" {
  title       = "Access to protected assets"
  description = "Only people and programs that are allowed to can reach protected data and systems: identities, credentials, network boundaries, encryption and keys see to it."
  attested = [
    "Who has accounts in systems that are not in this repository, and that each of them has a second factor.",
    "That the inventory of systems and data is complete and is reviewed.",
  ]
}

criterion "CC6.2" {
  title       = "Registering and removing users"
  description = "Nobody gets credentials before being registered and approved, and credentials end when the need for them ends."
  attested = [
    "Who asked for an account and who approved it.",
    "On which day somebody left, and that every account ended then.",
  ]
}

criterion "CC6.3" {
  title       = "Roles and least privilege"
  description = "Access follows a person's role, is no wider than the work needs, is reviewed, and no one person holds duties that should check each other."
  attested = [
    "That access was reviewed, by whom, and what followed from it.",
    "That access held outside of this repository follows a role too.",
  ]
}

criterion "CC6.4" {
  title       = "Physical access"
  description = "Only people who are allowed to can enter places where systems and data are kept."
  attested = [
    "Who may enter offices and server rooms. For a cloud's data centres the provider's own report answers.",
  ]
}

criterion "CC6.5" {
  title       = "Disposal"
  description = "Protection ends only after data and software are no longer needed and can no longer be read or recovered."
  attested = [
    "Which data has to be destroyed by contract or law, and that it was.",
    "What became of disks, laptops and paper.",
  ]
}

criterion "CC6.6" {
  title       = "Threats from outside"
  description = "Measures at the boundary of the system keep out what comes from beyond it."
  attested = [
    "Remote access through tools that are set up elsewhere, and who is enrolled in them.",
  ]
}

criterion "CC6.7" {
  title       = "Data in motion"
  description = "Data is sent, moved and removed only by those who may, and is protected on its way."
  attested = [
    "How laptops, phones and removable media are protected.",
    "What people send, and to whom.",
  ]
}

criterion "CC6.8" {
  title       = "Unauthorised and malicious software"
  description = "Software that was not approved, or that does harm, is kept from being installed, or found and acted upon."
  attested = [
    "That laptops and servers outside of this repository are protected against malicious software.",
  ]
}

criterion "CC7.1" {
  title       = "Finding weak configuration and new vulnerabilities"
  description = "Changes that open a weakness, and vulnerabilities that become known, are detected by continual checks."
  attested = [
    "That what scans and alerts found was dealt with in time.",
  ]
}

criterion "CC7.2" {
  title       = "Watching for anomalies"
  description = "Systems are watched for signs of attack, error and failure, and what is seen is analysed."
  attested = [
    "That somebody looks at alerts, and how soon.",
    "That the tools which watch were working all the while.",
  ]
}

criterion "CC7.3" {
  title       = "Judging security events"
  description = "Events are looked into to tell whether they are incidents, and what is an incident is acted upon."
  attested = [
    "Which events were looked into, and what was decided.",
    "What an incident meant for personal and confidential data.",
  ]
}

criterion "CC7.4" {
  title       = "Responding to incidents"
  description = "Incidents are contained, mended and told to those concerned by a response that was defined beforehand."
  attested = [
    "That incidents were handled as the plan says: the records of each.",
    "Who was told, when, and what was learnt.",
  ]
}

criterion "CC7.5" {
  title       = "Recovering from incidents"
  description = "After an incident, systems and data are brought back to a known good state, and what was learnt is put to use."
  attested = [
    "That a restore was tried, and worked.",
    "That the cause was found and what was changed because of it.",
  ]
}

criterion "CC8.1" {
  title       = "Change management"
  description = "Changes to infrastructure, software and configuration are authorised, tested, approved and traceable before they reach production."
  attested = [
    "That a reviewer understood the change, and that tests were enough.",
    "Changes made by hand, outside of the pipeline.",
  ]
}

criterion "CC9.2" {
  title       = "Vendors and partners"
  description = "The risks that come with vendors and partners are known and dealt with."
}

criterion "A1.2" {
  title       = "Backup and recovery"
  description = "Capacity, backups and the means of recovery are in place so that the system stays available as promised."
}
