//! Commands about models.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mem_types::Symbol;

use super::{ReportArgs, SelectArgs, SimArgs, SpanArgs};

/// What a model is to foresee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LabelArg {
    /// Whether the close is higher after the horizon
    Direction,
    /// Which of two barriers, in units of volatility, is reached first within the horizon
    Barrier,
    /// The sign of the clearest trend up to the horizon
    Trend,
    /// Whether what a strategy (--primary) decides gains, by the barriers
    Meta,
}

/// What is foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TargetArg {
    /// Where the price goes: such a model can decide
    Direction,
    /// How far it goes
    Return,
    /// How wildly it moves
    Volatility,
    /// What lies below with given probabilities (--levels)
    Quantiles,
}

/// How probabilities are calibrated, on rows that the learner has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CalibrationArg {
    /// By a logistic curve: for few rows
    Platt,
    /// By any curve that does not fall: for a thousand rows and more
    Isotonic,
    /// Not at all
    None,
}

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LearnerArg {
    /// Gradient-boosted trees
    Trees,
    /// Logistic regression
    Logistic,
    /// A recurrent network of long short-term memory; in builds with `deep`
    Lstm,
    /// A recurrent network of gated units; in builds with `deep`
    Gru,
    /// A small transformer; in builds with `deep`
    Transformer,
    /// The mean of members (--members), as they do on rows held out
    Weighted,
    /// A logistic regression over members (--members), taught on rows held out
    Stacked,
    /// A member (--members) for each third of the values of a feature (--regime)
    Switched,
}

/// What an ensemble is made of: what looks at one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MemberArg {
    /// Gradient-boosted trees
    Trees,
    /// Logistic regression
    Logistic,
}

/// `mem validate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem validate --timeframe 1h                                    one model over every symbol that has hourly bars
  mem validate --symbols BTCUSDT,ETHUSDT --timeframe 1h --label barrier --horizon 24 --open
  mem validate --timeframe 1h --features wide --reference BTCUSDT --model logistic --folds 6
  mem validate --timeframe 1h --target volatility --horizon 24
  mem validate --timeframe 1h --model lstm --steps 24
  mem validate --timeframe 1h --model stacked --members trees,logistic
  mem validate --timeframe 1h --label meta --primary ma_cross --horizon 24 --enter 0.5

