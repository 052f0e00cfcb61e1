//! What each stage of the engine takes, on descriptions that are made here: as large as the largest published ones, and
//! the same on every machine. `make bench-definition` runs it.
//!
//! A text whose format is not recognised ends after it was read; one in OpenAPI 2.0 is judged as well; one in another
//! format is converted between the two. So the stages are the differences.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use connector_operator::definition::{ConnectorDocument, Settings, check};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Operations in each description: close to what the backend takes.
const OPERATIONS: usize = 200;

/// One description with as many operations and schemas, as JSON.
fn openapi2() -> String {
    let (mut paths, mut schemas) = (String::new(), String::new());
    for index in 0..OPERATIONS {
        let comma = if index == 0 { "" } else { "," };
        let _written = write!(
            paths,
            r##"{comma}"/items{index}/{{id}}":{{"get":{{"operationId":"GetItem{index}","summary":"Get item {index}","description":"Finds one item by its number.","parameters":[{{"name":"id","in":"path","required":true,"type":"string","description":"The number.","x-ms-summary":"Number"}},{{"name":"expand","in":"query","type":"array","items":{{"type":"string"}},"collectionFormat":"csv","description":"What to add.","x-ms-summary":"Expand"}}],"responses":{{"200":{{"description":"The item.","schema":{{"$ref":"#/definitions/Item{index}"}}}},"default":{{"description":"What went wrong."}}}}}}}}"##
        );
        let _written = write!(
            schemas,
            r#"{comma}"Item{index}":{{"type":"object","required":["id"],"properties":{{"id":{{"type":"string","x-ms-summary":"Number"}},"tags":{{"type":"array","items":{{"type":"string"}}}},"size":{{"type":"integer","format":"int32","minimum":0}},"owner":{{"type":"object","properties":{{"name":{{"type":"string"}},"mail":{{"type":"string","format":"email"}}}}}}}}}}"#
        );
    }
    format!(
        r#"{{"swagger":"2.0","info":{{"title":"Items","version":"1.0","description":"Items that are made to be measured."}},"host":"items.example.com","basePath":"/v1","schemes":["https"],"paths":{{{paths}}},"definitions":{{{schemas}}}}}"#
    )
}

/// The same API in OpenAPI 3.0.
fn openapi3() -> String {
    let (mut paths, mut schemas) = (String::new(), String::new());
    for index in 0..OPERATIONS {
        let comma = if index == 0 { "" } else { "," };
        let _written = write!(
            paths,
            r##"{comma}"/items{index}/{{id}}":{{"put":{{"operationId":"PutItem{index}","summary":"Put item {index}","parameters":[{{"name":"id","in":"path","required":true,"schema":{{"type":"string"}}}},{{"name":"expand","in":"query","explode":false,"schema":{{"type":"array","items":{{"type":"string"}}}}}}],"requestBody":{{"content":{{"application/json":{{"schema":{{"$ref":"#/components/schemas/Item{index}"}}}}}}}},"responses":{{"200":{{"description":"The item.","content":{{"application/json":{{"schema":{{"$ref":"#/components/schemas/Item{index}"}}}}}}}}}}}}}}"##
        );
        let _written = write!(
            schemas,
            r#"{comma}"Item{index}":{{"type":"object","required":["id"],"properties":{{"id":{{"type":"string"}},"tags":{{"type":"array","items":{{"type":"string","nullable":true}}}},"size":{{"oneOf":[{{"type":"integer"}},{{"type":"number"}}]}},"owner":{{"type":"object","properties":{{"name":{{"type":"string"}},"mail":{{"type":"string","format":"email"}}}}}}}}}}"#
        );
    }
    format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"Items","version":"1.0"}},"servers":[{{"url":"https://items.example.com/v1"}}],"paths":{{{paths}}},"components":{{"schemas":{{{schemas}}}}}}}"#
    )
}

/// The same API as a Postman collection.
fn postman() -> String {
    let mut items = String::new();
    for index in 0..OPERATIONS {
        let comma = if index == 0 { "" } else { "," };
        let _written = write!(
            items,
            r#"{comma}{{"name":"Get item {index}","request":{{"method":"GET","header":[{{"key":"Accept","value":"application/json"}}],"url":{{"raw":"{{{{base}}}}/items{index}/:id?expand=a","host":["{{{{base}}}}"],"path":["items{index}",":id"],"query":[{{"key":"expand","value":"a"}}],"variable":[{{"key":"id","value":"1"}}]}}}},"response":[{{"name":"One","code":200,"header":[{{"key":"Content-Type","value":"application/json"}}],"body":"{{\"id\":\"1\",\"tags\":[\"a\"],\"size\":3,\"owner\":{{\"name\":\"b\"}}}}"}}]}}"#
        );
    }
    format!(
        r#"{{"info":{{"name":"Items","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}},"variable":[{{"key":"base","value":"https://items.example.com/v1"}}],"item":[{items}]}}"#
    )
}

fn connector(text: &str) -> ConnectorDocument {
    let checked = check(text.as_bytes(), &Settings::default());
    assert_eq!(checked.operations, OPERATIONS, "{:?}", checked.findings.first());
    checked.connector.expect("what is measured has no errors")
}

fn stages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("definition");
    // Nine things to measure, in less than a minute together.
    group
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .sample_size(50);
    let run = |text: &str| check(black_box(text.as_bytes()), &Settings::default()).errors;
    let texts = [
        ("OpenAPI 2.0", openapi2()),
        ("OpenAPI 3.0", openapi3()),
        ("Postman", postman()),
    ];
    for (name, text) in &texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        let unknown = text
            .replacen("\"swagger\":", "\"x-sw-er\":", 1)
            .replacen("\"openapi\":", "\"x-op-pi\":", 1)
            .replacen("\"item\":", "\"itm\":", 1)
            .replacen("/collection/", "/", 1);
        assert_eq!(check(unknown.as_bytes(), &Settings::default()).format, None);
        group.bench_function(format!("read {name}"), |bencher| bencher.iter(|| run(&unknown)));
        let verb = if *name == "OpenAPI 2.0" {
            "read, check"
        } else {
            "read, convert, check"
        };
        let connector = connector(text);
        group.bench_function(format!("{verb} {name}"), |bencher| bencher.iter(|| run(text)));
        group.bench_function(format!("write what became of {name}"), |bencher| {
            bencher.iter(|| black_box(&connector).to_json().len());
        });
    }
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
