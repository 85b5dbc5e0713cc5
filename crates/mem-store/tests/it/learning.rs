//! The tables of models.

use mem_store::records::{
    Clock, DashboardRow, DriftFilter, DriftRow, EvaluationRow, FeatureFilter, FeatureRow, JobFilter, JobStatus,
    JobUpdate, LabelFilter, LabelRow, ModelEventFilter, ModelEventRow, ModelRow, NewJob, PerformanceRow,
    PredictionFilter, PredictionRow, Records, RecordsOptions, Resolved, SentimentRow, TextRow, TriggerKind,
};
use mem_types::Timestamp;
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn records() -> (tempfile::TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(at("2024-06-01T12:00:00Z"));
    let options = RecordsOptions { clock, ..RecordsOptions::default() };
    let records = Records::open(folder.path().join("mem_data.db"), options).unwrap();
    (folder, records)
}

fn prediction(model_id: i64, hour: i64) -> PredictionRow {
    let time = |hours: i64| Timestamp::from_nanos(1_700_000_000_000_000_000 + hours * 3_600_000_000_000);
    PredictionRow {
        id: 0,
        timestamp: time(hour),
        symbol: "BTCUSDT".to_owned(),
        timeframe: "1h".to_owned(),
        model_id,
        model_version: "1.0.0".to_owned(),
        role: if model_id == 1 { "champion" } else { "candidate" }.to_owned(),
        predicted_direction: "up".to_owned(),
        predicted_probability: 0.6,
        confidence_score: 0.6,
        prediction_horizon: 60,
        features_used: "core@1".to_owned(),
        ensemble_weights: Some(json!({"rules": 0.5, "model": 0.5})),
        future_timestamp: time(hour + 1),
        actual_outcome: None,
        realized_return: None,
        brier: None,
        resolved_at: None,
    }
}

#[test]
fn predictions_are_stored_once_and_resolved() {
    let (_folder, records) = records();
    for hour in 0..3 {
        for model in [1, 2] {
            records.add_prediction(&prediction(model, hour)).unwrap();
            // What was said is not changed by saying it again.
            records.add_prediction(&PredictionRow { predicted_probability: 0.1, ..prediction(model, hour) }).unwrap();
        }
    }
    let said = prediction(2, 1);
    let resolved = Resolved {
        model_id: 2,
        symbol: said.symbol.clone(),
        timestamp: said.timestamp,
        outcome: "up".to_owned(),
        realized_return: 0.01,
        brier: 0.16,
        resolved_at: said.future_timestamp,
    };
    records.resolve_prediction(&resolved).unwrap();
    let known = PredictionFilter { resolved: Some(true), ..PredictionFilter::default() };
    let page = records.predictions(&known).unwrap();
    assert_eq!(page.total, 1);
    let expected = PredictionRow {
        id: page.rows[0].id,
        actual_outcome: Some("up".to_owned()),
        realized_return: Some(0.01),
        brier: Some(0.16),
        resolved_at: Some(said.future_timestamp),
        ..said
    };
    assert_eq!(page.rows[0], expected);
    let open = PredictionFilter { resolved: Some(false), model_id: Some(1), limit: 2, ..PredictionFilter::default() };
    let page = records.predictions(&open).unwrap();
    assert_eq!((page.total, page.rows.len()), (3, 2));
    assert!(page.rows[0].timestamp > page.rows[1].timestamp);
    let nonsense = PredictionRow { predicted_probability: f64::NAN, ..prediction(3, 0) };
    assert!(records.add_prediction(&nonsense).unwrap_err().to_string().contains("predicted_probability"));
}

