//! Bars in, indicator values out: streaming and batch with identical bits, described by one registry.
