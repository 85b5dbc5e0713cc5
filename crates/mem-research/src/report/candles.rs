//! Candles as a report shows them: in a longer timeframe where there are too many to show one by one.

use mem_types::{Bar, Bars, BarsRef, Timeframe, TimeframeUnit};

/// Timeframes that traders know, shortest first.
const LADDER: [(u32, TimeframeUnit); 17] = [
    (5, TimeframeUnit::Second),
    (15, TimeframeUnit::Second),
    (30, TimeframeUnit::Second),
    (1, TimeframeUnit::Minute),
    (5, TimeframeUnit::Minute),
    (15, TimeframeUnit::Minute),
    (30, TimeframeUnit::Minute),
    (1, TimeframeUnit::Hour),
    (2, TimeframeUnit::Hour),
    (4, TimeframeUnit::Hour),
    (8, TimeframeUnit::Hour),
    (12, TimeframeUnit::Hour),
    (1, TimeframeUnit::Day),
    (1, TimeframeUnit::Week),
    (1, TimeframeUnit::Month),
    (3, TimeframeUnit::Month),
    (12, TimeframeUnit::Month),
];

/// Candles for the eye.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DisplayCandles {
    /// How long one candle lasts; the series' own timeframe where nothing had to be joined.
    pub timeframe: Timeframe,
    /// The candles; the last may be unfinished.
    pub bars: Bars,
}

/// At most about `limit` candles that cover all of `bars`: joined into the shortest usual timeframe that is long
/// enough. If none is, the longest that can be built.
pub(super) fn display_candles(bars: BarsRef<'_>, timeframe: Timeframe, limit: usize) -> DisplayCandles {
    if bars.len() <= limit {
        return DisplayCandles { timeframe, bars: bars.to_bars() };
    }
    let longer = LADDER
        .into_iter()
        .filter_map(|(count, unit)| Timeframe::new(count, unit))
        .filter(|longer| *longer > timeframe && longer.is_multiple_of(timeframe));
    let mut longest = timeframe;
    for longer in longer {
        longest = longer;
        if periods(bars, longer) <= limit {
            break;
        }
    }
    let joined = if longest == timeframe { bars.to_bars() } else { join(bars, longest) };
    DisplayCandles { timeframe: longest, bars: joined }
}

/// One candle for each period of `longer` in which bars opened, the last as far as it has come.
fn join(bars: BarsRef<'_>, longer: Timeframe) -> Bars {
    let mut candles = Bars::default();
    let mut closes = i64::MIN;
    let mut open_candle: Option<Bar> = None;
    let mut push = |candle: Option<Bar>| {
        if let Some(candle) = candle {
            candles.push(candle).expect("candles of sound bars in order are sound and in order");
        }
    };
    for bar in bars.iter() {
        match &mut open_candle {
            Some(candle) if bar.ts.as_nanos() < closes => {
                candle.high = candle.high.max(bar.high);
                candle.low = candle.low.min(bar.low);
                candle.close = bar.close;
                candle.volume += bar.volume;
            }
            _ => {
                let ts = longer.open_of(bar.ts);
                closes = longer.close_of(ts).as_nanos();
                push(open_candle.replace(Bar { ts, ..bar }));
            }
        }
    }
    push(open_candle);
    candles
}

/// How many periods of `longer` hold at least one bar.
fn periods(bars: BarsRef<'_>, longer: Timeframe) -> usize {
    let mut count = 0;
    let mut closes = i64::MIN;
    for index in 0..bars.len() {
        let ts = bars.ts(index);
        if ts.as_nanos() >= closes {
            count += 1;
            closes = longer.close_of(longer.open_of(ts)).as_nanos();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Timestamp;

    fn minutes(count: i64) -> Bars {
        Bars::from_bars((0..count).map(|m| Bar {
            ts: Timestamp::from_nanos((m + 7) * 60_000_000_000),
            open: 100.0 + (m % 50) as f64,
            high: 200.0,
            low: 90.0,
            close: 100.0,
            volume: 1.0,
        }))
        .unwrap()
    }

    #[test]
    fn few_bars_stay_as_they_are() {
        let bars = minutes(100);
        let shown = display_candles(bars.view(), Timeframe::M1, 100);
        assert_eq!((shown.timeframe, shown.bars), (Timeframe::M1, bars));
    }

    #[test]
    fn many_bars_are_joined_and_none_is_lost() {
        let bars = minutes(10_000);
        for (limit, timeframe) in [(9_999, "5m"), (2_000, "15m"), (100, "2h"), (1, "1M")] {
            let shown = display_candles(bars.view(), Timeframe::M1, limit);
            assert_eq!(shown.timeframe.to_string(), timeframe);
            assert!(shown.bars.len() <= limit.max(1));
            assert_eq!(shown.bars.view().volume.iter().sum::<f64>(), 10_000.0);
        }
    }

    #[test]
    fn bars_that_do_not_keep_to_their_timeframe_are_joined_all_the_same() {
        let bars = minutes(5_000);
        let shown = display_candles(bars.view(), Timeframe::H1, 100);
        assert_eq!((shown.timeframe.to_string().as_str(), shown.bars.len()), ("2h", 42));
    }

    #[test]
    fn where_nothing_is_longer_every_bar_is_shown() {
        let bars = minutes(50);
        let longest = "15M".parse().unwrap();
        let shown = display_candles(bars.view(), longest, 10);
        assert_eq!((shown.timeframe, shown.bars), (longest, bars));
    }
}
