//! TLS 1.2 and 1.3 from two PEM files, which are reloaded while the server runs.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
        version::{TLS12, TLS13},
    },
    server::TlsStream,
};

use crate::config::TlsConfig;

/// The only ALPN protocol.
const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// Why TLS cannot be offered with the configured files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Only one of the two files is configured.
    #[error("server.tls.certificate_file and server.tls.key_file go together: give both or neither")]
    Half,
    /// A file cannot be read.
    #[error("{key}: {} cannot be read: {source}", .path.display())]
    Unreadable {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file holds no certificate, or a broken one.
    #[error("server.tls.certificate_file: {} holds no certificate in PEM: {source}", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// The file holds no private key, or an encrypted one.
    #[error(
        "server.tls.key_file: {} holds no private key in PEM; one with a password must be decrypted first: {source}",
        .path.display()
    )]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// Certificate and key do not match, or their kind is not supported.
    #[error("server.tls: the certificate and the key cannot be used together: {0}")]
    Pair(#[source] rustls::Error),
}

/// The current TLS configuration.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    handshake_timeout: Duration,
    reload_interval: Duration,
    current: watch::Sender<Arc<ServerConfig>>,
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The contents of the files.
#[derive(PartialEq, Eq)]
struct Pems {
    certificate: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
}

/// Why a connection has no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    #[error("the TLS handshake failed: {0}")]
    Failed(#[from] std::io::Error),
    #[error("the TLS handshake took too long")]
    TimedOut,
}

impl Tls {
    /// Reads the configured files; `None` when none are configured.
    ///
    /// # Errors
    /// [`TlsError`], which names the key of the configuration and the file.
    pub fn load(config: &TlsConfig) -> Result<Option<Self>, TlsError> {
        let files = match (&config.certificate_file, &config.key_file) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => Files { certificate: certificate.clone(), key: key.clone() },
            (Some(_), None) | (None, Some(_)) => return Err(TlsError::Half),
        };
        let (current, _) = watch::channel(Arc::new(files.offer(&files.read()?)?));
        Ok(Some(Self {
            files,
            handshake_timeout: Duration::from_millis(config.handshake_timeout_ms),
            reload_interval: Duration::from_secs(config.reload_interval_s),
            current,
        }))
    }

    /// The TLS handshake with a client, within the timeout.
    pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        timeout_max: Duration,
    ) -> Result<TlsStream<S>, HandshakeError> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.current.borrow()));
        let timeout = self.handshake_timeout.min(timeout_max);
        match tokio::time::timeout(timeout, acceptor.accept(stream)).await {
            Ok(accepted) => Ok(accepted?),
            Err(_) => Err(HandshakeError::TimedOut),
        }
    }

    /// Polls the files and uses their contents for new connections. Unusable files, such as half-written ones, change
    /// nothing.
    pub(super) async fn follow_files(&self) {
        let mut offered = None;
        let mut complaint = None;
        loop {
            match self.files.read() {
                Ok(pems) if offered.as_ref() == Some(&pems) => complaint = None,
                // The first poll may load the same files again, which is harmless.
                Ok(pems) => match self.files.offer(&pems) {
                    Ok(config) => {
                        self.current.send_replace(Arc::new(config));
                        if offered.replace(pems).is_some() {
                            tracing::info!("the renewed certificate is in use");
                        }
                        complaint = None;
                    }
                    Err(error) => complain(&mut complaint, &error),
                },
                Err(error) => complain(&mut complaint, &error),
            }
            tokio::time::sleep(self.reload_interval).await;
        }
    }

    #[cfg(test)]
    pub(super) fn with_times(mut self, handshake_timeout: Duration, reload_interval: Duration) -> Self {
        (self.handshake_timeout, self.reload_interval) = (handshake_timeout, reload_interval);
        self
    }
}

/// Logs each new error once, not at every poll.
fn complain(last: &mut Option<String>, error: &TlsError) {
    let text = error.to_string();
    if last.as_ref() != Some(&text) {
        tracing::warn!(%error, "the renewed certificate cannot be used; the former one stays");
        *last = Some(text);
    }
}

impl Files {
    /// Small files that are read rarely: no thread of their own is needed.
    fn read(&self) -> Result<Pems, TlsError> {
        let read = |key, path: &PathBuf| {
            std::fs::read(path).map_err(|source| TlsError::Unreadable { key, path: path.clone(), source })
        };
        Ok(Pems {
            certificate: read("server.tls.certificate_file", &self.certificate)?,
            key: zeroize::Zeroizing::new(read("server.tls.key_file", &self.key)?),
        })
    }

    fn offer(&self, pems: &Pems) -> Result<ServerConfig, TlsError> {
        let broken = |source| TlsError::Certificate { path: self.certificate.clone(), source };
        let chain = CertificateDer::pem_slice_iter(&pems.certificate).collect::<Result<Vec<_>, _>>().map_err(broken)?;
        if chain.is_empty() {
            return Err(broken(pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_slice(&pems.key)
            .map_err(|source| TlsError::Key { path: self.key.clone(), source })?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        config.alpn_protocols = vec![ALPN_HTTP_1_1.to_vec()];
        // Old clients reconnect for every call: a session ticket saves both sides the costly part of the handshake.
        config.ticketer = ring::Ticketer::new().map_err(TlsError::Pair)?;
        Ok(config)
    }
}
