//! Detectors and tests against River and SciPy on the same numbers, and laws of all detectors.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::online::random::Random;

/// The numbers that a Python script prints, a line each, given `input` in the file of its first argument; `None` where there is no Python
/// with River.
fn python(script: &str, input: &[f64]) -> Option<Vec<Vec<f64>>> {
    let python = mem_testkit::python("river, scipy")?;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), input.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let output = Command::new(python).arg("-c").arg(script).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| line.split_whitespace().map(|number| number.parse().unwrap()).collect()).collect())
}

/// Errors whose share shifts twice.
fn errors(count: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let share =
        |at: usize| [0.2, 0.35, 0.15][if at * 10 < count * 4 { 0 } else { 1 + usize::from(at * 10 >= count * 7) }];
    (0..count).map(|at| f64::from(u8::from(random.unit() < share(at)))).collect()
}

/// Normal-like numbers whose mean and spread shift.
fn levels(count: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut normal = || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
    (0..count).map(|at| if at < count / 2 { normal() } else { 1.0 + 2.0 * normal() }).collect()
}

#[test]
fn adwin_is_rivers_to_the_last_cut() {
    let script = "
import sys, numpy as np
from river._river_rust.drift import AdaptiveWindowing
a = AdaptiveWindowing()
for x in np.fromfile(sys.argv[1]).tolist():
    cut = a.update(x)
    print(int(cut), a.get_width(), repr(a.get_total()), repr(a.get_variance()))
";
    for stream in [errors(30_000, 5), levels(10_000, 6)] {
        let Some(theirs) = python(script, &stream) else { return };
        let mut adwin = Adwin::new(AdwinConfig::default());
        for (at, (value, theirs)) in stream.iter().zip(&theirs).enumerate() {
            let cut = adwin.push(*value);
            assert_eq!((f64::from(u8::from(cut)), adwin.width() as f64), (theirs[0], theirs[1]), "after value {at}");
            assert!((adwin.total() - theirs[2]).abs() <= 1e-9 * (1.0 + theirs[2].abs()), "after value {at}");
        }
        assert!(adwin.cuts() >= 1);
    }
}

