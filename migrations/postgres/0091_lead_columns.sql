-- The columns of customers' own lists that are nothing a lead has by itself: fields for the emails of its campaigns. At most 30
-- a lead, each at most 500 characters. A list that brings a lead again replaces what an earlier one said.
CREATE TABLE lead_columns (
    workspace_id UUID NOT NULL,
    lead_id      UUID NOT NULL,
    cells        JSONB NOT NULL,                           -- pairs of name and value, without empty ones
    PRIMARY KEY (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id)
);
