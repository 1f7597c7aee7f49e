-- Why a lead request waits or ended is a code with its parameters; pages have the sentences.
-- The words of earlier versions that name a source are kept as they are: they cannot be taken apart for sure.
ALTER TABLE lead_requests ADD COLUMN reason TEXT;

UPDATE lead_requests SET reason = CASE
    WHEN state_reason LIKE 'Every lead you asked for%' THEN json_object('code', 'delivered')
    WHEN state_reason LIKE 'Cancelled%' THEN json_object('code', 'cancelled')
    WHEN state_reason LIKE 'Sourcing kept failing%' THEN json_object('code', 'kept_failing')
    WHEN state_reason LIKE 'Nobody said to go on%' THEN json_object('code', 'not_approved')
    WHEN state_reason LIKE 'Still paused%' THEN json_object('code', 'still_paused')
    WHEN state_reason LIKE 'Not done within%' THEN json_object('code', 'too_old')
    WHEN state_reason LIKE 'No progress for%' THEN json_object('code', 'no_progress')
    WHEN state_reason LIKE 'Interrupted%' THEN json_object('code', 'interrupted')
    WHEN state_reason = 'Nobody else matches these criteria' THEN json_object('code', 'no_one_else', 'unanswered', json_array())
    ELSE json_object('code', 'earlier', 'text', state_reason)
END
WHERE state_reason IS NOT NULL;

ALTER TABLE lead_requests DROP COLUMN state_reason;
