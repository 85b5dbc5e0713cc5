use mem_types::Symbol;

use super::*;
use crate::boost::{BoostParameters, Objective};
use crate::calibrate::Platt;
use crate::drift::{FeatureDrift, FeatureDriftConfig, Severity};
use crate::learn::Learn;
use crate::sample::Sample;

fn rows() -> (Table, Vec<f64>) {
    let column = |step: usize| (0..400).map(|row| ((row * step) % 101) as f64 / 50.0 - 1.0).collect::<Vec<f64>>();
    let columns = vec![column(7), column(13), column(29)];
    let target = (0..400).map(|row| columns[0][row] * 0.02 + columns[1][row] * columns[2][row] * 0.01).collect();
    (Table::new(["a", "b", "c"].map(str::to_owned).to_vec(), columns).unwrap(), target)
}

fn parts(tells: Tells) -> ModelParts {
    let (table, returns) = rows();
    let of = |objective: Objective, target: &[f64]| {
        let parameters = BoostParameters { objective, rounds: 20, ..BoostParameters::default() };
        parameters.learn(&Sample::new(&table, target), None).unwrap()
    };
    let ups: Vec<f64> = returns.iter().map(|value| if *value > 0.0 { 1.0 } else { 0.0 }).collect();
    let predictors = match &tells {
        Tells::Up | Tells::Gain => vec![of(Objective::Binary, &ups)],
        Tells::Return => vec![of(Objective::Squared, &returns)],
        Tells::Volatility => {
            let logarithms: Vec<f64> = returns.iter().map(|value| (0.01 + value.abs()).ln()).collect();
            vec![of(Objective::Squared, &logarithms)]
        }
        Tells::ReturnQuantiles(levels) => {
            levels.iter().map(|level| of(Objective::Quantile { level: *level }, &returns)).collect()
        }
        Tells::Classes(names) => {
            let classes: Vec<f64> = (0..400).map(|row| f64::from(row % names.len() as i32)).collect();
            vec![of(Objective::Multiclass { classes: names.len() }, &classes)]
        }
    };
    let calibrator = (tells == Tells::Up).then_some(Calibrator::Platt(Platt { slope: 0.8, shift: 0.1 }));
    let features = table.names().to_vec();
    ModelParts {
        version: "1.2.0".to_owned(),
        features,
        horizon_minutes: 60,
        tells,
        predictors,
        calibrator,
        watch: None,
    }
}

fn all_kinds() -> Vec<Tells> {
    let classes = Tells::Classes(["bear", "range", "bull"].map(str::to_owned).to_vec());
    vec![Tells::Up, Tells::Gain, Tells::Return, Tells::ReturnQuantiles(vec![0.1, 0.5, 0.9]), Tells::Volatility, classes]
}

#[test]
fn a_model_read_back_is_the_model_to_the_bit() {
    let (table, _) = rows();
    for tells in all_kinds() {
        let model = Model::new(parts(tells)).unwrap();
        let bytes = model.to_bytes();
        let back = Model::from_bytes(&bytes).unwrap();
        assert!(back == model && back.to_bytes() == bytes);
        let answers = back.predict_table(&table).unwrap();
        let (mut row, mut all) = (Vec::new(), Vec::new());
        for number in 0..table.rows() {
            table.row(number, &mut row);
            all.extend(model.predict_row(&row).unwrap());
        }
        assert_eq!(answers, all);
    }
}

#[test]
fn a_damaged_model_is_refused() {
    let bytes = Model::new(parts(Tells::Return)).unwrap().to_bytes();
    let said = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err().to_string();
    for place in [100, 500, bytes.len() - 10] {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        assert_eq!(said(&bytes), "the model is damaged: its checksum is another");
    }
    assert_eq!(said(b"pickle\n"), "this is no model of MEM");
    let later = String::from_utf8(bytes.clone()).unwrap().replacen("mem-model 1", "mem-model 2", 1);
    assert_eq!(said(later.as_bytes()), "the model is written in format 2; this program reads format 1");
    assert!(Model::from_bytes(&bytes[..bytes.len() - 1]).is_ok() && Model::from_bytes(&bytes[..50]).is_err());
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let refused = |change: fn(&mut ModelParts)| {
        let mut parts = parts(Tells::Up);
        change(&mut parts);
        Model::new(parts).unwrap_err().to_string()
    };
    assert_eq!(refused(|parts| parts.predictors.clear()), "a model has predictors that can answer");
    assert_eq!(
        refused(|parts| parts.features.truncate(2)),
        "predictors are made for the features that the model names"
    );
    assert_eq!(refused(|parts| parts.features[1] = "a".to_owned()), "features have different names");
    assert_eq!(refused(|parts| parts.tells = Tells::Return), "predictors answer what the model tells");
    let slope =
        |parts: &mut ModelParts| parts.calibrator = Some(Calibrator::Platt(Platt { slope: f64::NAN, shift: 0.0 }));
    assert_eq!(refused(slope), "the calibrator gives no probabilities");
}

