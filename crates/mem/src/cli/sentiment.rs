//! Commands about texts.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mem_types::{Symbol, Timestamp};

/// `mem sentiment …`
#[derive(Debug, Subcommand)]
pub enum SentimentCommand {
    /// What a text means for the price, and which words say so
    #[command(after_help = "Examples:
  mem sentiment score 'Bitcoin surges after ETF approval'
  mem sentiment score --scorer linear '$AAPL misses estimates' 'Shares slip'
  mem sentiment score --file headlines.txt --json          a text a line; - is standard input

The score is from -1 (bad for the price) to 1 (good). lexicon is for headlines and prose, linear for short messages with tickers:
docs/sentiment.md says what they are worth.")]
    Score(ScoreArgs),
    /// Put the texts of files on record, with their scores
    #[command(after_help = "Examples:
  mem sentiment import news.csv                            columns published_at, symbol, headline (or alike)
  mem sentiment import --symbol BTCUSDT btc.jsonl more.csv.gz
  mem sentiment import --symbol BTCUSDT --at 2024-01-31T10:00:00Z notes.txt

CSV with a header, JSON (an array of objects, or one a line) or plain text (one a line, after a time and a tab where there is one), any of
them gzipped. A time is when the text could be known; of a mere day that is its end. A row without a symbol is about the symbols
whose keywords it names (sentiment.symbols of the configuration). Bad rows go to a quarantine file with line number and reason; importing a file
again changes nothing.")]
    Import(TextImportArgs),
    /// Fetch feeds (RSS, Atom, JSON Feed) and put what is new on record, with its scores
    #[command(after_help = "Examples:
  mem sentiment fetch https://example.com/rss              about symbols by their keywords: sentiment.symbols of the configuration
  mem sentiment fetch --symbol BTCUSDT https://example.com/bitcoin.atom
  mem sentiment fetch                                      the feeds of the configuration

Texts are known from when they were fetched, whatever they say of when they were published. A running engine fetches the feeds of the
configuration by itself.")]
    Fetch(TextFetchArgs),
    /// The newest texts on record
    #[command(after_help = "Examples:\n  mem sentiment list --limit 20\n  mem sentiment list --symbol BTCUSDT --json")]
    List(TextListArgs),
    /// The newest moods of a symbol: what its texts say together
    #[command(after_help = "Examples:\n  mem sentiment mood BTCUSDT\n  mem sentiment mood BTCUSDT --limit 100 --json")]
    Mood {
        /// Of which symbol; * is the market as a whole
        symbol: String,
        /// Moods at the most
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
}

/// `mem sentiment score`
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// Texts
    #[arg(required_unless_present = "file")]
    pub texts: Vec<String>,
    /// A file with a text a line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "texts")]
    pub file: Option<PathBuf>,
    /// Which model: lexicon, linear, or a folder with a transformer of yours [default: sentiment.scorer, lexicon]
    #[arg(long, value_name = "NAME")]
    pub scorer: Option<String>,
}

/// What texts are about, and how they are scored.
#[derive(Debug, Args)]
pub struct AboutArgs {
    /// What texts are about that do not say it themselves
    #[arg(long)]
    pub symbol: Option<Symbol>,
    /// What kind of source it is: the series of scores that features read
    #[arg(long, default_value = "news", value_name = "NAME")]
    pub source: String,
    /// Which model scores them: lexicon, linear, or a folder with a transformer of yours [default: sentiment.scorer, lexicon]
    #[arg(long, value_name = "NAME")]
    pub scorer: Option<String>,
}

/// `mem sentiment import`
#[derive(Debug, Args)]
pub struct TextImportArgs {
    /// Files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What they are about
    #[command(flatten)]
    pub about: AboutArgs,
    /// When texts of files without times were known [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
}

/// `mem sentiment fetch`
#[derive(Debug, Args)]
pub struct TextFetchArgs {
    /// Addresses [default: sentiment.feeds]
    pub urls: Vec<String>,
    /// What they are about
    #[command(flatten)]
    pub about: AboutArgs,
}

/// `mem sentiment list`
#[derive(Debug, Args)]
pub struct TextListArgs {
    /// Only this symbol; * is the market as a whole
    #[arg(long)]
    pub symbol: Option<String>,
    /// Only this source
    #[arg(long)]
    pub source: Option<String>,
    /// Texts at the most
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}
