-- Why a lead request waits or ended is a code with its parameters; pages have the sentences.
-- The words of earlier versions that name a source are kept as they are: they cannot be taken apart for sure.
ALTER TABLE lead_requests ADD COLUMN reason JSONB;

UPDATE lead_requests SET reason = CASE
    WHEN state_reason LIKE 'Every lead you asked for%' THEN jsonb_build_object('code', 'delivered')
    WHEN state_reason LIKE 'Cancelled%' THEN jsonb_build_object('code', 'cancelled')
    WHEN state_reason LIKE 'Sourcing kept failing%' THEN jsonb_build_object('code', 'kept_failing')
    WHEN state_reason LIKE 'Nobody said to go on%' THEN jsonb_build_object('code', 'not_approved')
    WHEN state_reason LIKE 'Still paused%' THEN jsonb_build_object('code', 'still_paused')
    WHEN state_reason LIKE 'Not done within%' THEN jsonb_build_object('code', 'too_old')
    WHEN state_reason LIKE 'No progress for%' THEN jsonb_build_object('code', 'no_progress')
    WHEN state_reason LIKE 'Interrupted%' THEN jsonb_build_object('code', 'interrupted')
    WHEN state_reason = 'Nobody else matches these criteria' THEN jsonb_build_object('code', 'no_one_else', 'unanswered', '[]'::jsonb)
    ELSE jsonb_build_object('code', 'earlier', 'text', state_reason)
END
WHERE state_reason IS NOT NULL;

ALTER TABLE lead_requests DROP COLUMN state_reason;