The model is trained anew for each test, on rows whose labels were known by then, and predicts what comes next. Its
probabilities are compared with the mere share of rises, its trades after costs with holding: docs/validation.md.")]
pub struct ValidateArgs {
    /// What is learned
    #[command(flatten)]
    pub learn: LearnArgs,
    /// The model card
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What is learned, and how.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// Which series; one model learns from all of them
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
    /// Set of features: core, wide or reference25 (docs/features.md)
    #[arg(long, default_value = "core")]
    pub features: String,
    /// The symbol that stands for the market as a whole, for features that look at it
    #[arg(long, value_name = "SYMBOL")]
    pub reference: Option<Symbol>,
    /// What is foreseen
    #[arg(long, default_value = "direction")]
    pub target: TargetArg,
    /// Levels of the quantiles (--target quantiles)
    #[arg(long, value_delimiter = ',', num_args = 1.., default_value = "0.05,0.25,0.5,0.75,0.95", value_name = "LEVELS")]
    pub levels: Vec<f64>,
    /// What counts as a rise (--target direction)
    #[arg(long, default_value = "direction")]
    pub label: LabelArg,
    /// The strategy whose entries are judged (--label meta)
    #[arg(long, value_name = "STRATEGY", required_if_eq("label", "meta"))]
    pub primary: Option<String>,
    /// A parameter of that strategy
    #[arg(long, value_name = "NAME=VALUE", requires = "primary")]
    pub primary_param: Vec<String>,
    /// Bars ahead
    #[arg(long, default_value_t = 4, value_name = "BARS")]
    pub horizon: usize,
    /// Distance of the barriers in units of volatility (--label barrier, --label meta)
    #[arg(long, default_value_t = 2.0, value_name = "WIDTHS", hide_short_help = true)]
    pub barrier: f64,
    /// What is trained
    #[arg(long, alias = "learner", default_value = "trees")]
    pub model: LearnerArg,
    /// What an ensemble is made of [default: trees,logistic (weighted, stacked), trees (switched)]
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "LEARNERS")]
    pub members: Vec<MemberArg>,
    /// The feature that tells the regime (switched) [default: volatility_ratio_24_168, of reference25 adx]
    #[arg(long, value_name = "FEATURE")]
    pub regime: Option<String>,
    /// How the probabilities of a direction are calibrated
    #[arg(long, default_value = "platt")]
    pub calibration: CalibrationArg,
    /// Tests, each with a model of its own
    #[arg(long, default_value_t = 12, value_name = "COUNT")]
    pub folds: usize,
    /// Share of the rows before the first test
    #[arg(long, default_value_t = 0.4, value_name = "SHARE")]
    pub first: f64,
    /// Train on so many of the newest rows only [default: all of the past]
    #[arg(long, value_name = "ROWS")]
    pub window: Option<usize>,
    /// Long from this probability on, short from 1 less it down; with --label meta, entries that gain with this probability or more are made
    #[arg(long, default_value_t = 0.55, value_name = "PROBABILITY")]
    pub enter: f64,
    /// Trees at most (trees)
    #[arg(long, default_value_t = 200, value_name = "COUNT", hide_short_help = true)]
    pub rounds: usize,
    /// Share of each tree, or length of each step of a network [default: 0.05, 0.001]
    #[arg(long, value_name = "SHARE", hide_short_help = true)]
    pub learning_rate: Option<f64>,
    /// Leaves of a tree (trees)
    #[arg(long, default_value_t = 31, value_name = "COUNT", hide_short_help = true)]
    pub leaves: usize,
    /// Rows that a network looks at (lstm, gru, transformer)
    #[arg(long, default_value_t = 32, value_name = "ROWS", hide_short_help = true)]
    pub steps: usize,
    /// Numbers that a network keeps of each row (lstm, gru, transformer)
    #[arg(long, default_value_t = 32, value_name = "COUNT", hide_short_help = true)]
    pub hidden: usize,
    /// Layers of a network (lstm, gru, transformer)
    #[arg(long, default_value_t = 1, value_name = "COUNT", hide_short_help = true)]
    pub layers: usize,
    /// Times that a network sees every row, at most (lstm, gru, transformer)
    #[arg(long, default_value_t = 20, value_name = "COUNT", hide_short_help = true)]
    pub epochs: usize,
    /// Where randomness begins
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// What is assumed
    #[command(flatten)]
    pub sim: SimArgs,
}

/// Where a model that has passed its gate goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Into {
    /// It waits until somebody promotes it
    Staging,
    /// It predicts live beside the champion, and nobody listens yet
    Shadow,
}

/// `mem train`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem train trend --timeframe 1h                               a model over every symbol that has hourly bars
  mem train trend --symbols BTCUSDT,ETHUSDT --timeframe 1h --label barrier --horizon 24 --open
  mem train trend --again                                      the same once more, on the newest bars
  mem train risk --timeframe 1h --target quantiles --levels 0.05,0.5,0.95 --horizon 24

