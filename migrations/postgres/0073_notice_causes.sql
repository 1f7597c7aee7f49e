-- Several messages may be about one cause: only the strongest is shown, with its button, and mailed when they come together.
ALTER TABLE notices ADD COLUMN cause TEXT;
ALTER TABLE notices ADD COLUMN strength BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN action TEXT;
UPDATE notices SET cause = 'credits', action = 'Buy credits',
    strength = CASE key WHEN 'no-credits' THEN 3 WHEN 'alert:credits' THEN 2 ELSE 1 END
    WHERE key IN ('no-credits', 'alert:credits', 'alert:runway');
