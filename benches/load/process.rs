//! Processes of the benchmark's own, ended by their ids, and what the system says of them.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

/// Reads until the benchmark closes the pipe, or is no more; then ends the process.
const GUARD_SCRIPT: &str = r#"read -r _; kill -s KILL "$1" 2>/dev/null"#;
/// Linux counts a process's time in hundredths of a second, whatever the kernel's own clock.
const TICK: Duration = Duration::from_millis(10);
/// Ports that the system never lends to a client.
const PORTS: std::ops::Range<u16> = 20_100..32_000;

/// A child that ends when this is dropped, or when the benchmark is no more.
pub struct Process {
    child: Child,
    guard: Child,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // A group of its own: an interrupt from the keyboard must not end the one who cleans up.
        let guard = Command::new("sh")
            .args(["-c", GUARD_SCRIPT, "sh", &child.id().to_string()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh is on every Unix");
        Self { child, guard }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) {
        let _ = Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &self.pid().to_string()]).status();
        for _ in 0..1_500 {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The guard first: once the process was waited for, its number may be somebody else's.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free address of the loopback.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let span = PORTS.end - PORTS.start;
    let first = (std::process::id() % u32::from(span)) as u16;
    loop {
        let port = PORTS.start + (first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed))) % span;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        }
    }
}

/// The time that processors have spent on a process: all its threads, ended ones too.
pub fn cpu(pid: u32) -> Duration {
    ticks(pid).map_or(Duration::ZERO, |ticks| TICK * (ticks.own as u32))
}

/// The same of a process, of all that it has started, and of those among them that have ended.
pub fn cpu_with_children(pid: u32) -> Duration {
    let ended_and_own = ticks(pid).map_or(0, |ticks| ticks.own + ticks.ended_children);
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let children: u64 = numbers.filter_map(ticks).filter(|ticks| ticks.parent == pid).map(|ticks| ticks.own).sum();
    TICK * ((ended_and_own + children) as u32)
}

struct Ticks {
    parent: u32,
    own: u64,
    ended_children: u64,
}

/// Of `stat`, whose second word may hold spaces but ends with the last «)».
fn ticks(pid: u32) -> Option<Ticks> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let words: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    Some(Ticks { parent: number(1)? as u32, own: number(11)? + number(12)?, ended_children: number(13)? + number(14)? })
}

/// The memory of a process that is in the machine's own, in bytes: now, and at most so far.
pub fn memory(pid: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() * 1_024
    };
    (bytes("VmRSS:"), bytes("VmHWM:"))
}

/// What a process has written by its own calls, in bytes: its files, its log and its answers. The system's count of what went to
/// the disk (`write_bytes`) says several times as much where a file's memory is kept in large pieces: it counts those whole.
pub fn written(pid: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("wchar:"));
    line.and_then(|rest| rest.trim().parse().ok()).unwrap_or_default()
}
