-- What each counter did on each of the city's days, computed anew from its hours whenever one of them changes; so
-- that what everybody used in a month is told from thirty rows of each. `increase` is what it rose by between the
-- first and the last reading of the day, `parted` that some of these lie more than an hour apart; what it rose by
-- overnight follows from two rows. It is made from `hourly`, and `day_zone` says for which zone it is whole.
CREATE TABLE IF NOT EXISTS daily
(
    property LowCardinality(String),
    day Date CODEC(Delta, ZSTD(1)),
    entity String CODEC(ZSTD(1)),
    count UInt32 CODEC(ZSTD(1)),
    numbers UInt32 CODEC(ZSTD(1)),
    first Float64 CODEC(Delta(8), ZSTD(1)),
    last Float64 CODEC(Delta(8), ZSTD(1)),
    first_hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    increase Float64 CODEC(ZSTD(1)),
    fresh Bool,
    parted Bool,
    computed DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed)
PARTITION BY toYYYYMM(day)
ORDER BY (property, entity, day)
SETTINGS index_granularity = 1024, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;

CREATE TABLE IF NOT EXISTS day_zone (zone String, since DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY since;