fn watched(text: &str) -> Result<Model, String> {
    let watch = Some(serde_json::from_str(text).map_err(|error| error.to_string())?);
    Model::new(ModelParts { watch, ..parts(Tells::Up) }).map_err(|error| error.to_string())
}

#[test]
fn what_is_watched_fits_its_own_numbers() {
    let columns = vec![vec![0.1, 0.3, f64::NAN, 0.2, 0.5]; 3];
    let table = Table::new(parts(Tells::Up).features, columns).unwrap();
    let pooled = serde_json::to_string(&FeatureDrift::new(&table, FeatureDriftConfig::default())).unwrap();
    let sound = |symbol: &str| (symbol.parse::<Symbol>().unwrap(), table.clone());
    let by_symbol = serde_json::to_string(&Watch::over(["AAA", "BBB", "CCC"].map(sound))).unwrap();
    let (names, other) = (r#""name":"a""#, r#""name":"z""#);
    for watch in [&pooled, &by_symbol] {
        assert!(watched(watch).is_ok());
        for (sound, damaged) in [
            (r#""rows":5"#, r#""rows":3"#),
            (r#""rows":5"#, r#""rows":0"#),
            (r#""missing":1"#, r#""missing":2"#),
            (r#""missing":1"#, r#""missing":9"#),
            (r#""sample":[0.1,"#, r#""sample":[9.1,"#),
            (r#""sample":[0.1,0.2,0.3,0.5]"#, r#""sample":[]"#),
            (r#""counts":[1,"#, r#""counts":[7,"#),
            (r#""borders":["#, r#""borders":[0.9,"#),
            (r#""recent":[]"#, r#""recent":[[0.5]]"#),
        ] {
            // The last of them: every reference is looked at.
            let place = watch.rfind(sound).unwrap_or_else(|| panic!("{sound} is not in {watch}"));
            let changed = format!("{}{damaged}{}", &watch[..place], &watch[place + sound.len()..]);
            assert_eq!(watched(&changed).unwrap_err(), "what is watched does not fit its own numbers", "{damaged}");
        }
        let place = watch.rfind(names).unwrap();
        let renamed = format!("{}{other}{}", &watch[..place], &watch[place + names.len()..]);
        assert_eq!(watched(&renamed).unwrap_err(), "what is watched are the features that the model names");
    }
}

#[test]
fn a_model_of_before_is_read_with_its_one_reference() {
    // As it was written while references pooled all symbols: rows drawn by seed.
    let of = |name: &str| {
        format!(
            r#"{{"name":"{name}","sample":[0.1,0.2,0.3,0.5],"rows":5,"missing":1,"spacing":2.5,"worth":1.6,"bins":{{"borders":[0.2],"counts":[2,2,1]}}}}"#
        )
    };
    let config =
        r#"{"alpha":0.01,"correction":"holm","window":200,"reference":400,"bins":10,"autocorrelated":true,"seed":1}"#;
    let references = ["a", "b", "c"].map(of).join(",");
    let model = watched(&format!(r#"{{"config":{config},"reference":[{references}],"recent":[]}}"#)).unwrap();
    let back = Model::from_bytes(&model.to_bytes()).unwrap();
    let watch = back.parts().watch.as_ref().unwrap();
    assert!(back == model && watch.is_pooled());
    let reference = watch.of(&"ANY".parse().unwrap()).unwrap();
    assert_eq!(reference.compare(&[vec![0.2; 10], vec![0.2; 10], vec![0.2; 10]]).features.len(), 3);
    let neither = watched(r#"{"config":{}}"#).unwrap_err();
    assert!(neither.contains("neither a reference a symbol nor one for all of them"), "{neither}");
}

#[test]
fn each_symbol_is_held_against_its_own_rows() {
    let symbols: [Symbol; 2] = ["LOW", "HIGH"].map(|symbol| symbol.parse().unwrap());
    // The same walk on two levels; of the one that the others are measured by, `c` is always 0.
    let walk = |from: u32, count: u32| (from..from + count).map(|i| f64::from((i * 7_919) % 1_000));
    let rows = |level: f64, from, count| -> Vec<Vec<f64>> {
        let c = if level > 0.0 { walk(from, count).rev().collect() } else { vec![0.0; count as usize] };
        vec![walk(from, count).map(|value| level + value).collect(), walk(from, count).collect(), c]
    };
    let table = |columns| Table::new(parts(Tells::Up).features, columns).unwrap();
    let [low, high] = [0.0, 5_000.0].map(|level| table(rows(level, 0, 1_000)));
    let watch = Watch::over(symbols.iter().cloned().zip([low.clone(), high.clone()]));
    let moved = |watch: &Watch, symbol: usize, columns: &[Vec<f64>]| -> Vec<String> {
        let report = watch.of(&symbols[symbol]).unwrap().compare(columns);
        report.features.into_iter().filter(|one| one.severity > Severity::None).map(|one| one.name).collect()
    };
    let still = [rows(0.0, 300, 200), rows(5_000.0, 300, 200)];
    assert_eq!([moved(&watch, 0, &still[0]), moved(&watch, 1, &still[1])], [Vec::<String>::new(), Vec::new()]);
    // What all symbols share is no measure of one.
    let together = low.columns().iter().zip(high.columns()).map(|(low, high)| [&low[..], high].concat()).collect();
    let config = FeatureDriftConfig { autocorrelated: false, ..FeatureDriftConfig::default() };
    let pooled = Watch::Pooled(FeatureDrift::new(&table(together), config));
    assert_eq!(moved(&pooled, 0, &still[0]), ["a", "c"]);
    // One that moves is found where it moves.
    assert_eq!([moved(&watch, 0, &rows(900.0, 300, 200)), moved(&watch, 1, &still[1])], [vec!["a", "c"], vec![]]);
    assert_eq!(watch.of(&"OTHER".parse().unwrap()), None);
}

#[test]
fn a_prediction_has_the_shape_of_the_reference() {
    let names = [
        "confidence",
        "features_used",
        "model_version",
        "predicted_direction",
        "predicted_price",
        "prediction_horizon",
        "symbol",
        "timestamp",
    ];
    for tells in all_kinds() {
        let model = Model::new(parts(tells.clone())).unwrap();
        let at = "2024-05-01T12:00:00Z".parse().unwrap();
        let said = model.predict("BTCUSDT".parse().unwrap(), at, 50_000.0, &[0.9, 0.5, 0.5]).unwrap().unwrap();
        let json = serde_json::to_value(&said).unwrap();
        let more = match tells {
            Tells::ReturnQuantiles(_) => Some("predicted_quantiles"),
            Tells::Volatility => Some("predicted_volatility"),
            _ => None,
        };
        let mut wanted: Vec<&str> = names.into_iter().chain(more).collect();
        wanted.sort_unstable();
        let mut keys: Vec<_> = json.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, wanted);
        assert_eq!(serde_json::from_value::<Prediction>(json).unwrap(), said);
        assert!(said.confidence.is_none_or(|confidence| (0.0..=1.0).contains(&confidence)));
        assert_eq!((said.model_version.as_str(), said.prediction_horizon, said.features_used.len()), ("1.2.0", 60, 3));
        match tells {
            Tells::Up => assert_eq!((said.predicted_direction, said.predicted_price), (Some(Direction::Up), None)),
            Tells::Return | Tells::ReturnQuantiles(_) => {
                assert_eq!(said.predicted_direction, Some(Direction::Up));
                assert!((50_100.0..52_500.0).contains(&said.predicted_price.unwrap()));
                assert!(said.predicted_quantiles.is_sorted_by(|one, next| one.price <= next.price));
            }
            Tells::Volatility => {
                assert_eq!((said.predicted_direction, said.predicted_price, said.confidence), (None, None, None));
                assert!((0.01..0.06).contains(&said.predicted_volatility.unwrap()));
            }
            Tells::Gain | Tells::Classes(_) => assert!(matches!(said.predicted_direction, Some(Direction::Class(_)))),
        }
        assert!(model.predict_row(&[1.0]).is_err());
    }
}
