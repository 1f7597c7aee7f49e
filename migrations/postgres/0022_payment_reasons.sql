-- Why an order is in its state, why a plan ended and why automatic top-up stopped are codes with parameters; pages have
-- the sentences. Words that no earlier version wrote are kept as they are.

ALTER TABLE orders ADD COLUMN reason JSONB;

UPDATE orders SET reason = CASE
    WHEN state = 'created' AND state_reason = 'The payment was declined.' THEN jsonb_build_object('code', 'card_declined', 'message', NULL)
    WHEN state = 'created' THEN jsonb_build_object('code', 'card_declined', 'message', state_reason)
    WHEN state_reason LIKE 'The credits arrive as soon as%' THEN jsonb_build_object('code', 'on_its_way')
    WHEN state_reason LIKE 'The credits are in your balance%' THEN jsonb_build_object('code', 'paid')
    WHEN state_reason LIKE 'The payment was declined%' THEN jsonb_build_object('code', 'declined')
    WHEN state_reason LIKE 'It was not paid in time%' THEN jsonb_build_object('code', 'expired')
    WHEN state_reason LIKE 'It was not paid within 24 hours%' THEN jsonb_build_object('code', 'unpaid')
    WHEN state_reason LIKE 'Cancelled before paying%' THEN jsonb_build_object('code', 'cancelled')
    WHEN state_reason LIKE 'Another choice was made instead%' THEN jsonb_build_object('code', 'replaced')
    WHEN state_reason LIKE 'The whole price goes back%' THEN jsonb_build_object('code', 'refunded')
    WHEN state_reason LIKE 'The refund did not reach you%' THEN jsonb_build_object('code', 'refund_failed')
    ELSE jsonb_build_object('code', 'earlier', 'text', state_reason)
END
WHERE state_reason IS NOT NULL;

ALTER TABLE orders DROP COLUMN state_reason;

ALTER TABLE subscriptions ADD COLUMN reason JSONB;

UPDATE subscriptions SET reason = CASE
    WHEN ended_reason = 'Cancelled.' THEN jsonb_build_object('code', 'cancelled')
    WHEN ended_reason LIKE 'The renewal was not paid%' THEN jsonb_build_object('code', 'not_paid')
    WHEN ended_reason LIKE 'Ended at the payment provider%' THEN jsonb_build_object('code', 'at_provider')
    ELSE jsonb_build_object('code', 'earlier', 'text', ended_reason)
END
WHERE ended_reason IS NOT NULL;

ALTER TABLE subscriptions DROP COLUMN ended_reason;

ALTER TABLE top_ups ADD COLUMN reason JSONB;

UPDATE top_ups SET reason = CASE
    WHEN stop_reason LIKE 'The last payment was declined%' THEN jsonb_build_object('code', 'declined')
    WHEN stop_reason LIKE 'The package is no longer sold%' THEN jsonb_build_object('code', 'not_for_sale')
    ELSE jsonb_build_object('code', 'earlier', 'text', stop_reason)
END
WHERE stop_reason IS NOT NULL;

ALTER TABLE top_ups DROP COLUMN stop_reason;

-- The note of a refund is what the provider says of one that failed; its state and origin say the rest.
UPDATE refunds SET note = NULL WHERE state <> 'failed' OR note = 'The bank did not take it.';
