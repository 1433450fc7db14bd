//! What the guard does to documents that are made to be expensive: refused at once, or read in linear time.
//!
//! `cargo bench --bench guard` prints a line a case: the time, the goal, whether it is met; it ends with 1 when one is
//! not. A document that no limit may read is refused in at most 5 ms. Any other is read whole, here with the limits
//! out of the way, and twice as much of it takes at most 2.6 times as long. On Linux that is processor time, so that
//! the figures also hold on a busy machine; elsewhere it is time on the clock.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::as_conversions,
    missing_docs,
    reason = "a benchmark reports to a person and may stop where it stands"
)]

use std::{
    fs,
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

use kopilka::{
    config::XmlLimits,
    soap::{fault::FaultKind, guard::read_document},
};

/// In how long a document over the limits is refused.
const REFUSED_MAX: Duration = Duration::from_millis(5);

/// How much longer twice as much may take.
const TWICE_MAX: f64 = 2.6;

/// A refusal's time is the shortest of so many: what else the machine does only ever adds.
const ROUNDS: usize = 15;

/// Each reading is repeated for so long: the system counts processor time in steps of some milliseconds.
const MEASURED: Duration = Duration::from_millis(200);

/// In so many turns, so that a slow moment of the machine meets both documents.
const TURNS: u32 = 4;

/// Limits on attributes and namespaces stay as they are: without them those are quadratic, and that is what they are for.
fn wide() -> XmlLimits {
    let usual = XmlLimits::default();
    XmlLimits {
        depth_max: usize::MAX,
        elements_max: usize::MAX,
        text_bytes_max: usize::MAX,
        attribute_bytes_max: usize::MAX,
        ..usual
    }
}

fn repeated(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

fn within_root(inside: &str) -> String {
    format!("<r>{inside}</r>")
}

/// As many whole pieces as `bytes` hold, in a root element.
fn filled(bytes: usize, piece: &str) -> String {
    within_root(&piece.repeat(bytes / piece.len()))
}

/// The processor time of this thread so far.
fn worked(since: Instant) -> Duration {
    let counted = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counted.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// The mean time of reading `document` over and over.
fn read_over(document: &str, limits: &XmlLimits) -> (Duration, bool) {
    let (clock, mut times, mut read) = (Instant::now(), 0_u32, true);
    let start = worked(clock);
    loop {
        read &= read_document(black_box(document.as_bytes()), None, limits).is_ok();
        times += 1;
        let took = worked(clock).saturating_sub(start);
        if took >= MEASURED / TURNS {
            return (took / times, read);
        }
    }
}

/// How long `document` takes, and how it ends.
fn timed(document: &str, limits: &XmlLimits) -> (Duration, Result<(), FaultKind>) {
    let start = Instant::now();
    let end = read_document(black_box(document.as_bytes()), None, limits);
    (start.elapsed(), end.map_err(|rejected| rejected.fault))
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

fn line(name: &str, figure: &str, goal: &str, met: bool) -> bool {
    println!("{name:<44} {figure:<44} {goal:<24} {}", if met { "met" } else { "NOT MET" });
    met
}

/// A document that goes over a limit, or is cut off.
fn refused(name: &str, document: &str) -> bool {
    let limits = XmlLimits::default();
    let (took, end) = (0..ROUNDS).map(|_| timed(document, &limits)).min_by_key(|(took, _)| *took).unwrap();
    let figure = format!("{:.3} ms for {} bytes", milliseconds(took), document.len());
    let refused = matches!(end, Err(FaultKind::LimitExceeded | FaultKind::MalformedXml));
    let met = refused && took <= REFUSED_MAX;
    line(name, &figure, "refused in ≤ 5 ms", met)
}

/// A document that is read, once with `n` of something and once with twice as many.
fn linear(name: &str, n: usize, document: impl Fn(usize) -> String) -> bool {
    let (limits, one, two) = (wide(), document(n), document(n * 2));
    let (mut once, mut twice, mut read) = (Duration::MAX, Duration::MAX, true);
    for _ in 0..TURNS {
        for (document, shortest) in [(&one, &mut once), (&two, &mut twice)] {
            let (took, well) = read_over(document, &limits);
            *shortest = took.min(*shortest);
            read &= well;
        }
    }
    let ratio = twice.as_secs_f64() / once.as_secs_f64();
    let figure = format!("{:.2} ms, {:.2} ms for 2n: × {ratio:.2}", milliseconds(once), milliseconds(twice));
    line(name, &figure, "read, 2n ≤ 2.6 × n", read && ratio <= TWICE_MAX)
}

fn main() -> ExitCode {
    const MEGABYTE: usize = 1_000_000;
    let attributes = |count| repeated(count, |i| format!(" a{i}=\"v\""));
    let results = [
        refused("50 000 elements nested", &"<a>".repeat(50_000)),
        refused("40 000 attributes", &format!("<a{}/>", attributes(40_000))),
        refused("40 000 attributes, tag never closed", &format!("<a{}", attributes(40_000))),
        refused("10 000 nested namespace declarations", &repeated(10_000, |i| format!("<a xmlns:n{i}=\"urn:n\">"))),
        refused("one attribute of 1 MB", &format!("<a b=\"{}\"/>", "x".repeat(MEGABYTE))),
        refused("one text of 1 MB", &filled(MEGABYTE, "x")),
        linear("nesting without a limit, n = 50 000", 50_000, |n| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n))),
        linear("references to characters, n = 1 MB", MEGABYTE, |n| filled(n, "&#65;")),
        linear("references to entities, n = 1 MB", MEGABYTE, |n| filled(n, "&amp;")),
        linear("comments, n = 1 MB", MEGABYTE, |n| filled(n, "<!--x-->")),
        linear("one comment, n = 1 MB", MEGABYTE, |n| within_root(&format!("<!--{}-->", "- ".repeat(n / 2)))),
        linear("CDATA pieces, n = 1 MB", MEGABYTE, |n| filled(n, "<![CDATA[x]]>")),
        linear("one CDATA piece of brackets, n = 1 MB", MEGABYTE, |n| {
            within_root(&format!("<![CDATA[{}x]]>", "]".repeat(n)))
        }),
        linear("text of carriage returns, n = 1 MB", MEGABYTE, |n| filled(n, "\r")),
        linear("text of brackets, n = 1 MB", MEGABYTE, |n| filled(n, "]]")),
        linear("Cyrillic text, n = 1 MB", MEGABYTE, |n| filled(n, "ж")),
        linear("attributes, 64 an element, n = 1 MB", MEGABYTE, |n| {
            filled(n, &format!("<a{}/>", repeated(64, |i| format!(" a{i}=\"v\""))))
        }),
        linear("attributes of 64 prefixes, n = 1 MB", MEGABYTE, |n| {
            let declared = repeated(64, |i| format!(" xmlns:p{i}=\"urn:{i}\""));
            let used = repeated(64, |i| format!(" p{i}:a=\"v\""));
            let piece = format!("<a{used}/>");
            format!("<r{declared}>{}</r>", piece.repeat(n / piece.len()))
        }),
        linear("one attribute of references, n = 1 MB", MEGABYTE, |n| format!("<a b=\"{}\"/>", "&lt;".repeat(n / 4))),
        linear("white space in a tag, n = 1 MB", MEGABYTE, |n| format!("<a{}/>", " ".repeat(n))),
        linear("short elements, n = 1 MB", MEGABYTE, |n| filled(n, "<a/>")),
        linear("short elements with end tags, n = 1 MB", MEGABYTE, |n| filled(n, "<a></a>")),
        linear("one name, n = 1 MB", MEGABYTE, |n| format!("<{}/>", "a".repeat(n))),
    ];
    let missed = results.iter().filter(|met| !**met).count();
    println!("{} of {} goals are met", results.len() - missed, results.len());
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
