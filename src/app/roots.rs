//! Roots of another gateway's database: taken by POST to `/roots` from who knows the secret, and kept in a file on this machine, where
//! the administrators of that database cannot write. `verify --roots-file` reads the file.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    net::IpAddr,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::NaiveDateTime;

use crate::{
    app::error::AppError,
    config::SealsConfig,
    http::{Answer, Site, SiteMethod, SiteMethods, SiteRequest},
    secret::Secret,
};

/// The path that takes roots.
pub(super) const PATH: &str = "/roots";
/// The most bytes of the file: a hundred years of a root an hour.
const FILE_BYTES_MAX: u64 = 96 * 1_024 * 1_024;
/// The most bytes of one request: the hundred roots that a gateway keeps for an address that does not answer.
const BODY_BYTES_MAX: usize = 16 * 1_024;
/// The length of a time as roots have it: `2026-11-30T14:00:00Z`.
const TIME_CHARACTERS: usize = 20;
/// How long the gateway before this one may take to let go of the file, and the pause between two tries.
const LOCK_WAIT_MAX: Duration = Duration::from_millis(500);
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// The pause between two log lines of wrong secrets.
const WRONG_TOLD_EVERY: Duration = Duration::from_secs(1);
const TEXT: &str = "text/plain; charset=utf-8";

/// A root as a line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Root {
    number: i64,
    line: String,
}

impl Root {
    /// A line of a number from 1, a time and 64 hexadecimal digits, each after one blank.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (number, time, digest, end) = (words.next()?, words.next()?, words.next()?, words.next());
        let is_digits = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_time = time.len() == TIME_CHARACTERS
            && time.bytes().zip(b"0000-00-00T00:00:00Z").all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                like => byte == *like,
            });
        // No 45th day of a 13th month.
        let is_time = is_time && NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%SZ").is_ok();
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number: i64 = number.parse().ok().filter(|_| is_digits)?;
        (end.is_none() && is_time && is_digest).then(|| Self { number, line: line.to_owned() })
    }
}

/// Why roots were not taken.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// One of them has the number of another, or is older than the last that is kept and nothing says that it stood before it.
    Contradicts(String),
    /// The file has its full size.
    Full,
    /// The disk.
    Disk(String),
}

/// The file, and what is in it.
#[derive(Debug)]
struct Kept {
    file: File,
    bytes: u64,
    lines: BTreeMap<i64, String>,
}

