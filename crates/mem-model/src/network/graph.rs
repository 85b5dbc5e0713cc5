//! A file taken apart: its inputs and outputs, what of it is needed for one output, and whether its size is bounded.

use std::collections::HashSet;

use rten_onnx::onnx::{DataLocation, DataType, GraphProto, ModelProto, NodeProto, ValueInfoProto};

use super::lower::lower;
use super::skim::skim;
use super::{Ask, NetworkError};
use crate::forest::Link;

/// Operators whose results are drawn by lot, or as many as the values say.
const REFUSED: [&str; 12] = [
    "Bernoulli",
    "Compress",
    "Multinomial",
    "NonMaxSuppression",
    "NonZero",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "SplitToSequence",
    "StringSplit",
    "Unique",
];

/// Operators that make something larger, and the inputs from which they read how large.
const GROWING: [(&str, &[usize]); 10] = [
    ("CenterCropPad", &[1]),
    ("ConstantOfShape", &[0]),
    ("Expand", &[1]),
    ("EyeLike", &[]),
    ("OneHot", &[1]),
    ("Pad", &[1]),
    ("Range", &[0, 1, 2]),
    ("Resize", &[2, 3]),
    ("Tile", &[1]),
    ("Upsample", &[1]),
];

/// A file taken apart.
pub(super) struct Graph {
    model: ModelProto,
    graph: GraphProto,
}

impl Graph {
    /// Takes a file apart that has at most `most` bytes.
    pub(super) fn read(onnx: &[u8], most: usize) -> Result<Self, NetworkError> {
        if onnx.len() > most {
            return Err(NetworkError::TooLarge { found: onnx.len(), most });
        }
        skim(onnx)?;
        let mut model = ModelProto::parse_buf(onnx).map_err(|error| NetworkError::NoModel(error.to_string()))?;
        let graph = model.graph.take().ok_or_else(|| NetworkError::NoModel("it has no graph".to_owned()))?;
        if let Some(tensor) =
            graph.initializer.iter().find(|tensor| tensor.data_location == Some(DataLocation::EXTERNAL))
        {
            let name = tensor.name.clone().unwrap_or_default();
            return Err(NetworkError::Unsupported(format!(
                "the numbers of `{name}` are in another file; export it as one file"
            )));
        }
        Ok(Self { model, graph })
    }

    /// The inputs that are not constants of the file.
    pub(super) fn inputs(&self) -> Vec<&ValueInfoProto> {
        let constant: HashSet<_> = self.graph.initializer.iter().map(|tensor| &tensor.name).collect();
        self.graph.input.iter().filter(|input| !constant.contains(&input.name)).collect()
    }

    /// The inputs that take the row, in its order, and the output that answers.
    pub(super) fn ends(&self, ask: &Ask) -> Result<(Vec<String>, String), NetworkError> {
        Ok((self.inputs_of_rows(&ask.features)?, self.output(ask)?))
    }

    /// The inputs that take whole numbers, and the output with sums a label.
    pub(super) fn ends_of_texts(&self) -> Result<(Vec<String>, String), NetworkError> {
        let inputs = self.inputs();
        if let Some(input) = inputs.iter().find(|input| is_real(input)) {
            return Err(NetworkError::Inputs(format!("`{}` takes real numbers, not those of tokens", name(input))));
        }
        let real: Vec<String> = self.graph.output.iter().filter(|output| is_real(output)).map(name).collect();
        let output = match &real[..] {
            [one] => Some(one),
            _ => real.iter().find(|output| *output == "logits"),
        };
        let output = output.ok_or_else(|| NetworkError::Outputs("none is called `logits`".to_owned()))?;
        Ok((inputs.into_iter().map(name).collect(), output.clone()))
    }

    fn inputs_of_rows(&self, features: &[String]) -> Result<Vec<String>, NetworkError> {
        let inputs = self.inputs();
        for input in &inputs {
            if !is_real(input) {
                return Err(NetworkError::Inputs(format!("`{}` takes something else than real numbers", name(input))));
            }
        }
        if let [input] = inputs[..] {
            return match width(input) {
                Some(width) if width != features.len() as i64 => Err(NetworkError::Inputs(format!(
                    "`{}` takes {width} numbers, {} are given",
                    name(input),
                    features.len()
                ))),
                _ => Ok(vec![name(input)]),
            };
        }
        let names: HashSet<String> = inputs.iter().map(|input| name(input)).collect();
        match features.iter().find(|feature| !names.contains(*feature)) {
            None if names.len() == features.len() => Ok(features.to_vec()),
            Some(feature) => Err(NetworkError::Inputs(format!("{} inputs, and none is named {feature}", inputs.len()))),
            None => Err(NetworkError::Inputs(format!("{} inputs for {} features", inputs.len(), features.len()))),
        }
    }

