//! Bars and indicator values in, decisions with confidence, stop, target and reasons out.
