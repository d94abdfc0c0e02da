//! The operations that change stored credentials.

use crate::{CredentialStore, Credentials, Error, Registry, RegistryOptions, Transport};

/// Proves `credentials` to the registry at `host[:port]`, and stores them if it accepts them.
///
/// # Errors
///
/// Everything that can happen on the way, [`Error::Status`] with 401 for wrong credentials; nothing is stored then.
pub async fn login(
    store: &CredentialStore,
    host: &str,
    credentials: Credentials,
    transport: Transport,
    options: RegistryOptions,
) -> Result<(), Error> {
    let options = RegistryOptions {
        credentials: Some(credentials.clone()),
        ..options
    };
    Registry::new(host, transport, options)?.ping().await?;
    store.store(host, &credentials).await
}

/// Forgets the credentials for `host[:port]`; having none is no error.
///
/// # Errors
///
/// Files or helpers that cannot be used.
pub async fn logout(store: &CredentialStore, host: &str) -> Result<(), Error> {
    store.erase(host).await
}
