//! The guard on any bytes, with the contracts as they are served: it answers, whatever comes.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

use kopilka::soap::{contract::Contract, envelope::SoapVersion, fault::{self, FaultKind}, guard::{Admitted, Rejected, admit, read_document}};
use kopilka::config::XmlLimits;

static POS: LazyLock<Contract> = LazyLock::new(|| contract(include_str!("../../wsdl/pos_1.wsdl")));
static OFFICE: LazyLock<Contract> = LazyLock::new(|| contract(include_str!("../../wsdl/office_1.wsdl")));

fn contract(wsdl: &str) -> Contract {
    Contract::parse(wsdl).expect("a contract of ours is read")
}

fuzz_target!(|body: &[u8]| {
    for hint in [None, Some("windows-1251")] {
        let answer = admit(body, hint, &POS, &XmlLimits::default());
        // What is no operation of the tills' service may be one of the office's.
        if answer.as_ref().is_err_and(|rejected| rejected.fault == FaultKind::UnknownOperation) {
            check(body, hint, &OFFICE, admit(body, hint, &OFFICE, &XmlLimits::default()));
        }
        check(body, hint, &POS, answer);
    }
});

fn check(body: &[u8], hint: Option<&str>, contract: &Contract, answer: Result<Admitted, Rejected>) {
    match answer {
        Ok(admitted) => {
            assert!(read_document(body, hint, &XmlLimits::default()).is_ok(), "admitted, though it is not XML");
            let again = admit(&enveloped(contract, &admitted), None, contract, &XmlLimits::default());
            let again = again.expect("the canonical form is itself admitted");
            assert_eq!(again.canonical, admitted.canonical, "the canonical form has another canonical form");
        }
        Err(rejected) => {
            let fault = fault_bytes(contract, &rejected);
            assert!(read_document(&fault, None, &XmlLimits::default()).is_ok(), "the fault is not XML");
        }
    }
}

fn enveloped(contract: &Contract, admitted: &Admitted) -> Vec<u8> {
    let start = format!("<{}", admitted.operation);
    let qualified = admitted.canonical.replacen(&start, &format!("{start} xmlns=\"{}\"", contract.namespace()), 1);
    let soap = SoapVersion::V11.namespace();
    format!("<s:Envelope xmlns:s=\"{soap}\"><s:Body>{qualified}</s:Body></s:Envelope>").into_bytes()
}

fn fault_bytes(contract: &Contract, rejected: &Rejected) -> Vec<u8> {
    let (version, kind, what) = (rejected.version, rejected.fault, rejected.to_string());
    fault::render(version, contract.namespace(), kind, &what, "r-1", &rejected.not_understood)
}
