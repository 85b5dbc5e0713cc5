//! What models said and what follows from it, on record.

use mem_model::drift::Severity;
use mem_store::records::{
    DashboardRow, DriftRow, FeatureRow, LabelRow, LogLevel, ModelEventRow, NewLog, PerformanceRow, PredictionRow,
    RecordsError, Resolved, Tx,
};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_DAY;
use serde_json::json;

use super::signed;
use crate::core::{DriftNote, FeaturesNote, ModelNote, PredictedNote, ResolvedNote, StandingNote, WorthNote};
use crate::shelf::{Shelf, ShelfError};

pub(super) fn predicted(tx: &Tx<'_>, note: &PredictedNote) -> Result<(), RecordsError> {
    let [rules, model, memory] = note.weights;
    tx.add_prediction(&PredictionRow {
        id: 0,
        timestamp: note.at,
        symbol: note.symbol.to_string(),
        timeframe: note.timeframe.to_string(),
        model_id: signed(note.model.0),
        model_version: note.version.clone(),
        role: note.role.to_owned(),
        predicted_direction: note.of.word(note.up >= 0.5).to_owned(),
        predicted_probability: note.up,
        confidence_score: note.up.max(1.0 - note.up),
        prediction_horizon: i64::from(note.horizon_minutes),
        features_used: note.features.clone(),
        ensemble_weights: Some(json!({ "rules": rules, "model": model, "memory": memory })),
        future_timestamp: note.due,
        actual_outcome: None,
        realized_return: None,
        brier: None,
        resolved_at: None,
    })?;
    let label = LabelRow {
        id: 0,
        timestamp: note.at,
        symbol: note.symbol.to_string(),
        timeframe: note.timeframe.to_string(),
        label_type: note.label.clone(),
        future_timestamp: note.due,
        label_value: None,
        realized_value: None,
        is_realized: false,
    };
    tx.put_label(&label).map(drop)
}

/// Bars with their indicators are kept so many days of the market.
const DAYS_OF_FEATURES: i64 = 90;

/// A bar with its indicators; at the first of a day, those that are too old go.
pub(super) fn features(tx: &Tx<'_>, note: &FeaturesNote) -> Result<(), RecordsError> {
    let [open_price, high_price, low_price, close_price] = note.prices;
    let [
        vwap,
        atr,
        rsi,
        macd,
        macd_signal,
        macd_histogram,
        bollinger_upper,
        bollinger_middle,
        bollinger_lower,
        stoch_k,
        stoch_d,
        williams_r,
        cci,
        adx,
        obv,
        mfi,
    ] = note.indicators;
    let row = FeatureRow {
        id: 0,
        timestamp: note.at,
        symbol: note.symbol.to_string(),
        timeframe: note.timeframe.to_string(),
        open_price,
        high_price,
        low_price,
        close_price,
        volume: note.volume,
        vwap,
        atr,
        rsi,
        macd,
        macd_signal,
        macd_histogram,
        bollinger_upper,
        bollinger_middle,
        bollinger_lower,
        stoch_k,
        stoch_d,
        williams_r,
        cci,
        adx,
        obv,
        mfi,
    };
    let before = Timestamp::from_nanos(note.at.as_nanos() - note.timeframe.nanos());
    if before.day() != note.at.day() {
        let oldest = Timestamp::from_nanos(note.at.as_nanos() - DAYS_OF_FEATURES * NANOS_PER_DAY);
        tx.forget_features(oldest, &row.symbol, &row.timeframe)?;
    }
    tx.put_features(&row).map(drop)
}

pub(super) fn resolved(tx: &Tx<'_>, note: &ResolvedNote) -> Result<(), RecordsError> {
    tx.resolve_prediction(&Resolved {
        model_id: signed(note.model.0),
        symbol: note.symbol.to_string(),
        timestamp: note.at,
        outcome: note.of.word(note.up).to_owned(),
        realized_return: note.log_return,
        brier: note.brier,
        resolved_at: note.known_at,
    })?;
    let label = LabelRow {
        id: 0,
        timestamp: note.at,
        symbol: note.symbol.to_string(),
        timeframe: note.timeframe.to_string(),
        label_type: note.label.clone(),
        future_timestamp: note.known_at,
        label_value: Some(note.of.word(note.up).to_owned()),
        realized_value: Some(note.log_return),
        is_realized: true,
    };
    tx.put_label(&label).map(drop)
}