impl Kept {
    /// Opens the file and reads what is in it. A line that was not written to its end was never acknowledged: it is cut off.
    fn open(path: &PathBuf) -> Result<Self, String> {
        let say = |error: std::io::Error| error.to_string();
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(say)?;
        // A gateway that has just ended may still hold it for a moment.
        let end = Instant::now() + LOCK_WAIT_MAX;
        while file.try_lock().is_err() {
            if Instant::now() >= end {
                return Err("another gateway keeps roots in it".to_owned());
            }
            std::thread::sleep(LOCK_PAUSE);
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(say)?;
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let bytes = u64::try_from(whole).unwrap_or(u64::MAX);
        if whole < text.len() {
            file.set_len(bytes).map_err(say)?;
        }
        let mut lines = BTreeMap::new();
        for line in text.get(..whole).unwrap_or_default().lines() {
            let root = Root::parse(line).ok_or_else(|| format!("«{line}» is no root"))?;
            lines.insert(root.number, root.line);
        }
        Ok(Self { file, bytes, lines })
    }

    /// Keeps roots that are new; those that are kept already are taken again. One that is older than the last and not kept is late: it is
    /// taken only before a later one of the same request that is kept, since that one stands for it. They are on the disk when this
    /// returns.
    fn take(&mut self, roots: Vec<Root>) -> Result<usize, Refused> {
        let mut new: BTreeMap<i64, String> = BTreeMap::new();
        let mut known_up_to = 0;
        for root in roots {
            match self.lines.get(&root.number).or_else(|| new.get(&root.number)) {
                Some(known) if *known != root.line => {
                    return Err(Refused::Contradicts(format!("«{}» is kept, «{}» came", known, root.line)));
                }
                Some(_) if self.lines.contains_key(&root.number) => known_up_to = root.number.max(known_up_to),
                Some(_) => {}
                None => {
                    new.insert(root.number, root.line);
                }
            }
        }
        let last = self.lines.last_key_value().map_or(0, |(number, _)| *number);
        if let Some((_, line)) = new.range(known_up_to..last).next() {
            return Err(Refused::Contradicts(format!("number {last} is kept, «{line}» came")));
        }
        if new.is_empty() {
            return Ok(0);
        }
        let text: String = new.values().flat_map(|line| [line.as_str(), "\n"]).collect();
        let bytes = self.bytes.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
        if bytes > FILE_BYTES_MAX {
            return Err(Refused::Full);
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // What may stand there in part was not acknowledged.
            let _ = self.file.set_len(self.bytes);
            return Err(Refused::Disk(error.to_string()));
        }
        let count = new.len();
        self.bytes = bytes;
        self.lines.append(&mut new);
        Ok(count)
    }
}

/// Whether the file can be used. Writes nothing: one that is not there yet needs a folder.
///
/// # Errors
/// It holds something else, or cannot be.
pub(super) fn check(config: &SealsConfig) -> Result<(), AppError> {
    let Some(path) = &config.receive_file else { return Ok(()) };
    let failed = |problem: String| AppError::RootsFile { path: path.display().to_string(), problem };
    match std::fs::read_to_string(path) {
        Ok(text) => match text.lines().find(|line| Root::parse(line).is_none()) {
            // The last line may be broken off.
            Some(line) if !text.ends_with(line) => Err(failed(format!("«{line}» is no root"))),
            Some(_) | None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            match folder.filter(|folder| !folder.is_dir()) {
                Some(folder) => Err(failed(format!("there is no folder {}", folder.display()))),
                None => Ok(()),
            }
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The site that takes roots.
pub(super) struct Roots {
    secret: Secret,
    path: PathBuf,
    kept: Arc<Mutex<Kept>>,
    wrong: Wrong,
}

/// Wrong secrets: logged once in a while, with how many there were, so that who sends them does not fill the log.
#[derive(Debug, Default)]
struct Wrong(Mutex<(Option<Instant>, u64)>);

impl Wrong {
    /// Counts one; logs and answers how many there were since the last line, if that is long enough ago.
    fn tell(&self, peer: IpAddr) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, count) = &mut *state;
        *count = count.saturating_add(1);
        if told.is_some_and(|told| told.elapsed() < WRONG_TOLD_EVERY) {
            return None;
        }
        *told = Some(Instant::now());
        let count = std::mem::take(count);
        tracing::warn!(%peer, count, "roots were sent without the right secret");
        Some(count)
    }
}

impl Roots {
    /// Opens the file, where the configuration names one.
    ///
    /// # Errors
    /// It cannot be written, or it holds something else.
    pub(super) fn open(config: &SealsConfig) -> Result<Option<Self>, AppError> {
        let (Some(path), Some(secret)) = (&config.receive_file, &config.receive_secret) else { return Ok(None) };
        let failed = |problem| AppError::RootsFile { path: path.display().to_string(), problem };
        let kept = Arc::new(Mutex::new(Kept::open(path).map_err(failed)?));
        Ok(Some(Self { secret: secret.clone(), path: path.clone(), kept, wrong: Wrong::default() }))
    }

    async fn taken(&self, request: SiteRequest) -> Answer {
        // The scheme's name has no case (RFC 9110, 11.1).
        let credentials = request.header("authorization").and_then(|value| value.split_once(' '));
        let bearer = credentials.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, secret)| secret);
        if bearer.is_none_or(|secret| Secret::new(secret) != self.secret) {
            self.wrong.tell(request.peer);
            let mut answer = Answer::new(401, TEXT, "Нужен секрет: Authorization: Bearer.\n");
            answer.headers.push(("WWW-Authenticate", "Bearer".to_owned()));
            return answer;
        }
        if request.body.len() > BODY_BYTES_MAX {
            return Answer::new(413, TEXT, "Слишком много строк. Передайте их несколькими запросами.\n");
        }
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let roots: Option<Vec<Root>> =
            text.lines().filter(|line| !line.is_empty()).map(|line| Root::parse(line.trim_end())).collect();
        let Some(roots) = roots.filter(|roots| !roots.is_empty()) else {
            return Answer::new(400, TEXT, "Нужны строки: номер печати, время и 64 шестнадцатеричные цифры.\n");
        };
        let kept = Arc::clone(&self.kept);
        let done = tokio::task::spawn_blocking(move || kept.lock().unwrap_or_else(PoisonError::into_inner).take(roots));
        match done.await {
            Ok(Ok(_)) => Answer::new(204, TEXT, ""),
            Ok(Err(Refused::Contradicts(what))) => {
                tracing::error!(
                    peer = %request.peer, file = %self.path.display(), %what,
                    "a root came that contradicts one that is kept: the sender's database was put back, or rewritten"
                );
                Answer::new(409, TEXT, "Корень противоречит уже сохранённому.\n")
            }
            Ok(Err(Refused::Full)) => {
                tracing::error!(file = %self.path.display(), "the file of roots has its full size: put it aside");
                Answer::new(507, TEXT, "Файл корней заполнен.\n")
            }
            Ok(Err(Refused::Disk(error))) => {
                tracing::error!(file = %self.path.display(), %error, "a root could not be written down");
                Answer::new(500, TEXT, "Корень не записан. Повторите запрос.\n")
            }
            Err(_) => Answer::new(500, TEXT, "Корень не записан. Повторите запрос.\n"),
        }
    }
}

