//! What the crate promises, kept against made-up bars and against other people's numbers.

mod talib;
