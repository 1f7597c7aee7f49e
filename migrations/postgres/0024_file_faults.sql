-- What is wrong with an imported file or a customer's own list is a code with parameters; pages have the sentences. Words that
-- no earlier version wrote are kept as they are.

ALTER TABLE imports ADD COLUMN fault_code JSONB;
UPDATE imports SET fault_code = CASE
    WHEN fault LIKE 'The file cannot be read: %' THEN jsonb_build_object('code', 'unreadable', 'detail', substr(fault, 26))
    WHEN fault = 'The file is empty.' THEN jsonb_build_object('code', 'empty')
    WHEN fault LIKE 'Row %' AND fault LIKE '% is longer than 1024 kB.%' THEN jsonb_build_object('code', 'row_too_long', 'row', cast(split_part(fault, chr(32), 2) AS INTEGER))
    WHEN fault LIKE 'No column holds email addresses.%' THEN jsonb_build_object('code', 'no_email_column')
    WHEN fault LIKE 'The file cannot be read as CSV: %' THEN jsonb_build_object('code', 'csv', 'detail', substr(fault, 33))
    WHEN fault LIKE 'It was ended before all rows were read%' THEN jsonb_build_object('code', 'ended')
    ELSE jsonb_build_object('code', 'earlier', 'text', fault)
END
WHERE fault <> '';
ALTER TABLE imports DROP COLUMN fault;
ALTER TABLE imports RENAME COLUMN fault_code TO fault;

ALTER TABLE own_lists ADD COLUMN fault_code JSONB;
UPDATE own_lists SET fault_code = CASE
    WHEN fault LIKE 'The file cannot be read: %' THEN jsonb_build_object('code', 'unreadable', 'detail', substr(fault, 26))
    WHEN fault = 'The file is empty.' THEN jsonb_build_object('code', 'empty')
    WHEN fault LIKE 'Row %' AND fault LIKE '% is longer than 1024 kB.%' THEN jsonb_build_object('code', 'row_too_long', 'row', cast(split_part(fault, chr(32), 2) AS INTEGER))
    WHEN fault LIKE 'No column holds email addresses.%' THEN jsonb_build_object('code', 'no_email_column')
    WHEN fault LIKE 'The file cannot be read as CSV: %' THEN jsonb_build_object('code', 'csv', 'detail', substr(fault, 33))
    WHEN fault LIKE 'It was ended before all rows were read%' THEN jsonb_build_object('code', 'ended')
    ELSE jsonb_build_object('code', 'earlier', 'text', fault)
END
WHERE fault <> '';
ALTER TABLE own_lists DROP COLUMN fault;
ALTER TABLE own_lists RENAME COLUMN fault_code TO fault;