/// A detector and the Python expression of River's; with `true`, River's forgets everything after a drift.
type Pair = (&'static str, Box<dyn Detector>, bool);

/// That every detector says the same as River's after every value.
fn same_as_river(pairs: Vec<Pair>, stream: &[f64]) {
    let models: Vec<&str> = pairs.iter().map(|(model, ..)| *model).collect();
    let script = format!(
        "
import sys, numpy as np
from river import drift
from river.drift import binary
class SplitMix:
    def __init__(self, seed):
        self.state = seed
    def below(self, bound):
        m = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & m
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & m
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & m
        return ((z ^ (z >> 31)) * bound) >> 64
    def sample(self, population, k):
        every = list(population)
        for i in range(k):
            j = i + self.below(len(every) - i)
            every[i], every[j] = every[j], every[i]
        return every[:k]
def update(d, x):
    if isinstance(d, drift.KSWIN) and (d.n == 0 or d.drift_detected):
        d._reset()
        d._rng = SplitMix(1)
    d.update(x)
    return 2 if d.drift_detected else int(getattr(d, 'warning_detected', False))
detectors = [{}]
for x in np.fromfile(sys.argv[1]).tolist():
    print(*[update(d, x) for d in detectors])
",
        models.join(", ")
    );
    let Some(theirs) = python(&script, stream) else { return };
    for (place, (model, mut ours, fresh)) in pairs.into_iter().enumerate() {
        let mut drifts = 0;
        for (at, (value, theirs)) in stream.iter().zip(&theirs).enumerate() {
            let level = ours.update(*value);
            assert_eq!(f64::from(level as u8), theirs[place], "{model} after value {at}");
            if level == Level::Drift {
                drifts += 1;
                if fresh {
                    ours.reset();
                }
            }
        }
        assert!(drifts > 0, "{model} never drifted");
    }
}

#[test]
fn detectors_of_errors_are_rivers() {
    let pairs: Vec<Pair> = vec![
        ("drift.ADWIN()", Box::new(Adwin::new(AdwinConfig::default())), true),
        ("binary.DDM()", Box::new(Ddm::new(DdmConfig::default())), false),
        ("binary.EDDM()", Box::new(Eddm::new(EddmConfig::default())), false),
        ("binary.HDDMA()", Box::new(Hddm::new(HddmConfig::default())), false),
    ];
    same_as_river(pairs, &errors(12_000, 8));
}

#[test]
fn detectors_of_numbers_are_rivers() {
    let low = PageHinkleyConfig { threshold: 20.0, ..PageHinkleyConfig::default() };
    let up = PageHinkleyConfig { way: Way::Up, ..PageHinkleyConfig::default() };
    let pairs: Vec<Pair> = vec![
        ("drift.PageHinkley(threshold=20)", Box::new(PageHinkley::new(low)), false),
        ("drift.PageHinkley(mode='up')", Box::new(PageHinkley::new(up)), false),
        ("drift.KSWIN(seed=1)", Box::new(Kswin::new(KswinConfig::default())), true),
    ];
    same_as_river(pairs, &levels(1_600, 9));
}

#[test]
fn the_two_sample_test_is_scipys() {
    let mut numbers = levels(24_000, 10);
    let rounded: Vec<f64> = numbers.iter().map(|number| (number * 4.0).round() / 4.0).collect();
    numbers.extend(rounded);
    // From, size of the first sample, size of the second, which follows it; the second half of the numbers is full of ties.
    let cases = [
        [0, 30, 30],
        [0, 40, 70],
        [11_900, 100, 100],
        [11_700, 250, 400],
        [10_500, 2_000, 300],
        [35_900, 100, 120],
        [24_000, 500, 500],
        [11_000, 1_500, 10_500],
    ];
    let script = format!(
        "
import sys, numpy as np
from scipy import stats
x = np.fromfile(sys.argv[1])
for at, n, m in {cases:?}:
    r = stats.ks_2samp(x[at:at + n], x[at + n:at + n + m])
    print(repr(float(r.statistic)), repr(float(r.pvalue)))
"
    );
    let Some(theirs) = python(&script, &numbers) else { return };
    for ([at, n, m], theirs) in cases.into_iter().zip(theirs) {
        let (mut first, mut second) = (numbers[at..at + n].to_vec(), numbers[at + n..at + n + m].to_vec());
        let ours = ks_two_sample(&mut first, &mut second).unwrap();
        assert!((ours.distance - theirs[0]).abs() < 1e-12, "{ours:?} {theirs:?}");
        if n.max(m) <= 10_000 {
            assert!((ours.p_value - theirs[1]).abs() <= 1e-9 * theirs[1], "{ours:?} {theirs:?}");
        } else {
            // Beyond that the limiting distribution stands in for the exact one.
            let (ours, theirs) = (ours.p_value.ln(), theirs[1].ln());
            assert!((ours - theirs).abs() <= 0.02 * theirs.abs() + 0.05, "{ours} {theirs}");
        }
    }
}

/// One of each kind, kept as a function from a value to a level so that they can be told apart by name only.
fn detectors() -> Vec<(&'static str, Box<dyn Detector>)> {
    vec![
        ("adwin", Box::new(Adwin::new(AdwinConfig::default()))),
        ("page_hinkley", Box::new(PageHinkley::new(PageHinkleyConfig::default()))),
        ("ddm", Box::new(Ddm::new(DdmConfig::default()))),
        ("eddm", Box::new(Eddm::new(EddmConfig::default()))),
        ("hddm", Box::new(Hddm::new(HddmConfig::default()))),
        ("kswin", Box::new(Kswin::new(KswinConfig::default()))),
    ]
}

#[test]
fn a_broken_model_is_noticed_and_a_steady_one_is_left_alone() {
    for (name, mut detector) in detectors() {
        let mut random = Random::new(31);
        let mut errors = |share: f64| f64::from(u8::from(random.unit() < share));
        let alarms = (0..2_000).filter(|_| detector.update(errors(0.2)) == Level::Drift).count();
        // EDDM is known to be nervous; KSWIN makes a test of every value.
        assert!(alarms <= if name == "eddm" { 20 } else { 2 }, "{name}: {alarms} alarms");
        assert!((0..1_000).any(|_| detector.update(errors(0.8)) == Level::Drift), "{name} slept");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What is not finite changes nothing; a detector that is read back goes on the same; resetting forgets all.
    #[test]
    fn detectors_go_on_where_they_were(stream in prop::collection::vec(prop_oneof![8 => 0.0..1.0_f64, 4 => Just(1.0), 4 => Just(0.0), 1 => Just(f64::NAN), 1 => Just(f64::NEG_INFINITY)], 0..600)) {
        check(Adwin::new(AdwinConfig::default()), &stream)?;
        check(PageHinkley::new(PageHinkleyConfig { threshold: 3.0, ..PageHinkleyConfig::default() }), &stream)?;
        check(Ddm::new(DdmConfig::default()), &stream)?;
        check(Eddm::new(EddmConfig::default()), &stream)?;
        check(Hddm::new(HddmConfig::default()), &stream)?;
        check(Kswin::new(KswinConfig::default()), &stream)?;
    }

    /// The window of ADWIN is that of the values it holds.
    #[test]
    fn adwin_holds_the_last_values(stream in prop::collection::vec(-10.0..10.0_f64, 1..800)) {
        let mut adwin = Adwin::new(AdwinConfig { delta: 0.2, clock: 1, ..AdwinConfig::default() });
        for (at, value) in stream.iter().enumerate() {
            adwin.push(*value);
            let held = &stream[at + 1 - adwin.width() as usize..=at];
            let mean = held.iter().sum::<f64>() / held.len() as f64;
            let variance = held.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / held.len() as f64;
            prop_assert!((adwin.mean() - mean).abs() < 1e-9);
            prop_assert!((adwin.variance() - variance).abs() < 1e-6 * (1.0 + variance), "{} {}", adwin.variance(), variance);
        }
    }
}

fn check<D>(fresh: D, stream: &[f64]) -> Result<(), TestCaseError>
where
    D: Detector + Clone + PartialEq + std::fmt::Debug + Serialize + for<'a> Deserialize<'a>,
{
    let mut detector = fresh.clone();
    for (at, value) in stream.iter().enumerate() {
        let before = detector.clone();
        let level = detector.update(*value);
        if !value.is_finite() {
            prop_assert_eq!(&detector, &before);
            prop_assert_eq!(level, Level::Stable);
        }
        if at % 50 == 0 {
            let kept: D = serde_json::from_str(&serde_json::to_string(&detector).unwrap()).unwrap();
            prop_assert_eq!(&kept, &detector);
        }
    }
    detector.reset();
    prop_assert_eq!(detector, fresh);
    Ok(())
}
