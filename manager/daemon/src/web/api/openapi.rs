//! The published description: OpenAPI 3.1, made from the handlers, with what holds for all of them added here.

use crate::web::problem::MEDIA_TYPE;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, ObjectBuilder, Ref, RefOr, Required, Response, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

/// What stands above the paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hearth",
        description = "The control node of a homelab. One contract for the command line, the pages, scripts and other people's clients."
    ),
    servers((url = "/api/v1")),
    components(schemas(crate::web::problem::Problem)),
    modifiers(&Common)
)]
pub struct Description;

struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("From POST /auth/token, or a long-lived one"))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "__Host-hearth",
                "A browser's session; changes also need the header X-CSRF-Token",
            ))),
        );
        api.security = Some(
            ["token", "session"]
                .map(|scheme| SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []))
                .to_vec(),
        );
    }
}

/// Adds to each operation the problems that it may answer beside its own, and makes its id unique.
pub fn complete(api: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let methods = [
            (&mut item.get, false),
            (&mut item.post, true),
            (&mut item.put, true),
            (&mut item.patch, true),
            (&mut item.delete, true),
        ];
        for (operation, changes) in methods {
            if let Some(operation) = operation {
                add_to(operation, path, changes);
            }
        }
    }
}

fn add_to(operation: &mut Operation, path: &str, changes: bool) {
    if let (Some(tag), Some(id)) = (operation.tags.iter().flatten().next(), &operation.operation_id) {
        operation.operation_id = Some(format!("{tag}_{id}"));
    }
    // What begins a job can be asked for once.
    if operation.responses.responses.contains_key("202") {
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(idempotency_key()));
    }
    // `security(())` in a handler's description means: for everybody.
    let open = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let has_input = has_body || operation.parameters.as_ref().is_some_and(|p| !p.is_empty());
    let all = [
        ("400", has_body, "The body is not JSON"),
        ("401", !open, "Not logged in, or the token is not good"),
        ("403", !open, "The role does not allow it, or the CSRF token is missing"),
        ("404", path.contains('{'), "There is no such thing"),
        (
            "409",
            changes,
            "Not as things stand; with `cause` and `mend` when a machine cannot be used",
        ),
        ("413", has_body, "Longer than 1 MiB"),
        ("415", has_body, "Not sent as application/json"),
        ("422", has_input, "Fields are not right; `errors` names each"),
        ("429", true, "Too many requests; wait `Retry-After` seconds"),
        ("500", true, "A fault of Hearth; the log has the cause"),
        ("503", true, "Not ready; try again"),
    ];
    for (status, _, description) in all.into_iter().filter(|(_, applies, _)| *applies) {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key and request give the same job; the same key with another request is a 409",
        ))
        .schema(Some(text.min_length(Some(1)).max_length(Some(255))))
        .build()
}

fn problem(description: &str) -> Response {
    let mut response = Response::new(description);
    let schema = Ref::from_schema_name("Problem");
    response
        .content
        .insert(MEDIA_TYPE.to_owned(), Content::new(Some(schema)).into());
    response
}
