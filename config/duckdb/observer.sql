-- Observer's files for DuckDB (tested with 1.5), with every member that a line may
-- have in the type that loses nothing of it:
--
--     duckdb -init config/duckdb/observer.sql
--
-- and then, for example,
--
--     SELECT * FROM ticks('DATA/scalp/20260914_*.jsonl');
--
-- Guessing is not safe here: read_json_auto looks at the first 20,480 lines, and
-- drops members that come later (gap), rounds decimals that come later
-- (change_rate), and takes the zone from times.
--
-- The macros take a path, a pattern, or a list of them, which end in .jsonl: what
-- was compressed since is read all the same (.jsonl.zst), and where both are there
-- only once. Files that you compressed otherwise are named beside them, as
-- ['DATA/scalp/*.jsonl', 'DATA/scalp/*.jsonl.gz']. Not DATA/scalp/*, where
-- manifests lie too.
--
-- A line that is not whole is passed over: while an hour is open that can be the
-- last one of its file. `unreadable` counts such lines; in a file that is closed
-- there are none, else `observer audit` says what happened.

-- Times are instants, and are shown as they are in Korea.
SET TimeZone = 'Asia/Seoul';

-- As patterns that both forms of a file have, and no manifest and no checkpoint.
CREATE OR REPLACE MACRO both_forms(files) AS
list_distinct(from_json(regexp_replace(
  CASE WHEN json_type(to_json(files)) = 'ARRAY' THEN to_json(files)::VARCHAR
       ELSE json_array(files)::VARCHAR END,
  '\.jsonl(\.zst|\*)?"', '.js*[oz][ns][lt]"', 'g'), '["VARCHAR"]'));

-- Is this a compressed file whose plain one has not been removed yet?
CREATE OR REPLACE MACRO is_second(name, files) AS
suffix(name, '.zst')
AND name[:-5] IN (SELECT file FROM glob(both_forms(files)));

-- Trades (tr_id …CNT0) and quotes (…ASP0). Prices are whole won as yet. Counts
-- have 18 digits at most. asks and bids are [price, size], the best first.
CREATE OR REPLACE MACRO ticks(files) AS TABLE
SELECT * EXCLUDE (filename) FROM read_json(both_forms(files), filename = true,
  format = 'newline_delimited', ignore_errors = true, columns = {
    timestamp: 'TIMESTAMPTZ',
    symbol: 'VARCHAR',
    execution_time: 'VARCHAR',
    price: 'STRUCT("current" DECIMAL(22,4), "open" DECIMAL(22,4), high DECIMAL(22,4), low DECIMAL(22,4), change_rate DOUBLE)',
    volume: 'STRUCT(tick BIGINT, accumulated BIGINT, trade_value BIGINT)',
    side: 'VARCHAR',
    bid_ask: 'STRUCT(ask_price DECIMAL(22,4), bid_price DECIMAL(22,4), ask_size BIGINT, bid_size BIGINT)',
    asks: 'DECIMAL(22,4)[][]',
    bids: 'DECIMAL(22,4)[][]',
    totals: 'STRUCT(ask_size BIGINT, bid_size BIGINT)',
    mid: 'STRUCT(price DECIMAL(22,4), size BIGINT)',
    expected: 'STRUCT(price DECIMAL(22,4), size BIGINT)',
    market: 'VARCHAR',
    source: 'VARCHAR',
    tr_id: 'VARCHAR',
    session_id: 'VARCHAR',
    slot: 'INTEGER',
    seq: 'BIGINT',
    business_date: 'VARCHAR',
    doubt: 'VARCHAR[]',
    raw: 'VARCHAR',
    raw_base64: 'VARCHAR',
    gap: 'STRUCT(cause VARCHAR, missing_shares BIGINT, records BIGINT, after TIMESTAMPTZ)'
  })
WHERE tr_id IS NOT NULL AND NOT is_second(filename, files);

-- DATA/quarantine/*.jsonl: what was rejected.
CREATE OR REPLACE MACRO rejects(files) AS TABLE
SELECT * EXCLUDE (filename) FROM read_json(both_forms(files), filename = true,
  format = 'newline_delimited', ignore_errors = true, columns = {
    timestamp: 'TIMESTAMPTZ',
    reason: 'VARCHAR',
    cause: 'VARCHAR',
    detail: 'VARCHAR',
    tr_id: 'VARCHAR',
    symbol: 'VARCHAR',
    records: 'BIGINT',
    raw_bytes: 'BIGINT',
    raw: 'VARCHAR',
    raw_base64: 'VARCHAR',
    session_id: 'VARCHAR',
    slot: 'INTEGER',
    seq: 'BIGINT'
  })
WHERE reason IS NOT NULL AND NOT is_second(filename, files);

-- DATA/system/*.jsonl: what happened.
CREATE OR REPLACE MACRO events(files) AS TABLE
SELECT * EXCLUDE (filename) FROM read_json(both_forms(files), filename = true,
  format = 'newline_delimited', ignore_errors = true, columns = {
    timestamp: 'TIMESTAMPTZ',
    event: 'VARCHAR',
    cause: 'VARCHAR',
    detail: 'VARCHAR',
    tr_id: 'VARCHAR',
    symbol: 'VARCHAR',
    tick_seq: 'BIGINT',
    "from": 'TIMESTAMPTZ',
    "to": 'TIMESTAMPTZ',
    missing_shares: 'BIGINT',
    records: 'BIGINT',
    lost: 'STRUCT(dataset VARCHAR, session_id VARCHAR, slot INTEGER, first_seq BIGINT, last_seq BIGINT)',
    session_id: 'VARCHAR',
    slot: 'INTEGER',
    seq: 'BIGINT'
  })
WHERE event IS NOT NULL AND NOT is_second(filename, files);

-- Lines that are no JSON, by file.
CREATE OR REPLACE MACRO unreadable(files) AS TABLE
SELECT filename, count(*) AS lines
FROM read_ndjson_objects(both_forms(files), ignore_errors = true,
                         filename = true)
WHERE json IS NULL AND NOT is_second(filename, files)
GROUP BY filename;
