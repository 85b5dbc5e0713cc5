-- A companion of trades: sums per UTC day over the rows up to trade_days_through.id. Inserting costs nothing here: new
-- rows lie above that id and are folded in later. A change below it marks its day stale (trades is null) until the day
-- is summed again. The triggers see to it whichever program makes the change.
CREATE TABLE trade_days (
    day TEXT PRIMARY KEY NOT NULL,
    trades INTEGER,
    wins INTEGER NOT NULL DEFAULT 0,
    losses INTEGER NOT NULL DEFAULT 0,
    gross_profit REAL NOT NULL DEFAULT 0.0,
    gross_loss REAL NOT NULL DEFAULT 0.0
) WITHOUT ROWID;

CREATE TABLE trade_days_through (id INTEGER NOT NULL);
INSERT INTO trade_days_through (id) VALUES (0);

CREATE TRIGGER trade_days_after_update AFTER UPDATE OF timestamp, pnl ON trades
WHEN OLD.timestamp IS NOT NEW.timestamp OR OLD.pnl IS NOT NEW.pnl
BEGIN
    INSERT INTO trade_days (day) VALUES (substr(OLD.timestamp, 1, 10)) ON CONFLICT (day) DO UPDATE SET trades = NULL;
    INSERT INTO trade_days (day) VALUES (substr(NEW.timestamp, 1, 10)) ON CONFLICT (day) DO UPDATE SET trades = NULL;
END;

CREATE TRIGGER trade_days_after_delete AFTER DELETE ON trades
BEGIN
    INSERT INTO trade_days (day) VALUES (substr(OLD.timestamp, 1, 10)) ON CONFLICT (day) DO UPDATE SET trades = NULL;
END;
