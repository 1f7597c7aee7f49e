-- Message-IDs that a provider put in place of ours, learned from the copy in the folder of sent mails: answers and reports name these.
CREATE TABLE send_aliases (
    workspace_id UUID NOT NULL,
    message_id   TEXT NOT NULL,
    send_id      UUID NOT NULL,
    learned_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, message_id),
    FOREIGN KEY (workspace_id, send_id) REFERENCES sends (workspace_id, id)
);
CREATE INDEX send_aliases_of_send ON send_aliases (workspace_id, send_id);
