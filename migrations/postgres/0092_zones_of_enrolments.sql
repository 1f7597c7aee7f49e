-- Finds the zones of a campaign's leads without going through all of them.
CREATE INDEX enrolments_zones ON enrolments (workspace_id, campaign_id, zone) WHERE zone <> '';
