"""What the network libraries raise, as our errors: translated once and here. `http` is the only one who asks.

The libraries wrap each other's errors in arguments, causes and `reason`; the innermost that we know says it.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
from collections.abc import Iterator

import requests
import urllib3

from onedrive.errors import ConnectionLost, HostNotFound, HostNotTrusted, OneDriveError, ServiceUnusable, SettingsError


@contextlib.contextmanager
def translated_errors(host: str) -> Iterator[None]:
    """Turn what the libraries raise while speaking to `host` into our errors, once and here.

    Raises ConnectionLost, HostNotTrusted, SettingsError, and ServiceUnusable for an address that can be none.
    """
    try:
        yield
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        raise _translate(error, host) from error
    except OneDriveError:
        raise
    except ValueError as error:  # requests and urllib3 take addresses apart, also those that a server named
        raise ServiceUnusable(host, "it named an address that can be none") from error
    except OSError as error:
        # requests looks for the CA bundle before it connects, and raises a plain OSError when there is none.
        if "CA certificate bundle" in str(error) or "TLS key" in str(error):
            raise SettingsError(
                "The certificate file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names does not exist.",
                "Correct the variable, or unset it to use the usual certificates.",
            ) from error
        raise ConnectionLost(host, (error.strerror or type(error).__name__).lower()) from error


def _translate(error: Exception, host: str) -> OneDriveError:
    chain = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return HostNotTrusted(host)
    if any(isinstance(cause, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)) for cause in chain):
        return ConnectionLost(
            host,
            "the proxy did not let us through",
            "Check the proxy settings (HTTPS_PROXY, NO_PROXY) of this computer, then choose the same option again.",
        )
    if any(
        isinstance(cause, ssl.SSLError) and getattr(cause, "library", "") in _OF_CERTIFICATE_FILES for cause in chain
    ):
        return SettingsError(
            "The file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names holds no certificates.",
            "It must be a text file in PEM form; correct the variable, or unset it to use the usual certificates.",
        )
    if any(isinstance(cause, _PROXY_UNUSABLE) for cause in chain):
        return SettingsError(
            "The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used.",
            "Correct the variable (http://host:port), or unset it.",
        )
    if any(
        isinstance(cause, (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)) for cause in chain
    ):
        return ServiceUnusable(host, "it named an address that can be none")
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in chain):
        return HostNotFound(host)
    return ConnectionLost(host, _reason(chain))


_OF_CERTIFICATE_FILES = ("X509", "PEM")  # OpenSSL's libraries that read such files
_PROXY_UNUSABLE = (
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.ProxySchemeUnknown,
)
_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (requests.exceptions.ConnectTimeout, "it could not be reached in time"),
    ((urllib3.exceptions.ReadTimeoutError, TimeoutError), "it stayed silent for too long"),
    (ConnectionRefusedError, "it refused the connection"),
    (urllib3.exceptions.IncompleteRead, "the answer broke off"),
    ((ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, http.client.RemoteDisconnected), "it was cut"),
    ((urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError), "the answer was damaged"),
    (ssl.SSLError, "the encryption failed"),
)


def _reason(chain: list[BaseException]) -> str:
    """Why the connection was lost, in words; the innermost cause that we know says it."""
    for kinds, words in _REASONS:
        if any(isinstance(cause, kinds) for cause in chain):
            return words
    system = next((cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror), None)
    return (system or "it was cut").lower()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all errors that it wraps; the libraries hide them in arguments and in `reason`."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
