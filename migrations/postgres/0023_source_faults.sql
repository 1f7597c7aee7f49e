-- What is wrong with a source is a code with parameters; pages have the sentences. Words that cannot be taken apart for sure are
-- kept as they are.

ALTER TABLE http_sources ADD COLUMN fault_code JSONB;
UPDATE http_sources SET fault_code = CASE
    WHEN fault = 'it cannot be reached' THEN jsonb_build_object('code', 'unreachable')
    WHEN fault = 'it did not answer in time' THEN jsonb_build_object('code', 'slow')
    WHEN fault = 'its answer is larger than 8 MB' THEN jsonb_build_object('code', 'too_large')
    WHEN fault LIKE 'it answered with status ___' THEN jsonb_build_object('code', 'down', 'status', cast(substr(fault, 25, 3) AS INTEGER))
    WHEN fault LIKE 'it refused with status ___' THEN jsonb_build_object('code', 'refused', 'status', cast(substr(fault, 24, 3) AS INTEGER), 'reason', '')
    WHEN fault LIKE 'it refused with status ___: %' THEN jsonb_build_object('code', 'refused', 'status', cast(substr(fault, 24, 3) AS INTEGER), 'reason', substr(fault, 29))
    WHEN fault = 'its answer is no JSON' THEN jsonb_build_object('code', 'not_json')
    WHEN fault LIKE 'its answer breaks the contract: %' THEN jsonb_build_object('code', 'shape', 'detail', substr(fault, 33))
    WHEN fault = 'it sent the same page again' THEN jsonb_build_object('code', 'same_page')
    WHEN fault = 'it was switched off' THEN jsonb_build_object('code', 'switched_off')
    WHEN fault LIKE 'its cost limit for one request is reached' THEN jsonb_build_object('code', 'cost_reached')
    WHEN fault LIKE 'it gave too few people in too many pages' THEN jsonb_build_object('code', 'too_few')
    WHEN fault = 'it failed a moment ago' THEN jsonb_build_object('code', 'rests')
    ELSE jsonb_build_object('code', 'earlier', 'text', fault)
END
WHERE fault IS NOT NULL;
ALTER TABLE http_sources DROP COLUMN fault;
ALTER TABLE http_sources RENAME COLUMN fault_code TO fault;

ALTER TABLE lead_request_sources ADD COLUMN fault_code JSONB;
UPDATE lead_request_sources SET fault_code = CASE
    WHEN fault = 'it cannot be reached' THEN jsonb_build_object('code', 'unreachable')
    WHEN fault = 'it did not answer in time' THEN jsonb_build_object('code', 'slow')
    WHEN fault = 'its answer is larger than 8 MB' THEN jsonb_build_object('code', 'too_large')
    WHEN fault LIKE 'it answered with status ___' THEN jsonb_build_object('code', 'down', 'status', cast(substr(fault, 25, 3) AS INTEGER))
    WHEN fault LIKE 'it refused with status ___' THEN jsonb_build_object('code', 'refused', 'status', cast(substr(fault, 24, 3) AS INTEGER), 'reason', '')
    WHEN fault LIKE 'it refused with status ___: %' THEN jsonb_build_object('code', 'refused', 'status', cast(substr(fault, 24, 3) AS INTEGER), 'reason', substr(fault, 29))
    WHEN fault = 'its answer is no JSON' THEN jsonb_build_object('code', 'not_json')
    WHEN fault LIKE 'its answer breaks the contract: %' THEN jsonb_build_object('code', 'shape', 'detail', substr(fault, 33))
    WHEN fault = 'it sent the same page again' THEN jsonb_build_object('code', 'same_page')
    WHEN fault = 'it was switched off' THEN jsonb_build_object('code', 'switched_off')
    WHEN fault LIKE 'its cost limit for one request is reached' THEN jsonb_build_object('code', 'cost_reached')
    WHEN fault LIKE 'it gave too few people in too many pages' THEN jsonb_build_object('code', 'too_few')
    WHEN fault = 'it failed a moment ago' THEN jsonb_build_object('code', 'rests')
    ELSE jsonb_build_object('code', 'earlier', 'text', fault)
END
WHERE fault IS NOT NULL;
ALTER TABLE lead_request_sources DROP COLUMN fault;
ALTER TABLE lead_request_sources RENAME COLUMN fault_code TO fault;

-- A request that waits for a source names what is wrong with it in the same way.
UPDATE lead_requests SET reason = jsonb_set(reason, '{fault}', jsonb_build_object('code', 'earlier', 'text', reason ->> 'fault'))
WHERE reason ->> 'code' = 'source_failed';
