"""Signing in at the shop's identity provider: OpenID Connect, authorisation code with PKCE, by Authlib (contract section 15).

Nobody is made by it: who signs in there must be a person here already, by an address the provider says is verified; from then on
the provider's own subject names them, so that an address which is given to somebody else there opens nothing here.
State, nonce and verifier wait in a cookie of their own for some minutes; the answer is good in that browser only.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from ordermill.settings import Settings

log = structlog.stdlib.get_logger(__name__)

ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signed by the provider's key; never by a shared secret, never unsigned."""
PATIENCE_SECONDS: Final = 10.0


class NotSignedIn(Exception):
    """The provider's answer signs nobody in; the message is for people."""


@dataclass(frozen=True)
class Begun:
    """Where the browser goes, and what waits in its cookie until it is back."""

    url: str
    cookie: str


@dataclass(frozen=True)
class Identity:
    """Whom the provider says it is."""

    subject: str
    """Issuer and subject."""
    email: str | None
    """Only an address that the provider says is verified."""


class Provider:
    """One identity provider; its metadata and keys are read when they are needed first."""

    def __init__(self, settings: Settings, redirect_uri: str) -> None:
        self._issuer = str(settings.oidc_issuer).rstrip("/")
        self._id = settings.oidc_client_id or ""
        secret = settings.oidc_client_secret
        self._secret = secret.get_secret_value() if secret else None
        self._redirect_uri = redirect_uri

    async def begin(self) -> Begun:
        known = await self._metadata()
        verifier = generate_token(64)
        nonce = secrets.token_urlsafe(24)
        async with self._client() as client:
            url, state = client.create_authorization_url(
                known["authorization_endpoint"],
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        return Begun(str(url), json.dumps({"state": state, "nonce": nonce, "verifier": verifier}))

    async def finish(self, cookie: str, *, state: str, code: str) -> Identity:
        """NotSignedIn for an answer that is not to our question, or not the provider's."""
        asked = _asked(cookie)
        if not asked.get("state") or not secrets.compare_digest(asked["state"].encode(), state.encode()) or not code:
            raise NotSignedIn("This answer belongs to no sign-in that was begun in this browser. Try again.")
        known = await self._metadata()
        token = await self._token(known, code, asked["verifier"])
        claims = await self._claims(known, token, asked["nonce"])
        verified = claims.get("email_verified") in (True, "true")
        email = claims.get("email") if verified else None
        return Identity(f"{self._issuer}|{claims['sub']}", str(email) if email else None)

    def _client(self) -> AsyncOAuth2Client:
        method = "client_secret_basic" if self._secret else "none"
        return AsyncOAuth2Client(
            self._id, self._secret, scope="openid email", redirect_uri=self._redirect_uri,
            token_endpoint_auth_method=method, timeout=PATIENCE_SECONDS, trust_env=False,
        )  # fmt: skip

    async def _token(self, known: dict[str, Any], code: str, verifier: str) -> str:
        try:
            async with self._client() as client:
                answer = await client.fetch_token(known["token_endpoint"], code=code, code_verifier=verifier)
        except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
            _log(error)
            raise NotSignedIn("The identity provider did not confirm the sign-in.") from None
        token = answer.get("id_token")
        if not token:
            raise NotSignedIn("The identity provider did not say who it is.")
        return str(token)

    async def _claims(self, known: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(cast(Any, await self._read(known["jwks_uri"])))
        rules = JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": known["issuer"]},
            aud={"essential": True, "value": self._id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            decoded = await asyncio.to_thread(jwt.decode, token, keys, ALGORITHMS)
            rules.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            _log(error)
            raise NotSignedIn("The identity provider's answer is not valid.") from None
        return dict(decoded.claims)

    async def _metadata(self) -> dict[str, Any]:
        known = await self._read(f"{self._issuer}/.well-known/openid-configuration")
        if str(known.get("issuer", "")).rstrip("/") != self._issuer:
            raise NotSignedIn("The identity provider calls itself by another name than ORDERMILL_OIDC_ISSUER.")
        return known

    async def _read(self, url: str) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
                answer = await http.get(url)
                answer.raise_for_status()
                found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            _log(error)
            raise NotSignedIn("The identity provider cannot be reached.") from None
        if not isinstance(found, dict):
            raise NotSignedIn("The identity provider's answer is not valid.")
        return found


def _asked(cookie: str) -> dict[str, str]:
    """What waits in the cookie; nothing where it is none of ours."""
    try:
        kept = json.loads(cookie)
        return {name: str(kept[name]) for name in ("state", "nonce", "verifier")}
    except (ValueError, KeyError, TypeError):
        return {}


def _log(error: Exception) -> None:
    """What went wrong is for the log; its text may hold a token, so only its kind is."""
    log.warning("sign-in at the identity provider failed", error=type(error).__name__)