#[test]
fn models_labels_features_and_moods_are_read_back() {
    let (_folder, records) = records();
    let model = ModelRow {
        model_id: 7,
        model_name: "trend".to_owned(),
        model_version: "1.0.0".to_owned(),
        model_type: "boosted_trees".to_owned(),
        model_path: None,
        training_timestamp: at("2024-05-01T00:00:00Z"),
        is_active: false,
        stage: "training".to_owned(),
        performance_metrics: json!({}),
        hyperparameters: json!({"rounds": 100}),
        training_data_size: 1_000,
        record: json!({"id": 7}),
    };
    records.put_model(&model).unwrap();
    let later =
        ModelRow { is_active: true, stage: "production".to_owned(), model_path: Some("x.model".to_owned()), ..model };
    records.put_model(&later).unwrap();
    assert_eq!(records.models().unwrap(), [later]);

    let label = LabelRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        symbol: "A".to_owned(),
        timeframe: "1h".to_owned(),
        label_type: "direction".to_owned(),
        future_timestamp: at("2024-05-01T04:00:00Z"),
        label_value: None,
        realized_value: None,
        is_realized: false,
    };
    records.put_label(&label).unwrap();
    let known = LabelRow { label_value: Some("up".to_owned()), realized_value: Some(0.02), is_realized: true, ..label };
    records.put_label(&known).unwrap();
    let labels = records.labels(&LabelFilter { symbol: Some("A".to_owned()), ..LabelFilter::default() }).unwrap();
    assert_eq!((labels.total, labels.rows[0].realized_value), (1, Some(0.02)));

    let features = FeatureRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        symbol: "A".to_owned(),
        timeframe: "1h".to_owned(),
        open_price: 1.0,
        high_price: 2.0,
        low_price: 0.5,
        close_price: 1.5,
        volume: None,
        vwap: Some(1.2),
        atr: None,
        // The values that the reference's NUMERIC(6,4) has no room for.
        rsi: Some(100.0),
        macd: None,
        macd_signal: None,
        macd_histogram: None,
        bollinger_upper: None,
        bollinger_middle: None,
        bollinger_lower: None,
        stoch_k: Some(100.0),
        stoch_d: None,
        williams_r: Some(-100.0),
        cci: None,
        adx: None,
        obv: Some(1e12),
        mfi: None,
    };
    records.put_features(&features).unwrap();
    records.put_features(&features).unwrap();
    let of = |symbol: &str| FeatureFilter { symbol: Some(symbol.to_owned()), ..FeatureFilter::default() };
    let found = records.features(&of("A")).unwrap();
    assert_eq!((found.total, &found.rows[..]), (1, &[FeatureRow { id: found.rows[0].id, ..features.clone() }][..]));
    assert_eq!(records.features(&of("B")).unwrap().total, 0);
    records.forget_features(features.timestamp, "A", "1h").unwrap();
    assert_eq!(records.features(&of("A")).unwrap().total, 1, "what is as old as that stays");
    records.forget_features(at("2030-01-01T00:00:00Z"), "A", "1h").unwrap();
    assert_eq!(records.features(&of("A")).unwrap().total, 0);

    let mood = SentimentRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        symbol: "A".to_owned(),
        source: "news".to_owned(),
        score: -0.25,
        momentum: None,
        volatility: Some(0.1),
        bullish_ratio: Some(0.2),
        bearish_ratio: Some(0.5),
        neutral_ratio: Some(0.3),
        texts: 10,
    };
    records.put_sentiment(&mood).unwrap();
    assert_eq!(records.sentiment(10, "A").unwrap()[0].score, -0.25);

    // A purge takes them by their times, and texts as well.
    let text = |day: &str| TextRow {
        id: 0,
        timestamp: at(day),
        symbol: "A".to_owned(),
        source: "news".to_owned(),
        key: day.to_owned(),
        text: "A rises".to_owned(),
        url: None,
        published_at: None,
        scorer: "lexicon".to_owned(),
        score: 0.5,
        tone: "positive".to_owned(),
    };
    records.add_text(&text("2024-05-01T00:00:00Z")).unwrap();
    records.add_text(&text("2024-05-30T00:00:00Z")).unwrap();
    records.put_features(&features).unwrap();
    assert!(records.has_text("A", "news", "2024-05-01T00:00:00Z").unwrap());
    let purged = records.purge_old_records(10, at("2024-06-01T00:00:00Z")).unwrap();
    assert_eq!((purged.features, purged.texts, purged.moods, purged.total()), (1, 1, 1, 3));
    assert!(!records.has_text("A", "news", "2024-05-01T00:00:00Z").unwrap());
    assert!(records.has_text("A", "news", "2024-05-30T00:00:00Z").unwrap());
    assert_eq!(records.sentiment(10, "A").unwrap(), []);
}