impl Site for Roots {
    fn methods(&self, path: &str) -> SiteMethods {
        if path == PATH { SiteMethods::Send } else { SiteMethods::None }
    }

    fn answer<'a>(&'a self, request: SiteRequest) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(async move {
            if request.method == SiteMethod::Post {
                self.taken(request).await
            } else {
                Answer::new(404, TEXT, "Страница не найдена.\n")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: i64, digit: &str) -> String {
        format!("{number} 2026-11-30T14:00:00Z {}", digit.repeat(64))
    }

    fn roots(lines: &[String]) -> Vec<Root> {
        lines.iter().map(|line| Root::parse(line).unwrap()).collect()
    }

    fn file(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("kopilka-roots-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    #[test]
    fn a_line_is_a_root_or_none() {
        assert_eq!(Root::parse(&line(12, "a")).unwrap().number, 12);
        let right = line(7, "0");
        for wrong in [
            String::new(),
            line(0, "0"),
            format!("-{right}"),
            format!("0{right}"),
            format!(" {right}"),
            format!("{right} x"),
            right.replace('Z', "z"),
            right.replacen("-11-", "-13-", 1),
            right.replace("00000", "0000G"),
            right.replacen("7 ", "7  ", 1),
            line(7, "A"),
            right.replacen('7', "99999999999999999999", 1),
        ] {
            assert_eq!(Root::parse(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn wrong_secrets_do_not_fill_the_log() {
        let (wrong, peer) = (Wrong::default(), IpAddr::from([127, 0, 0, 1]));
        assert_eq!(wrong.tell(peer), Some(1));
        assert!((0..100).all(|_| wrong.tell(peer).is_none()));
        wrong.0.lock().unwrap().0 = Instant::now().checked_sub(WRONG_TOLD_EVERY);
        assert_eq!(wrong.tell(peer), Some(101));
    }

    #[test]
    fn numbers_only_grow_and_a_repeat_is_taken_again() {
        let path = file("grow");
        let mut kept = Kept::open(&path).unwrap();
        assert_eq!(kept.take(roots(&[line(1, "a"), line(3, "b")])), Ok(2));
        assert_eq!(kept.take(roots(&[line(1, "a"), line(3, "b"), line(4, "c")])), Ok(1));
        assert_eq!(kept.take(roots(&[line(4, "c")])), Ok(0));
        for wrong in [line(3, "c"), line(2, "b"), line(4, "d")] {
            assert!(matches!(kept.take(roots(&[wrong])), Err(Refused::Contradicts(_))));
        }
        // One that is late comes with a later one that is kept; a greater one that is new says nothing of it.
        assert!(matches!(kept.take(roots(&[line(2, "b"), line(5, "e")])), Err(Refused::Contradicts(_))));
        assert!(matches!(kept.take(roots(&[line(1, "a"), line(2, "b")])), Err(Refused::Contradicts(_))));
        assert_eq!(kept.take(roots(&[line(2, "b"), line(3, "b")])), Ok(1));
        assert!(matches!(kept.take(roots(&[line(2, "c"), line(3, "b")])), Err(Refused::Contradicts(_))));
        // All of a request or nothing.
        assert!(matches!(kept.take(roots(&[line(5, "e"), line(2, "c")])), Err(Refused::Contradicts(_))));
        assert!(matches!(kept.take(roots(&[line(5, "e"), line(5, "f")])), Err(Refused::Contradicts(_))));
        assert!(Kept::open(&path).unwrap_err().contains("another gateway"));
        drop(kept);
        // A line that was broken off was never acknowledged.
        let whole = std::fs::read_to_string(&path).unwrap();
        assert_eq!(whole, [line(1, "a"), line(3, "b"), line(4, "c"), line(2, "b"), String::new()].join("\n"));
        std::fs::write(&path, format!("{whole}5 2026-11")).unwrap();
        let mut kept = Kept::open(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
        assert_eq!(kept.take(roots(&[line(5, "e")])), Ok(1));
        kept.bytes = FILE_BYTES_MAX - 10;
        assert_eq!(kept.take(roots(&[line(6, "e")])), Err(Refused::Full));
        drop(kept);
        std::fs::write(&path, "what is this\n").unwrap();
        assert!(Kept::open(&path).unwrap_err().contains("is no root"));
        std::fs::remove_file(&path).unwrap();
    }
}
