//! One symbol: its prices put together into closed bars, and its strategy in the middle of them.

use mem_strategy::advice::Levels;
use mem_strategy::{OnOpposite, SizingHint, StrategyStream};
use mem_trade::Instrument;
use mem_trade::sizing::Sizing;
use mem_types::{Bar, BarBuilder, BarSpec, Decision, InformationBars, Resampler, Timeframe, Timestamp};

use super::config::{EngineConfig, EngineError, LaneConfig, Source};
use super::window::Window;

/// What puts bars together.
enum Builder {
    /// Trades or quotes, closed by the clock.
    Clock(BarBuilder),
    /// Trades, closed by what has happened.
    Information(InformationBars),
    /// Candles that are what the strategy wants.
    Same,
    /// Shorter candles.
    Longer(Box<Resampler>),
}

/// One symbol.
pub(super) struct Market {
    pub(super) instrument: Instrument,
    /// Whether it is only looked at.
    pub(super) watched: bool,
    pub(super) strategy: String,
    /// Where a model that decides leaves at the latest.
    pub(super) levels: Levels,
    pub(super) stream: Box<dyn StrategyStream>,
    pub(super) sizing: Sizing,
    pub(super) on_opposite: OnOpposite,
    pub(super) source: Source,
    builder: Builder,
    /// How long its bars last, where the clock closes them.
    pub(super) timeframe: Option<Timeframe>,
    pub(super) window: Window,
    /// Bars that have closed so far, those of the past too.
    pub(super) closed: u64,
    /// The last price; NaN before the first.
    pub(super) last: f64,
    /// When that came, by our clock.
    pub(super) last_at: Timestamp,
    /// Trades that came after their bar had closed.
    pub(super) late: u64,
    /// Scratch: what the strategy decides at a bar.
    pub(super) decisions: Vec<Decision>,
}

impl std::fmt::Debug for Market {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Market")
            .field("symbol", &self.instrument.symbol)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl Market {
    pub(super) fn new(lane: &LaneConfig, config: &EngineConfig) -> Result<Self, EngineError> {
        let strategy = mem_strategy::build(&lane.strategy, &lane.params)?;
        let timeframe = lane.bars.timeframe();
        if timeframe.is_none() && strategy.needs_clock() {
            return Err(EngineError::NeedsClock { strategy: lane.strategy.clone(), bars: lane.bars });
        }
        let impossible =
            |from: String| EngineError::Bars { symbol: lane.instrument.symbol.to_string(), bars: lane.bars, from };
        let builder = match (lane.source, lane.bars) {
            (Source::Trades | Source::Quotes, BarSpec::Time(timeframe)) => Builder::Clock(BarBuilder::new(timeframe)),
            (Source::Trades, spec) => {
                let bars = InformationBars::new(spec).ok_or_else(|| impossible("trades".to_owned()))?;
                Builder::Information(bars)
            }
            (Source::Quotes, _) => return Err(impossible("quotes, which have no size".to_owned())),
            (Source::Bars(from), BarSpec::Time(timeframe)) if from == timeframe => Builder::Same,
            (Source::Bars(from), BarSpec::Time(timeframe)) => {
                let resampler = Resampler::new(from, timeframe).ok_or_else(|| impossible(format!("bars of {from}")))?;
                Builder::Longer(Box::new(resampler))
            }
            (Source::Bars(from), _) => return Err(impossible(format!("bars of {from}"))),
        };
        let recommended = strategy.recommended();
        let sizing = config.sizing.unwrap_or(match recommended.sizing {
            SizingHint::AllIn => Sizing::AllIn,
            SizingHint::Risk { risk, cap } => Sizing::Risk { risk, cap },
        });
        sizing.validate().map_err(EngineError::Number)?;
        Ok(Self {
            instrument: lane.instrument.clone(),
            watched: lane.watched,
            strategy: lane.strategy.clone(),
            levels: strategy.levels(),
            // Where no clock closes the bars, the strategy does not look at one either.
            stream: strategy.stream(timeframe.unwrap_or(Timeframe::M1))?,
            sizing,
            on_opposite: config.on_opposite.unwrap_or(recommended.on_opposite),
            source: lane.source,
            builder,
            timeframe,
            window: Window::new(),
            closed: 0,
            last: f64::NAN,
            last_at: Timestamp::from_nanos(i64::MIN),
            late: 0,
            decisions: Vec::new(),
        })
    }

    /// Takes a price of the source and gives the bar that it shows to be complete.
    pub(super) fn build(&mut self, ts: Timestamp, price: f64, qty: f64) -> Option<Bar> {
        match &mut self.builder {
            Builder::Clock(builder) => match builder.push(ts, price, qty) {
                Ok(bar) => bar,
                Err(_) => {
                    self.late += 1;
                    None
                }
            },
            Builder::Information(builder) => builder.push(ts, price, qty),
            Builder::Same | Builder::Longer(_) => None,
        }
    }

    /// Takes a closed candle of the source and gives the bar that it completes.
    #[inline]
    pub(super) fn take(&mut self, candle: &Bar) -> Option<Bar> {
        match &mut self.builder {
            Builder::Same => Some(*candle),
            Builder::Longer(resampler) => {
                let mut done = None;
                resampler.push(candle, |bar| done = Some(bar));
                done
            }
            Builder::Clock(_) | Builder::Information(_) => None,
        }
    }

    /// The bar that no trade can change any more once the market's clock has reached `now`.
    pub(super) fn close_until(&mut self, now: Timestamp) -> Option<Bar> {
        match &mut self.builder {
            Builder::Clock(builder) => builder.close_until(now),
            Builder::Information(_) | Builder::Same | Builder::Longer(_) => None,
        }
    }

    /// Whether time alone can close a bar.
    pub(super) fn is_closed_by_clock(&self) -> bool {
        matches!(self.builder, Builder::Clock(_))
    }

    /// Takes a closed bar, and gives what the strategy decides at it.
    pub(super) fn see(&mut self, bar: &Bar) -> Vec<Decision> {
        self.keep(bar);
        let mut decisions = std::mem::take(&mut self.decisions);
        if !self.watched {
            self.stream.on_bar(bar, &mut decisions);
        }
        decisions
    }

    /// Keeps a closed bar.
    #[inline]
    fn keep(&mut self, bar: &Bar) {
        self.window.push(bar);
        self.closed += 1;
    }

    /// The bar that still grows.
    pub(super) fn open_bar(&self) -> Option<Bar> {
        match &self.builder {
            Builder::Clock(builder) => builder.unfinished(),
            Builder::Information(builder) => builder.unfinished(),
            Builder::Longer(resampler) => resampler.unfinished(),
            Builder::Same => None,
        }
    }

    /// When a bar of this market closes: what a decision at it is dated with.
    pub(super) fn close_of(&self, bar: &Bar, now: Timestamp) -> Timestamp {
        self.timeframe.map_or(now, |timeframe| timeframe.close_of(bar.ts))
    }

    /// Yearly volatility of the last 20 returns.
    pub(super) fn volatility(&self) -> Option<f64> {
        const YEAR: f64 = 365.25 * mem_types::time::NANOS_PER_DAY as f64;
        let (deviation, nanos) = self.window.volatility(20)?;
        (nanos > 0.0).then(|| deviation * (YEAR / nanos).sqrt())
    }
}
