-- Up to which message of the stream this store holds what devices said, its hours included. It lies beside the
-- rows themselves: a store that was brought back from a backup knows from where it must be filled again.
-- `newest` is the last message that the stream had at that moment.
CREATE TABLE position
(
    stream LowCardinality(String),
    sequence UInt64,
    received DateTime64(6, 'UTC'),
    newest UInt64,
    noted DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (stream, sequence)
TTL toDateTime(noted) + INTERVAL 30 DAY;

-- Damaged parts that were refilled, or whose loss an operator has taken note of.
CREATE TABLE settled (part String, settled DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY part;

-- However much of a table is damaged, the rest of it is served: by default ClickHouse gives up a table that has lost
-- more than a gigabyte, and a city's month is larger than that.
ALTER TABLE observations MODIFY SETTING max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;
ALTER TABLE hourly MODIFY SETTING max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;
ALTER TABLE latest MODIFY SETTING max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;
