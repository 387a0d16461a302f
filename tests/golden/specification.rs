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
    let document = serde_json::to_value(adapter_http::openapi("support@example.com")).expect("the document is JSON");
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().expect("there are paths") {
        let methods = methods.as_object().expect("a path has methods");
        for (method, operation) in methods.iter().filter(|(method, _)| METHODS.contains(&method.as_str())) {
            operations += 1;
            assert!(operation.get("x-permission").is_some(), "{method} {path} does not say what it needs");
            for (status, response) in operation["responses"].as_object().expect("there are responses") {
                let described = response["description"].as_str().is_some_and(|it| !it.is_empty());
                assert!(described, "{method} {path} {status} has no description");
            }
        }
    }
    assert_eq!(operations, adapter_http::route_table().len(), "a route is missing from the specification");
}
