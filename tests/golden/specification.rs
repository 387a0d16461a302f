use super::settings;

#[test]
fn golden_specification() {
    // Extensions come in no order of their own.
    let mut settings = settings();
    settings.set_sort_maps(true);
    settings.bind(|| insta::assert_json_snapshot!("specification", adapter_http::openapi("support@example.com")));
}

const METHODS: &[&str] = &["get", "put", "post", "patch", "delete"];

#[test]
fn every_operation_says_what_it_needs_and_how_it_fails() {
    let document = adapter_http::openapi("support@example.com");
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().expect("there are paths") {
        let methods = methods.as_object().expect("a path has methods");
        for (method, operation) in methods.iter().filter(|(method, _)| METHODS.contains(&method.as_str())) {
            operations += 1;
            assert!(operation.get("x-permission").is_some(), "{method} {path} does not say what it needs");
            let media = |it: &serde_json::Value| it["content"]["application/json"].clone();
            let has_example = |it: &serde_json::Value| {
                it.is_null()
                    || it.get("example").is_some()
                    || it["examples"].as_object().is_some_and(|it| !it.is_empty())
            };
            assert!(has_example(&media(&operation["requestBody"])), "{method} {path} has no example of its body");
            for (status, response) in operation["responses"].as_object().expect("there are responses") {
                let place = response["$ref"].as_str().map(|it| &it[1..]);
                let response = place.map_or(response, |it| document.pointer(it).expect("a reference leads somewhere"));
                let described = response["description"].as_str().is_some_and(|it| !it.is_empty());
                assert!(described, "{method} {path} {status} has no description");
                assert!(**status < *"400" || has_example(&media(response)), "{method} {path} {status} has no example");
            }
        }
    }
    assert_eq!(operations, adapter_http::route_table().len(), "a route is missing from the specification");
}