/// The step of a candidate, and what it means for the registry. Where an operator has been there before, his word stands.
pub(super) fn stepped(tx: &Tx<'_>, note: &ModelNote) -> Result<(), RecordsError> {
    tx.add_model_event(&ModelEventRow {
        id: 0,
        timestamp: note.at,
        model_id: signed(note.model.0),
        champion_id: note.champion.map(|id| signed(id.0)),
        event_type: note.kind.clone(),
        phase: note.phase.clone(),
        share: note.share,
        why: note.why.clone(),
        numbers: json!(note.numbers),
    })?;
    let changed = Shelf::change_in(tx, |registry| {
        if registry.get(note.model)?.stage == note.to {
            return Ok(());
        }
        registry.advance(note.model, note.to, note.at, &note.why, note.numbers.clone()).map(drop)
    });
    match changed {
        Ok(()) => Ok(()),
        Err(ShelfError::Records(error)) => Err(error),
        Err(error) => {
            let message =
                format!("{} has come to {}, and the registry does not follow: {error}", note.title, note.phase);
            let log = NewLog {
                timestamp: Some(note.at),
                level: LogLevel::Warning,
                message,
                source: Some("models".to_owned()),
            };
            tx.add_log(&log).map(drop)
        }
    }
}

pub(super) fn standing(tx: &Tx<'_>, note: &StandingNote) -> Result<(), RecordsError> {
    let symbols: Vec<&str> = note.scope.symbols.iter().map(mem_types::Symbol::as_str).collect();
    tx.put_dashboard(&DashboardRow {
        id: 0,
        timestamp: note.at,
        symbol: symbols.join(","),
        timeframe: note.scope.timeframe.to_string(),
        kind: "rollout".to_owned(),
        payload: json!(note),
        model_version: note.champion.as_ref().map(|seated| seated.title.clone()),
    })
    .map(drop)
}

pub(super) fn drifted(tx: &Tx<'_>, note: &DriftNote) -> Result<(), RecordsError> {
    let finite = |value: f64| value.is_finite().then_some(value);
    let rows: Vec<DriftRow> = note
        .findings
        .iter()
        .map(|(name, distance, p_value, psi, severity)| DriftRow {
            id: 0,
            timestamp: note.at,
            model_id: signed(note.model.0),
            symbol: note.symbol.to_string(),
            feature_name: name.clone(),
            ks_statistic: finite(*distance),
            ks_p_value: finite(*p_value),
            psi: finite(*psi),
            drift_severity: severity.as_str().to_owned(),
            drift_detected: *severity > Severity::None,
        })
        .collect();
    tx.add_drift(&rows)
}

pub(super) fn worth(tx: &Tx<'_>, note: &WorthNote) -> Result<(), RecordsError> {
    let count = note.score.count as f64;
    let mean = |sum: f64| (count > 0.0).then(|| sum / count);
    tx.add_performance(&PerformanceRow {
        id: 0,
        timestamp: note.at,
        model_id: signed(note.model.0),
        role: note.role.to_owned(),
        samples: signed(note.score.count),
        brier: mean(note.score.brier),
        log_loss: mean(note.score.log_loss),
        accuracy: mean(note.score.right as f64),
        verdict: note.verdict.to_owned(),
    })
    .map(drop)
}

/// What an alert says of the features that have moved most.
pub(crate) fn moved(note: &DriftNote) -> String {
    let mut worst: Vec<_> = note.findings.iter().filter(|(.., severity)| *severity > Severity::None).collect();
    worst.sort_by(|one, other| other.4.cmp(&one.4).then(other.1.total_cmp(&one.1)));
    let named: Vec<&str> = worst.iter().take(3).map(|(name, ..)| name.as_str()).collect();
    format!(
        "{} of {} features of {} have moved, {} most",
        worst.len(),
        note.findings.len(),
        note.symbol,
        named.join(", ")
    )
}
