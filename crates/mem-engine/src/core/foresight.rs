//! What models say at the close of a bar, what became of what they said, and what follows from that.

use mem_indicators::Atr;
use mem_model::drift::{FeatureDrift, FeatureFinding, Severity};
use mem_model::feature::{self, FeatureSet, FeatureStream};
use mem_model::label::{Label, Labeler};
use mem_model::lifecycle::rollout::{Phase, Seen, Verdict};
use mem_model::lifecycle::{ModelId, Stage};
use mem_model::model::{Model, Tells};
use mem_model::sequence::{Run, Window};
use mem_strategy::advice::entered;
use mem_types::{Bar, BarSpec, Decision, PositionSide, Symbol, Timeframe, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::Advised;
use super::awaited::Awaited;
use super::config::EngineError;
use super::engine::Engine;
use super::heed::gains;
use super::output::{
    DriftNote, FeaturesNote, INDICATORS, Level, ModelNote, ModelWord, Note, Output, PredictedNote, ResolvedNote,
    StandingNote, WorthNote,
};
use super::seat::{Foreseen, Models, Pending, Score, SeatConfig, Seated};

/// Bars after which the features of a market are compared with those of the training again, counted from 1970: so a restart changes nothing.
const LOOK_EVERY: i64 = 50;
/// Resolved predictions after which it is said again how everything stands.
const TELL_EVERY: u64 = 50;
/// Predictions that may wait for their truth.
const MOST_PENDING: usize = 100_000;

/// What advises a session.
pub(super) struct Foresight {
    seats: Vec<SeatConfig>,
    pub(super) models: BTreeMap<ModelId, Arc<Model>>,
    /// One a market; `None` for markets that the models were not made for.
    pub(super) lanes: Vec<Option<Lane>>,
}

impl Foresight {
    /// The seat whose models speak of a market; `None` where none do.
    fn seat(&self, market: usize) -> Option<&SeatConfig> {
        Some(&self.seats[self.lanes[market].as_ref()?.seat])
    }
}

/// A market as models see it.
pub(super) struct Lane {
    /// Whose models speak of it.
    seat: usize,
    pub(super) stream: FeatureStream,
    /// The symbol that its features look at; `None` where they look at none.
    pub(super) awaited: Option<Awaited>,
    /// The indicators that are kept on record of each bar at which models speak.
    indicators: FeatureStream,
    labeler: Labeler,
    range: Atr,
    watch: Option<FeatureDrift>,
    /// As many of the newest rows as any of its models looks at.
    window: Window,
    foresees: Foreseen,
}

/// A row of features, and what is known at its time.
pub(super) struct Row {
    at: Timestamp,
    bar: Bar,
    pub(super) values: Vec<f64>,
    indicators: Vec<f64>,
    labels: Vec<Label>,
    /// Average true range.
    pub(super) range: f64,
}

impl std::fmt::Debug for Foresight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Foresight").field("seats", &self.seats).finish_non_exhaustive()
    }
}

impl Lane {
    fn new(engine: &Engine, market: usize, models: &BTreeMap<ModelId, Arc<Model>>) -> Result<Option<Self>, String> {
        let speaks = |seat: &SeatConfig| seat.speaks_of(&engine.config.lanes[market]);
        let Some(number) = engine.config.seats.iter().position(speaks) else { return Ok(None) };
        let seat = &engine.config.seats[number];
        let watch = seat.champion.as_ref().or(seat.candidate.as_ref());
        let symbol = &engine.markets[market].instrument.symbol;
        let watch = watch.and_then(|seated| watched_by(models, seated, symbol));
        let steps = [&seat.champion, &seat.candidate].into_iter().flatten().filter_map(|seated| models.get(&seated.id));
        let steps = steps.map(|model| model.steps()).max().unwrap_or(1);
        let set = feature::named(&seat.features)
            .ok_or_else(|| format!("there is no feature set `{}` in this program", seat.features))?;
        let reference = seat.reference.as_ref().map(|symbol| engine.reference(symbol, seat.scope.timeframe));
        let awaited = reference.transpose()?.map(|market| {
            let by_clock = engine.markets[market].is_closed_by_clock();
            Awaited::new(market, by_clock, set.roles(), seat.scope.timeframe)
        });
        let warmup = set.warmup().map_err(|error| error.to_string())?;
        let run = Run::new(seat.scope.timeframe, warmup);
        let stream = |set| FeatureStream::new(set, seat.scope.timeframe).map_err(|error| error.to_string());
        Ok(Some(Self {
            seat: number,
            foresees: seat.foresees(),
            window: Window::new(run, steps, set.features.len()),
            stream: stream(&set)?,
            awaited,
            indicators: stream(&indicators())?,
            labeler: Labeler::new(seat.label, seat.scope.timeframe).map_err(|error| error.to_string())?,
            range: Atr::new(14),
            watch,
        }))
    }

