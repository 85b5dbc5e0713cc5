"""Makes the small ONNX models of tests/fixtures, and what onnxruntime answers: python networks.py FOLDER"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tokenizers import BertWordPieceTokenizer

folder = Path(sys.argv[1])
draw = np.random.default_rng(7)
rows = draw.normal(size=(400, 3)).astype(np.float32)
label = (rows @ [1.0, -0.5, 0.2] + draw.normal(size=400) > 0).astype(int)


def constant(name, *shape):
    return numpy_helper.from_array(draw.normal(size=shape).astype(np.float32), name)


# As PyTorch writes a network of two layers that answers with logits.
hidden = helper.make_node("Gemm", ["row", "w1", "b1"], ["a"], transB=1)
nodes = [hidden, helper.make_node("Relu", ["a"], ["b"]), helper.make_node("Gemm", ["b", "w2", "b2"], ["logits"], transB=1)]
graph = helper.make_graph(
    nodes,
    "network",
    [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["batch", 3])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])],
    [constant("w1", 4, 3), constant("b1", 4), constant("w2", 1, 4), constant("b2", 1)],
)
network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

# A pipeline of scikit-learn, as skl2onnx writes it by default: with labels and a map of probabilities.
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, label)
pipeline = to_onnx(pipeline, rows[:1], target_opset={"": 17, "ai.onnx.ml": 3})

# Trees of scikit-learn: probabilities of two classes, sums of the log-odds, after a scaler, and means of numbers.
versions = {"": 17, "ai.onnx.ml": 3}
trees = {
    "forest": RandomForestClassifier(4, max_depth=4, random_state=1),
    "boosted": make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=5, random_state=1)),
}
trees = {name: to_onnx(tree.fit(rows, label), rows[:1], target_opset=versions) for name, tree in trees.items()}
numbers = rows @ [1.0, -0.5, 0.2]
numbers = to_onnx(ExtraTreesRegressor(4, max_depth=4, random_state=1).fit(rows, numbers), rows[:1], target_opset=versions)

# Takes rows of any width, with missing values: how high a row is on the whole.
nodes = [
    helper.make_node("IsNaN", ["row"], ["missing"]),
    helper.make_node("Where", ["missing", "nothing", "row"], ["filled"]),
    helper.make_node("Tanh", ["filled"], ["bounded"]),
    helper.make_node("ReduceMean", ["bounded"], ["mean"], axes=[1], keepdims=1),
    helper.make_node("Sigmoid", ["mean"], ["probability"]),
]
graph = helper.make_graph(
    nodes,
    "height",
    [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["batch", "width"])],
    [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", 1])],
    [numpy_helper.from_array(np.zeros(1, np.float32), "nothing")],
)
height = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
(folder / "height.onnx").write_bytes(height.SerializeToString())

asked = rows[:20]
answers = {}
for name, model in {"network": network, "pipeline": pipeline, "numbers": numbers, **trees}.items():
    file = model.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(file)
    said = onnxruntime.InferenceSession(file).run(None, {model.graph.input[0].name: asked})[-1]
    if name == "numbers":
        answers[name] = [float(one[0]) for one in said]
    else:
        answers[name] = [float(one[1]) if isinstance(one, dict) else float(1 / (1 + np.exp(-np.float64(one[0])))) for one in said]

# A classifier of texts with the parts of BERT: embeddings, attention of two heads under a mask, layers, the first token's sums.
texts = [
    "Shares rise after record profit",
    "Profit warning: shares fall 12%!",
    "The board's meeting was UNCHANGED",
    "Crédit reshuffles ... unprofitably",
    "",
    "日本 profits",
]
tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "shares", "rise", "fall", "after", "record", "profit", "##s", "##ably", "un",
          "##profit", "warning", ":", "12", "%", "!", "the", "board", "'", "s", "meeting", "was", "##changed", "credit", "re",
          "##sh", "##uf", "##fles", ".", "日"]
(folder / "vocab.txt").write_text("\n".join(tokens) + "\n")
size = 8


def whole(name, *numbers):
    return numpy_helper.from_array(np.array(numbers, dtype=np.int64), name)


make = helper.make_node
nodes = [
    make("Gather", ["words", "input_ids"], ["w"]),
    make("Gather", ["kinds", "token_type_ids"], ["k"]),
    make("Shape", ["input_ids"], ["shape"]),
    make("Gather", ["shape", "one"], ["length"]),
    make("Range", ["zero", "length", "step"], ["numbers"]),
    make("Gather", ["places", "numbers"], ["p"]),
    make("Add", ["w", "k"], ["wk"]),
    make("Add", ["wk", "p"], ["e"]),
    make("LayerNormalization", ["e", "g1", "h1"], ["x"], axis=-1),
    make("Cast", ["attention_mask"], ["m"], to=TensorProto.FLOAT),
    make("Sub", ["unit", "m"], ["off"]),
    make("Mul", ["off", "far"], ["penalty"]),
    make("Unsqueeze", ["penalty", "axes"], ["bias"]),
]
for part in "qkv":
    nodes += [
        make("MatMul", ["x", f"{part}w"], [f"{part}1"]),
        make("Reshape", [f"{part}1", "heads"], [f"{part}2"]),
        make("Transpose", [f"{part}2"], [f"{part}3"], perm=[0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]),
    ]
nodes += [
    make("MatMul", ["q3", "k3"], ["s1"]),
    make("Div", ["s1", "root"], ["s2"]),
    make("Add", ["s2", "bias"], ["s3"]),
    make("Softmax", ["s3"], ["s"], axis=-1),
    make("MatMul", ["s", "v3"], ["c1"]),
    make("Transpose", ["c1"], ["c2"], perm=[0, 2, 1, 3]),
    make("Reshape", ["c2", "joined"], ["c3"]),
    make("MatMul", ["c3", "ow"], ["o"]),
    make("Add", ["o", "x"], ["r"]),
    make("LayerNormalization", ["r", "g2", "h2"], ["y"], axis=-1),
    make("Gather", ["y", "first"], ["cls"], axis=1),
    make("Gemm", ["cls", "pw", "pb"], ["pooled"]),
    make("Tanh", ["pooled"], ["t"]),
    make("Gemm", ["t", "lw", "lb"], ["logits"]),
]
constants = [
    constant("words", len(tokens), size), constant("kinds", 2, size), constant("places", 512, size),
    *(constant(f"{part}w", size, size) for part in "qkvop"), constant("pb", size), constant("lw", size, 3), constant("lb", 3),
    *(constant(name, size) for name in ["g1", "h1", "g2", "h2"]),
    whole("axes", 1, 2), whole("heads", 0, -1, 2, size // 2), whole("joined", 0, -1, size),
    *(numpy_helper.from_array(np.array(value, dtype), name) for name, value, dtype in [
        ("one", 1, np.int64), ("zero", 0, np.int64), ("step", 1, np.int64), ("first", 0, np.int64), ("unit", 1, np.float32),
        ("far", -10000, np.float32), ("root", 2, np.float32)]),
]
graph = helper.make_graph(
    nodes,
    "texts",
    [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in
     ["input_ids", "attention_mask", "token_type_ids"]],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])],
    constants,
)
file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
(folder / "texts.onnx").write_bytes(file)
session, tokenizer = onnxruntime.InferenceSession(file), BertWordPieceTokenizer(str(folder / "vocab.txt"))
readings = []
for text in texts:
    ids = np.array([tokenizer.encode(text).ids])
    sums = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})[0][0]
    odds = np.exp(sums.astype(float) - sums.max())
    readings.append({"text": text, "ids": ids[0].tolist(), "probabilities": (odds / odds.sum()).tolist()})

rows = asked.astype(float).tolist()
(folder / "networks.json").write_text(json.dumps({"rows": rows, **answers, "texts": readings}) + "\n")
