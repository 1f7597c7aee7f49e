-- Where a company has its headquarters: people are searched for by it as well.
ALTER TABLE contacts ADD COLUMN hq_country TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN hq_region TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN hq_city TEXT NOT NULL DEFAULT '';
