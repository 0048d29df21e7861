"""What clients ask about the sign-in service itself: OpenID configuration, instance discovery, signing keys."""

from __future__ import annotations

from typing import Any

from onedrive.demo.apps import WORK_TENANT
from onedrive.demo.dialect import PERSONAL_TENANT
from onedrive.demo.wire import Reply, Request, json_reply

LOGIN = "https://login.microsoftonline.com"
ALIASES = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
ISSUERS = {
    "consumers": PERSONAL_TENANT,
    PERSONAL_TENANT: PERSONAL_TENANT,
    "common": "{tenantid}",
    "organizations": "{tenantid}",
}
ABILITIES: dict[str, Any] = {
    "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    "response_modes_supported": ["query", "fragment", "form_post"],
    "subject_types_supported": ["pairwise"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
    "scopes_supported": ["openid", "profile", "email", "offline_access"],
    "request_uri_parameter_supported": False,
    "http_logout_supported": True,
    "frontchannel_logout_supported": True,
    "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
    "tenant_region_scope": None,
    "cloud_instance_name": "microsoftonline.com",
    "cloud_graph_host_name": "graph.windows.net",
    "msgraph_host": "graph.microsoft.com",
    "rbac_url": "https://pas.windows.net",
}


def openid_configuration(tenant: str) -> dict[str, Any]:
    """The document at `/{tenant}/v2.0/.well-known/openid-configuration`."""
    base = f"{LOGIN}/{tenant}"
    return ABILITIES | {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "issuer": f"{LOGIN}/{ISSUERS.get(tenant, WORK_TENANT)}/v2.0",
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
    }


def answer_discovery(request: Request, path: str) -> Reply:
    """Instance discovery, and the keys that sign id tokens (ours are not signed)."""
    if path.endswith("/keys"):
        key = {
            "kty": "RSA",
            "use": "sig",
            "kid": "demo-key",
            "n": "A" * 342,
            "e": "AQAB",
            "issuer": f"{LOGIN}/{{tenantid}}/v2.0",
        }
        return json_reply({"keys": [key]})
    if not path.endswith("/discovery/instance"):
        return json_reply({"error": "not_found"}, 404)
    asked = request.options.get("authorization_endpoint", f"{LOGIN}/common/oauth2/v2.0/authorize")
    tenant = asked.partition("://")[2].split("/")[1] if "://" in asked else "common"
    return json_reply(
        {
            "tenant_discovery_endpoint": f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": request.options.get("api-version", "1.1"),
            "metadata": [
                {"preferred_network": ALIASES[0], "preferred_cache": ALIASES[1], "aliases": ALIASES},
            ],
        }
    )