    fn output(&self, ask: &Ask) -> Result<String, NetworkError> {
        let all: Vec<String> = self.graph.output.iter().map(name).collect();
        let listed = all.join(", ");
        if let Some(wanted) = &ask.output {
            return match all.contains(wanted) {
                true => Ok(wanted.clone()),
                false => Err(NetworkError::Outputs(format!("there is no `{wanted}`, there are: {listed}"))),
            };
        }
        let of_map = |output: &ValueInfoProto| {
            self.graph.node.iter().any(|node| is(node, "ZipMap") && node.output.first() == output.name.as_ref())
        };
        let real: Vec<String> =
            self.graph.output.iter().filter(|output| is_real(output) || of_map(output)).map(name).collect();
        let speaking =
            real.iter().filter(|output| ask.link != Link::Identity && output.to_lowercase().contains("prob")).cloned();
        match (&real[..], &speaking.collect::<Vec<_>>()[..]) {
            ([one], _) | (_, [one]) => Ok(one.clone()),
            ([], _) => Err(NetworkError::Outputs(format!("none of {listed} holds real numbers"))),
            _ => Err(NetworkError::Outputs(format!("which one answers, of {}?", real.join(", ")))),
        }
    }

    /// The file that computes `outputs` and nothing else, in common operators; and whether it looks for missing values.
    pub(super) fn only(mut self, outputs: &[String]) -> Result<(Vec<u8>, bool), NetworkError> {
        let mut needed: HashSet<String> = outputs.iter().cloned().collect();
        let mut nodes = Vec::new();
        for node in self.graph.node.drain(..).rev() {
            if node.output.iter().any(|output| needed.contains(output)) {
                needed.extend(node.input.iter().cloned());
                nodes.push(node);
            }
        }
        nodes.reverse();
        let mut known: HashSet<String> =
            self.graph.initializer.iter().filter_map(|tensor| tensor.name.clone()).collect();
        known.extend(self.graph.input.iter().map(name));
        for node in &nodes {
            if let Some(missing) = node.input.iter().find(|input| !input.is_empty() && !known.contains(*input)) {
                return Err(NetworkError::NoModel(format!("nothing makes `{missing}` before it is needed")));
            }
            known.extend(node.output.iter().cloned());
        }
        if let Some(missing) = outputs.iter().find(|output| !known.contains(*output)) {
            return Err(NetworkError::NoModel(format!("nothing makes `{missing}`")));
        }
        bounded(self.inputs().into_iter().map(name).collect(), &nodes)?;
        self.graph.initializer.retain(|tensor| tensor.name.as_ref().is_some_and(|name| needed.contains(name)));
        for node in nodes {
            lower(node, &mut self.graph)?;
        }
        let looks = self.graph.node.iter().any(|node| is(node, "IsNaN"));
        // Without a type: what it holds now may be another than what was declared.
        self.graph.output =
            outputs.iter().map(|output| ValueInfoProto { name: Some(output.clone()), r#type: None }).collect();
        self.graph.value_info.clear();
        self.model.graph = Some(self.graph);
        let file = self.model.write_buf().map_err(|error| NetworkError::NoModel(error.to_string()))?;
        Ok((file, looks))
    }
}

/// Refuses what depends on chance, and sizes that depend on the values of a row: what such a graph needs would not be bounded by its shape.
fn bounded(inputs: HashSet<String>, nodes: &[NodeProto]) -> Result<(), NetworkError> {
    let mut of_values = inputs;
    for node in nodes {
        let op = node.op_type.as_deref().unwrap_or_default();
        if REFUSED.contains(&op) {
            return Err(NetworkError::Unsupported(format!(
                "operator {op}, whose results depend on chance or have no fixed size"
            )));
        }
        let sizes = GROWING.iter().find(|(name, _)| *name == op).map_or(&[][..], |(_, sizes)| *sizes);
        if sizes.iter().filter_map(|place| node.input.get(*place)).any(|size| of_values.contains(size)) {
            return Err(NetworkError::Unsupported(format!("operator {op}, whose size depends on the values of a row")));
        }
        if op != "Shape" && op != "Size" && node.input.iter().any(|input| of_values.contains(input)) {
            of_values.extend(node.output.iter().cloned());
        }
    }
    Ok(())
}

pub(super) fn is(node: &NodeProto, op: &str) -> bool {
    node.op_type.as_deref() == Some(op)
}

pub(super) fn name(value: &ValueInfoProto) -> String {
    value.name.clone().unwrap_or_default()
}

fn is_real(value: &ValueInfoProto) -> bool {
    let kind = value.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).and_then(|tensor| tensor.elem_type);
    kind == Some(DataType::FLOAT) || kind == Some(DataType::DOUBLE)
}

/// The last dimension of two that an input says.
fn width(value: &ValueInfoProto) -> Option<i64> {
    let shape = value.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
    if shape.dim.len() == 2 { shape.dim[1].dim_value.filter(|width| *width > 0) } else { None }
}
