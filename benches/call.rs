//! What a call costs before and after its decision: the guard, decoding, encoding, the calculation of a receipt.
//!
//! `cargo bench --bench call` (criterion: `-- --help`). Each message is taken as a till sends or gets it; decoding and encoding
//! are measured both ways that there are (src/soap/codec.rs): directly, and by yaserde.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark reports to a person and may stop where it stands")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use kopilka::{
    config::XmlLimits,
    domain::{
        money::{Kopecks, Points, Quantity, Rounding},
        receipt::{EarnRule, Line, SpendRule, Spending, calculate, check},
    },
    soap::{
        codec::{self, mapper},
        endpoint::services,
        guard::admit,
        messages::{
            pos_1,
            values::{Hundredths, Thousandths},
        },
    },
};

/// Lines of a receipt: none stands for a call that has no receipt, a balance.
const LINES: [u32; 3] = [0, 3, 10];

fn envelope(lines: u32) -> String {
    let payload = if lines == 0 {
        "<m:GetBalance><m:identifier>7000000101</m:identifier></m:GetBalance>".to_owned()
    } else {
        let line = |number: u32| {
            format!(
                "<m:line><m:number>{number}</m:number><m:goodsCode>00-0012{number:04}</m:goodsCode>\
                 <m:name>Молоко «Домик» 3,2 % 0,93 л</m:name><m:quantity>2</m:quantity><m:price>89.90</m:price>\
                 <m:sum>179.80</m:sum></m:line>"
            )
        };
        let lines: String = (1..=lines).map(line).collect();
        format!(
            "<m:RegisterReceipt><m:context><m:operationKey>0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0</m:operationKey>\
             <m:till>M1-01</m:till><m:cashier>Петрова</m:cashier><m:shift>1</m:shift>\
             <m:occurredAt>2026-11-22T12:00:00</m:occurredAt></m:context><m:receipt><m:till>M1-01</m:till><m:shift>1</m:shift>\
             <m:number>000123</m:number><m:at>2026-11-22T12:00:00</m:at><m:identifier>7000000101</m:identifier>\
             <m:lines>{lines}</m:lines></m:receipt><m:reservationId/><m:pointsToSpend>0</m:pointsToSpend></m:RegisterReceipt>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <soap:Header/><soap:Body>{}</soap:Body></soap:Envelope>",
        payload.replacen('>', " xmlns:m=\"urn:kopilka:ws:pos:1\">", 1)
    )
}

/// What a till is answered: a balance, or a receipt of so many lines.
fn quote(lines: u32) -> pos_1::QuoteResult {
    let line = |number: i32| pos_1::ResultLine {
        number,
        amount_due: Hundredths(17_980),
        points_to_earn: Hundredths(179),
        points_max: Hundredths(8_990),
        parts: pos_1::Parts {
            part: vec![pos_1::Part { quantity: Thousandths(2_000), price: Hundredths(8_990), sum: Hundredths(17_980) }],
        },
        rules: pos_1::Texts {
            text: vec!["Баллы начислены: 1 балл за каждые 100 руб.".to_owned()]
        },
        ..pos_1::ResultLine::default()
    };
    pos_1::QuoteResult {
        code: "OK".to_owned(),
        message: "Рассчитано.".to_owned(),
        quote_id: Some("0011223344556677".to_owned()),
        lines: pos_1::ResultLines { line: (1..=i32::try_from(lines).unwrap()).map(line).collect() },
        amount_due: Some(Hundredths(17_980)),
        ..pos_1::QuoteResult::default()
    }
}

fn wire(criterion: &mut Criterion) {
    let service = services().unwrap().into_iter().find(|service| service.path == "pos_1").unwrap();
    let limits = XmlLimits::default();
    let mut group = criterion.benchmark_group("request");
    for lines in LINES {
        let envelope = envelope(lines);
        group.throughput(Throughput::Bytes(u64::try_from(envelope.len()).unwrap()));
        group.bench_function(BenchmarkId::new("guard", lines), |bencher| {
            bencher.iter(|| admit(black_box(envelope.as_bytes()), Some("utf-8"), &service.contract, &limits).unwrap());
        });
        let text = admit(envelope.as_bytes(), None, &service.contract, &limits).unwrap().canonical;
        if lines == 0 {
            group.bench_function("decode directly/0", |bencher| {
                bencher.iter(|| codec::decode::<pos_1::GetBalance>(black_box(&text)).unwrap());
            });
            group.bench_function("decode by yaserde/0", |bencher| {
                bencher.iter(|| mapper::decode::<pos_1::GetBalance>(black_box(&text)).unwrap());
            });
            continue;
        }
        group.bench_function(BenchmarkId::new("decode directly", lines), |bencher| {
            bencher.iter(|| codec::decode::<pos_1::RegisterReceipt>(black_box(&text)).unwrap());
        });
        group.bench_function(BenchmarkId::new("decode by yaserde", lines), |bencher| {
            bencher.iter(|| mapper::decode::<pos_1::RegisterReceipt>(black_box(&text)).unwrap());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("answer");
    for lines in LINES {
        let answer = quote(lines);
        group.bench_function(BenchmarkId::new("encode directly", lines), |bencher| {
            bencher.iter(|| codec::encode_return(black_box(&answer)).unwrap());
        });
        group.bench_function(BenchmarkId::new("encode by yaserde", lines), |bencher| {
            bencher.iter(|| mapper::encode(black_box(&answer), "m:", Some("return")).unwrap());
        });
    }
    group.finish();
}

fn calculation(criterion: &mut Criterion) {
    let earn = EarnRule { points: Points(100), step: Kopecks(10_000), unit: Points(1), rounding: Rounding::Down };
    let spend = SpendRule { share_max_hundredths_of_percent: 5_000, unit: Points(1) };
    let spending = Spending { available: Points(100_000), wanted: Points(50_000) };
    let mut group = criterion.benchmark_group("calculation");
    for count in [3, 10, 100] {
        let lines: Vec<Line> = (1..=count)
            .map(|number| Line {
                number,
                goods_code: format!("00-{number}"),
                name: Some("Молоко".to_owned()),
                group: None,
                brand: None,
                quantity: Quantity(2_000),
                price: Kopecks(8_990),
                sum: Kopecks(17_980),
                discount_granted: Kopecks::ZERO,
                minimum_price: None,
                no_earn: false,
                no_spend: false,
                weighed: false,
                delivery: false,
                gift_of: None,
            })
            .collect();
        group.bench_function(BenchmarkId::new("check and calculate", count), |bencher| {
            bencher.iter(|| {
                check(black_box(&lines)).unwrap();
                calculate(black_box(&lines), &[], Some(&earn), Some(&spend), spending)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, wire, calculation);
criterion_main!(benches);
