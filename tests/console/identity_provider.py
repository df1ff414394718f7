"""A small OpenID Connect provider on loopback: its metadata, its keys, and a token for whoever a test says is signing in."""

import asyncio
import base64
import hashlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CLIENT = "console-client"
SECRET = "console-secret"


@dataclass
class Provider:
    """`claims`: what the next token says beside what it must. `key`: who signs it."""

    issuer: str = ""
    key: ECKey = field(
        default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
    )
    signs_with: ECKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    challenge: str = ""
    nonce: str = ""

    def authorize(self, url: str) -> str:
        """The user agrees: the code's query for the way back. Remembers what the client asked with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        self.challenge, self.nonce = asked["code_challenge"], asked["nonce"]
        return f"state={asked['state']}&code=the-code"

    def token(self) -> str:
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "sub": "subject-1",
        }
        return jwt.encode({"alg": "ES256", "kid": "one"}, usual | self.claims, self.signs_with or self.key)

    async def _metadata(self, request: Request) -> JSONResponse:
        ends = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks")}
        return JSONResponse({
            "issuer": self.issuer, "authorization_endpoint": ends["authorize"], "token_endpoint": ends["token"],
            "jwks_uri": ends["jwks"],
        })  # fmt: skip

    async def _jwks(self, request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _token(self, request: Request) -> JSONResponse:
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proven = base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge
        if sent.get("code") != "the-code" or not proven or request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": self.token()})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
            ]
        )


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Running, on a free loopback port."""
    one = Provider()
    server = uvicorn.Server(uvicorn.Config(one.app(), lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        one.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield one
        finally:
            server.should_exit = True
            await running
