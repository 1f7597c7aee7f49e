-- Money back is a debt of the lot (C19): what a purchase owes after a refund or a dispute leaves its lot as soon as it comes back.
ALTER TABLE credit_lots ADD COLUMN owed BIGINT NOT NULL DEFAULT 0 CHECK (owed >= 0 AND owed <= held + captured - refunded);
-- The sum over the lots. The ledger keeps accounts in memory while nothing is owed, and reads them again while something is.
ALTER TABLE credit_accounts ADD COLUMN owed BIGINT NOT NULL DEFAULT 0 CHECK (owed >= 0);
-- What was not in the lot when the money went back.
ALTER TABLE refunds ADD COLUMN owed BIGINT NOT NULL DEFAULT 0 CHECK (owed >= 0);
ALTER TABLE disputes ADD COLUMN owed BIGINT NOT NULL DEFAULT 0 CHECK (owed >= 0);
