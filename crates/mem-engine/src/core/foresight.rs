//! What models say at the close of a bar, what became of what they said, and what follows from that.

use mem_indicators::Atr;
use mem_model::drift::{Adwin, AdwinConfig, FeatureDrift, FeatureFinding, Severity};
use mem_model::feature::{self, FeatureStream};
use mem_model::label::{Label, Labeler};
use mem_model::learn::Predictor;
use mem_model::lifecycle::rollout::{Phase, Seen, Verdict};
use mem_model::lifecycle::{ModelId, Stage};
use mem_model::model::Model;
use mem_strategy::advice::{Advice, Role, advise};
use mem_types::{Bar, BarSpec, Decision, PositionSide, Symbol, Timeframe, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::Advised;
use super::awaited::Awaited;
use super::config::EngineError;
use super::engine::Engine;
use super::output::{DriftNote, ModelNote, ModelWord, Output, PredictedNote, ResolvedNote, StandingNote, WorthNote};
use super::seat::{Models, Pending, Score, SeatConfig, Seated};

/// Closed bars of a market after which its features are compared with those of the training again.
const LOOK_EVERY: u64 = 50;
/// Resolved predictions after which it is said again how everything stands.
const TELL_EVERY: u64 = 50;
/// Chance that a champion that is as good as ever is called worse.
const DECAY_DELTA: f64 = 0.002;
/// Predictions that may wait for their truth.
const MOST_PENDING: usize = 100_000;
/// Features that are named where a prediction is explained.
const NAMED: usize = 5;

/// What advises a session.
pub(super) struct Foresight {
    seat: SeatConfig,
    models: BTreeMap<ModelId, Arc<Model>>,
    /// One a market; `None` for markets that the models were not made for.
    pub(super) lanes: Vec<Option<Lane>>,
    /// The champion's losses.
    losses: Adwin,
}

/// A market as models see it.
pub(super) struct Lane {
    pub(super) stream: FeatureStream,
    /// The symbol that its features look at; `None` where they look at none.
    pub(super) awaited: Option<Awaited>,
    labeler: Labeler,
    range: Atr,
    watch: Option<FeatureDrift>,
    rows: u64,
}

/// A row of features, and what is known at its time.
struct Row {
    at: Timestamp,
    values: Vec<f64>,
    labels: Vec<Label>,
    range: f64,
}

impl std::fmt::Debug for Foresight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Foresight").field("seat", &self.seat).finish_non_exhaustive()
    }
}

impl Lane {
    fn new(
        engine: &Engine,
        market: usize,
        seat: &SeatConfig,
        watch: Option<FeatureDrift>,
    ) -> Result<Option<Self>, String> {
        let lane = &engine.config.lanes[market];
        let concerned = !lane.watched
            && lane.bars == BarSpec::Time(seat.scope.timeframe)
            && seat.scope.symbols.contains(&lane.instrument.symbol);
        if !concerned {
            return Ok(None);
        }
        let set = feature::named(&seat.features)
            .ok_or_else(|| format!("there is no feature set `{}` in this program", seat.features))?;
        let reference = seat.reference.as_ref().map(|symbol| engine.reference(symbol, seat.scope.timeframe));
        let awaited = reference.transpose()?.map(|market| Awaited::new(market, set.roles(), seat.scope.timeframe));
        Ok(Some(Self {
            stream: FeatureStream::new(&set, seat.scope.timeframe).map_err(|error| error.to_string())?,
            awaited,
            labeler: Labeler::new(seat.label, seat.scope.timeframe).map_err(|error| error.to_string())?,
            range: Atr::new(14),
            watch,
            rows: 0,
        }))
    }

    /// Takes a closed bar; one that was seen already says nothing.
    fn push(&mut self, bar: &Bar) -> Option<Row> {
        let mut row = Row { at: bar.ts, values: Vec::new(), labels: Vec::new(), range: f64::NAN };
        row.at = self.stream.push(bar, &mut row.values).ok()?;
        self.labeler.push(bar, None, &mut row.labels);
        row.range = self.range.push(bar.high, bar.low, bar.close);
        if let Some(watch) = &mut self.watch {
            watch.push(&row.values);
        }
        self.rows += 1;
        Some(row)
    }
}

