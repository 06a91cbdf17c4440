-- What was observed, as it came. Whoever comes later with the same property, entity and time replaces it:
-- `received` is when the stream took it, the same at each delivery.
CREATE TABLE observations
(
    property LowCardinality(String),
    entity String,
    time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    value Nullable(Float64) CODEC(ZSTD(1)),
    state LowCardinality(String) DEFAULT '',
    received DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toYYYYMM(time, 'UTC')
ORDER BY (property, toDate(time), entity, time)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

-- Each hour of each entity, computed anew from the observations whenever one of them comes.
-- `numbers` are the observations that hold one; `increase` is what a counter rose by between readings of this hour, `fresh` that its first reading
-- begins a new baseline (an exchanged meter).
CREATE TABLE hourly
(
    property LowCardinality(String),
    hour DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    entity String,
    count UInt32 CODEC(ZSTD(1)),
    numbers UInt32 CODEC(ZSTD(1)),
    sum Nullable(Float64) CODEC(ZSTD(1)),
    min Nullable(Float64) CODEC(ZSTD(1)),
    max Nullable(Float64) CODEC(ZSTD(1)),
    first Nullable(Float64) CODEC(ZSTD(1)),
    last Nullable(Float64) CODEC(ZSTD(1)),
    first_time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    increase Float64 CODEC(ZSTD(1)),
    fresh Bool,
    last_state LowCardinality(String),
    computed DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed)
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (property, toDate(hour), entity, hour)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

-- The newest observation of each entity and property, so that a silent meter is found as fast as a talking one.
CREATE TABLE latest
(
    property LowCardinality(String),
    entity String,
    time DateTime64(3, 'UTC'),
    value Nullable(Float64),
    state LowCardinality(String)
)
ENGINE = ReplacingMergeTree(time)
ORDER BY (property, entity);

CREATE MATERIALIZED VIEW latest_of_observations TO latest AS
SELECT property, entity, time, value, state FROM observations
ORDER BY property, entity, time DESC, received DESC
LIMIT 1 BY property, entity;
