-- Where a credential may be sent, in clear and authenticated by its seal: changed here alone, the value does not open.
-- A row from before has none, and goes nowhere until its value is set again.
ALTER TABLE credentials ADD COLUMN destinations text[] NOT NULL DEFAULT '{}';
GRANT UPDATE (destinations) ON credentials TO keyreeve_app;
