//! Fields by which programs are known, as the beginnings of their names in small letters.

/// Fields of ticket systems: their mail is marked as a machine's even where an agent wrote it.
pub const TICKET_FIELDS: &[&str] = &[
    "x-zendesk-",
    "x-jira-",
    "x-freshdesk-",
    "x-fd-",
    "x-otrs-",
    "x-rt-",
    "rt-ticket",
    "rt-originator",
    "x-helpscout-",
    "x-hs-",
    "x-intercom-",
    "x-servicenow-",
    "x-front-",
    "x-gorgias-",
    "x-kayako-",
    "x-osticket-",
    "x-zammad-",
    "x-desk-",
    "x-zoho-desk",
    "x-hubspot-ticket",
    "x-salesforce-case",
    "x-sfdc-",
    "x-znuny-",
    "x-glpi-",
    "x-request-tracker",
];

/// Fields of programs that ask for proof that a person wrote.
pub const CHALLENGE_FIELDS: &[&str] =
    &["x-challenge", "x-boxtrapper", "x-spamarrest", "x-tmda-", "x-askmail", "x-mailinblack", "x-cr-", "x-bluebottle"];
