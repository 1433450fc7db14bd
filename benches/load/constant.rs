//! The yardstick for everything above the database: hyper as the gateway has it, and always the same answer.

use std::{convert::Infallible, net::SocketAddr, path::Path};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// As the gateway's listener has it.
const HEAD_BYTES_MAX: usize = 32 * 1_024;

/// Serves until the process is ended.
pub fn serve(answer: &Path, address: SocketAddr) {
    let answer = Bytes::from(std::fs::read(answer).unwrap());
    // As `kopilka serve` builds it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.unwrap();
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let answer = answer.clone();
                    async move {
                        let _ = request.into_body().collect().await;
                        let response = Response::builder().header(CONTENT_TYPE, "text/xml; charset=utf-8");
                        Ok::<_, Infallible>(response.body(Full::new(answer)).unwrap())
                    }
                });
                let _ = http1::Builder::new()
                    .header_read_timeout(None)
                    .max_buf_size(HEAD_BYTES_MAX)
                    .title_case_headers(true)
                    .half_close(true)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
}