    /// Takes a closed bar, with the side that the strategy enters at it; one that was seen already says nothing.
    fn push(&mut self, bar: &Bar, side: Option<PositionSide>) -> Option<Row> {
        let (values, indicators, labels) = (Vec::new(), Vec::new(), Vec::new());
        let mut row = Row { at: bar.ts, bar: *bar, values, indicators, labels, range: f64::NAN };
        row.at = self.stream.push(bar, &mut row.values).ok()?;
        self.indicators.push(bar, &mut row.indicators).ok()?;
        self.labeler.push(bar, side, &mut row.labels);
        row.range = self.range.push(bar.high, bar.low, bar.close);
        // Rows are held against those of the training, which were rows of entries where entries are judged.
        if let Some(watch) = &mut self.watch
            && (self.foresees == Foreseen::Rise || side.is_some())
        {
            watch.push(&row.values);
        }
        self.window.push(row.at, &row.values);
        Some(row)
    }
}

impl Engine {
    /// The same engine with the models that its configuration names, out of `models`.
    ///
    /// # Errors
    /// A model that is not there, or one that cannot be asked here.
    pub fn seat(mut self, models: &Models) -> Result<Self, EngineError> {
        let seats = self.config.seats.clone();
        if seats.is_empty() {
            return Ok(self);
        }
        let mut found = BTreeMap::new();
        for seated in seats.iter().flat_map(|seat| [&seat.champion, &seat.candidate]).flatten() {
            let model = models.get(&seated.sha256);
            let model = model.ok_or_else(|| EngineError::Model(format!("{} is not there", seated.title)))?;
            found.insert(seated.id, Arc::clone(model));
        }
        for seat in &seats {
            let mut lanes = self.config.lanes.iter().filter(|lane| seat.speaks_of(lane));
            lanes.try_for_each(|lane| seat.suits(lane)).map_err(EngineError::Model)?;
            for seated in [&seat.champion, &seat.candidate].into_iter().flatten() {
                if (found[&seated.id].parts().tells == Tells::Gain) != (seat.foresees() == Foreseen::Gain) {
                    let wrong = format!("{} does not tell what {} foresees", seated.title, seat.scope.target);
                    return Err(EngineError::Model(wrong));
                }
            }
        }
        let lanes = (0..self.markets.len()).map(|market| Lane::new(&self, market, &found));
        let lanes = lanes.collect::<Result<Vec<_>, _>>().map_err(EngineError::Model)?;
        for seat in &seats {
            let standing = self.account.standings.entry(seat.line.clone()).or_default();
            standing.take_seats(seat).map_err(EngineError::Model)?;
            for (symbol, why) in &seat.left {
                let text = format!("models of {} say nothing of {symbol}: {why}", seat.line);
                // The market's clock has not begun.
                let at = self.account.seen_until.unwrap_or(Timestamp::from_nanos(0));
                self.say(Output::Note(Note { at, level: Level::Warning, source: "models", text }));
            }
        }
        self.foresight = Some(Foresight { seats, models: found, lanes });
        Ok(self)
    }

    /// The market of a symbol that features look at.
    fn reference(&self, symbol: &Symbol, timeframe: Timeframe) -> Result<usize, String> {
        let market = self.index.get(symbol);
        let market =
            *market.ok_or_else(|| format!("the models look at {symbol}, which this session does not follow"))?;
        let bars = self.config.lanes[market].bars;
        if bars == BarSpec::Time(timeframe) {
            return Ok(market);
        }
        Err(format!("the models look at {timeframe} bars of {symbol}, which this session follows on bars of {bars}"))
    }

