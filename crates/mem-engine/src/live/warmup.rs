//! The past of each market: closed bars that warm the strategy up, and where the stream goes on from.

use mem_feed::feed::Start;
use mem_types::{Bar, BarSpec, Timeframe, Timestamp};
use mem_venue::session::Http;
use mem_venue::{BarsPage, Channel, Subscription, TradesPage};

use super::runner::LiveError;
use crate::core::{LaneConfig, Source};

/// Bars of the past that are asked for beyond what the strategy needs: what features and correlations look at. At least as many as
/// are shown.
const EXTRA: usize = 128;
/// Pages of trades that are gone back at most to find the first trade of the bar that is open.
const MOST_PAGES: usize = 200;

/// What a market begins with.
#[derive(Debug)]
pub(super) struct Past {
    /// Closed bars of the strategy's kind, oldest first.
    pub(super) bars: Vec<Bar>,
    /// What to follow, and from where.
    pub(super) start: Start,
}

/// Asks the venue for the past of a market: what its strategy needs, and the features of models, which need `foresight` bars.
pub(super) async fn ask(http: &Http, lane: &LaneConfig, foresight: usize) -> Result<Past, LiveError> {
    let symbol = lane.instrument.symbol.clone();
    let channel = match lane.source {
        Source::Trades => Channel::Trades,
        Source::Quotes => Channel::Quotes,
        Source::Bars(timeframe) => Channel::Bars(timeframe),
    };
    let mut start = Start { stream: Subscription::new(channel, symbol.clone()), from: None };
    let BarSpec::Time(timeframe) = lane.bars else {
        // Bars of trades, units or money have no agreed beginning: they begin here.
        return Ok(Past { bars: Vec::new(), start });
    };
    let strategy = mem_strategy::build(&lane.strategy, &lane.params).map_err(crate::core::EngineError::from)?;
    let now = venue_time(http).await?;
    let open = timeframe.open_of(now);
    let bars =
        closed_bars(http, lane, timeframe, open, (strategy.warmup().max(foresight) + EXTRA).max(super::tap::BARS))
            .await?;
    start.from = match lane.source {
        Source::Trades => first_trade(http, lane, open).await?,
        Source::Quotes => None,
        // Candles of the open bar that have closed are part of it.
        Source::Bars(_) => Some(open.as_nanos()),
    };
    Ok(Past { bars, start })
}

async fn venue_time(http: &Http) -> Result<Timestamp, LiveError> {
    let adapter = http.adapter();
    Ok(adapter.read_time(&http.send(&adapter.time()).await?)?)
}

/// The last `wanted` bars that open before `end`.
async fn closed_bars(
    http: &Http,
    lane: &LaneConfig,
    timeframe: Timeframe,
    end: Timestamp,
    wanted: usize,
) -> Result<Vec<Bar>, LiveError> {
    let adapter = http.adapter();
    let limit = adapter.limits().bars_per_page;
    let span = i64::try_from(wanted).unwrap_or(i64::MAX).saturating_mul(timeframe.nanos());
    let mut from = Timestamp::from_nanos(end.as_nanos().saturating_sub(span));
    let mut bars: Vec<Bar> = Vec::new();
    loop {
        let page = BarsPage { symbol: lane.instrument.symbol.clone(), timeframe, from, to: end, limit };
        let Some(request) = adapter.bars(&page) else { return Ok(bars) };
        let answer = adapter.read_bars(&page, &http.send(&request).await?)?;
        let full = answer.len() >= limit;
        let fresh = answer.into_iter().filter(|bar| bar.ts < end && bars.last().is_none_or(|last| bar.ts > last.ts));
        let fresh: Vec<Bar> = fresh.collect();
        let Some(last) = fresh.last() else { return Ok(bars) };
        from = timeframe.close_of(last.ts);
        bars.extend(fresh);
        if !full || from >= end {
            return Ok(bars);
        }
    }
}

/// The id of the first trade at or after `open`: the bar that is open is then built from its beginning. `None`, from now on, where that is
/// too far back.
async fn first_trade(http: &Http, lane: &LaneConfig, open: Timestamp) -> Result<Option<i64>, LiveError> {
    let adapter = http.adapter();
    let limit = adapter.limits().trades_per_page;
    let step = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut page = TradesPage { symbol: lane.instrument.symbol.clone(), from_id: None, limit };
    let mut first = None;
    for _ in 0..MOST_PAGES {
        let trades = adapter.read_trades(&page, &http.send(&adapter.trades(&page)).await?)?;
        let Some(oldest) = trades.first() else { return Ok(first) };
        if let Some(trade) = trades.iter().find(|trade| trade.ts_venue >= open) {
            first = trade.id.or(first);
        } else {
            // The whole page lies before the open bar: what comes next opens it.
            return Ok(first.or_else(|| trades.last().and_then(|trade| trade.id).map(|id| id + 1)));
        }
        let Some(id) = oldest.id.filter(|id| oldest.ts_venue >= open && *id > 0) else { return Ok(first) };
        page.from_id = Some(id.saturating_sub(step).max(0));
    }
    Ok(None)
}
