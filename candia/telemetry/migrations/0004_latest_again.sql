-- The view that was away while the rows were moved; what was moved is known to `latest` already.
CREATE MATERIALIZED VIEW IF NOT EXISTS latest_of_observations TO latest AS
SELECT property, entity, time, value, state FROM observations
ORDER BY property, entity, time DESC, received DESC
LIMIT 1 BY property, entity;