    /// Closed bars of the past that models need to go on as if they had seen all of it: until features are defined, and from there on those
    /// that are looked back at, those whose truth is not known yet, and those that are compared with the training. 0 without models.
    pub fn foresight_warmup(&self) -> usize {
        let Some(foresight) = &self.foresight else { return 0 };
        let of = |lane: &Lane| {
            let seat = &foresight.seats[lane.seat];
            let set = feature::named(&seat.features)?.warmup().ok()?;
            let pending = lane.window.steps() - 1 + seat.label.longest();
            let begins = set.max(seat.label.looks_back());
            Some(begins + pending.max(lane.watch.as_ref().map_or(0, FeatureDrift::window)))
        };
        foresight.lanes.iter().flatten().filter_map(of).max().unwrap_or(0)
    }

    /// A closed bar of the past, with what the strategy decides at it.
    pub(super) fn look_back(&mut self, market: usize, bar: &Bar, decisions: &[Decision]) {
        let Some(mut foresight) = self.foresight.take() else { return };
        let symbol = self.markets[market].instrument.symbol.clone();
        // Of an entry that was judged before a restart the side is known, however little of the past the strategy has seen this time.
        let judged = foresight.seat(market).and_then(|seat| {
            let at = seat.scope.timeframe.close_of(bar.ts);
            let pending = &self.account.standings.get(&seat.line)?.pending;
            pending.iter().find(|one| one.symbol == symbol && one.at == at)?.side
        });
        let side = judged.or_else(|| entered(decisions));
        let row = foresight.lanes[market].as_mut().and_then(|lane| lane.push(bar, side));
        if let Some(mut row) = row
            && let Some(line) = foresight.seat(market).map(|seat| seat.line.clone())
            && let Some(mut standing) = self.account.standings.remove(&line)
        {
            // What was foreseen before a restart is judged all the same; everything else has been counted then.
            row.labels.retain(|label| standing.pending.iter().any(|one| one.symbol == symbol && one.at == label.t0));
            self.resolve(&mut foresight, &mut standing, market, &row);
            self.account.standings.insert(line, standing);
        }
        self.foresight = Some(foresight);
    }

    /// A bar has closed: what models said of earlier ones is judged, they speak of this one, and what the strategy has decided at it is changed
    /// by what the one that decides says.
    pub(super) fn foresee(&mut self, market: usize, bar: &Bar, decisions: &mut Vec<Decision>) -> Option<ModelWord> {
        let mut foresight = self.foresight.take()?;
        let mut word = None;
        let side = entered(&*decisions);
        let row = foresight.lanes[market].as_mut().and_then(|lane| lane.push(bar, side));
        if let Some(row) = row
            && let Some(seat) = foresight.seat(market).cloned()
        {
            let mut standing = self.account.standings.remove(&seat.line).unwrap_or_default();
            self.resolve(&mut foresight, &mut standing, market, &row);
            // Whether an entry gains is asked where there is one.
            let judged = side.filter(|_| seat.foresees() == Foreseen::Gain);
            if seat.foresees() == Foreseen::Rise || judged.is_some() {
                word = self.predict(&foresight, &mut standing, market, &row, judged);
            }
            self.watch_features(&foresight, &standing, market, row.at);
            self.heed((&foresight, &seat, &standing), market, &row, &mut word, decisions);
            self.account.standings.insert(seat.line, standing);
        }
        self.foresight = Some(foresight);
        word
    }

