//! R7: very many tills, one card, points for an exact number of redemptions.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    Outcome, Plan,
    ground::{
        Gateway, Ground,
        acknowledged::Log,
        books::{self, Totals, grouped},
        client::{Client, Tally, context, receipt, returned, sale},
        load::{self, PREFIX},
    },
};

const CARD: &str = "8000000000";
/// What every receipt comes to: too little to earn points, enough to spend one.
const ROUBLES: u64 = 10;

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let gateways: Vec<Gateway> = (0..ground.gateways()).map(|_| ground.gateway(&[])).collect();
    let addresses: Vec<_> = gateways.iter().map(|gateway| gateway.address).collect();
    let tally = Arc::new(Tally::default());
    let (clients, redemptions) = (plan.of(64, 500), plan.of(100, 1_000));
    load::prepare_card(&addresses, &tally, CARD, redemptions);
    let (before, log) = (Totals::read(&ground), Log::create(&ground.folder));
    let (done, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for number in 0..clients {
            let mut client = Client::new(&addresses, number, "demo", &tally);
            let (log, done, refused) = (&log, &done, &refused);
            scope.spawn(move || {
                for round in 0.. {
                    let (hold, name) = (format!("{PREFIX}h-{number}-{round}"), format!("{number}-{round}"));
                    let bought = receipt(&name, CARD, ROUBLES);
                    let reserve = format!("{}{bought}<points>1</points>", context(&hold));
                    let Some(held) = client.pos("ReservePoints", &reserve) else { return };
                    log.add("ReservePoints", &hold, held.code(), returned(&held));
                    if held.code() == "POINTS_NOT_ENOUGH" {
                        refused.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                    let (key, id) =
                        (format!("{PREFIX}s-{name}"), load::done(Some(held)).get("reservationId").to_owned());
                    let Some(sold) = client.pos("RegisterReceipt", &sale(&key, &bought, &id, "1")) else { return };
                    log.add("RegisterReceipt", &key, sold.code(), returned(&sold));
                    assert_eq!(load::done(Some(sold)).get("pointsSpent"), "1.00");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let [done, refused] = [done, refused].map(AtomicU64::into_inner);
    let mut outcome = Outcome::with_goal("exactly as many as there are points for; no fault but «send again»");
    outcome.tell(format!("clients {clients}, gateways {}, points for {}", gateways.len(), grouped(redemptions)));
    outcome.must(done == redemptions, format!("redeemed {}", grouped(done)));
    outcome.must(usize::try_from(refused).ok() == Some(clients), format!("refused {}", grouped(refused)));
    let left = before.owned - Totals::read(&ground).owned - i64::try_from(redemptions).unwrap() * 100;
    outcome.always(left == 0, format!("{left} hundredths of a point too many were spent"));
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}
