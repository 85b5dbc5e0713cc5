//! What longer timeframes say, each from its closed bars only.

use mem_types::{Bar, BarsRef, Resampler, Timeframe, TimeframeUnit, resample};

use super::readings::{Columns, ReadingStream};
use crate::error::StrategyError;
use crate::strategy::{StrategyInput, blocks};

/// Longer timeframes to choose from, shortest first.
const LADDER: [(u32, TimeframeUnit); 8] = [
    (1, TimeframeUnit::Minute),
    (5, TimeframeUnit::Minute),
    (15, TimeframeUnit::Minute),
    (1, TimeframeUnit::Hour),
    (4, TimeframeUnit::Hour),
    (1, TimeframeUnit::Day),
    (1, TimeframeUnit::Week),
    (1, TimeframeUnit::Month),
];

/// The most longer timeframes that are heard.
pub(super) const MOST_TIMEFRAMES: usize = 2;

/// The next longer timeframes that hold whole bars of this one: 4h and 1d for 1h.
fn next_longer(base: Timeframe, count: usize) -> Vec<Timeframe> {
    let ladder = LADDER.into_iter().filter_map(|(count, unit)| Timeframe::new(count, unit));
    ladder.filter(|longer| *longer > base && longer.is_multiple_of(base)).take(count).collect()
}

/// Sums of votes (-1 to 1) of the longer timeframes at one bar; `None` where one says nothing yet, or is not there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Voices([Option<f64>; MOST_TIMEFRAMES]);

impl FromIterator<Option<f64>> for Voices {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(said: I) -> Self {
        let mut voices = Self::default();
        for (voice, said) in voices.0.iter_mut().zip(said) {
            *voice = said;
        }
        voices
    }
}

impl Voices {
    /// Mean of the voices, counted positive where they go with `total`: -1 to 1, 0 if nothing is heard.
    pub(super) fn agreement(&self, total: f64) -> f64 {
        let (mut sum, mut heard) = (0.0, 0.0);
        for voice in self.0.iter().flatten() {
            sum += voice;
            heard += 1.0;
        }
        if heard == 0.0 { 0.0 } else { (sum / heard).clamp(-1.0, 1.0) * total.signum() }
    }

    /// How many timeframes go with `total`, of how many that say anything; the bars' own timeframe counts.
    pub(super) fn aligned(&self, total: f64) -> (usize, usize) {
        let heard = self.0.iter().flatten().count();
        let aligned = self.0.iter().flatten().filter(|voice| **voice * total > 0.0).count();
        (aligned + usize::from(total != 0.0), heard + 1)
    }
}

/// The voices of all longer timeframes along a series. Bars must be asked for in order.
pub(super) struct HigherView {
    timeframes: Vec<HigherColumn>,
}

struct HigherColumn {
    totals: Vec<Option<f64>>,
    /// For each longer bar, the position of the bar at whose close it is known.
    known_at: Vec<usize>,
    known: usize,
}

impl HigherView {
    pub(super) fn new(input: &StrategyInput<'_>, count: usize) -> Result<Self, StrategyError> {
        let mut timeframes = Vec::new();
        if input.higher.is_empty() {
            for longer in next_longer(input.timeframe, count) {
                let resampled = resample(input.bars, input.timeframe, longer)
                    .ok_or(StrategyError::NotHigher { higher: longer, base: input.timeframe })?;
                timeframes.push(HigherColumn::new(resampled.bars.view(), resampled.known_at));
            }
            return Ok(Self { timeframes });
        }
        for (longer, bars) in input.higher.iter().take(count) {
            if *longer <= input.timeframe {
                return Err(StrategyError::NotHigher { higher: *longer, base: input.timeframe });
            }
            timeframes.push(HigherColumn::new(*bars, known_at(input, *longer, *bars)));
        }
        Ok(Self { timeframes })
    }

    pub(super) fn voices_at(&mut self, bar: usize) -> Voices {
        self.timeframes.iter_mut().map(|timeframe| timeframe.at(bar)).collect()
    }
}

/// For each longer bar, the first bar that closes at or after it; beyond the last bar if none does.
fn known_at(input: &StrategyInput<'_>, longer: Timeframe, bars: BarsRef<'_>) -> Vec<usize> {
    let mut base = 0;
    (0..bars.len())
        .map(|index| {
            let closes = longer.close_of(bars.ts(index));
            while base < input.bars.len() && input.timeframe.close_of(input.bars.ts(base)) < closes {
                base += 1;
            }
            base
        })
        .collect()
}

impl HigherColumn {
    fn new(bars: BarsRef<'_>, known_at: Vec<usize>) -> Self {
        let mut totals = Vec::with_capacity(bars.len());
        let (mut stream, mut columns) = (ReadingStream::new(), Columns::default());
        for (_, block) in blocks(bars) {
            stream.fill(block, &mut columns);
            totals.extend((0..block.len()).map(|index| Some(columns.at(index).votes()?.total)));
        }
        Self { totals, known_at, known: 0 }
    }

    fn at(&mut self, bar: usize) -> Option<f64> {
        while self.known_at.get(self.known).is_some_and(|known_at| *known_at <= bar) {
            self.known += 1;
        }
        *self.totals.get(self.known.checked_sub(1)?)?
    }
}

/// The same, bar by bar, resampling as it goes.
pub(super) struct HigherStreams {
    timeframes: Vec<HigherStream>,
}

struct HigherStream {
    resampler: Resampler,
    readings: ReadingStream,
    total: Option<f64>,
}

impl HigherStreams {
    pub(super) fn new(base: Timeframe, count: usize) -> Self {
        let stream = |longer| {
            let resampler = Resampler::new(base, longer)?;
            Some(HigherStream { resampler, readings: ReadingStream::new(), total: None })
        };
        Self { timeframes: next_longer(base, count).into_iter().filter_map(stream).collect() }
    }

    pub(super) fn push(&mut self, bar: &Bar) -> Voices {
        for HigherStream { resampler, readings, total } in &mut self.timeframes {
            resampler.push(bar, |longer| *total = readings.push(&longer).votes().map(|votes| votes.total));
        }
        self.timeframes.iter().map(|timeframe| timeframe.total).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_longer_timeframes_hold_whole_bars() {
        for (base, longer) in
            [("1h", "4h 1d"), ("15m", "1h 4h"), ("1d", "1w 1M"), ("4h", "1d 1w"), ("7m", "1w"), ("11m", ""), ("1M", "")]
        {
            let found: Vec<String> = next_longer(base.parse().unwrap(), 2).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), longer, "{base}");
        }
    }

    #[test]
    fn opposition_counts_against() {
        let voices = Voices([Some(0.5), Some(-1.0)]);
        assert_eq!(voices.agreement(0.8), -0.25);
        assert_eq!(voices.agreement(-0.8), 0.25);
        assert_eq!(voices.aligned(0.8), (2, 3));
        assert_eq!(Voices([None, Some(-1.0)]).aligned(-0.8), (2, 2));
        assert_eq!(Voices::default().agreement(0.8), 0.0);
    }
}