#[test]
fn drift_performance_steps_gates_and_boards_are_read_back() {
    let (_folder, records) = records();
    let drift = DriftRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        model_id: 1,
        symbol: "A".to_owned(),
        feature_name: "rsi_14".to_owned(),
        ks_statistic: Some(0.4),
        ks_p_value: Some(1e-6),
        psi: Some(0.3),
        drift_severity: "high".to_owned(),
        drift_detected: true,
    };
    records.add_drift(&[drift.clone(), DriftRow { feature_name: "adx_14".to_owned(), ..drift.clone() }]).unwrap();
    let bad = DriftRow { psi: Some(f64::INFINITY), ..drift.clone() };
    assert!(records.add_drift(&[drift, bad]).is_err());
    let found = records.drift(&DriftFilter { model_id: Some(1), ..DriftFilter::default() }).unwrap();
    assert_eq!(found.iter().map(|row| row.feature_name.as_str()).collect::<Vec<_>>(), ["adx_14", "rsi_14"]);

    let performance = PerformanceRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        model_id: 1,
        role: "champion".to_owned(),
        samples: 100,
        brier: Some(0.24),
        log_loss: Some(0.69),
        accuracy: Some(0.52),
        verdict: "stable".to_owned(),
    };
    records.add_performance(&performance).unwrap();
    assert_eq!(records.performance(1, 10).unwrap()[0].brier, Some(0.24));

    let step = ModelEventRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        model_id: 2,
        champion_id: Some(1),
        event_type: "stage_advanced".to_owned(),
        phase: "canary".to_owned(),
        share: 0.05,
        why: "as good".to_owned(),
        numbers: json!({"samples": 1000.0}),
    };
    records.add_model_event(&step).unwrap();
    let rolled_back = ModelEventRow { event_type: "deployment_rollback".to_owned(), ..step.clone() };
    records.add_model_event(&rolled_back).unwrap();
    let filter = ModelEventFilter { event_type: Some("stage_advanced".to_owned()), ..ModelEventFilter::default() };
    let page = records.model_events(&filter).unwrap();
    assert_eq!((page.total, &page.rows[0].numbers), (1, &step.numbers));

    let gate = EvaluationRow {
        id: 0,
        timestamp: at("2024-05-01T00:00:00Z"),
        candidate_id: 2,
        baseline_id: Some(1),
        test_from: at("2024-04-01T00:00:00Z"),
        test_to: at("2024-05-01T00:00:00Z"),
        metrics: json!({"p": 0.01}),
        decision: "promote".to_owned(),
        reason: "better by more than luck".to_owned(),
    };
    records.add_evaluation(&gate).unwrap();
    assert_eq!(records.evaluations(5).unwrap()[0].decision, "promote");

    for (symbol, share) in [("A", 0.01), ("A", 0.05), ("B", 0.01)] {
        let row = DashboardRow {
            id: 0,
            timestamp: at("2024-05-01T00:00:00Z"),
            symbol: symbol.to_owned(),
            timeframe: "1h".to_owned(),
            kind: "rollout".to_owned(),
            payload: json!({"share": share}),
            model_version: None,
        };
        records.put_dashboard(&row).unwrap();
    }
    let shares: Vec<_> = records.latest_dashboard("rollout").unwrap().into_iter().map(|row| row.payload).collect();
    assert_eq!(shares, [json!({"share": 0.01}), json!({"share": 0.05})]);
}

#[test]
fn a_training_waits_runs_fails_and_is_tried_again() {
    let (_folder, records) = records();
    let job = NewJob { line: "trend".to_owned(), trigger: TriggerKind::Drift, reason: "rsi_14 has moved".to_owned() };
    let id = records.add_job(&job).unwrap();
    // Asking twice is asking once.
    assert_eq!(records.add_job(&NewJob { trigger: TriggerKind::Manual, ..job.clone() }).unwrap(), id);
    let waiting = records.next_job().unwrap().unwrap();
    assert_eq!((waiting.id, waiting.event_type, waiting.attempt), (id, TriggerKind::Drift, 1));

    assert_eq!(records.job(id).unwrap().map(|job| (job.id, job.status)), Some((id, JobStatus::Pending)));
    assert_eq!(records.job(id + 1_000).unwrap(), None);
    let update = |status, attempt| JobUpdate { status, attempt, not_before: None, model_id: None, error_message: None };
    records.update_job(id, &update(JobStatus::Running, 1)).unwrap();
    records.add_job_log(id, "info", "training on 10 symbols").unwrap();
    assert!(records.next_job().unwrap().is_none());
    let later = JobUpdate {
        not_before: Some(at("2024-06-01T12:05:00Z")),
        error_message: Some("out of memory".to_owned()),
        ..update(JobStatus::Pending, 2)
    };
    records.update_job(id, &later).unwrap();
    assert!(records.next_job().unwrap().is_none(), "it waits for its time");
    records.update_job(id, &update(JobStatus::Running, 2)).unwrap();
    records.update_job(id, &JobUpdate { model_id: Some(9), ..update(JobStatus::Completed, 2) }).unwrap();
    let done = records.jobs(&JobFilter { status: Some(JobStatus::Completed), ..JobFilter::default() }).unwrap();
    assert_eq!((done.total, done.rows[0].model_id, done.rows[0].attempt), (1, Some(9), 2));
    assert!(done.rows[0].started_at.is_some() && done.rows[0].finished_at.is_some());
    // What has ended stays as it is.
    assert!(records.update_job(id, &update(JobStatus::Cancelled, 2)).is_err());
    assert_eq!(records.job_logs(id).unwrap()[0].message, "training on 10 symbols");
    assert_ne!(records.add_job(&job).unwrap(), id);
    assert!(records.add_job(&NewJob { reason: " ".to_owned(), ..job }).is_err());
}
