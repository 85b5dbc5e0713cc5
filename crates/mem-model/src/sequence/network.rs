//! Weights of a network, and the shapes that they have.

use serde::{Deserialize, Serialize};

/// What looks at the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).
    Lstm,
    /// Gated recurrent unit (Cho et al. 2014), reset after the product, as PyTorch and cuDNN have it.
    Gru,
    /// Self-attention (Vaswani et al. 2017), norms before each part (Xiong et al. 2020), places learned, read at the newest row.
    Transformer,
}

impl Cell {
    /// Its name: `lstm`, `gru`, `transformer`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
            Self::Transformer => "transformer",
        }
    }
}

/// How large a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// What looks at the rows.
    pub cell: Cell,
    /// Features of a row.
    pub features: usize,
    /// Rows that it looks at.
    pub steps: usize,
    /// Numbers that it keeps of each.
    pub hidden: usize,
    /// Layers, one upon the other.
    pub layers: usize,
    /// Parts of which each attends to rows of its own choice (transformer); divides `hidden`.
    pub heads: usize,
}

/// What a matrix of weights is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Rows are multiplied by it: inputs are its rows, outputs its columns.
    Product,
    /// It is added; a single row.
    Shift,
    /// It is added to the gates of an LSTM; a single row.
    Gates,
    /// What is normed is multiplied by it; a single row.
    Gain,
    /// What the place of a row in the window adds; a row a place.
    Places,
}

/// The shape of a matrix of weights, and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// What it is for.
    pub role: Role,
}

impl Shape {
    /// The matrices of weights, in the order in which they are used.
    ///
    /// LSTM, each layer: of the input, of the state, shift; columns are input, forget, cell and output gate. GRU, each layer: of the input,
    /// of the state, shift, shift of the state's part in the candidate; columns are reset gate, update gate and candidate. Transformer:
    /// embedding, places; each layer: norm, queries with keys and values, output, norm, out to twice the width, back; then a norm. All: head.
    pub fn matrices(&self) -> Vec<Matrix> {
        let h = self.hidden;
        let mut all = Vec::new();
        let mut add = |rows, columns, role| all.push(Matrix { rows, columns, role });
        match self.cell {
            Cell::Lstm | Cell::Gru => {
                for layer in 0..self.layers {
                    let inputs = if layer == 0 { self.features } else { h };
                    let (gates, shift) =
                        if self.cell == Cell::Lstm { (4 * h, Role::Gates) } else { (3 * h, Role::Shift) };
                    add(inputs, gates, Role::Product);
                    add(h, gates, Role::Product);
                    add(1, gates, shift);
                    if self.cell == Cell::Gru {
                        add(1, h, Role::Shift);
                    }
                }
            }
            Cell::Transformer => {
                add(self.features, h, Role::Product);
                add(1, h, Role::Shift);
                add(self.steps, h, Role::Places);
                for _ in 0..self.layers {
                    for products in [[(h, 3 * h), (h, h)], [(h, 2 * h), (2 * h, h)]] {
                        add(1, h, Role::Gain);
                        add(1, h, Role::Shift);
                        for (inputs, outputs) in products {
                            add(inputs, outputs, Role::Product);
                            add(1, outputs, Role::Shift);
                        }
                    }
                }
                add(1, h, Role::Gain);
                add(1, h, Role::Shift);
            }
        }
        add(h, 1, Role::Product);
        add(1, 1, Role::Shift);
        all
    }

    /// Whether anything of it is 0, or heads do not divide its width.
    fn is_sound(&self) -> bool {
        let sizes = [self.features, self.steps, self.hidden, self.layers, self.heads];
        sizes.iter().all(|size| (1..=1 << 16).contains(size)) && self.hidden.is_multiple_of(self.heads)
    }
}

/// A network: its shape, and its weights in the order of [`Shape::matrices`], each row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    shape: Shape,
    weights: Vec<Vec<f64>>,
}

impl Network {
    /// A network of these weights; `None` where they do not have the shape, or are no numbers.
    pub fn new(shape: Shape, weights: Vec<Vec<f64>>) -> Option<Self> {
        let network = Self { shape, weights };
        network.is_sound().then_some(network)
    }

    /// How large it is.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Its weights.
    pub fn weights(&self) -> &[Vec<f64>] {
        &self.weights
    }

    pub(super) fn is_sound(&self) -> bool {
        if !self.shape.is_sound() || self.shape.layers > self.weights.len() {
            return false;
        }
        let matrices = self.shape.matrices();
        let fits = |(weights, matrix): (&Vec<f64>, &Matrix)| weights.len() == matrix.rows * matrix.columns;
        matrices.len() == self.weights.len()
            && self.weights.iter().zip(&matrices).all(fits)
            && self.weights.iter().flatten().all(|weight| weight.is_finite())
    }
}