The newest bars are kept back. On them the candidate is compared with the model that decides now, or with knowing nothing, by a
test that was fixed before; one that is not better is kept in the archive and decides nothing. docs/models.md says how.")]
pub struct TrainArgs {
    /// What the model and its successors are called
    pub name: String,
    /// As the newest model of that name was trained, on the newest bars
    #[arg(long)]
    pub again: bool,
    /// Where it goes if it passes
    #[arg(long, default_value = "staging", value_name = "STAGE")]
    pub into: Into,
    /// Share of the rows, the newest, that it is judged on
    #[arg(long, default_value_t = 0.2, value_name = "SHARE")]
    pub gate_share: f64,
    /// A model that is no better passes with at most this probability
    #[arg(long, default_value_t = 0.05, value_name = "PROBABILITY")]
    pub alpha: f64,
    /// What is learned
    #[command(flatten)]
    pub learn: LearnArgs,
    /// The model card
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `mem predict`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem predict trend                          what the model that decides says of the newest bar of each of its symbols
  mem predict 3 --symbols BTCUSDT --json     what model 3 says of one symbol")]
pub struct PredictArgs {
    /// A name, which stands for the model of that name that decides, else the newest; or a number
    pub model: String,
    /// Only these symbols
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    pub symbols: Vec<Symbol>,
    /// Up to, not including, this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<mem_types::Timestamp>,
}

/// `mem drift`
#[derive(Debug, Args)]
#[command(after_help = "Example:
  mem drift trend --rows 500

P-values are corrected for how many features there are (Holm), and for how long a feature follows its own past: docs/drift.md.")]
pub struct DriftArgs {
    /// A name, which stands for the model of that name that decides, else the newest; or a number
    pub model: String,
    /// Newest rows of each series that are compared
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    pub rows: usize,
    /// Up to, not including, this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<mem_types::Timestamp>,
}

/// `mem models`
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  mem models list
  mem models promote trend --why 'better on every symbol'
  mem models rollback trend --why 'loses money'
  mem models import model.txt --name theirs --like trend

A model is meant by its number, or by its name: that stands for the one that decides, else the newest.")]
pub enum ModelsCommand {
    /// All models, where they stand and how good they were
    List {
        /// Only of this name
        #[arg(long)]
        name: Option<String>,
    },
    /// Everything that is known of a model
    Show {
        /// Which
        model: String,
    },
    /// Models side by side
    Compare {
        /// Which
        #[arg(required = true, num_args = 2..)]
        models: Vec<String>,
    },
    /// Let a model decide; the one that decided is archived
    Promote {
        /// Which; of a name, the newest that has been judged
        model: String,
        /// Why, for the record
        #[arg(long)]
        why: String,
    },
    /// Let a judged model predict beside the one that decides, and come to decide if it is as good
    Shadow {
        /// Which; of a name, the newest that has been judged
        model: String,
        /// Why, for the record
        #[arg(long)]
        why: String,
    },
    /// Take the model that decides back; the one before it decides again
    Rollback {
        /// The model that decides
        model: String,
        /// Why, for the record
        #[arg(long)]
        why: String,
    },
    /// Put a model away
    Archive {
        /// Which
        model: String,
        /// Why, for the record
        #[arg(long)]
        why: String,
    },
    /// Ask for a training of the newest kind of that name, on the newest bars: the engine that runs has it done
    Retrain {
        /// The name
        name: String,
        /// Why, for the record
        #[arg(long)]
        why: String,
    },
    /// Trainings that were asked for, and how far they have come
    Jobs {
        /// The log of this training
        #[arg(long, value_name = "NUMBER")]
        log: Option<i64>,
        /// Call this training off
        #[arg(long, value_name = "NUMBER", conflicts_with = "log")]
        cancel: Option<i64>,
    },
    /// Write a model's file
    Export {
        /// Which
        model: String,
        /// Where to
        file: PathBuf,
    },
    /// Take in a model of MEM, LightGBM (model.txt), XGBoost (JSON, UBJSON) or in ONNX format; it waits until somebody promotes it
    Import(ImportModelArgs),
    /// Read a file of a model and have the network in it answer, within limits of memory and time
    #[command(hide = true)]
    Probe {
        /// The file
        file: PathBuf,
        /// What it is to answer, as JSON; none for a model of MEM, which says so itself
        ask: Option<String>,
    },
}

/// What `mem models import` takes
#[derive(Debug, Args)]
pub struct ImportModelArgs {
    /// The file
    pub file: PathBuf,
    /// What it is called
    #[arg(long)]
    pub name: String,
    /// The model here whose symbols, bars, features and label it shares
    #[arg(long, value_name = "MODEL")]
    pub like: String,
    /// The output of an ONNX model that answers; by default the one with real numbers, or with probabilities
    #[arg(long, value_name = "NAME")]
    pub output: Option<String>,
    /// That output holds sums from which probabilities are still to be made (by a sigmoid or a softmax)
    #[arg(long)]
    pub logits: bool,
}
