-- Why a lead is to get no further mail: it left the campaign, or a later row of its own list says not to write to it.
ALTER TABLE campaign_departures ADD COLUMN code TEXT NOT NULL DEFAULT 'removed';
