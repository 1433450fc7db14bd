//! Partners, networks, stores, tills and logins from the command line, without a line of SOAP.

use super::*;

on_both_databases! {
    places_are_added_renamed_closed_and_shown
    a_login_that_is_closed_at_the_command_line_is_shut_on_a_running_gateway
}

fn places_are_added_renamed_closed_and_shown(backend: Backend) {
    let program = Program::on(backend).with("KOPILKA_PASSWORD", TILL_PASSWORD);
    program.run("migrate").ends(0);
    program.run("partner add --code roga --name Рога --programme bonus --store M1=Первый").ends(0);
    program.run("network add --partner roga --code online --name Интернет").ends(0).says("kopilka store add");
    program.run("network add --partner roga --code online --name Интернет").ends(1).says("«online» уже есть");
    // With two networks one must be named.
    let store = "store add --partner roga --code M2 --name Второй";
    program.run(store).ends(1).says("Укажите код сети");
    program.run(&format!("{store} --network roga --utc-offset-minutes 360")).ends(0).says("kopilka till add");
    program.run("store rename --partner roga --network roga M2 --name Омск").ends(0).says("Омск").says("UTC+06:00");
    program.run("store rename --partner roga --network roga M9 --name Омск").ends(1).says("M9");
    program.run("till add --partner roga --store M1 --till M1-01 --login kassa").ends(0);
    program.run("login add --partner roga --login filial --role partner_office").ends(0);
    program.run("till rename --partner roga --network roga M1-01 --name Главная --store M2").ends(0).says("Главная");
    program.run("till rename --partner roga --network roga M1-02 --name Главная").ends(1).says("M1-02");
    let tills = program.run("till list --partner roga").ends(0);
    assert!(tills.out.contains("M1-01") && tills.out.contains("Главная"), "{tills:?}");
    let shown = program.run("partner show roga").ends(0);
    for word in ["«Рога»", "«Интернет»", "«Омск»", "Касса M1-01", "kassa", "filial", "partner_office"]
    {
        assert!(shown.out.contains(word), "nothing of {word}: {shown:?}");
    }
    assert!(!shown.out.contains("argon2"), "{shown:?}");
    program.run("network show --partner roga online").ends(0).says("Интернет");
    program.run("store show --partner roga --network roga M2").ends(0).says("Касса M1-01");
    program.run("till show --partner roga --network roga M1-01").ends(0).says("kassa");
    program.run("login show kassa").ends(0).says("M1-01");
    program.run("login show nobody").ends(1).says("nobody");
    for command in [
        "partner disable roga",
        "network disable --partner roga online",
        "till disable --partner roga --network roga M1-01",
    ] {
        program.run(command).ends(0).says("закрыт");
        program.run(&command.replace("disable", "enable")).ends(0).says("снова открыт");
    }
    program.run("store disable --partner roga --network roga M1").ends(0).says("закрыт");
    assert!(program.run("store list --partner roga").ends(0).out.contains("да"));
    program.run("till password --partner roga --network roga M1-01").ends(0).says("сменён");
    program.run("till password --partner roga --network roga M1-01 --login filial").ends(1).says("нет такого");
    program.run("login password filial").ends(0).says("сменён");
    program.run("login disable filial").ends(0).says("закрыт");
    assert!(program.run("login list --partner roga").ends(0).out.contains("да"));
    program.run("login enable filial").ends(0).says("открыт");
    program.run("login disable nobody").ends(1).says("nobody");
    for command in ["partner show nobody", "network list --partner nobody", "partner rename nobody --name К"] {
        program.run(command).ends(1).says("nobody");
    }
    program.run("partner rename roga").ends(2).says("--name");
    program.run("partner list").ends(0).says("bonus");
    program.run("history --kind store").ends(0).says("закрыт");
    program.run("verify").ends(0).says(" 0 findings.");
}

fn a_login_that_is_closed_at_the_command_line_is_shut_on_a_running_gateway(backend: Backend) {
    let program = Program::on(backend);
    let gateway = program.serve("--demo");
    let url = format!("{}/ws/pos_1", gateway.base);
    let client = Client::new(&gateway.base, "kassa", "kassa");
    let ping = || client.post_blocking(&url, &envelope(POS, "Ping", ""));
    assert_eq!(ping().status, 200);
    program.run("login disable kassa").ends(0);
    // The gateway looks by itself: nobody else calls it.
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(ping().status, 401);
    gateway.stop().ends(0);
    program.run("verify").ends(0).says(" 0 findings.");
}
