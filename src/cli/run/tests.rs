use clap::{CommandFactory as _, Parser as _};

use super::*;

#[derive(Debug, clap::Parser)]
struct Command {
    #[command(flatten)]
    run: Arguments,
}

fn parse(arguments: &[&str]) -> Result<Arguments, String> {
    let words = ["run"].iter().chain(arguments);
    Command::try_parse_from(words)
        .map(|command| command.run)
        .map_err(|error| error.to_string())
}

#[test]
fn without_a_flag_it_answers_on_loopback_only_and_trusts_no_private_network() {
    let arguments = parse(&[]).unwrap();
    assert_eq!(arguments.metrics_addr, "127.0.0.1:8080".parse().unwrap());
    assert!(arguments.allow_source_cidr.is_empty());
    assert!(arguments.former_cluster_ids.is_empty());
}

#[test]
fn lists_may_be_repeated_or_separated_by_commas() {
    let arguments = parse(&[
        "--allow-source-cidr=10.0.0.0/8,fd00::/8",
        "--allow-source-cidr",
        "192.168.0.0/16",
        "--former-cluster-ids=old-1,old-2",
    ])
    .unwrap();
    let networks: Vec<_> = arguments
        .allow_source_cidr
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(networks, ["10.0.0.0/8", "fd00::/8", "192.168.0.0/16"]);
    assert_eq!(arguments.former_cluster_ids, ["old-1", "old-2"]);
}

#[test]
fn an_embedded_registry_needs_a_place_for_its_data() {
    let told = parse(&["--embedded-registry"]).unwrap_err();
    assert!(told.contains("--data-dir"), "{told}");
    parse(&["--embedded-registry", "--data-dir=/data"]).unwrap();
}

#[test]
fn a_value_that_cannot_be_meant_is_refused_with_its_flag() {
    for (flag, value) in [
        ("--allow-source-cidr", "10.0.0.0/99"),
        ("--cluster-id", "a b"),
        ("--identity", ""),
        ("--metrics-addr", "8080"),
    ] {
        let told = parse(&[flag, value]).unwrap_err();
        assert!(told.contains(flag), "{told}");
    }
}

#[test]
fn the_address_is_written_for_others_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metrics.url");
    let listener = listen("127.0.0.1:0".parse().unwrap(), Some(&file)).unwrap();
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        written,
        format!("http://{}/metrics\n", listener.local_addr().unwrap())
    );
}

#[test]
fn an_address_in_use_is_told_by_its_flag() {
    let taken = listen("127.0.0.1:0".parse().unwrap(), None).unwrap();
    let failure = listen(taken.local_addr().unwrap(), None).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "cannot listen on the address given as --metrics-addr"
    );
}

#[test]
fn the_flags_of_all_commands_fit_together() {
    crate::cli::Cli::command().debug_assert();
}
