//! `serve`: runs the gateway until a signal stops it.

use std::{path::Path, process::ExitCode, time::Duration};

use crate::{
    app::{AppError, DEMO_LOGINS, DatabaseState, Gateway, Parts},
    cli::{failure::Failure, first_steps, ready::not_ready},
    config::Config,
    telemetry,
};

/// How long blocked threads may delay the exit.
const RUNTIME_END_MAX: Duration = Duration::from_millis(400);
/// Threads of the runtime, however few processors there are.
const THREADS_MIN: usize = 2;

/// Runs the gateway; `options` are those by which other commands work on the same database, `file` where the settings stand.
pub(super) fn serve(config: &Config, demo: bool, options: &str, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let _log = telemetry::init(config.log.format, config.log.level)?;
    // One may be reading from the embedded database; the other goes on.
    let threads = std::thread::available_parallelism().map_or(THREADS_MIN, |threads| threads.get().max(THREADS_MIN));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let result = runtime.block_on(async {
        let shutdown = shutdown();
        let started = Gateway::start(config, Parts { demo, ..Parts::default() }).await;
        let gateway = started.map_err(|error| {
            if let AppError::NotReady(problems) = &error { not_ready(problems, file) } else { error.into() }
        })?;
        let address = gateway.address();
        let scheme = if config.server.tls.certificate_file.is_some() { "https" } else { "http" };
        println!(
            "Kopilka {} listens on {scheme}://{address}/ (database {})",
            env!("CARGO_PKG_VERSION"),
            config.database.url
        );
        if demo {
            println!("Demo logins, login / password:");
            for (login, password, who) in DEMO_LOGINS {
                println!("  {login} / {password}: {who}");
            }
            println!("WSDL: {scheme}://{address}/ws/pos_1?wsdl");
        } else {
            match gateway.found() {
                DatabaseState::Absent => println!("{}", first_steps::made(config)),
                DatabaseState::Older { from, to, migrations } => {
                    println!("The database's schema was upgraded from {from} to {to} ({migrations} migrations).");
                }
                DatabaseState::Current { .. } => {}
            }
            if !gateway.has_partners() {
                let program = std::env::args().next().unwrap_or_else(|| "kopilka".into());
                println!("{}", first_steps::commands(&program, options));
            }
        }
        gateway.run_until(shutdown).await?;
        println!("Kopilka has stopped.");
        Ok(ExitCode::SUCCESS)
    });
    // Threads that wait for an unresponsive database must not delay the exit.
    runtime.shutdown_timeout(RUNTIME_END_MAX);
    result
}

/// Completes at Ctrl-C or SIGTERM. Signals are caught from the call on, not from the first poll: a service manager may
/// stop the gateway as soon as it listens.
#[cfg(unix)]
fn shutdown() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let caught =
        signal(SignalKind::terminate()).and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    async move {
        match caught {
            Ok((mut terminate, mut interrupt)) => tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            },
            // Without signals the process is killed, which is safe.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Until Ctrl-C.
#[cfg(not(unix))]
async fn shutdown() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
