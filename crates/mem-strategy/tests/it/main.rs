//! Laws that every strategy keeps, and what they decide on real data.

mod cross;
mod laws;
mod real_data;