impl Engine {
    /// The same engine with the models that its configuration names, out of `models`.
    ///
    /// # Errors
    /// A model that is not there, or one that cannot be asked here.
    pub fn seat(mut self, models: &Models) -> Result<Self, EngineError> {
        let Some(seat) = self.config.seat.clone() else { return Ok(self) };
        let mut found = BTreeMap::new();
        for seated in [&seat.champion, &seat.candidate].into_iter().flatten() {
            let model = models.get(&seated.sha256);
            let model = model.ok_or_else(|| EngineError::Model(format!("{} is not there", seated.title)))?;
            found.insert(seated.id, Arc::clone(model));
        }
        let watch = seat
            .champion
            .as_ref()
            .or(seat.candidate.as_ref())
            .and_then(|seated| found[&seated.id].parts().watch.clone());
        let lanes = (0..self.markets.len()).map(|market| Lane::new(&self, market, &seat, watch.clone()));
        let lanes = lanes.collect::<Result<Vec<_>, _>>().map_err(EngineError::Model)?;
        self.account.standing.get_or_insert_default().take_seats(&seat).map_err(EngineError::Model)?;
        self.foresight = Some(Foresight { seat, models: found, lanes, losses: losses() });
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

    /// Closed bars of the past that features need before they are defined; 0 without models.
    pub fn foresight_warmup(config: &super::EngineConfig) -> usize {
        let Some(seat) = &config.seat else { return 0 };
        feature::named(&seat.features).and_then(|set| set.warmup().ok()).map_or(0, |bars| bars + seat.label.longest())
    }

    /// A closed bar of the past.
    pub(super) fn look_back(&mut self, market: usize, bar: &Bar) {
        let Some(mut foresight) = self.foresight.take() else { return };
        let row = foresight.lanes[market].as_mut().and_then(|lane| lane.push(bar));
        if let Some(mut row) = row
            && let Some(mut standing) = self.account.standing.take()
        {
            // What was foreseen before a restart is judged all the same; everything else has been counted then.
            let symbol = &self.markets[market].instrument.symbol;
            row.labels.retain(|label| standing.pending.iter().any(|one| one.symbol == *symbol && one.at == label.t0));
            self.resolve(&mut foresight, &mut standing, market, &row);
            self.account.standing = Some(standing);
        }
        self.foresight = Some(foresight);
    }

    /// A bar has closed: what models said of earlier ones is judged, they speak of this one, and what the strategy has decided at it is changed
    /// by what the one that decides says.
    pub(super) fn foresee(&mut self, market: usize, bar: &Bar, decisions: &mut Vec<Decision>) -> Option<ModelWord> {
        let mut foresight = self.foresight.take()?;
        let mut standing = self.account.standing.take().unwrap_or_default();
        let mut word = None;
        if let Some(row) = foresight.lanes[market].as_mut().and_then(|lane| lane.push(bar)) {
            self.resolve(&mut foresight, &mut standing, market, &row);
            word = self.predict(&foresight, &mut standing, market, &row);
            self.watch_features(&foresight, &standing, market, row.at);
            if let Some(word) = &mut word {
                let symbol = &self.markets[market].instrument.symbol;
                let advice = Advice {
                    up: word.up,
                    enter: foresight.seat.enter,
                    weight: word.weights[1] / (word.weights[0] + word.weights[1]),
                    held: self.account.side(symbol),
                    range: (row.range > 0.0).then_some(row.range),
                };
                // The number of the strategy's bar is of no account to the engine.
                advise(foresight.seat.role, &advice, 0, decisions);
                if self.tell
                    && !decisions.is_empty()
                    && let Some(model) = foresight.models.get(&word.model)
                {
                    word.moved_by = moved_by(model, &row.values);
                }
            }
        }
        self.account.standing = Some(standing);
        self.foresight = Some(foresight);
        word
    }

    /// Judges predictions whose truth is known now.
    fn resolve(&mut self, foresight: &mut Foresight, standing: &mut super::seat::Standing, market: usize, row: &Row) {
        let symbol = self.markets[market].instrument.symbol.clone();
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
                    at: label.t0,
                    known_at: label.t1,
                    up: truth,
                    log_return: label.log_return,
                    brier,
                });
                let before = foresight.losses.mean();
                worse |=
                    is_candidate == Some(false) && foresight.losses.push(brier) && foresight.losses.mean() > before;
            }
            notes.into_iter().for_each(|note| self.say(Output::Resolved(Box::new(note))));
            if worse {
                self.worth(standing, row.at, "drift");
            }
            let tried = said.candidate.filter(|said| standing.seat_of(said.model) == Some(true));
            let against = match said.champion {
                Some(said) => (standing.seat_of(said.model) == Some(false)).then_some(said.up),
                None => Some(share),
            };
            if let (Some(tried), Some(champion), Some(rollout)) = (tried, against, &mut standing.rollout) {
                rollout.saw(&Seen { at: label.t1, candidate: tried.up, champion, truth });
                self.judge(foresight, standing, row.at);
            }
            let count = standing.champion_score.count.max(standing.candidate_score.count);
            if count > 0 && count.is_multiple_of(TELL_EVERY) {
                self.worth(standing, row.at, "stable");
                self.tell_standing(standing, row.at, "");
            }
        }
    }

    /// What follows from what was seen of the candidate so far.
    fn judge(&mut self, foresight: &mut Foresight, standing: &mut super::seat::Standing, at: Timestamp) {
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
        self.tell_standing(standing, at, &why);
        match to {
            Stage::Production => {
                standing.champion_score = std::mem::take(&mut standing.candidate_score);
                foresight.losses = losses();
                self.watch_anew(foresight, &candidate);
                standing.champion = Some(candidate);
                (standing.candidate, standing.rollout) = (None, None);
            }
            Stage::Failed => (standing.candidate, standing.rollout) = (None, None),
            _ => {}
        }
    }

    /// Features are held against those that the new champion was taught on.
    fn watch_anew(&self, foresight: &mut Foresight, champion: &Seated) {
        let watch = foresight.models.get(&champion.id).and_then(|model| model.parts().watch.clone());
        foresight.lanes.iter_mut().flatten().for_each(|lane| lane.watch.clone_from(&watch));
    }

    /// Lets both models speak, and says whose word counts.
    fn predict(
        &mut self,
        foresight: &Foresight,
        standing: &mut super::seat::Standing,
        market: usize,
        row: &Row,
    ) -> Option<ModelWord> {
        let symbol = self.markets[market].instrument.symbol.clone();
        let ask = |seated: &Option<Seated>| {
            let model = foresight.models.get(&seated.as_ref()?.id)?;
            model.predict_row(&row.values).ok()?.first().copied().filter(|up| up.is_finite())
        };
        let (champion, candidate) = (ask(&standing.champion), ask(&standing.candidate));
        if champion.is_none() && candidate.is_none() {
            return None;
        }
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
                timeframe: foresight.seat.scope.timeframe,
                model: seated.id,
                version: model.parts().version.clone(),
                role,
                up,
                horizon_minutes: minutes,
                due: Timestamp::from_nanos(row.at.as_nanos() + i64::from(minutes) * 60_000_000_000),
                features: foresight.seat.features.clone(),
                label: foresight.seat.scope.target.clone(),
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
        standing.pending.push_back(Pending { symbol, at: row.at, champion: champion_said, candidate: candidate_said });
        // Turns are counted, not decisions: one that lets every signal pass by must not keep its turn until it takes one. Whoever has
        // opened a position says when it is left, so that what it earns is its own.
        let turn = standing.turns;
        standing.turns += 1;
        let drawn = standing.rollout.as_ref().is_some_and(|rollout| rollout.decides(turn));
        let tried = held.unwrap_or(drawn);
        let (seated, up, by_candidate) = match (tried, candidate, champion) {
            (true, Some(up), _) => (standing.candidate.as_ref()?, up, true),
            (_, _, Some(up)) => (standing.champion.as_ref()?, up, false),
            _ => return None,
        };
        Some(ModelWord {
            model: seated.id,
            title: seated.title.clone(),
            by_candidate,
            role: foresight.seat.role,
            up,
            weights,
            moved_by: Vec::new(),
        })
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
        if !self.tell || !lane.rows.is_multiple_of(LOOK_EVERY) {
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

    fn tell_standing(&mut self, standing: &super::seat::Standing, at: Timestamp, why: &str) {
        let Some(scope) = self.config.seat.as_ref().map(|seat| seat.scope.clone()) else { return };
        let verdict = standing.rollout.as_ref().map(mem_model::lifecycle::Rollout::evaluate);
        let why = match (&verdict, why) {
            (Some(Verdict::Hold { why }), "") => why.clone(),
            (_, why) => why.to_owned(),
        };
        let note = StandingNote {
            at,
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
    pub(super) fn model_earned(&mut self, plan: &super::account::Plan, return_pct: f64, at: Timestamp) {
        let Some(advised) = &plan.advised else { return };
        let (Some(mut foresight), Some(mut standing)) = (self.foresight.take(), self.account.standing.take()) else {
            return;
        };
        let side = if plan.side == PositionSide::Long { advised.up } else { 1.0 - advised.up };
        let memory = plan.probabilities.map(|(_, with)| with);
        standing.blend.take([Some(plan.confidence / 100.0), Some(side), memory], return_pct > 0.0);
        // What an earlier candidate decided says nothing of this one.
        let of_candidate = standing.seat_of(advised.model);
        if let (Some(rollout), Some(of_candidate)) = (&mut standing.rollout, of_candidate) {
            rollout.earned(of_candidate, return_pct / 100.0);
            self.judge(&mut foresight, &mut standing, at);
        }
        self.account.standing = Some(standing);
        self.foresight = Some(foresight);
    }
}

/// The features that moved a prediction most, by their Shapley values in log-odds.
fn moved_by(model: &Model, row: &[f64]) -> Vec<(String, f64)> {
    let parts = model.parts();
    let Some(Predictor::Forest(forest)) = parts.predictors.first() else { return Vec::new() };
    let Ok(values) = forest.contributions(row) else { return Vec::new() };
    let mut moved: Vec<(String, f64)> = parts.features.iter().cloned().zip(values).collect();
    moved.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    moved.truncate(NAMED);
    moved
}

fn finding(found: FeatureFinding) -> (String, f64, f64, f64, Severity) {
    (found.name, found.ks_distance, found.adjusted_p_value, found.bins.psi, found.severity)
}

/// The champion's losses, before the first.
fn losses() -> Adwin {
    Adwin::new(AdwinConfig::with_delta(DECAY_DELTA))
}

/// Whether a model alone decides.
pub(super) fn decides(word: &Option<ModelWord>) -> bool {
    word.as_ref().is_some_and(|word| word.role == Role::Decider)
}
