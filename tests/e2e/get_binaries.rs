//! How the control plane's binaries are found and built. The compiler is a stand-in: what it makes is not at issue.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::harness::poll::eventually;

const LIMIT: Duration = Duration::from_mins(1);
const BINARIES: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];
const TOOLS: [&str; 18] = [
    "awk",
    "bash",
    "cat",
    "chmod",
    "cut",
    "dirname",
    "env",
    "flock",
    "head",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "sleep",
    "sort",
    "tail",
    "uname",
];

/// Answers as Go does, waits while there is a file `hold`, notes what it builds, and fails for what is in `broken`.
const COMPILER: &str = r#"#!/usr/bin/env bash
here=${0%/bin/go}
case $1 in
  env) cat "$here/version" ;;
  build)
    while [[ -e $here/hold ]]; do sleep 0.02; done
    while [[ $1 != -o ]]; do shift; done
    echo "${2##*/}" >>"$here/built"
    if [[ -e $here/broken && $(cat "$here/broken") == "${2##*/}" ]]; then echo "a word of the compiler"; exit 1; fi
    : >"$2"
    chmod +x "$2"
    ;;
esac
"#;

/// A machine as `get.sh` sees it: a PATH of its own and a home.
struct Machine(TempDir);

impl Machine {
    fn with_go(version: &str) -> Self {
        let machine = Self::without_go();
        machine.write("version", version);
        machine.write("bin/go", COMPILER);
        fs::set_permissions(machine.path("bin/go"), fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    /// Only the tools named, because some systems keep a Go beside them.
    fn without_go() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::create_dir(machine.path("bin")).unwrap();
        for tool in TOOLS {
            let found = Command::new("sh")
                .args(["-c", &format!("command -v {tool}")])
                .output()
                .unwrap()
                .stdout;
            let found = String::from_utf8(found).unwrap();
            assert!(!found.is_empty(), "this machine lacks {tool}");
            symlink(found.trim_end(), machine.path("bin").join(tool)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn built(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("built")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// `get.sh` with standard error in the file named.
    fn get(&self, errors: &str) -> Command {
        let mut command =
            Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/control-plane/get.sh"));
        command
            .env_remove("KUBEBUILDER_ASSETS")
            .env("PATH", self.path("bin"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.path(errors)).unwrap());
        command
    }

    fn told(&self, errors: &str) -> String {
        fs::read_to_string(self.path(errors)).unwrap()
    }
}

fn folder_in(output: &Output) -> PathBuf {
    assert!(output.status.success(), "{output:?}");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}

#[test]
fn what_was_built_once_is_not_built_again() {
    let machine = Machine::with_go("go1.26.0");

    let first = machine.get("first").output().unwrap();
    let second = machine.get("second").output().unwrap();

    let folder = folder_in(&first);
    assert!(folder.starts_with(machine.path("cache")), "{folder:?}");
    assert!(
        BINARIES.iter().all(|name| folder.join(name).is_file()),
        "all are in {folder:?}"
    );
    assert_eq!(folder_in(&second), folder);
    assert_eq!(machine.built(), BINARIES);
    assert!(
        machine.told("first").contains("[4/4] kubectl … "),
        "progress is shown"
    );
    assert_eq!(machine.told("second"), "", "nothing to tell");
}

#[tokio::test]
async fn of_two_at_once_one_builds_and_the_other_waits_for_it() {
    let machine = Machine::with_go("go1.26.0");
    machine.write("hold", "");
    let first = machine.get("first").spawn().unwrap();
    let second = machine.get("second").spawn().unwrap();
    eventually("one of them waits for the other", LIMIT, async || {
        let told = format!("{}{}", machine.told("first"), machine.told("second"));
        if told.contains("another build is running; waiting for it") {
            Ok(())
        } else {
            Err(told)
        }
    })
    .await;

    fs::remove_file(machine.path("hold")).unwrap();
    let (first, second) = (
        first.wait_with_output().unwrap(),
        second.wait_with_output().unwrap(),
    );

    assert_eq!(folder_in(&first), folder_in(&second));
    assert_eq!(machine.built(), BINARIES, "each is built once");
}

#[test]
fn a_build_that_failed_says_what_the_compiler_said_and_is_taken_up_where_it_ended() {
    let machine = Machine::with_go("go1.26.0");
    machine.write("broken", "kube-controller-manager");

    let first = machine.get("first").output().unwrap();
    fs::remove_file(machine.path("broken")).unwrap();
    let second = machine.get("second").output().unwrap();

    assert_eq!(first.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&first.stdout),
        "",
        "no folder that is not whole"
    );
    let told = machine.told("first");
    for part in [
        "  | a word of the compiler",
        "building kube-controller-manager failed",
        "KUBEBUILDER_ASSETS",
    ] {
        assert!(told.contains(part), "{part:?} is told: {told}");
    }
    folder_in(&second);
    let again = [
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-controller-manager",
        "kubectl",
    ];
    assert_eq!(machine.built(), again, "the first two are kept");
}

#[test]
fn a_missing_or_too_old_go_is_told_with_the_ways_out() {
    let cases = [
        ("none", Machine::without_go(), "Go is not installed"),
        (
            "before it could fetch a newer one",
            Machine::with_go("go1.20.14"),
            "is needed to build the binaries, found: 1.20.14",
        ),
        ("a minor version short", Machine::with_go("go1.9"), "found: 1.9"),
    ];
    for (case, machine, wanted) in cases {
        let output = machine.get("errors").output().unwrap();

        assert_eq!(output.status.code(), Some(1), "{case}");
        let told = machine.told("errors");
        assert!(
            told.contains(wanted) && told.contains("https://go.dev/dl/"),
            "{case}: {told}"
        );
        assert!(told.contains("KUBEBUILDER_ASSETS"), "{case}: {told}");
        assert_eq!(machine.built(), Vec::<String>::new(), "{case}");
    }
}

#[test]
fn given_binaries_are_taken_and_an_incomplete_set_is_refused_by_name() {
    let machine = Machine::without_go();
    let assets = machine.path("assets");
    fs::create_dir(&assets).unwrap();
    let put = |name: &str| {
        fs::write(assets.join(name), "").unwrap();
        fs::set_permissions(assets.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    ["etcd", "kube-apiserver", "kubectl"].into_iter().for_each(put);

    let incomplete = machine
        .get("incomplete")
        .env("KUBEBUILDER_ASSETS", &assets)
        .output()
        .unwrap();
    put("kube-controller-manager");
    let complete = machine
        .get("complete")
        .env("KUBEBUILDER_ASSETS", &assets)
        .output()
        .unwrap();

    assert_eq!(incomplete.status.code(), Some(1));
    let told = machine.told("incomplete");
    assert!(told.contains("which lacks: kube-controller-manager"), "{told}");
    assert_eq!(folder_in(&complete), assets);
}
