//! Networks and pipelines in ONNX format, imported: the answers of onnxruntime to rows of real bars.

use mem_model::feature::{FeatureStream, Sources, built_in};
use mem_model::forest::Link;
use mem_model::learn::Predictor;
use mem_model::network::{Ask, Bytes, Network};
use mem_model::table::Table;
use mem_types::Timeframe;
use serde_json::json;

use crate::python::{apart, ask, numbers};

const SCRIPT: &str = r#"
import base64, json, sys
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, RobustScaler, StandardScaler

got = json.load(sys.stdin)
x = np.array(got['columns'], dtype=np.float32).T
value = np.array(got['value'])
label, three = (value > 0).astype(int), np.digitize(value, [-0.003, 0.003])
width, draw = x.shape[1], np.random.default_rng(1)
center, spread = x.mean(0), x.std(0) + 1e-9

def constant(name, data):
    return numpy_helper.from_array(np.asarray(data, dtype=np.float32), name)

def weights(name, *shape):
    return constant(name, draw.normal(size=shape) / np.sqrt(shape[-1]))

def network(nodes, constants, inputs, output, shape):
    kind = TensorProto.FLOAT
    graph = helper.make_graph([helper.make_node(op, i, o, **more) for op, i, o, more in nodes], 'network',
        [helper.make_tensor_value_info(n, kind, s) for n, s in inputs],
        [helper.make_tensor_value_info(output, kind, shape)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)

row, batch = [('row', ['batch', width])], ['batch', 1]
scale = [('Sub', ['row', 'center'], ['s'], {}), ('Div', ['s', 'spread'], ['x'], {})]
scaled = [constant('center', center), constant('spread', spread)]
layers = scale + [
    ('Gemm', ['x', 'w1', 'b1'], ['a'], dict(transB=1)), ('LeakyRelu', ['a'], ['b'], dict(alpha=0.1)),
    ('BatchNormalization', ['b', 'g', 'h', 'm', 'v'], ['c'], {})]
hidden = scaled + [weights('w1', 16, width), weights('b1', 16), weights('g', 16), weights('h', 16), weights('m', 16),
                   constant('v', np.arange(1, 17))]
# Each feature as a step of time, from a start whose size is read from the batch.
lstm = scale + [
    ('Unsqueeze', ['x', 'last'], ['u'], {}), ('Transpose', ['u'], ['t'], dict(perm=[1, 0, 2])),
    ('Shape', ['row'], ['shape'], {}), ('Slice', ['shape', 'zero', 'one'], ['n'], {}),
    ('Concat', ['one', 'n', 'eight'], ['size'], dict(axis=0)), ('ConstantOfShape', ['size'], ['start'], {}),
    ('LSTM', ['t', 'w', 'r', 'b', '', 'start', 'start'], ['', 'h'], dict(hidden_size=8)),
    ('Squeeze', ['h', 'zero'], ['f'], {}), ('MatMul', ['f', 'o'], ['p'], {}), ('Softmax', ['p'], ['probabilities'], dict(axis=1))]
whole = lambda name, *numbers: numpy_helper.from_array(np.array(numbers, dtype=np.int64), name)
kept = scaled + [whole('zero', 0), whole('one', 1), whole('eight', 8), whole('last', 2), weights('w', 1, 32, 1),
                 weights('r', 1, 32, 8), weights('b', 1, 64), weights('o', 8, 2)]
names = [f'f{n}' for n in range(width)]
models = {
    'logits': ('up', True, network(layers + [('Gemm', ['c', 'w2', 'b2'], ['out'], dict(transB=1))],
        hidden + [weights('w2', 1, 16), weights('b2', 1)], row, 'out', batch)),
    'two logits': ('up', True, network(layers + [('Gemm', ['c', 'w2', 'b2'], ['out'], dict(transB=1))],
        hidden + [weights('w2', 2, 16), weights('b2', 2)], row, 'out', ['batch', 2])),
    'flat': ('up', False, network(layers + [('MatMul', ['c', 'w2'], ['d'], {}), ('Sigmoid', ['d'], ['out'], {})],
        hidden + [weights('w2', 16)], row, 'out', ['batch'])),
    'value': ('return', False, network(layers + [('Tanh', ['c'], ['d'], {}), ('MatMul', ['d', 'w2'], ['out'], {})],
        hidden + [weights('w2', 16, 1)], row, 'out', batch)),
    'class logits': ('classes', True, network(layers + [('MatMul', ['c', 'w2'], ['out'], {})],
        hidden + [weights('w2', 16, 3)], row, 'out', ['batch', 3])),
    'lstm': ('up', False, network(lstm, kept, row, 'probabilities', ['batch', 2])),
    'an input a feature': ('up', True, network(
        [('Concat', names, ['row'], dict(axis=1))] + scale + [('MatMul', ['x', 'w'], ['out'], {})],
        scaled + [weights('w', width, 1)], [(n, batch) for n in reversed(names)], 'out', batch)),
}
few = dict(hidden_layer_sizes=(8,), max_iter=30, random_state=1)
for name, answers, model, target in [
    ('logistic', 'up', make_pipeline(StandardScaler(), LogisticRegression()), label),
    ('classes', 'classes', make_pipeline(RobustScaler(), LogisticRegression()), three),
    ('filled, in few dimensions', 'up', make_pipeline(SimpleImputer(), MinMaxScaler(), PCA(5), MLPClassifier(**few)), label),
    ('classes of a network', 'classes', make_pipeline(StandardScaler(), MLPClassifier(**few)), three),
    ('on a sphere', 'up', make_pipeline(StandardScaler(), Normalizer(), LogisticRegression()), label),
    ('ridge', 'return', make_pipeline(StandardScaler(), Ridge()), value),
    ('network of values', 'return', make_pipeline(StandardScaler(), MLPRegressor(**few)), value),
    ('bayes', 'up', make_pipeline(StandardScaler(), GaussianNB()), label),
]:
    model.fit(x, target)
    for plain in [True, False] if answers != 'return' else [True]:
        options = {} if answers == 'return' else {'zipmap': not plain}
        options = None if answers == 'return' else {id(model): options}
        made = to_onnx(model, x[:1], options=options, target_opset={'': 17, 'ai.onnx.ml': 3})
        models[name + ('' if plain else ', as maps')] = (answers, False, made)

asked = x[:300]
out = {}
for name, (answers, logits, model) in models.items():
    file = model.SerializeToString()
    feed = {'row': asked, 'X': asked, **{n: asked[:, i:i + 1] for i, n in enumerate(names)}}
    given = {i.name: feed[i.name] for i in model.graph.input}
    said = onnxruntime.InferenceSession(file).run(None, given)[-1]
    if isinstance(said, list):
        said = [[row[k] for k in sorted(row)] for row in said]
    said = np.asarray(said, dtype=np.float64).reshape(len(asked), -1)
    if logits:
        said = 1 / (1 + np.exp(-said)) if said.shape[1] == 1 else np.exp(said) / np.exp(said).sum(1, keepdims=True)
    if answers == 'up' and said.shape[1] == 2:
        said = said[:, 1:]
    out[name] = dict(file=base64.b64encode(file).decode(), answers=answers, logits=logits, said=said.ravel().tolist())
json.dump(out, sys.stdout)
"#;

#[test]
fn imported_files_answer_as_onnxruntime_does() {
    let Some(bars) = mem_testkit::real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    let core = built_in().into_iter().find(|set| set.name == "core").unwrap();
    let rows = FeatureStream::batch(&core, bars.view(), Timeframe::H1, &Sources::default()).unwrap();
    let whole: Vec<&Vec<f64>> = rows.table.columns().iter().filter(|column| !column[200].is_nan()).collect();
    let columns: Vec<Vec<f64>> = whole.iter().map(|column| column[200..1200].to_vec()).collect();
    let close = bars.view().close;
    let value: Vec<f64> = (200..1200).map(|bar| (close[bar + 4] / close[bar]).ln()).collect();
    let features: Vec<String> = (0..columns.len()).map(|number| format!("f{number}")).collect();
    let given = json!({"columns": columns, "value": value});
    let Some(theirs) = ask("onnx, onnxruntime and skl2onnx", SCRIPT, &given) else { return };
    let asked = Table::new(features.clone(), columns.iter().map(|column| column[..300].to_vec()).collect()).unwrap();
    let cases = theirs.as_object().unwrap();
    assert_eq!(cases.len(), 7 + 8 + 6);
    for (name, case) in cases {
        let (link, outputs) = match case["answers"].as_str().unwrap() {
            "up" => (Link::Logistic, 1),
            "return" => (Link::Identity, 1),
            _ => (Link::Softmax, 3),
        };
        let logits = case["logits"].as_bool().unwrap();
        let wanted = Ask { features: features.clone(), link, outputs, output: None, logits };
        let file: Bytes = serde_json::from_value(case["file"].clone()).unwrap();
        let network = Network::import(file.as_slice(), &wanted).unwrap_or_else(|error| panic!("{name}: {error}"));
        let predictor = Predictor::Network(network);
        let answers = predictor.predict_table(&asked).unwrap();
        let far = apart(&answers, &numbers(&case["said"]));
        // Sums of hundreds, rounded to 32 bits before they become powers.
        let bound = if name.starts_with("bayes") { 1e-5 } else { 1e-6 };
        assert!(far < bound, "{name}: {far}");
        let mut row = Vec::new();
        for number in 0..asked.rows() {
            asked.row(number, &mut row);
            let alone = predictor.predict_row(&row).unwrap();
            let together = &answers[number * outputs..(number + 1) * outputs];
            assert!(alone.iter().zip(together).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}, row {number}");
        }
    }
}
