-- Whether an answer of one person holds the mails to the others of the company.
ALTER TABLE campaign_sending ADD COLUMN stop_company INTEGER NOT NULL DEFAULT 0;

-- When the recipient reported a mail as spam. It had arrived, so it did not come back.
ALTER TABLE sends ADD COLUMN complained_at INTEGER;
CREATE INDEX sends_complained ON sends (workspace_id, campaign_id, complained_at) WHERE complained_at IS NOT NULL;
