-- How many leads a campaign has, kept with them: pages show it, and counting tens of thousands of rows for each was most of
-- their time. The proof compares it with the rows.
ALTER TABLE campaigns ADD COLUMN leads BIGINT NOT NULL DEFAULT 0 CHECK (leads >= 0);
UPDATE campaigns SET leads = (
    SELECT count(*) FROM campaign_leads m WHERE m.workspace_id = campaigns.workspace_id AND m.campaign_id = campaigns.id);
