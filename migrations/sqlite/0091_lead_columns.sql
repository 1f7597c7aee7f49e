-- The columns of customers' own lists that leads have no field for: they become fields of the emails of their campaigns. At most
-- 30 a lead, each at most 500 characters. A list that brings a lead again replaces what an earlier one said.
CREATE TABLE lead_columns (
    workspace_id BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    cells        TEXT NOT NULL,                            -- JSON: pairs of name and value, without empty ones
    PRIMARY KEY (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
) STRICT;
