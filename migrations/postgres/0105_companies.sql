-- Whether an answer of one person holds the mails to the others of the company.
ALTER TABLE campaign_sending ADD COLUMN stop_company BOOLEAN NOT NULL DEFAULT false;
