-- What a request holds: its leads at the cheapest price as far as the directory has people, the rest at the price of the others (C1).
-- Requests made before hold every lead at the dearest price.
ALTER TABLE lead_requests ADD COLUMN ceiling INTEGER;
UPDATE lead_requests SET ceiling = quantity * price;
