-- The rows of one thing lie together, whatever their day: a curve is read from one place of each part, and what
-- repeats from reading to reading is packed well. Lying in this order, neighbouring values differ in a few bits.
-- The rows themselves are moved by candia/telemetry/move.py.
DROP VIEW IF EXISTS latest_of_observations;

CREATE TABLE IF NOT EXISTS observations_by_entity
(
    property LowCardinality(String),
    entity String CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    value Nullable(Float64) CODEC(Delta(8), ZSTD(1)),
    state LowCardinality(String) DEFAULT '',
    received DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toYYYYMM(time, 'UTC')
ORDER BY (property, entity, time)
SETTINGS index_granularity = 1024, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;

-- Most hours hold one reading, whose value is their first, last, least, greatest and sum: it is kept once, and what
-- `several` readings make of it is zero then. Questions see the columns that they know.
CREATE TABLE IF NOT EXISTS hourly_by_entity
(
    property LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    entity String CODEC(ZSTD(1)),
    count UInt32 CODEC(ZSTD(1)),
    numbers UInt32 CODEC(ZSTD(1)),
    first Nullable(Float64) CODEC(Delta(8), ZSTD(1)),
    several_sum Float64 CODEC(Delta(8), ZSTD(1)),
    several_min Float64 CODEC(Delta(8), ZSTD(1)),
    several_max Float64 CODEC(Delta(8), ZSTD(1)),
    several_last Float64 CODEC(Delta(8), ZSTD(1)),
    sum Nullable(Float64) ALIAS if(numbers > 1, several_sum, first),
    min Nullable(Float64) ALIAS if(numbers > 1, several_min, first),
    max Nullable(Float64) ALIAS if(numbers > 1, several_max, first),
    last Nullable(Float64) ALIAS if(numbers > 1, several_last, first),
    first_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lasting UInt32 CODEC(ZSTD(1)),
    last_time DateTime64(3, 'UTC') ALIAS addMilliseconds(first_time, lasting),
    increase Float64 CODEC(ZSTD(1)),
    fresh Bool,
    last_state LowCardinality(String),
    computed DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed)
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (property, entity, hour)
SETTINGS index_granularity = 1024, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;