    /// Judges predictions whose truth is known now.
    fn resolve(&mut self, foresight: &mut Foresight, standing: &mut super::seat::Standing, market: usize, row: &Row) {
        let symbol = self.markets[market].instrument.symbol.clone();
        let Some((scope, of)) = foresight.seat(market).map(|seat| (seat.scope.clone(), seat.foresees())) else {
            return;
        };
        for label in &row.labels {
            let truth = label.class > 0;
            let share = standing.share();
            let place = standing.pending.iter().position(|one| one.symbol == symbol && one.at == label.t0);
            standing.labels.0 += 1;
            standing.labels.1 += u64::from(truth);
            let Some(said) = place.and_then(|place| standing.pending.remove(place)) else { continue };
            let (mut notes, mut worse) = (Vec::new(), false);
            for said in [said.champion, said.candidate].into_iter().flatten() {
                let is_candidate = standing.seat_of(said.model);
                // One that has left its seat is judged on record only.
                let mut left = Score::default();
                let score = match is_candidate {
                    Some(true) => &mut standing.candidate_score,
                    Some(false) => &mut standing.champion_score,
                    None => &mut left,
                };
                let brier = score.take(said.up, truth);
                notes.push(ResolvedNote {
                    model: said.model,
                    symbol: symbol.clone(),
                    timeframe: scope.timeframe,
                    label: scope.target.clone(),
                    at: label.t0,
                    known_at: label.t1,
                    of,
                    up: truth,
                    log_return: label.log_return,
                    brier,
                });
                worse |= is_candidate == Some(false) && standing.lost(brier);
            }
            notes.into_iter().for_each(|note| self.say(Output::Resolved(Box::new(note))));
            if worse {
                self.worth(standing, row.at, "drift");
            }
            let tried = said.candidate.filter(|said| standing.seat_of(said.model) == Some(true));
            let against = match said.champion {
                Some(said) => (standing.seat_of(said.model) == Some(false)).then_some(said.up),
                // A champion that could not look back far enough says nothing to be compared with.
                None => standing.champion.is_none().then_some(share),
            };
            if let (Some(tried), Some(champion), Some(rollout)) = (tried, against, &mut standing.rollout) {
                rollout.saw(&Seen { at: label.t1, candidate: tried.up, champion, truth });
                self.judge(foresight, standing, market, row.at);
            }
            let count = standing.champion_score.count.max(standing.candidate_score.count);
            if count > 0 && count.is_multiple_of(TELL_EVERY) {
                self.worth(standing, row.at, "stable");
                self.tell_standing(foresight, standing, market, row.at, "");
            }
        }
    }

    /// What follows from what was seen of the candidate so far.
    fn judge(&mut self, foresight: &mut Foresight, standing: &mut super::seat::Standing, market: usize, at: Timestamp) {
        let (Some(rollout), Some(candidate)) = (&mut standing.rollout, standing.candidate.clone()) else { return };
        let verdict = rollout.evaluate();
        let (why, kind) = match &verdict {
            Verdict::Hold { .. } => return,
            Verdict::Advance { to: Phase::Full, why } => (why.clone(), "promoted_to_production"),
            Verdict::Advance { why, .. } => (why.clone(), "stage_advanced"),
            Verdict::RollBack { why } => (why.clone(), "deployment_rollback"),
        };
        let numbers = rollout.numbers();
        rollout.take(&verdict);
        let (phase, share) = (rollout.phase(), rollout.share());
        let (to, name) = match phase {
            Phase::Shadow => (Stage::Shadow, "shadow".to_owned()),
            Phase::Canary { .. } => (Stage::Canary, format!("canary {:.0} %", share * 100.0)),
            Phase::Full => (Stage::Production, "full".to_owned()),
            Phase::RolledBack => (Stage::Failed, "rolled back".to_owned()),
        };
        let champion = standing.champion.as_ref().map(|seated| seated.id);
        let note = ModelNote {
            at,
            model: candidate.id,
            title: candidate.title.clone(),
            champion,
            to,
            phase: name,
            share,
            kind: kind.to_owned(),
            why: why.clone(),
            numbers,
        };
        self.say(Output::Model(Box::new(note)));
        self.tell_standing(foresight, standing, market, at, &why);
        match to {
            Stage::Production => {
                standing.succeed();
                self.watch_anew(foresight, market, &candidate);
            }
            Stage::Failed => (standing.candidate, standing.rollout) = (None, None),
            _ => {}
        }
    }

