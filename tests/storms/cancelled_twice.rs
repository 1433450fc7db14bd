//! R6: each sale is cancelled twice at once, with two keys, over all gateways: one has an effect, the other says so.

use std::sync::{
    Arc, Barrier,
    atomic::{AtomicUsize, Ordering},
};

use crate::{
    Outcome, Plan,
    ground::{
        Gateway, Ground,
        books::{self, Totals, grouped},
        client::{Client, context, receipt, returned, sale},
        load::{self, PREFIX, Start},
    },
};

const PAIRS: usize = 8;

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let gateways: Vec<Gateway> = (0..ground.gateways()).map(|_| ground.gateway(&[])).collect();
    let addresses: Vec<_> = gateways.iter().map(|gateway| gateway.address).collect();
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let sales: usize = plan.of(200, 10_000);
    let (done, already, others) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let numbers: Vec<usize> = (0..sales).collect();
    std::thread::scope(|scope| {
        for part in numbers.chunks(sales.div_ceil(PAIRS)) {
            let meet = Arc::new((Barrier::new(2), std::sync::Mutex::new(String::new())));
            for side in 0..2 {
                let mut client = Client::new(&addresses, side, "demo", &tally);
                let (meet, log, done, already, others) = (Arc::clone(&meet), &log, &done, &already, &others);
                scope.spawn(move || {
                    for number in part {
                        if side == 0 {
                            let key = format!("{PREFIX}s-{number}");
                            let bought = receipt(&number.to_string(), &format!("80000000{:02}", number % 20), 1_000);
                            // Nothing here may panic: the other of the pair would wait for ever.
                            if let Some(sold) = client.pos("RegisterReceipt", &sale(&key, &bought, "", "0")) {
                                log.add("RegisterReceipt", &key, sold.code(), returned(&sold));
                                let id = sold.find("receiptId").unwrap_or("0");
                                id.clone_into(&mut meet.1.lock().unwrap());
                            }
                        }
                        meet.0.wait();
                        let id = meet.1.lock().unwrap().clone();
                        let key = format!("{PREFIX}x{side}-{number}");
                        let cancel = format!("{}<receiptId>{id}</receiptId><reason>ошибка</reason>", context(&key));
                        let reply = client.pos("CancelReceipt", &cancel);
                        if let Some(reply) = &reply {
                            log.add("CancelReceipt", &key, reply.code(), returned(reply));
                        }
                        let counter = match reply.as_ref().and_then(|reply| reply.find("code")) {
                            Some("OK") => done,
                            Some("RECEIPT_CANCELLED") => already,
                            _ => others,
                        };
                        counter.fetch_add(1, Ordering::Relaxed);
                        meet.0.wait();
                    }
                });
            }
        }
    });
    let mut outcome = Outcome::with_goal("as many OK as sales, as many «already cancelled»");
    let [done, already, others] = [done, already, others].map(AtomicUsize::into_inner);
    outcome.tell(format!("sales {}, gateways {}", grouped(sales), gateways.len()));
    outcome.must(done == sales, format!("OK {}", grouped(done)));
    outcome.must(already == sales, format!("already {}", grouped(already)));
    outcome.always(others == 0, format!("other answers {others}"));
    let cancelled = books::number(&ground, "SELECT COUNT(*) FROM receipts WHERE state = 'cancelled'");
    outcome.always(usize::try_from(cancelled).ok() == Some(sales), format!("cancelled in the database {cancelled}"));
    let owned = Totals::read(&ground).owned;
    outcome.always(owned == before.owned, format!("points {owned} instead of {}", before.owned));
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}
