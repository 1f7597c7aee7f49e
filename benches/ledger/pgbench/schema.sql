-- The plain version of a credit ledger, as pgbench runs it.
DROP TABLE IF EXISTS plain, plain_account;
CREATE TABLE plain_account (id bigint PRIMARY KEY, available bigint NOT NULL, held bigint NOT NULL);
CREATE TABLE plain (tenant bigint NOT NULL, key bigint NOT NULL, available bigint NOT NULL, held bigint NOT NULL,
    PRIMARY KEY (tenant, key));
INSERT INTO plain_account SELECT id, 1000000000000, 1000000000000 FROM generate_series(1, 1000) id;
