-- Who a receipt is made out to is kept with the order when it is paid, so that later changes leave earlier receipts as they are.
ALTER TABLE orders ADD COLUMN buyer JSONB;
UPDATE orders SET buyer = (
    SELECT jsonb_build_object('name', coalesce(nullif(d.name, ''), w.name), 'address', coalesce(d.address, ''), 'tax_id', coalesce(d.tax_id, ''))
    FROM workspaces w LEFT JOIN billing_details d ON d.workspace_id = w.id WHERE w.id = orders.workspace_id)
    WHERE receipt_number IS NOT NULL;

-- A plan's renewal is announced once by mail.
ALTER TABLE subscriptions ADD COLUMN announced_end BIGINT;               -- the end of the month that was announced
