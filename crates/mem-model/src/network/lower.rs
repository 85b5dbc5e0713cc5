//! The operators of scikit-learn's exports (domain `ai.onnx.ml`) as common ones. Source: the operator reference of ONNX ML, version 3.

use rten_onnx::onnx::{AttributeProto, AttributeType, DataType, GraphProto, NodeProto, TensorProto};

use super::graph::is;
use super::{NetworkError, trees};

/// Appends `node` to the graph, as common operators where it is not one.
pub(super) fn lower(node: NodeProto, graph: &mut GraphProto) -> Result<(), NetworkError> {
    let domain = node.domain.as_deref().unwrap_or_default();
    if domain != "ai.onnx.ml" {
        // Nothing is dropped out when a model answers.
        if is(&node, "Dropout") && node.input.get(2).is_none_or(String::is_empty) && node.output.len() == 1 {
            return Lowering::new(node, graph)?.last("Identity", &[], vec![]);
        }
        graph.node.push(node);
        return Ok(());
    }
    let op = node.op_type.clone().unwrap_or_default();
    let mut lowering = Lowering::new(node, graph)?;
    match op.as_str() {
        "Scaler" => {
            let (offset, scale) = (lowering.row("offset")?, lowering.row("scale")?);
            lowering.step("Sub", &[offset], vec![]);
            lowering.last("Mul", &[scale], vec![])
        }
        "LinearRegressor" => {
            let targets = lowering.int("targets").unwrap_or(1);
            lowering.linear(targets)?;
            lowering.transform()
        }
        "LinearClassifier" => {
            lowering.result = 1;
            let classes = lowering.attribute("intercepts")?.floats.len();
            lowering.linear(classes as i64)?;
            lowering.transform()
        }
        "Normalizer" => {
            let norm = match lowering.text("norm") {
                "L1" => "ReduceL1",
                "L2" => "ReduceL2",
                other => return Err(unsupported(&op, &format!("norm {other}"))),
            };
            let value = lowering.value.clone();
            lowering.step(norm, &[], vec![ints("axes", &[-1]), int("keepdims", 1)]);
            let length = std::mem::replace(&mut lowering.value, value);
            lowering.last("Div", &[length], vec![])
        }
        "Imputer" => {
            let fill = lowering.row("imputed_value_floats")?;
            let missing = lowering.float("replaced_value_float").unwrap_or(0.0);
            let value = lowering.value.clone();
            if missing.is_nan() {
                lowering.step("IsNaN", &[], vec![]);
            } else {
                let missing = lowering.constant(&[1], vec![missing]);
                lowering.step("Equal", &[missing], vec![]);
            }
            lowering.last("Where", &[fill, value], vec![])
        }
        "TreeEnsembleClassifier" => {
            lowering.result = 1;
            trees::classifier(lowering)
        }
        "TreeEnsembleRegressor" => trees::regressor(lowering),
        "ZipMap" => lowering.last("Identity", &[], vec![]),
        "FeatureVectorizer" => {
            let rest = lowering.node.input[1..].to_vec();
            lowering.last("Concat", &rest, vec![int("axis", -1)])
        }
        "ArrayFeatureExtractor" => {
            let places = lowering.node.input.get(1).cloned().ok_or_else(|| unsupported(&op, "without places"))?;
            lowering.last("Gather", &[places], vec![int("axis", -1)])
        }
        _ => Err(NetworkError::Unsupported(format!("operator ai.onnx.ml/{op} is not known here"))),
    }
}

/// A node on its way: what it has become so far is `value`.
pub(super) struct Lowering<'a> {
    graph: &'a mut GraphProto,
    pub(super) node: NodeProto,
    pub(super) value: String,
    /// Which of its outputs is made; the others are labels.
    result: usize,
    made: usize,
}

impl<'a> Lowering<'a> {
    fn new(node: NodeProto, graph: &'a mut GraphProto) -> Result<Self, NetworkError> {
        let value = node.input.first().filter(|input| !input.is_empty()).cloned();
        let value = value.ok_or_else(|| NetworkError::NoModel("a node has no input".to_owned()))?;
        Ok(Self { graph, node, value, result: 0, made: 0 })
    }

    pub(super) fn op(&self) -> String {
        self.node.op_type.clone().unwrap_or_default()
    }

