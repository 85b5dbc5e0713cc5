//! Running a network, on one thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::graph::Graph;
use super::{Ask, NetworkError};

/// The one thread on which all networks run: what runs on several may add up in another order.
static THREAD: LazyLock<Arc<ThreadPool>> = LazyLock::new(|| Arc::new(ThreadPool::with_num_threads(1)));

/// A network that is ready to run.
#[derive(Debug)]
pub(crate) struct Runtime {
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    /// Whether it looks for missing values. What does not may well answer something where a number is missing, and mean nothing by it.
    takes_missing: bool,
}

/// The inputs that take a row, and the output that answers.
pub(super) fn ends(onnx: &[u8], most: usize, ask: &Ask) -> Result<(Vec<String>, String), NetworkError> {
    Graph::read(onnx, most)?.ends(ask)
}

/// A network that answers texts with sums, one a label, and the names of its inputs.
pub(crate) fn of_texts(onnx: &[u8], most: usize) -> Result<(Runtime, Vec<String>), NetworkError> {
    let graph = Graph::read(onnx, most)?;
    let (inputs, output) = graph.ends_of_texts()?;
    Ok((Runtime::of(graph, &inputs, &output)?, inputs))
}

impl Runtime {
    /// What of a file of at most `most` bytes is needed to answer with `output`.
    pub(crate) fn load(onnx: &[u8], most: usize, inputs: &[String], output: &str) -> Result<Self, NetworkError> {
        Self::of(Graph::read(onnx, most)?, inputs, output)
    }

    fn of(graph: Graph, inputs: &[String], output: &str) -> Result<Self, NetworkError> {
        let (file, takes_missing) = graph.only(&[output.to_owned()])?;
        let model = guarded(|| ModelOptions::with_all_ops().load(file))
            .map_err(NetworkError::Unsupported)?
            .map_err(|error| NetworkError::Unsupported(error.to_string()))?;
        let node = |name: &str| model.find_node(name);
        let inputs: Option<Vec<NodeId>> = inputs.iter().map(|name| node(name)).collect();
        let inputs = inputs.ok_or_else(|| NetworkError::Inputs("they have other names".to_owned()))?;
        let output = node(output).ok_or_else(|| NetworkError::Outputs(format!("there is no `{output}`")))?;
        Ok(Self { model, inputs, outputs: vec![output], takes_missing })
    }

    /// What comes out for each row, which goes into one input as it is, or number by number into as many.
    pub(super) fn run_rows(&self, rows: &mut (dyn Iterator<Item = Vec<f64>> + Send)) -> Vec<Result<Vec<f64>, String>> {
        THREAD.run(|| rows.map(|row| self.run_row(&row)).collect())
    }

    fn run_row(&self, row: &[f64]) -> Result<Vec<f64>, String> {
        if !self.takes_missing && row.iter().any(|number| number.is_nan()) {
            return Err("a number is missing".to_owned());
        }
        let numbers: Vec<f32> = row.iter().map(|number| *number as f32).collect();
        let values = if self.inputs.len() == 1 {
            vec![Tensor::from_data(&[1, numbers.len()], numbers)]
        } else {
            numbers.into_iter().map(|number| Tensor::from_data(&[1, 1], vec![number])).collect()
        };
        self.run(values.into_iter().map(Value::from).collect())
    }

    /// What comes out for a text: whole numbers, a list an input.
    pub(crate) fn run_whole(&self, inputs: Vec<Vec<i32>>) -> Result<Vec<f64>, String> {
        self.run(inputs.into_iter().map(|numbers| Tensor::from_data(&[1, numbers.len()], numbers).into()).collect())
    }

    /// What comes out for these inputs, in their order.
    fn run(&self, values: Vec<Value>) -> Result<Vec<f64>, String> {
        let inputs = self.inputs.iter().copied().zip(values.into_iter().map(ValueOrView::from)).collect();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&THREAD)));
        let answer = guarded(|| self.model.run(inputs, &self.outputs, Some(options)))?;
        match answer.map_err(|error| error.to_string())?.pop() {
            Some(Value::FloatTensor(tensor)) => Ok(tensor.to_vec().into_iter().map(f64::from).collect()),
            _ => Err("the output holds no real numbers".to_owned()),
        }
    }
}

/// A fault of the runtime is the fault of the file, not of whoever asked.
fn guarded<T>(what: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(what)).map_err(|cause| {
        let cause =
            cause.downcast_ref::<String>().cloned().or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string));
        cause.unwrap_or_else(|| "it stopped".to_owned())
    })
}
