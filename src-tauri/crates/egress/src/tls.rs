//! Certificates: the system's store, the company's own authorities and our own certificate. There is no way here to
//! accept a certificate that does not verify.

use crate::fault::{Fault, FaultKind};
use crate::outgoing::Tls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig};
use rustls_platform_verifier::Verifier;
use std::error::Error;
use std::sync::Arc;

fn bad(what: &str) -> Fault {
    Fault::new(FaultKind::Tls, format!("{what}; nothing was sent"))
}

fn certificates(pem: &[u8], whose: &str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(bad(&format!("the file with {whose} holds no certificate in PEM"))),
    }
}

/// The settings of a connection: TLS 1.2 or 1.3, verified against the system's store and the given authorities.
pub(crate) fn config(tls: &Tls) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let own = match &tls.ca_pem {
        Some(pem) => certificates(pem, "the own authority")?,
        None => Vec::new(),
    };
    // Without a store of the system, as in a bare container, the own authorities still hold; without either, nothing does.
    let verifier = Verifier::new_with_extra_roots(own, provider.clone())
        .map_err(|why| bad(&format!("the certificates that this machine trusts cannot be read: {why}")))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| bad(&format!("no safe version of TLS is there: {why}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match (&tls.client_cert_pem, &tls.client_key_pem) {
        (Some(cert), Some(key)) => {
            let chain = certificates(cert, "our own certificate")?;
            let key = PrivateKeyDer::from_pem_slice(key)
                .map_err(|_| bad("the file with our own certificate's key holds none in PEM"))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|_| bad("our own certificate and its key do not belong together"))?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(bad("our own certificate needs both its file and its key's")),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What is wrong with the other side's certificate or TLS, if that is what an error is about.
pub(crate) fn trouble(why: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(why);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(words(tls));
        }
        // An error of the system hands out the source of what it holds, not what it holds.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(held) => Some(held as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn words(why: &rustls::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage, PeerIncompatible};
    match why {
        InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired".to_owned()
        }
        InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            "its certificate is for another name".to_owned()
        }
        InvalidCertificate(CertificateError::UnknownIssuer) => {
            "nobody whom this machine trusts signed its certificate; if your company has an authority of its own, name \
             its file in the endpoint's settings"
                .to_owned()
        }
        InvalidCertificate(other) => format!("its certificate is refused ({other:?})"),
        InvalidMessage(_) => "it does not speak TLS here".to_owned(),
        PeerIncompatible(_) | AlertReceived(rustls::AlertDescription::ProtocolVersion) => {
            "it offers only versions of TLS that are no longer safe".to_owned()
        }
        AlertReceived(alert) => format!("it ended the handshake ({alert:?})"),
        other => other.to_string(),
    }
}

/// Thirty-two bytes by lot, from the system.
///
/// # Errors
/// When the system gives none.
pub fn random_key() -> Result<[u8; 32], String> {
    let mut key = [0; 32];
    let source = rustls::crypto::ring::default_provider().secure_random;
    source.fill(&mut key).map_err(|_| "the system gives no random numbers".to_owned())?;
    Ok(key)
}
