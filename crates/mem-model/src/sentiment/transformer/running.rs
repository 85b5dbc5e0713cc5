//! A text through the network.

use super::wordpiece::WordPiece;
use super::{BYTES_MAX, TransformerConfig, TransformerError};
use crate::forest::link::softmax;
use crate::network::runtime::Runtime;
use crate::network::{NetworkError, runtime};

/// What the network is given.
#[derive(Debug, Clone, Copy)]
enum Input {
    /// The numbers of the tokens.
    Ids,
    /// A 1 for each: none is there only to fill.
    Mask,
    /// A 0 for each: they are of one sentence.
    Kinds,
}

/// A network and its vocabulary.
#[derive(Debug)]
pub(super) struct Running {
    runtime: Runtime,
    inputs: Vec<Input>,
    vocabulary: WordPiece,
}

impl Running {
    pub(super) fn new(onnx: &[u8], vocabulary: &str, config: &TransformerConfig) -> Result<Self, TransformerError> {
        let vocabulary = WordPiece::new(vocabulary, config.lower_case).map_err(TransformerError::Token)?;
        let (runtime, names) = runtime::of_texts(onnx, BYTES_MAX)?;
        let input = |name: &String| match name.as_str() {
            "input_ids" => Ok(Input::Ids),
            "attention_mask" => Ok(Input::Mask),
            "token_type_ids" => Ok(Input::Kinds),
            other => {
                Err(NetworkError::Inputs(format!("`{other}` is none of input_ids, attention_mask and token_type_ids")))
            }
        };
        let inputs: Vec<Input> = names.iter().map(input).collect::<Result<_, _>>()?;
        Ok(Self { runtime, inputs, vocabulary })
    }

    /// The probabilities of the labels, in their order.
    pub(super) fn probabilities(&self, text: &str, config: &TransformerConfig) -> Result<[f64; 3], String> {
        let ids = self.vocabulary.ids(text, config.tokens);
        let inputs = self.inputs.iter().map(|input| match input {
            Input::Ids => ids.clone(),
            Input::Mask => vec![1; ids.len()],
            Input::Kinds => vec![0; ids.len()],
        });
        let mut said = self.runtime.run_whole(inputs.collect())?;
        if said.iter().any(|sum| !sum.is_finite()) {
            return Err("the network gives no finite numbers".to_owned());
        }
        let found = said.len();
        softmax(&mut said);
        said.try_into().map_err(|_| format!("the network gives {found} numbers a text, not one a tone"))
    }
}