    /// A name that no value of the file has.
    fn fresh(&mut self) -> String {
        self.made += 1;
        format!("{}/mem/{}", self.node.output.join("/"), self.made)
    }

    pub(super) fn step(&mut self, op: &str, others: &[String], attribute: Vec<AttributeProto>) {
        let output = self.fresh();
        self.push(op, others, attribute, output.clone());
        self.value = output;
    }

    pub(super) fn last(
        mut self,
        op: &str,
        others: &[String],
        attribute: Vec<AttributeProto>,
    ) -> Result<(), NetworkError> {
        let output = self.node.output.get(self.result).filter(|output| !output.is_empty()).cloned();
        let output = output.ok_or_else(|| unsupported(&self.op(), "used for its labels only"))?;
        self.push(op, others, attribute, output);
        Ok(())
    }

    fn push(&mut self, op: &str, others: &[String], attribute: Vec<AttributeProto>, output: String) {
        let input = std::iter::once(self.value.clone()).chain(others.iter().cloned()).collect();
        let node =
            NodeProto { op_type: Some(op.to_owned()), input, output: vec![output], attribute, ..NodeProto::default() };
        self.graph.node.push(node);
    }

    /// The weighted sums of the row, one for each of `targets`.
    fn linear(&mut self, targets: i64) -> Result<(), NetworkError> {
        let weights = self.attribute("coefficients")?.floats.clone();
        let count = usize::try_from(targets).ok().filter(|count| *count > 0 && weights.len().is_multiple_of(*count));
        let count = count.ok_or_else(|| unsupported(&self.op(), "its coefficients are no table"))?;
        let width = weights.len() / count;
        let turned = (0..width).flat_map(|feature| (0..count).map(move |target| (feature, target)));
        let turned: Vec<f32> = turned.map(|(feature, target)| weights[target * width + feature]).collect();
        let table = self.constant(&[width as i64, targets], turned);
        self.step("MatMul", &[table], vec![]);
        if self.node.attribute.iter().any(|attribute| attribute.name.as_deref() == Some("intercepts")) {
            let intercepts = self.row("intercepts")?;
            self.step("Add", &[intercepts], vec![]);
        }
        Ok(())
    }

    /// From sums to what is answered.
    pub(super) fn transform(self) -> Result<(), NetworkError> {
        match self.text("post_transform") {
            "" | "NONE" => self.last("Identity", &[], vec![]),
            "LOGISTIC" => self.last("Sigmoid", &[], vec![]),
            "SOFTMAX" => self.last("Softmax", &[], vec![int("axis", -1)]),
            other => Err(unsupported(&self.op(), &format!("post_transform {other}"))),
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Result<&AttributeProto, NetworkError> {
        let found = self.node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name));
        found.ok_or_else(|| unsupported(&self.op(), &format!("without {name}")))
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).ok()?.i
    }

    fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name).ok()?.f
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.attribute(name).ok().and_then(|attribute| attribute.s.as_deref()).unwrap_or_default()
    }

    /// An attribute of numbers, one a column, as a constant.
    fn row(&mut self, name: &str) -> Result<String, NetworkError> {
        let numbers = self.attribute(name)?.floats.clone();
        Ok(self.constant(&[numbers.len() as i64], numbers))
    }

    /// Whole numbers as a constant of one dimension.
    pub(super) fn whole_constant(&mut self, numbers: Vec<i64>) -> String {
        let dims = vec![numbers.len() as i64];
        self.put(TensorProto { dims, data_type: Some(DataType::INT64), int64_data: numbers, ..TensorProto::default() })
    }

    pub(super) fn constant(&mut self, dims: &[i64], numbers: Vec<f32>) -> String {
        self.put(TensorProto {
            dims: dims.to_vec(),
            data_type: Some(DataType::FLOAT),
            float_data: numbers,
            ..TensorProto::default()
        })
    }

    /// Gives a constant a name of its own.
    fn put(&mut self, tensor: TensorProto) -> String {
        let name = self.fresh();
        self.graph.initializer.push(TensorProto { name: Some(name.clone()), ..tensor });
        name
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        r#type: Some(AttributeType::INT),
        ..AttributeProto::default()
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    }
}

pub(super) fn unsupported(op: &str, what: &str) -> NetworkError {
    NetworkError::Unsupported(format!("operator ai.onnx.ml/{op}: {what}"))
}
