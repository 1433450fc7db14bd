//! R5: the same request eight times at once, over all gateways: one effect, eight equal answers.

use std::sync::Barrier;

use crate::{
    Outcome, Plan,
    ground::{
        Gateway, Ground,
        acknowledged::digest,
        books::{self, Totals, grouped},
        client::{Client, receipt, returned, sale},
        load::{self, PREFIX, Start},
    },
    soap::Reply,
};

const AT_ONCE: usize = 8;
const GROUPS: usize = 8;

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let gateways: Vec<Gateway> = (0..ground.gateways()).map(|_| ground.gateway(&[])).collect();
    let addresses: Vec<_> = gateways.iter().map(|gateway| gateway.address).collect();
    let Start { tally, before, log } = load::start(&ground, &addresses);
    let keys: usize = plan.of(500, 10_000);
    // Made once: the eight must send the same bytes.
    let requests: Vec<(String, String)> = (0..keys)
        .map(|number| {
            let key = format!("{PREFIX}s-{number}");
            let bought = receipt(&number.to_string(), &format!("80000000{:02}", number % 20), 1_000);
            let arguments = sale(&key, &bought, "", "0");
            (key, arguments)
        })
        .collect();
    let groups: Vec<_> = requests.chunks(keys.div_ceil(GROUPS)).map(|part| (part, Barrier::new(AT_ONCE))).collect();
    let answers: Vec<Vec<Option<Reply>>> = std::thread::scope(|scope| {
        let (addresses, tally) = (&addresses, &tally);
        let threads: Vec<Vec<_>> = groups
            .iter()
            .map(|(part, barrier)| {
                let one = |number| {
                    let mut client = Client::new(addresses, number, "demo", tally);
                    let each = move |(_, arguments): &(String, String)| {
                        barrier.wait();
                        client.pos("RegisterReceipt", arguments)
                    };
                    scope.spawn(move || part.iter().map(each).collect::<Vec<_>>())
                };
                (0..AT_ONCE).map(one).collect()
            })
            .collect();
        let mut answers = Vec::new();
        for group in threads {
            let of_each: Vec<Vec<Option<Reply>>> = group.into_iter().map(|thread| thread.join().unwrap()).collect();
            let length = of_each[0].len();
            answers.extend((0..length).map(|key| of_each.iter().map(|list| list[key].clone()).collect()));
        }
        answers
    });
    let unequal = answers.iter().filter(|eight| eight.iter().any(|reply| *reply != eight[0])).count();
    for ((key, _), eight) in requests.iter().zip(&answers) {
        for reply in eight.iter().take(1).flatten() {
            log.add("RegisterReceipt", key, reply.code(), returned(reply));
        }
    }
    let distinct: std::collections::HashSet<String> =
        answers.iter().flatten().flatten().map(|reply| digest(&reply.body)).collect();
    let mut outcome = Outcome::with_goal("as many effects as keys, all answers of a key byte-equal");
    outcome.tell(format!("keys {}, gateways {}", grouped(keys), gateways.len()));
    outcome.must(unequal == 0, format!("keys with unequal answers {unequal}"));
    let effects = Totals::read(&ground).receipts - before.receipts;
    outcome.must(usize::try_from(effects).ok() == Some(keys), format!("effects {}", grouped(effects)));
    outcome.always(distinct.len() == keys, "two keys have one answer");
    books::check(&ground, before, &log, &addresses, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}
