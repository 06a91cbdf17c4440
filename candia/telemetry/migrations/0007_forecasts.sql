-- What was said beforehand: of a thing's property, for the step that begins at `time`, as known at `issued`: the values
-- below which the truth lies with the chances `levels`. An issue that is written again replaces itself. Whole weeks
-- are dropped when they are too old.
CREATE TABLE IF NOT EXISTS forecasts
(
    property LowCardinality(String),
    entity String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    issued DateTime('UTC') CODEC(Delta, ZSTD(1)),
    levels Array(Float32) CODEC(ZSTD(1)),
    quantiles Array(Float32) CODEC(ZSTD(1)),
    written DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(written)
PARTITION BY toMonday(time, 'UTC')
ORDER BY (property, entity, time, issued)
SETTINGS index_granularity = 1024, max_suspicious_broken_parts = 100000, max_suspicious_broken_parts_bytes = 1000000000000000;

-- How good forecasts were, for each day of the truth and up to how far ahead (s): sums over all things, computed anew
-- whenever the day is looked at again. Of `compared` pairs the naive forecast is known as well.
CREATE TABLE IF NOT EXISTS forecast_scores
(
    property LowCardinality(String),
    day DateTime('UTC'),
    horizon UInt32,
    count UInt64,
    absolute Float64,
    pinball Float64,
    inside UInt64,
    compared UInt64,
    compared_absolute Float64,
    naive_absolute Float64,
    computed DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed)
ORDER BY (property, day, horizon);
