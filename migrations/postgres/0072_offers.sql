-- Packages are named by their number of credits, and a plan is cheaper per lead than every package up to its size. Only offers that
-- the operator left as they were change; what was sold keeps its name and price.
UPDATE packages SET name = '500 credits' WHERE id = '01930000-0000-7000-8000-000000000001'
    AND name = 'Starter' AND credits = 500 AND amount_minor = 1900 AND currency = 'USD' AND retired_at IS NULL;
UPDATE packages SET name = '2,000 credits' WHERE id = '01930000-0000-7000-8000-000000000002'
    AND name = 'Team' AND credits = 2000 AND amount_minor = 4900 AND currency = 'USD' AND retired_at IS NULL;
UPDATE packages SET name = '10,000 credits' WHERE id = '01930000-0000-7000-8000-000000000003'
    AND name = 'Growth' AND credits = 10000 AND amount_minor = 14900 AND currency = 'USD' AND retired_at IS NULL;
UPDATE packages SET name = '25,000 credits' WHERE id = '01930000-0000-7000-8000-000000000004'
    AND name = 'Scale' AND credits = 25000 AND amount_minor = 29900 AND currency = 'USD' AND retired_at IS NULL;

-- A plan that was ordered stays, off the list; its successor has another id.
INSERT INTO plans (id, name, credits, amount_minor, currency, position, created_at)
SELECT CASE credits WHEN 1000 THEN '01930000-0000-7000-8000-000000000111' WHEN 5000 THEN '01930000-0000-7000-8000-000000000112' ELSE '01930000-0000-7000-8000-000000000113' END::uuid,
    name, credits, CASE credits WHEN 1000 THEN 2500 WHEN 5000 THEN 7900 ELSE 21900 END, currency, position, 0
FROM plans
WHERE ((id = '01930000-0000-7000-8000-000000000101' AND name = 'Starter' AND credits = 1000 AND amount_minor = 2900)
        OR (id = '01930000-0000-7000-8000-000000000102' AND name = 'Growth' AND credits = 5000 AND amount_minor = 9900)
        OR (id = '01930000-0000-7000-8000-000000000103' AND name = 'Scale' AND credits = 20000 AND amount_minor = 29900))
    AND currency = 'USD' AND retired_at IS NULL AND EXISTS (SELECT 1 FROM orders WHERE plan_id = plans.id);
UPDATE plans SET retired_at = 0
WHERE ((id = '01930000-0000-7000-8000-000000000101' AND EXISTS (SELECT 1 FROM plans newer WHERE newer.id = '01930000-0000-7000-8000-000000000111'))
        OR (id = '01930000-0000-7000-8000-000000000102' AND EXISTS (SELECT 1 FROM plans newer WHERE newer.id = '01930000-0000-7000-8000-000000000112'))
        OR (id = '01930000-0000-7000-8000-000000000103' AND EXISTS (SELECT 1 FROM plans newer WHERE newer.id = '01930000-0000-7000-8000-000000000113')));
UPDATE plans SET amount_minor = CASE credits WHEN 1000 THEN 2500 WHEN 5000 THEN 7900 ELSE 21900 END
WHERE ((id = '01930000-0000-7000-8000-000000000101' AND name = 'Starter' AND credits = 1000 AND amount_minor = 2900)
        OR (id = '01930000-0000-7000-8000-000000000102' AND name = 'Growth' AND credits = 5000 AND amount_minor = 9900)
        OR (id = '01930000-0000-7000-8000-000000000103' AND name = 'Scale' AND credits = 20000 AND amount_minor = 29900))
    AND currency = 'USD' AND retired_at IS NULL;