    /// Lets both models speak, of the entry that they judge where they do, and says whose word counts.
    fn predict(
        &mut self,
        foresight: &Foresight,
        standing: &mut super::seat::Standing,
        market: usize,
        row: &Row,
        judged: Option<PositionSide>,
    ) -> Option<ModelWord> {
        let symbol = self.markets[market].instrument.symbol.clone();
        let seat = foresight.seat(market)?;
        let window = &foresight.lanes[market].as_ref()?.window;
        let ask = |seated: &Option<Seated>| {
            let model = foresight.models.get(&seated.as_ref()?.id)?;
            // Where too few rows follow each other, a model that looks back has nothing to say.
            let asked = window.last(model.steps())?;
            model.predict_row(asked).ok()?.first().copied().filter(|up| up.is_finite())
        };
        let (champion, candidate) = (ask(&standing.champion), ask(&standing.candidate));
        if champion.is_none() && candidate.is_none() {
            return None;
        }
        self.tell_features(&symbol, seat.scope.timeframe, row);
        let weights = standing.blend.weights();
        for (seated, up, role) in
            [(&standing.champion, champion, "champion"), (&standing.candidate, candidate, "candidate")]
        {
            let (Some(seated), Some(up)) = (seated, up) else { continue };
            let Some(model) = foresight.models.get(&seated.id) else { continue };
            let minutes = model.parts().horizon_minutes;
            let note = PredictedNote {
                at: row.at,
                symbol: symbol.clone(),
                timeframe: seat.scope.timeframe,
                model: seated.id,
                version: model.parts().version.clone(),
                role,
                of: seat.foresees(),
                up,
                horizon_minutes: minutes,
                due: Timestamp::from_nanos(row.at.as_nanos() + i64::from(minutes) * 60_000_000_000),
                features: seat.features.clone(),
                label: seat.scope.target.clone(),
                weights,
            };
            self.say(Output::Predicted(Box::new(note)));
        }
        if standing.pending.len() == MOST_PENDING {
            standing.pending.pop_front();
        }
        let said = |seated: &Option<Seated>, up: Option<f64>| Some(Advised { model: seated.as_ref()?.id, up: up? });
        let champion_said = said(&standing.champion, champion);
        let candidate_said = said(&standing.candidate, candidate);
        let held = self.account.plans.get(&symbol).and_then(|plan| standing.seat_of(plan.advised?.model));
        let (champion, candidate) = (champion_said, candidate_said);
        standing.pending.push_back(Pending { symbol, at: row.at, side: judged, champion, candidate });
        // Turns are counted, not decisions: one that lets every signal pass by must not keep its turn until it takes one. Whoever has
        // opened a position says when it is left, so that what it earns is its own; of leaving, those that judge entries say nothing.
        let turn = standing.turns;
        standing.turns += 1;
        let drawn = standing.rollout.as_ref().is_some_and(|rollout| rollout.decides(turn));
        let tried = held.filter(|_| judged.is_none()).unwrap_or(drawn);
        let (seated, up, by_candidate) = match (tried, candidate, champion) {
            (true, Some(said), _) => (standing.candidate.as_ref()?, said.up, true),
            (_, _, Some(said)) => (standing.champion.as_ref()?, said.up, false),
            _ => return None,
        };
        Some(ModelWord {
            model: seated.id,
            title: seated.title.clone(),
            by_candidate,
            role: seat.role,
            of: seat.foresees(),
            up,
            weights,
            moved_by: Vec::new(),
        })
    }

    /// The bar at which models speak, with its indicators.
    fn tell_features(&mut self, symbol: &Symbol, timeframe: Timeframe, row: &Row) {
        let defined = |value: f64| value.is_finite().then_some(value);
        let bar = &row.bar;
        let mut indicators = [None; INDICATORS];
        indicators.iter_mut().zip(&row.indicators).for_each(|(kept, value)| *kept = defined(*value));
        self.say(Output::Features(Box::new(FeaturesNote {
            at: row.at,
            symbol: symbol.clone(),
            timeframe,
            prices: [bar.open, bar.high, bar.low, bar.close],
            volume: defined(bar.volume),
            indicators,
        })));
    }

    /// Now and then, whether features are still like those of the training.
    fn watch_features(
        &mut self,
        foresight: &Foresight,
        standing: &super::seat::Standing,
        market: usize,
        at: Timestamp,
    ) {
        let Some(lane) = &foresight.lanes[market] else { return };
        let Some(seated) = standing.champion.as_ref().or(standing.candidate.as_ref()) else { return };
        let bars = at.as_nanos() / foresight.seats[lane.seat].scope.timeframe.nanos();
        if !self.tell || bars % LOOK_EVERY != 0 {
            return;
        }
        let Some(report) = lane.watch.as_ref().and_then(FeatureDrift::report) else { return };
        let note = DriftNote {
            at,
            symbol: self.markets[market].instrument.symbol.clone(),
            model: seated.id,
            title: seated.title.clone(),
            severity: report.severity,
            findings: report.features.into_iter().map(finding).collect(),
        };
        self.say(Output::Drift(Box::new(note)));
    }

