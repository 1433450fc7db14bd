//! A till's connection: one request's bytes out, one answer's bytes in, and a look at whether that is an answer.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const OK: &[u8] = b"<m:code>OK</m:code>";
const LENGTH: &[u8] = b"content-length:";

pub struct Wire {
    stream: TcpStream,
    /// What is sent: whoever calls writes it here.
    pub request: Vec<u8>,
    answer: Vec<u8>,
}

impl Wire {
    pub async fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream, request: Vec::with_capacity(8_192), answer: Vec::with_capacity(16_384) })
    }

    /// Sends what is in `request`; answers the body of an answer with code OK. Everything else is an error with its text.
    pub async fn call(&mut self) -> Result<&[u8], String> {
        let failed = |error: std::io::Error| format!("the connection failed: {error}");
        self.stream.write_all(&self.request).await.map_err(failed)?;
        self.answer.clear();
        let (head, length) = loop {
            if self.stream.read_buf(&mut self.answer).await.map_err(failed)? == 0 {
                return Err(format!("closed in the middle of an answer: {}", String::from_utf8_lossy(&self.answer)));
            }
            if let Some(end) = find(&self.answer, b"\r\n\r\n") {
                let length = content_length(&self.answer[..end]).ok_or("an answer without Content-Length")?;
                break (end + 4, length);
            }
        };
        while self.answer.len() < head + length {
            if self.stream.read_buf(&mut self.answer).await.map_err(failed)? == 0 {
                return Err("closed in the middle of a body".into());
            }
        }
        let body = &self.answer[head..];
        if body.len() != length || !self.answer.starts_with(b"HTTP/1.1 200 ") || find(body, OK).is_none() {
            return Err(format!(
                "asked: {}\nanswered: {}",
                String::from_utf8_lossy(&self.request),
                String::from_utf8_lossy(&self.answer)
            ));
        }
        Ok(body)
    }
}

/// The text of the first element of a name, with the prefix that the gateway gives all of them.
pub fn element<'a>(body: &'a [u8], open: &[u8]) -> Option<&'a str> {
    let from = find(body, open)? + open.len();
    let rest = &body[from..];
    let to = rest.iter().position(|byte| *byte == b'<')?;
    std::str::from_utf8(&rest[..to]).ok()
}

pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let mut from = 0;
    while let Some(at) = hay[from..].iter().position(|byte| byte == first) {
        let start = from + at;
        if hay[start + 1..].starts_with(rest) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

pub fn content_length(head: &[u8]) -> Option<usize> {
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.len() > LENGTH.len() && line[..LENGTH.len()].eq_ignore_ascii_case(LENGTH))?;
    std::str::from_utf8(&line[LENGTH.len()..]).ok()?.trim().parse().ok()
}
