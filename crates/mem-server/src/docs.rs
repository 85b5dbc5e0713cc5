//! The description of the API (OpenAPI 3.1), made from the code, and a page to read and try it.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::message::{ClientMessage, ServerMessage};
use crate::live::view::FeedState;
use crate::live::view::health::EngineState;
use crate::state::AppState;
use crate::{analytics, browse, guard, jobs, live, metrics, models, records, sentiment, settings, strategy};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "MEM",
        description = "Strategy and analytics API. Errors are JSON with `success` false, the text, the field that it is \
                       about and the id of the request. 400: a field is missing, of the wrong kind or out of range; \
                       422: each field is sound, but what is asked cannot be done.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "strategy", description = "Signals and indicators on candles that are sent"),
        (name = "analytics", description = "Backtests, optimisation, comparison, portfolios on candles of the catalog"),
        (name = "jobs", description = "Long work"),
        (name = "live", description = "The running engine; what goes over its WebSocket /ws is ServerMessage and ClientMessage"),
        (name = "records", description = "What is on record: trades, decisions, memories, orders, alerts, logs"),
        (name = "models", description = "Models: where they stand, how they do, what is wanted of them, trainings"),
        (name = "sentiment", description = "Texts with their scores, and the moods of symbols"),
        (name = "settings", description = "What the engine trades by: looked at, changed, taken back"),
        (name = "pages", description = "What the pages show"),
        (name = "operation", description = "How the server is"),
    ),
    components(schemas(ServerMessage, ClientMessage))
)]
struct Description;

/// Every route that is described.
pub(crate) fn api() -> OpenApiRouter<AppState> {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let mut router = OpenApiRouter::with_openapi(description)
        .merge(strategy::router())
        .merge(analytics::router())
        .merge(browse::router())
        .merge(live::router())
        .merge(records::router())
        .merge(models::router())
        .merge(sentiment::router())
        .merge(settings::router())
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show, jobs::cancel))
        .routes(routes!(guard::login))
        .routes(routes!(health))
        .routes(routes!(metrics::metrics));
    name_operations(router.get_openapi_mut());
    router
}

/// Operations are named after their handlers, whose names repeat from module to module. Method and path do not.
fn name_operations(description: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let methods = [("get", &mut item.get), ("post", &mut item.post), ("delete", &mut item.delete)];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                let place = path.replace(['/', '-', '.'], "_").replace(['{', '}'], "");
                operation.operation_id = Some(format!("{method}{place}"));
            }
        }
    }
}

/// The description as it is served.
///
/// # Errors
/// Never: it is made from the code.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&api().into_openapi())?;
    text.push('\n');
    Ok(text)
}

/// The description and its page.
pub(crate) fn router(description: utoipa::openapi::OpenApi) -> Router<AppState> {
    let json = serde_json::to_string(&description).unwrap_or_default();
    Router::new()
        .route("/openapi.json", get(|| async move { ([(header::CONTENT_TYPE, "application/json")], json) }))
        .route("/docs", get(page))
        .route("/docs.js", get(script))
}

async fn page() -> Response {
    let mut response = axum::response::Html(include_str!("docs/page.html")).into_response();
    let policy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs/page.js")).into_response()
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerHealth)]
struct Health {
    /// healthy, or degraded where the catalog cannot be read or the engine's feed brings nothing.
    status: &'static str,
    version: &'static str,
    uptime_s: u64,
    /// RFC 3339.
    timestamp: String,
    /// The engine's feeds.
    feeds: Vec<FeedState>,
    /// The engine of this process; null where none runs.
    engine: Option<EngineState>,
}

/// Whether the server answers and can read its data. Needs no token.
#[utoipa::path(get, path = "/health", tag = "operation", responses(
    (status = 200, description = "How it is", body = Health),
))]
async fn health(State(state): State<AppState>) -> Json<Health> {
    let catalog = state.parts.catalog.clone();
    let readable =
        crate::state::compute(move || catalog.series().map_err(|error| crate::error::ApiError::internal(&error))).await;
    let engine = live::engine_state(&state);
    let feeds = engine.as_ref().map(|engine| engine.feeds.clone()).unwrap_or_default();
    let fed = feeds.iter().all(|feed| feed.status != "unhealthy");
    Json(Health {
        status: if readable.is_ok() && fed { "healthy" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: state.started.elapsed().as_secs(),
        timestamp: (state.parts.clock)().to_string(),
        feeds,
        engine,
    })
}
