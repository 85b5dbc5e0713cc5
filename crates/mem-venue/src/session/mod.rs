//! Sessions with venues, written once for all of them: requests with budgets, endpoints and figures; WebSockets.

pub mod endpoints;
pub mod http;
pub mod meter;
pub mod sign;
pub mod socket;
pub mod throttle;

pub use endpoints::Endpoints;
pub use http::{Http, HttpError};
pub use meter::{Meter, MeterReading};
pub use sign::Signer;
pub use socket::{Heard, Socket, SocketError, tls};
pub use throttle::Throttle;