    /// Features of the markets of this one's seat are held against those that the new champion was taught on.
    fn watch_anew(&self, foresight: &mut Foresight, market: usize, champion: &Seated) {
        let seat = foresight.lanes[market].as_ref().map(|lane| lane.seat);
        for (lane, market) in foresight.lanes.iter_mut().zip(&self.markets) {
            if let Some(lane) = lane.as_mut().filter(|lane| Some(lane.seat) == seat) {
                lane.watch = watched_by(&foresight.models, champion, &market.instrument.symbol);
            }
        }
    }

    fn worth(&mut self, standing: &super::seat::Standing, at: Timestamp, verdict: &'static str) {
        for (seated, score, role) in [
            (&standing.champion, standing.champion_score, "champion"),
            (&standing.candidate, standing.candidate_score, "candidate"),
        ] {
            let Some(seated) = seated else { continue };
            let verdict = if role == "champion" { verdict } else { "stable" };
            self.say(Output::Worth(Box::new(WorthNote {
                at,
                model: seated.id,
                title: seated.title.clone(),
                role,
                score,
                verdict,
            })));
        }
    }

    fn tell_standing(
        &mut self,
        foresight: &Foresight,
        standing: &super::seat::Standing,
        market: usize,
        at: Timestamp,
        why: &str,
    ) {
        let Some(SeatConfig { line, scope, .. }) = foresight.seat(market).cloned() else { return };
        let verdict = standing.rollout.as_ref().map(mem_model::lifecycle::Rollout::evaluate);
        let why = match (&verdict, why) {
            (Some(Verdict::Hold { why }), "") => why.clone(),
            (_, why) => why.to_owned(),
        };
        let note = StandingNote {
            at,
            line,
            scope,
            champion: standing.champion.clone(),
            candidate: standing.candidate.clone(),
            phase: standing.rollout.as_ref().map(mem_model::lifecycle::Rollout::phase),
            share: standing.rollout.as_ref().map_or(0.0, mem_model::lifecycle::Rollout::share),
            numbers: standing.rollout.as_ref().map(mem_model::lifecycle::Rollout::numbers).unwrap_or_default(),
            champion_score: standing.champion_score,
            candidate_score: standing.candidate_score,
            weights: standing.blend.weights(),
            why,
        };
        self.say(Output::Standing(Box::new(note)));
    }

    /// A trade that a model had a say in is over.
    pub(super) fn model_earned(&mut self, market: usize, plan: &super::account::Plan, return_pct: f64, at: Timestamp) {
        let Some(advised) = &plan.advised else { return };
        let seat = self.foresight.as_ref().and_then(|foresight| foresight.seat(market));
        let Some((line, of)) = seat.map(|seat| (seat.line.clone(), seat.foresees())) else { return };
        let (Some(mut foresight), Some(mut standing)) = (self.foresight.take(), self.account.standings.remove(&line))
        else {
            return;
        };
        let gains = gains(of, advised.up, plan.side);
        let memory = plan.probabilities.map(|(_, with)| with);
        standing.blend.take([Some(plan.confidence / 100.0), Some(gains), memory], return_pct > 0.0);
        // What an earlier candidate decided says nothing of this one.
        let of_candidate = standing.seat_of(advised.model);
        if let (Some(rollout), Some(of_candidate)) = (&mut standing.rollout, of_candidate) {
            rollout.earned(of_candidate, return_pct / 100.0);
            self.judge(&mut foresight, &mut standing, market, at);
        }
        self.account.standings.insert(line, standing);
        self.foresight = Some(foresight);
    }
}

/// The indicators of the reference's table: the first features of `reference25`, which need nothing but the bars.
fn indicators() -> FeatureSet {
    let mut set = feature::named("reference25").expect("the set comes along");
    set.features.truncate(INDICATORS);
    set
}

fn finding(found: FeatureFinding) -> (String, f64, f64, f64, Severity) {
    (found.name, found.ks_distance, found.adjusted_p_value, found.bins.psi, found.severity)
}

/// What the rows of a symbol are held against: those of that symbol that a model was taught on.
fn watched_by(models: &BTreeMap<ModelId, Arc<Model>>, seated: &Seated, symbol: &Symbol) -> Option<FeatureDrift> {
    models.get(&seated.id)?.parts().watch.as_ref()?.of(symbol).cloned()
}
