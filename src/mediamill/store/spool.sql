-- The spool's tables. `payload` is opaque; times are Unix milliseconds.
--
-- requests.seq      the order of acceptance
-- requests.refused  why the store did not take it; NULL: it waits
-- requests.version  grows with every change, so that a change is not lost to a replay under way
-- totals            one row, kept by triggers: counting 100,000 requests at each acceptance would cost milliseconds;
--                   `looked` is what a look at whether the file takes a write changes

CREATE TABLE requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    service TEXT NOT NULL,
    queue TEXT NOT NULL,
    dedupe_key TEXT,
    request_hash TEXT NOT NULL,
    payload BLOB NOT NULL,
    priority INTEGER NOT NULL,
    accepted_ms INTEGER NOT NULL,
    cancelled_ms INTEGER,
    refused TEXT,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX requests_alike ON requests (owner, dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX requests_refused ON requests (seq) WHERE refused IS NOT NULL;
CREATE TABLE totals (requests INTEGER NOT NULL, bytes INTEGER NOT NULL, looked INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0, 0, 0);
CREATE TRIGGER request_came AFTER INSERT ON requests BEGIN
    UPDATE totals SET requests = requests + 1, bytes = bytes + length(NEW.payload);
END;
CREATE TRIGGER request_went AFTER DELETE ON requests BEGIN
    UPDATE totals SET requests = requests - 1, bytes = bytes - length(OLD.payload);
END;
