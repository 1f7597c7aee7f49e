-- One time zone for a workspace: days of filters, hours of standing requests and times on pages are those of this zone.
ALTER TABLE workspaces ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';            -- IANA name; empty: not chosen
