-- Credits that came again after a failed refund or a won dispute belong to the purchase that paid for them (C19), and so do those that
-- moved from an expired lot of it (C12). The lot names its order, so that a later refund or dispute reaches it.
ALTER TABLE credit_lots ADD COLUMN origin_order_id UUID;
CREATE INDEX credit_lots_by_origin ON credit_lots (workspace_id, origin_order_id) WHERE origin_order_id IS NOT NULL;

-- What comes back to one lot of an order pays what another one owes, so all that owe are read with the live ones.
DROP INDEX credit_lots_live;
CREATE INDEX credit_lots_live ON credit_lots (workspace_id) WHERE remaining > 0 OR held > 0 OR owed > 0;

-- Lots from before: the key of the movement that filled them names the refund or the dispute.
UPDATE credit_lots SET origin_order_id = known.order_id
FROM (SELECT t.workspace_id, t.lot_id, r.order_id
      FROM refunds r
      JOIN credit_transfers t ON t.workspace_id = r.workspace_id AND t.kind = 'grant'
          AND t.idempotency_key = 'refund-failed:' || CAST(r.id AS text)
      UNION ALL
      SELECT t.workspace_id, t.lot_id, d.order_id
      FROM disputes d
      JOIN credit_transfers t ON t.workspace_id = d.workspace_id AND t.kind = 'grant'
          AND t.idempotency_key = 'dispute-won:' || d.reference) known
WHERE credit_lots.workspace_id = known.workspace_id AND credit_lots.id = known.lot_id AND credit_lots.order_id IS NULL;

-- Refund lots of a day: where all that is in one came from lots of the same order. What came from several stays as it is.
UPDATE credit_lots SET origin_order_id = known.order_id
FROM (SELECT g.workspace_id, g.lot_id, (array_agg(coalesce(l.order_id, l.origin_order_id)))[1] AS order_id
      FROM credit_transfers g
      JOIN credit_transfers m ON m.workspace_id = g.workspace_id AND m.idempotency_key = 'move:' || substr(g.idempotency_key, 8)
      JOIN credit_lots l ON l.workspace_id = m.workspace_id AND l.id = m.lot_id
      WHERE g.kind = 'grant' AND g.idempotency_key LIKE 'rescue:%'
      GROUP BY g.workspace_id, g.lot_id
      HAVING count(DISTINCT coalesce(l.order_id, l.origin_order_id)) = 1
          AND count(*) = count(coalesce(l.order_id, l.origin_order_id))) known
WHERE credit_lots.workspace_id = known.workspace_id AND credit_lots.id = known.lot_id AND credit_lots.order_id IS NULL;
