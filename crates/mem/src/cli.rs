//! What can be typed.

mod models;
mod sentiment;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mem_research::fitness::Fitness;
use mem_store::catalog::Kind;
use mem_store::import::{ColumnChoice, TimeUnit};
use mem_store::table::TableFormat;
use mem_types::{BarSpec, Symbol, Timeframe, Timestamp, Venue};

pub use models::{
    CalibrationArg, DriftArgs, ImportModelArgs, Into, LabelArg, LearnArgs, LearnerArg, MemberArg, ModelsCommand,
    PredictArgs, TargetArg, TrainArgs, ValidateArgs,
};
pub use sentiment::{AboutArgs, ScoreArgs, SentimentCommand, TextFetchArgs, TextImportArgs, TextListArgs};

/// MEM, the trading platform that remembers.
#[derive(Debug, Parser)]
#[command(
    name = "mem",
    version,
    about = "MEM: market data in, trustworthy backtests and trades out",
    long_about = "MEM collects market data, computes indicators, takes signals from strategies and backtests them \
                  with every cost switched on. One program, nothing else to install.",
    after_help = "Examples:
  mem demo                                         see it work on a simulated market
  mem data import candles/*.csv.gz                 bring your own candles
  mem backtest confluence --timeframe 1h           backtest a built-in strategy on every symbol
  mem optimize ma_cross --timeframe 1h --vary fast=5..50 --vary slow=20..200
  mem runs list                                    what was run, newest first
  mem serve --open                                 pages and API
  mem run ma_cross --venue sim                     trade on paper, on the simulated exchange (`mem sim`)
  mem status                                       how it stands

Settings: mem.toml < .env < MEM_* < flags; `mem config show` prints the result.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 done in part, 130 interrupted.",
    arg_required_else_help = true,
    propagate_version = true
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// Configuration file [default: mem.toml in the working folder, if there is one]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Set one configuration key, for example --set simulation.leverage=2
    #[arg(long, global = true, value_name = "KEY=VALUE", hide_short_help = true)]
    pub set: Vec<String>,
    /// Folder of catalog, runs and records [default: mem-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_folder: Option<PathBuf>,
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,
    /// No progress bars, no logs but errors
    #[arg(short, long, global = true, hide_short_help = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// See the whole line work: a market, the built-in strategies, a report in the browser
    Demo(DemoArgs),
    /// Import, look at, check, resample and export market data
    #[command(subcommand)]
    Data(DataCommand),
    /// What the indicators are, and their values on your data
    #[command(subcommand)]
    Indicators(IndicatorsCommand),
    /// What the strategies are, with their parameters
    #[command(subcommand)]
    Strategies(StrategiesCommand),
    /// What a strategy says now, with its reasons
    Signal(SignalArgs),
    /// Backtest a strategy over one or many symbols
    Backtest(BacktestArgs),
    /// Search for the parameters of a strategy that do best
    Optimize(OptimizeArgs),
    /// Compare strategies on the same candles
    Compare(CompareArgs),
    /// Trade a strategy on many symbols with one capital
    Portfolio(PortfolioArgs),
    /// Train a model on candles again and again as time goes on, and say honestly what it is worth
    Validate(ValidateArgs),
    /// Train a model that is kept, and judge it on bars that it has not seen
    Train(TrainArgs),
    /// What a model says of the newest bars
    Predict(PredictArgs),
    /// Whether the newest bars are still like those that a model was trained on
    Drift(DriftArgs),
    /// Models: look at, compare, promote, roll back, archive, export, import
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Texts: score them, put them on record, fetch feeds, look at moods
    #[command(subcommand)]
    Sentiment(SentimentCommand),
    /// Trade: on paper, or for real with --live
    Run(RunArgs),
    /// Do a session again and compare, or trade the catalog's candles as fast as the machine goes
    Replay(ReplayArgs),
    /// How the running engine stands
    Status(StatusArgs),
    /// End the running engine, in order
    Stop(StopArgs),
    /// Forbid entries, or allow them again
    KillSwitch(KillSwitchArgs),
    /// Allow entries again after a drawdown has halted them
    #[command(after_help = "\
Example:
  mem resume

The drawdown is measured from today's equity on. A day's loss halts entries until the next day of the market, whatever is said.")]
    Resume,
    /// Alerts: what was raised, taking note, prices to be told of
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// Look at, compare and export what was run
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Serve the pages and the API
    Serve(ServeArgs),
    /// A simulated exchange on a real socket, with faults on command
    Sim(SimCommandArgs),
    /// What connections to venues are doing
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Keys of venues: kept encrypted, never printed
    #[command(subcommand)]
    Credentials(CredentialsCommand),
    /// The records database: trades, memories, metrics, signals, logs
    #[command(subcommand)]
    Records(RecordsCommand),
    /// The configuration in force
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Shell completions on standard output
    #[command(after_help = "Example:\n  mem completions bash > ~/.local/share/bash-completion/completions/mem")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// `mem demo`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem demo                            a simulated market researched, then traded on paper, live, until Ctrl-C
  mem demo --data candles/            the same on your own candle files
  mem demo --no-trade --no-open       the research alone, for machines
  mem demo --for 1m                   end by itself
  mem demo --model trend --drill      the market changes when trading begins: what becomes of the models

While it trades: `mem status`, `mem kill-switch on`, `mem stop`. Killed and started again it goes on where it was;
--fresh begins anew.")]
pub struct DemoArgs {
    /// Use the candles of this folder's files, or of this file, instead of a simulated market
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Which simulated market: the same seed gives the same market
    #[arg(long, default_value_t = 7, conflicts_with = "data")]
    pub seed: u64,
    /// Hourly bars of simulated market for the research, for each symbol
    #[arg(long, default_value_t = 17_520, conflicts_with = "data", value_parser = clap::value_parser!(u32).range(500..=1_000_000))]
    pub bars: u32,
    /// Do not open the browser
    #[arg(long)]
    pub no_open: bool,
    /// Research alone: no exchange, no trading
    #[arg(long)]
    pub no_trade: bool,
    /// Trade with this strategy
    #[arg(long, default_value = "ma_cross", conflicts_with = "no_trade")]
    pub strategy: String,
    /// Models of this name have a say (`mem train`); what they were trained on must lie before what is traded
    #[arg(long, value_name = "NAME", conflicts_with = "no_trade")]
    pub model: Option<String>,
    /// What their word counts for: vote, filter or decider
    #[arg(long, value_name = "ROLE", requires = "model", value_parser = ["vote", "filter", "decider"])]
    pub model_role: Option<String>,
    /// How many times faster than real time the market runs [default: a bar of the strategy in three seconds]
    #[arg(long, conflicts_with = "no_trade")]
    pub speed: Option<f64>,
    /// Rehearse a change of the market: from where live trading begins, six times as much is traded and candles reach three times as far
    #[arg(long, conflicts_with = "no_trade")]
    pub drill: bool,
    /// Forget what was traded before
    #[arg(long, conflicts_with = "no_trade")]
    pub fresh: bool,
    /// Stop after so long [default: Ctrl-C]
    #[arg(long = "for", value_name = "TIME", conflicts_with = "no_trade")]
    pub lasts: Option<jiff::SignedDuration>,
}

/// What is traded, and with what.
#[derive(Debug, Args, Default, Clone)]
pub struct TradeArgs {
    /// Strategy, see `mem strategies list` [default: engine.strategy, confluence]
    pub strategy: Option<String>,
    /// A strategy parameter, for example --param min_confidence=60
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// Which symbols [default: engine.symbols, else every one there is]
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    pub symbols: Vec<Symbol>,
    /// Money of a new paper account, in quote currency [default: engine.capital, 10000]
    #[arg(long, value_name = "MONEY")]
    pub capital: Option<f64>,
}

/// `mem run`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem run ma_cross --venue sim --bars 1m                   paper trading on the simulated exchange (`mem sim`)
  mem run confluence --venue binance --symbols BTCUSDT --bars 15m
  mem run fast_score --venue sim --live                    orders go to the simulated exchange's own accounts
  mem run ma_cross --bars 100t                             bars of a hundred trades

Everything is on record before it is done: kill the program at any moment, start it again, and the books balance.
Limits of risk: `mem config show`, section risk. docs/trading.md explains them.
Exit codes: 0 ended in order, 1 failed; then what rests at the venue stays there.")]
pub struct RunArgs {
    /// What is traded, and with what
    #[command(flatten)]
    pub trade: TradeArgs,
    /// Where the market is: sim, binance or binance_um
    #[arg(long, default_value = "sim")]
    pub venue: String,
    /// Bars that the strategy sees: 1m, 15m, 1h, or 100t (trades), 5v (base units), 250000$ (quote) [default: engine.bars, 1m]
    #[arg(long)]
    pub bars: Option<BarSpec>,
    /// Send orders to the venue, under the key of `mem credentials`; without it, to the paper broker
    #[arg(long)]
    pub live: bool,
    /// Stop after so long [default: Ctrl-C, or `mem stop`]
    #[arg(long = "for", value_name = "TIME")]
    pub lasts: Option<jiff::SignedDuration>,
    /// HTTP address of the venue [default: venues.NAME.rest of the configuration]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Serve no pages and no API [default: at server.bind, http://127.0.0.1:8501]
    #[arg(long)]
    pub no_pages: bool,
}

/// `mem replay`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem replay                                          the newest session: does it say the same again, byte for byte?
  mem replay 19aa5d0c3f1                              that session
  mem replay --catalog ma_cross --timeframe 1h        trade the catalog's hourly candles through the engine
  mem replay --catalog confluence --symbols BTCUSDT --timeframe 1h --keep replays/one

Exit codes: 0 the same, 1 not the same, or failed.")]
pub struct ReplayArgs {
    /// With --catalog: what is traded, and with what. Without: the session [default: the newest]
    #[command(flatten)]
    pub trade: TradeArgs,
    /// Trade the catalog's candles instead of doing a session again
    #[arg(long)]
    pub catalog: bool,
    /// Only this venue of the catalog
    #[arg(long, requires = "catalog")]
    pub venue: Option<Venue>,
    /// Only this timeframe of the catalog
    #[arg(long, requires = "catalog")]
    pub timeframe: Option<Timeframe>,
    /// Which stretch of the catalog
    #[command(flatten)]
    pub span: SpanArgs,
    /// Keep every decision in records in this folder, which is made
    #[arg(long, value_name = "FOLDER", requires = "catalog")]
    pub keep: Option<PathBuf>,
}

/// `mem status`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem status
  mem status --watch
  mem status --json

Exit codes: 0 it runs and is well, 3 it runs and something is not well, 1 it does not run.")]
pub struct StatusArgs {
    /// Show it again every second until Ctrl-C
    #[arg(long)]
    pub watch: bool,
}

/// `mem stop`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem stop               positions and what protects them stay
  mem stop --flatten     every position is closed first")]
pub struct StopArgs {
    /// Close every position at the market first
    #[arg(long)]
    pub flatten: bool,
    /// Give up after so many seconds
    #[arg(long, default_value_t = 15, value_name = "SECONDS")]
    pub patience: u64,
}

/// `mem kill-switch`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem kill-switch on --reason 'news'      no entries any more; exits and stops go on working
  mem kill-switch off
  mem kill-switch                         how it stands

It works whether an engine runs or not, and outlives it.")]
pub struct KillSwitchArgs {
    /// On or off [default: show how it stands]
    pub to: Option<SwitchArg>,
    /// Why, for the records
    #[arg(long, default_value = "by hand")]
    pub reason: String,
}

/// `mem alerts …`
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// The newest alerts, and the prices that somebody waits for
    #[command(after_help = "Examples:\n  mem alerts list\n  mem alerts list --limit 100 --json")]
    List {
        /// Alerts at the most
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Take note of an alert: it is quiet until it becomes worse or recovers
    #[command(after_help = "Example:\n  mem alerts ack 3 --by anna")]
    Ack {
        /// Its number
        id: u64,
        /// By whom
        #[arg(long, default_value = "operator")]
        by: String,
    },
    /// Ask to be told when a price is reached
    #[command(
        after_help = "Examples:\n  mem alerts watch BTCUSDT above 50000 --note 'half out'\n  mem alerts watch ETHUSDT cross 3000 --repeating"
    )]
    Watch {
        /// Of what
        symbol: Symbol,
        /// Which way
        reach: ReachArg,
        /// The level
        price: f64,
        /// Why
        #[arg(long, default_value = "")]
        note: String,
        /// Stay after it was told
        #[arg(long)]
        repeating: bool,
    },
    /// Do not tell any more
    #[command(after_help = "Example:\n  mem alerts unwatch 2")]
    Unwatch {
        /// Its number, see `mem alerts list`
        id: u64,
    },
}

/// Which way a price reaches a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReachArg {
    /// At the level or above.
    Above,
    /// At the level or below.
    Below,
    /// To the other side.
    Cross,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SwitchArg {
    /// No entries any more.
    On,
    /// Entries again.
    Off,
}

/// `mem data …`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Bring candles, trades, quotes or funding rates into the catalog
    #[command(after_help = "Examples:
  mem data import binance_um_BTCUSDT_1h.csv.gz               everything recognised from name and content
  mem data import --venue us AAPL_1d.csv.gz MSFT_1d.csv.gz   say what the name does not
  mem data import --symbol EURUSD --timeframe 1m --time-unit s --column time=t bars.csv

CSV, CSV.gz, Parquet and JSON (arrays, objects or lines). Bad rows go to a quarantine file with line number and
reason, good rows are kept; importing a file again changes nothing.")]
    Import(ImportArgs),
    /// What the catalog holds
    #[command(after_help = "Examples:\n  mem data list\n  mem data list --timeframe 1h --json")]
    List(SelectArgs),
    /// The rows of one series
    #[command(
        after_help = "Examples:\n  mem data show BTCUSDT --timeframe 1h --tail 20\n  mem data show binance_um/BTCUSDT/1h --from 2023-01-01"
    )]
    Show(ShowArgs),
    /// Check every bar again: order, gaps, flat and outlying bars
    #[command(after_help = "Examples:\n  mem data check\n  mem data check BTCUSDT --timeframe 1h --json")]
    Check(CheckArgs),
    /// Build a longer timeframe out of a shorter one, closed bars only
    #[command(after_help = "Example:\n  mem data resample BTCUSDT/1h 4h")]
    Resample(ResampleArgs),
    /// Download a venue's past candles
    #[command(after_help = "Examples:
  mem data fetch binance BTC/USDT --timeframe 1h --since 2020-01-01
  mem data fetch binance_um BTCUSDT,ETHUSDT --timeframe 1m --since 2024-01-01 --until 2024-02-01
  mem data fetch sim SIM-ALPHA --timeframe 1m --since 2023-01-01

What the catalog holds already is not asked for again: an interrupted download goes on where it ended. Only closed
candles are kept, every one of them checked.")]
    Fetch(FetchArgs),
    /// Keep live trades, quotes and candles of a venue
    #[command(after_help = "Examples:
  mem data record sim --symbols BTCUSDT --timeframe 1m
  mem data record binance --symbols BTC/USDT,ETH/USDT --kinds trades,quotes,bars --for 60s

It goes on where the catalog ends: what was missed in between is asked for. WebSocket first, REST when it fails;
`mem feed status` tells the truth about it.")]
    Record(RecordArgs),
    /// Write a series to a file
    #[command(
        after_help = "Examples:\n  mem data export BTCUSDT/1h btc.csv.gz\n  mem data export BTCUSDT/1h btc.parquet --from 2023-01-01"
    )]
    Export(ExportArgs),
}

/// `mem data import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files to import
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the files hold: bars, trades, quotes or funding [default: recognised from the columns]
    #[arg(long)]
    pub kind: Option<Kind>,
    /// Venue [default: from the file name, else local]
    #[arg(long)]
    pub venue: Option<Venue>,
    /// Symbol [default: from a symbol column, else from the file name]
    #[arg(long)]
    pub symbol: Option<Symbol>,
    /// Timeframe of candles [default: from the file name, else from the rows]
    #[arg(long)]
    pub timeframe: Option<Timeframe>,
    /// Unit of whole numbers in the time column: s, ms, us or ns [default: from their size]
    #[arg(long)]
    pub time_unit: Option<TimeUnit>,
    /// What a column means, for example --column time=t --column close=last, or --column open=2 by position
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub column: Vec<ColumnChoice>,
    /// Character between the cells of a CSV file [default: recognised]
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<char>,
    /// Whether the first line of a CSV file names the columns [default: recognised]
    #[arg(long, value_name = "true|false")]
    pub header: Option<bool>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// Which series.
#[derive(Debug, Args, Default, Clone)]
pub struct SelectArgs {
    /// Only this venue
    #[arg(long)]
    pub venue: Option<Venue>,
    /// Only these symbols
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    pub symbols: Vec<Symbol>,
    /// Only this timeframe
    #[arg(long)]
    pub timeframe: Option<Timeframe>,
}

/// A stretch of time.
#[derive(Debug, Args, Default, Clone, Copy)]
pub struct SpanArgs {
    /// From this time on (2023-01-01, or RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// Up to, not including, this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<Timestamp>,
}

/// One series, as SYMBOL, SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME.
#[derive(Debug, Args, Clone)]
pub struct SeriesArgs {
    /// SYMBOL, SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME
    #[arg(value_name = "SERIES")]
    pub series: String,
    /// Timeframe, where SERIES does not say it
    #[arg(long)]
    pub timeframe: Option<Timeframe>,
    /// Venue, where SERIES does not say it
    #[arg(long)]
    pub venue: Option<Venue>,
}

/// `mem data show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Which series
    #[command(flatten)]
    pub series: SeriesArgs,
    /// What to show of it: bars, trades, quotes or funding
    #[arg(long, default_value = "bars")]
    pub kind: Kind,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
    /// Rows from the beginning
    #[arg(long, value_name = "ROWS")]
    pub head: Option<usize>,
    /// Rows from the end [default: 10, unless --head is given]
    #[arg(long, value_name = "ROWS")]
    pub tail: Option<usize>,
}

/// `mem data check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// SYMBOL, SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME [default: everything]
    #[arg(value_name = "SERIES")]
    pub series: Vec<String>,
    /// Timeframe, where SERIES does not say it
    #[arg(long)]
    pub timeframe: Option<Timeframe>,
    /// Venue, where SERIES does not say it
    #[arg(long)]
    pub venue: Option<Venue>,
}

/// `mem data resample`
#[derive(Debug, Args)]
pub struct ResampleArgs {
    /// SYMBOL/TIMEFRAME or VENUE/SYMBOL/TIMEFRAME to build from
    #[arg(value_name = "SERIES")]
    pub series: String,
    /// Venue, where SERIES does not say it
    #[arg(long)]
    pub venue: Option<Venue>,
    /// Timeframe to build
    #[arg(value_name = "TIMEFRAME")]
    pub into: Timeframe,
}

/// `mem data export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Which series
    #[command(flatten)]
    pub series: SeriesArgs,
    /// File to write; its ending tells the format (.csv, .csv.gz, .parquet, .json)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What to export: bars, trades, quotes or funding
    #[arg(long, default_value = "bars")]
    pub kind: Kind,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
}

/// `mem indicators …`
#[derive(Debug, Subcommand)]
pub enum IndicatorsCommand {
    /// All indicators, by category
    List {
        /// Only this category
        #[arg(long)]
        category: Option<String>,
    },
    /// One indicator: parameters, outputs, warm-up, formula and its source
    Show {
        /// Its name, for example rsi
        name: String,
    },
    /// Values of an indicator on a series
    #[command(
        after_help = "Examples:\n  mem indicators calculate rsi BTCUSDT/1h\n  mem indicators calculate macd BTCUSDT/1h --param fast=8 --param slow=21 --tail 5 --json"
    )]
    Calculate(CalculateArgs),
}

/// `mem indicators calculate`
#[derive(Debug, Args)]
pub struct CalculateArgs {
    /// Indicator, for example rsi
    pub name: String,
    /// Which series
    #[command(flatten)]
    pub series: SeriesArgs,
    /// A parameter, for example --param period=21
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// Which stretch is printed; values are computed from all earlier bars too
    #[command(flatten)]
    pub span: SpanArgs,
    /// Rows from the end
    #[arg(long, default_value_t = 10, value_name = "ROWS")]
    pub tail: usize,
}

/// `mem strategies …`
#[derive(Debug, Subcommand)]
pub enum StrategiesCommand {
    /// All strategies
    List,
    /// One strategy with its parameters, their defaults and ranges
    Show {
        /// Its name, for example confluence
        name: String,
    },
}

/// `mem signal`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mem signal confluence BTCUSDT/1h")]
pub struct SignalArgs {
    /// Strategy, see `mem strategies list`
    pub strategy: String,
    /// Which series
    #[command(flatten)]
    pub series: SeriesArgs,
    /// A strategy parameter, for example --param min_confidence=60
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// As of the last bar that opened before this time [default: the last bar]
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
}

/// When orders fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FillArg {
    /// At the next bar's open
    NextOpen,
    /// At the close that the decision saw (optimistic)
    SameClose,
}

/// The assumptions of the simulation that are changed most often; the others are set in `mem.toml` or with `--set`.
#[derive(Debug, Args, Default, Clone, Copy)]
pub struct SimArgs {
    /// Quote currency at the start, for each symbol
    #[arg(long, value_name = "MONEY")]
    pub capital: Option<f64>,
    /// Taker fee as a fraction of notional, for example 0.001
    #[arg(long, value_name = "FRACTION")]
    pub fee: Option<f64>,
    /// When orders fill
    #[arg(long)]
    pub fill: Option<FillArg>,
    /// Never sell short
    #[arg(long)]
    pub long_only: bool,
}

/// What becomes of the HTML report.
#[derive(Debug, Args, Default, Clone, Copy)]
pub struct ReportArgs {
    /// Do not write the HTML report
    #[arg(long)]
    pub no_report: bool,
    /// Open the report in the browser
    #[arg(long, conflicts_with = "no_report")]
    pub open: bool,
}

/// `mem backtest`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem backtest confluence --timeframe 1h                            every symbol that has hourly bars
  mem backtest ma_cross --symbols BTCUSDT,ETHUSDT --timeframe 1h --param fast=10 --param slow=30
  mem backtest fast_score --timeframe 1d --from 2010-01-01 --set simulation.fees.taker=0.001 --open
  mem backtest ma_cross --model trend --model-role filter           with a model's say, on bars it was not trained on

Costs are on by default: `mem config show` prints them, docs/simulation.md explains them. The result is kept:
`mem runs list`.")]
pub struct BacktestArgs {
    /// Strategy, see `mem strategies list`
    pub strategy: String,
    /// Which series
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
    /// A strategy parameter, for example --param min_confidence=60
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// The model that has a say
    #[command(flatten)]
    pub beside: BesideArgs,
    /// What is assumed
    #[command(flatten)]
    pub sim: SimArgs,
    /// The report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What the word of a model counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// It moves the confidence of entries, by a bounded weight, and forbids those that it is sure against
    Vote,
    /// It forbids entries that it does not lean to
    Filter,
    /// It enters and leaves alone
    Decider,
}

/// A model beside a strategy.
#[derive(Debug, Args)]
pub struct BesideArgs {
    /// A model that has a say, as in `mem run`: a name, which stands for the one that decides, else the newest; or a number
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// What its word counts for
    #[arg(long, default_value = "filter", value_name = "ROLE", requires = "model")]
    pub model_role: RoleArg,
    /// From this probability on the model is sure enough to enter
    #[arg(long, default_value_t = 0.55, value_name = "PROBABILITY", requires = "model")]
    pub enter: f64,
    /// Test on bars that the model was trained on, too: it knows what became of them
    #[arg(long, requires = "model")]
    pub in_sample: bool,
}

/// How candidates are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchArg {
    /// Generations bred from the best of the one before
    Genetic,
    /// Every combination
    Grid,
    /// Combinations drawn at random
    Random,
}

/// `mem optimize`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem optimize ma_cross --timeframe 1h --vary fast=5..50 --vary slow=20..200
  mem optimize ma_cross --symbols BTCUSDT --search grid --vary fast=5..50:5 --vary slow=20..200:10 --vary fast_type=sma,ema
  mem optimize confluence --timeframe 1h --fitness calmar --population 40 --generations 20 --patience 5

Candidates are chosen by the first 70 % of the bars; the best of them are then tested on the rest (--holdout). Every
trial is kept: `mem runs export ID FOLDER`. The same seed gives the same result on any number of threads.")]
pub struct OptimizeArgs {
    /// Strategy, see `mem strategies list`
    pub strategy: String,
    /// Which series; fitness is its mean over them
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
    /// A parameter and where it is searched [default: every number from half to twice its default]
    #[arg(long, value_name = "NAME=LOW..HIGH[:STEP]|NAME=WORD,WORD")]
    pub vary: Vec<String>,
    /// A parameter that is not searched, for example --param direction=both
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// What is made large: any metric (sharpe, sortino, calmar, total_return, …), or composite
    #[arg(long, default_value = "sharpe")]
    pub fitness: Fitness,
    /// How candidates are found
    #[arg(long, default_value = "genetic")]
    pub search: SearchArg,
    /// Where randomness begins
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Share of the bars, the latest ones, that no candidate is chosen by (0 to 0.9)
    #[arg(long, default_value_t = 0.3, value_name = "SHARE")]
    pub holdout: f64,
    /// Trades that a test needs in order to count
    #[arg(long, default_value_t = 5, value_name = "TRADES")]
    pub min_trades: usize,
    /// Members of a generation (genetic)
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    pub population: usize,
    /// Generations (genetic)
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    pub generations: usize,
    /// Probability that a gene moves (genetic)
    #[arg(long, default_value_t = 0.15, value_name = "SHARE", hide_short_help = true)]
    pub mutation: f64,
    /// Probability that a child has two parents (genetic)
    #[arg(long, default_value_t = 0.7, value_name = "SHARE", hide_short_help = true)]
    pub crossover: f64,
    /// How many of the best pass on unchanged (genetic)
    #[arg(long, default_value_t = 3, value_name = "COUNT", hide_short_help = true)]
    pub elitism: usize,
    /// How many compete to be a parent (genetic)
    #[arg(long, default_value_t = 3, value_name = "COUNT", hide_short_help = true)]
    pub tournament: usize,
    /// Stop after so many generations without anything better (genetic)
    #[arg(long, value_name = "GENERATIONS")]
    pub patience: Option<usize>,
    /// How many combinations are drawn (random)
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    pub samples: usize,
    /// What is assumed
    #[command(flatten)]
    pub sim: SimArgs,
    /// The report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `mem compare`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem compare confluence fast_score ma_cross --timeframe 1h
  mem compare careful=confluence:min_confidence=70 eager=confluence:min_confidence=50 --symbols BTCUSDT --timeframe 1h
  mem compare ma_cross:fast=10,slow=30 ma_cross:fast=20,slow=100 --timeframe 1d --open

Each candidate is kept as a backtest of its own; the comparison refers to them.")]
pub struct CompareArgs {
    /// Who is compared: STRATEGY, STRATEGY:NAME=VALUE,… or LABEL=STRATEGY:NAME=VALUE,…
    #[arg(required = true, num_args = 1.., value_name = "CANDIDATE")]
    pub candidates: Vec<String>,
    /// Which series
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
    /// What is assumed
    #[command(flatten)]
    pub sim: SimArgs,
    /// The report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// When capital is moved back to its target weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RebalanceArg {
    /// Only at the start
    Never,
    /// Every day
    Daily,
    /// Every week
    Weekly,
    /// Every month
    Monthly,
}

/// What is done with symbols that do not cover the same times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MissingArg {
    /// Use the span that all have in common
    Intersection,
    /// Let a symbol join once its data begin
    LateJoin,
    /// Refuse
    Fail,
}

/// `mem portfolio`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem portfolio ma_cross --timeframe 1h
  mem portfolio confluence --symbols BTCUSDT,ETHUSDT,SOLUSDT --timeframe 1h --weights risk_parity --rebalance weekly
  mem portfolio ma_cross --timeframe 1d --weights AAPL=0.5,MSFT=0.3,XOM=0.2 --rebalance never --capital 100000

Each symbol is backtested with its own share of the capital; moving capital between them costs what trading costs. The
backtest is kept as a run of its own.")]
pub struct PortfolioArgs {
    /// Strategy, see `mem strategies list`
    pub strategy: String,
    /// Which series
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which stretch
    #[command(flatten)]
    pub span: SpanArgs,
    /// A strategy parameter, for example --param min_confidence=60
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// equal, inverse_volatility, risk_parity, or SYMBOL=SHARE,SYMBOL=SHARE,…
    #[arg(long, default_value = "equal", value_name = "WEIGHTS")]
    pub weights: String,
    /// When the weights are restored
    #[arg(long, default_value = "monthly")]
    pub rebalance: RebalanceArg,
    /// Bars that volatility weights look back [default: 252 daily bars, 60 days of shorter ones]
    #[arg(long, value_name = "BARS")]
    pub lookback: Option<usize>,
    /// What is done with symbols that do not cover the same times
    #[arg(long, default_value = "intersection")]
    pub missing: MissingArg,
    /// What is assumed; the capital is that of the whole portfolio
    #[command(flatten)]
    pub sim: SimArgs,
    /// The report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `mem serve`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem serve                            pages and API on http://127.0.0.1:8501
  mem serve --open                     the same, and opens the browser
  mem serve --compat-ports             the reference system's ports as well
  MEM_SERVER_TOKEN=… mem serve --bind 0.0.0.0:8501

It ends with Ctrl-C when the last answer is out. /docs describes the API, docs/api.md explains it. Anything wider than
this machine needs a token.")]
pub struct ServeArgs {
    /// Address and port [default: 127.0.0.1:8501]
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<SocketAddr>,
    /// Serve the reference system's ports 5004, 5005 and 8764, and 8765 for WebSockets, as well
    #[arg(long)]
    pub compat_ports: bool,
    /// Open the pages in the browser
    #[arg(long)]
    pub open: bool,
}

/// Where `mem sim` listens when nothing else is said.
pub const SIM_ENDPOINT: &str = "http://127.0.0.1:8600";

/// `mem sim`
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  mem sim                                                   a generated market, a minute a second
  mem sim --data binance_um_BTCUSDT_1m.csv.gz --speed 60    real candles; its trades rebuild them to the bit
  mem sim --data trades_usdm_btcusdt.csv.gz --speed 1       real ticks as they were
  mem sim --timeframe 1h --symbols BTCUSDT,ETHUSDT --speed 3600   candles of the catalog
  mem sim fault stall --for 5s                              make a running one misbehave

docs/simulated-exchange.md describes its protocol and every fault. Nothing it serves ever traded."
)]
pub struct SimCommandArgs {
    /// What to do with a running exchange; without it, one is started
    #[command(subcommand)]
    pub command: Option<SimCommand>,
    /// The exchange to start
    #[command(flatten)]
    pub serve: SimServeArgs,
}

/// `mem sim …`
#[derive(Debug, Subcommand)]
pub enum SimCommand {
    /// Make a running exchange misbehave
    Fault(SimFaultArgs),
    /// Change the speed of its clock, or step it
    #[command(after_help = "Examples:\n  mem sim clock --speed 0\n  mem sim clock --step 1m")]
    Clock(SimClockArgs),
    /// What it is doing
    Status {
        /// Where it listens
        #[arg(long, default_value = SIM_ENDPOINT, value_name = "URL")]
        endpoint: String,
    },
}

/// The exchange to start.
#[derive(Debug, Args)]
pub struct SimServeArgs {
    /// Files of candles or ticks to replay [default: the catalog, if --symbols or --timeframe is given, else a generated market]
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// Which series of the catalog, or what the files do not say
    #[command(flatten)]
    pub select: SelectArgs,
    /// What the clock shows at first; earlier data are history [default: after a tenth of the market]
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// How many times as fast as real time the clock runs: 0 (it stands, see `mem sim clock`) to 10000
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// Port on this machine; 0 takes a free one
    #[arg(long, default_value_t = 8600)]
    pub port: u16,
    /// Which generated market
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// List perpetual futures instead of spot
    #[arg(long)]
    pub perpetual: bool,
    /// Requests in a minute, before it answers 429
    #[arg(long, default_value_t = 6_000, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: u32,
    /// Script of faults: a JSON object a line, {"at_ms": 500, "fault": "stall", "for_ms": 2000}
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Pull random faults for ever; the same seed gives the same ones
    #[arg(long, value_name = "SEED")]
    pub chaos: Option<u64>,
    /// Real milliseconds between random faults
    #[arg(long, default_value_t = 1_000, value_name = "MS", requires = "chaos", value_parser = clap::value_parser!(u64).range(1..))]
    pub chaos_every_ms: u64,
}

/// `mem sim fault`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mem sim fault drop                             every WebSocket ends at once
  mem sim fault stall --for 5s                   they stay open and say nothing
  mem sim fault corrupt --count 3                three messages arrive cut in the middle
  mem sim fault too_many_requests --count 20 --retry-after 2
  mem sim fault restart --for 1s                 the exchange goes down and comes back, its state kept
  mem sim fault --script faults.jsonl            a script: one {\"at_ms\": 500, \"fault\": \"drop\"} a line
  mem sim fault clear                            end every fault

Faults: drop, stall, half_open, delay, jitter, lose, duplicate, reorder, corrupt, wrong_sequence, refuse_connect,
too_many_requests, server_error, slow_answers, clock_skew, restart.")]
pub struct SimFaultArgs {
    /// Which fault, or clear
    #[arg(value_name = "FAULT")]
    pub fault: Option<String>,
    /// How long it lasts, such as 500ms or 5s [default: 2s]
    #[arg(long = "for", value_name = "TIME")]
    pub lasts: Option<jiff::SignedDuration>,
    /// How late (delay, jitter, slow_answers), or how far off (clock_skew, may be negative) [default: 100ms, 1s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub by: Option<jiff::SignedDuration>,
    /// How many messages or requests it meets [default: 1]
    #[arg(long)]
    pub count: Option<u32>,
    /// Status of server_error [default: 502]
    #[arg(long)]
    pub status: Option<u16>,
    /// Seconds in Retry-After of too_many_requests [default: 1]
    #[arg(long, value_name = "SECONDS")]
    pub retry_after: Option<u64>,
    /// refuse_connect: refuse WebSockets only
    #[arg(long)]
    pub sockets_only: bool,
    /// Script of faults
    #[arg(long, value_name = "FILE", conflicts_with = "fault")]
    pub script: Option<PathBuf>,
    /// Where the exchange listens
    #[arg(long, default_value = SIM_ENDPOINT, value_name = "URL")]
    pub endpoint: String,
}

/// `mem sim clock`
#[derive(Debug, Args)]
pub struct SimClockArgs {
    /// How many times as fast as real time it runs; 0 makes it stand
    #[arg(long)]
    pub speed: Option<f64>,
    /// Let it jump forward, such as 1m
    #[arg(long, value_name = "TIME")]
    pub step: Option<jiff::SignedDuration>,
    /// Where the exchange listens
    #[arg(long, default_value = SIM_ENDPOINT, value_name = "URL")]
    pub endpoint: String,
}

/// `mem data fetch`
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Where from: binance (spot), binance_um (USD-M futures) or sim
    pub venue: String,
    /// Which symbols
    #[arg(required = true, value_delimiter = ',', num_args = 1..)]
    pub symbols: Vec<Symbol>,
    /// Length of the candles
    #[arg(long, default_value = "1h")]
    pub timeframe: Timeframe,
    /// From this time on (2020-01-01, or RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub since: Timestamp,
    /// Up to, not including, this time [default: now]
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// HTTP address of the venue [default: venues.NAME.rest of the configuration]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// `mem data record`
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Where from: binance (spot), binance_um (USD-M futures) or sim
    pub venue: String,
    /// Which symbols [default: every symbol that the venue lists, up to 200]
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    pub symbols: Vec<Symbol>,
    /// What to keep: trades, quotes, bars [default: trades and bars]
    #[arg(long, value_delimiter = ',', num_args = 1.., default_values = ["trades", "bars"])]
    pub kinds: Vec<Kind>,
    /// Length of the candles
    #[arg(long, default_value = "1m")]
    pub timeframe: Timeframe,
    /// Stop after so long [default: Ctrl-C]
    #[arg(long = "for", value_name = "TIME")]
    pub lasts: Option<jiff::SignedDuration>,
    /// How often what came is written to the catalog
    #[arg(long, default_value = "10s", value_name = "TIME")]
    pub flush: jiff::SignedDuration,
    /// HTTP address of the venue [default: venues.NAME.rest of the configuration]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// `mem feed …`
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// How the connections of running recordings are: measured, and never healthy when stalled
    #[command(after_help = "Examples:
  mem feed status
  mem feed status --watch
  mem feed status --json

Exit codes: 0 every feed is healthy, 3 one is not, 1 none is running.")]
    Status {
        /// Show it again every second until Ctrl-C
        #[arg(long)]
        watch: bool,
    },
}

/// `mem runs …`
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// All runs, newest first
    List,
    /// One run with its metrics
    Show {
        /// Its id, or as much of it as is unique
        id: String,
    },
    /// What differs between two runs: settings and results
    Diff {
        /// One run
        a: String,
        /// The other
        b: String,
    },
    /// Write a run's metrics, trades and equity to files
    #[command(after_help = "Example:\n  mem runs export 3fa9 results/ --format csv")]
    Export {
        /// Its id, or as much of it as is unique
        id: String,
        /// Folder to write to
        folder: PathBuf,
        /// File format of trades and equity: csv, csv.gz, parquet or json
        #[arg(long, default_value = "csv")]
        format: TableFormat,
    },
    /// Where a run's HTML report is; writes it if it is not there
    Report {
        /// Its id, or as much of it as is unique
        id: String,
        /// Write it anew, for example after an update of MEM
        #[arg(long)]
        rewrite: bool,
        /// Open it in the browser
        #[arg(long)]
        open: bool,
    },
    /// Remove a run
    Remove {
        /// Its id, or as much of it as is unique
        id: String,
    },
}

/// Whose secrets are typed. Names are texts here: a secret typed in their place must not be shown by the parser.
#[derive(Debug, Args)]
pub struct SecretArgs {
    /// Whose: binance, bybit, alpaca, kraken, coinbase, polygon, okx, snowflake, telegram, simulated, or any other name
    pub venue: String,
    /// Which fields [default: those that the venue is known to need]
    #[arg(long)]
    pub field: Vec<String>,
    /// Read FIELD=VALUE lines or a JSON object from standard input instead of asking
    #[arg(long)]
    pub stdin: bool,
}

/// `mem credentials …`
#[derive(Debug, Subcommand)]
pub enum CredentialsCommand {
    /// Keep credentials; they are asked for, or read from standard input, never taken from arguments
    #[command(after_help = "Examples:
  mem credentials set binance
  pass show binance | mem credentials set binance --stdin
  mem credentials set my_broker --field token")]
    Set(SecretArgs),
    /// Which venues have which fields, and where each comes from
    List,
    /// The fields of a venue, masked
    Show {
        /// Whose
        venue: String,
        /// Print the secrets themselves; this is noted in the audit file
        #[arg(long)]
        reveal: bool,
    },
    /// Examine files, key, checksums and completeness; exit code 1 if anything is wrong
    Check {
        /// Whose [default: everybody's]
        venue: Option<String>,
    },
    /// Replace credentials, or the master key; running programs take it up
    #[command(after_help = "Examples:
  mem credentials rotate binance           type the new ones
  mem credentials rotate binance --undo    back to the old ones
  mem credentials rotate --master-key      encrypt everything anew")]
    Rotate {
        /// Whose
        venue: Option<String>,
        /// Which fields [default: those that the venue is known to need]
        #[arg(long)]
        field: Vec<String>,
        /// Read FIELD=VALUE lines or a JSON object from standard input instead of asking
        #[arg(long)]
        stdin: bool,
        /// Go back to what stood before the last rotation
        #[arg(long, conflicts_with_all = ["field", "stdin"])]
        undo: bool,
        /// Make a new master key
        #[arg(long, conflicts_with_all = ["venue", "field", "stdin", "undo"])]
        master_key: bool,
    },
    /// Remove credentials from the file
    #[command(after_help = "Example:\n  mem credentials delete binance --yes")]
    Delete {
        /// Whose
        venue: String,
        /// Only this field
        #[arg(long)]
        field: Option<String>,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Who did what with which credentials
    Audit {
        /// Whose [default: everybody's]
        venue: Option<String>,
        /// The newest so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
}

/// A table of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecordTable {
    /// Trades
    Trades,
    /// Memories
    Memories,
    /// Metrics
    Metrics,
    /// Signals
    Signals,
    /// Logs
    Logs,
    /// Bars at which models spoke, with their indicators
    Features,
}

/// `mem records …`
#[derive(Debug, Subcommand)]
pub enum RecordsCommand {
    /// How many rows each table holds
    Stats,
    /// The newest rows of a table
    #[command(after_help = "Examples:\n  mem records list trades --limit 20\n  mem records list logs --json")]
    List {
        /// Which table
        table: RecordTable,
        /// Rows at the most
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Only this symbol (trades, signals and features)
        #[arg(long)]
        symbol: Option<Symbol>,
    },
    /// Remove rows older than a number of days
    #[command(after_help = "Example:\n  mem records purge --days 365")]
    Purge {
        /// Rows older than this many days go
        #[arg(long)]
        days: u32,
        /// Do it; without this flag the command only says what it would remove
        #[arg(long)]
        yes: bool,
    },
}

/// `mem config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// The configuration in force, and where each value comes from
    Show,
    /// All keys, their environment variables and defaults
    Keys,
    /// Write a mem.toml with all defaults into the working folder
    Init,
}
