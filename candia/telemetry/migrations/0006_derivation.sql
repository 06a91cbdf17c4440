-- How far each derived property is: steps before `until` are computed, from hours of its sources that were
-- `computed` before this moment. Where nothing is noted all is computed again, which changes nothing that is right.
CREATE TABLE IF NOT EXISTS derivation
(
    property LowCardinality(String),
    revision UInt32,
    computed DateTime64(3, 'UTC'),
    until DateTime('UTC'),
    noted DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(noted)
ORDER BY property;
