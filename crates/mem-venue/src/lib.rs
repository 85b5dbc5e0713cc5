//! Venues. So far one: the simulated market.
