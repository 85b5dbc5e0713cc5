//! The simulator: cases worked by hand, laws, and a plain simulator to compare with.

mod cases;
mod laws;
mod made;
mod reference;
