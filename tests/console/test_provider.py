"""Signing in at an identity provider: whom it lets in, and the answers it must not believe."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from joserfc.jwk import ECKey

from store.access import staff
from tests.api.client import Api
from tests.console.browse import Browser, browser, console, text
from tests.console.identity_provider import CLIENT, SECRET, Provider, provider

VERIFIED = {"email": "jo@example.com", "email_verified": True}


@pytest_asyncio.fixture
async def idp() -> AsyncIterator[Provider]:
    async with provider() as one:
        yield one


@pytest_asyncio.fixture
async def api(sqlite_url: str, idp: Provider) -> AsyncIterator[Api]:
    named: dict[str, Any] = {
        "oidc_issuer": idp.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_name": "Example ID",
    }
    async with console(sqlite_url, **named) as opened:
        await staff.add(opened.db, "jo@example.com", "agent", int(time.time()))
        yield opened


async def _back(one: Browser, idp: Provider, next: str = "") -> Any:
    begun = await one.get(f"/console/sign-in/provider?next={next}")
    assert begun.status_code == 303
    assert begun.headers["location"].startswith(f"{idp.issuer}/authorize?")
    return await one.get(f"/console/sign-in/back?{idp.authorize(begun.headers['location'])}")


async def test_somebody_the_provider_vouches_for_is_signed_in_where_they_wanted_to_go(api: Api, idp: Provider) -> None:
    idp.claims = dict(VERIFIED)
    async with browser(api) as one:
        assert "Sign in with Example ID" in text(await one.see("/console/sign-in"))
        done = await _back(one, idp, "/console/orders")
        assert (done.status_code, done.headers["location"]) == (303, "/console/orders")
        assert "jo@example.com" in text(await one.see("/console"))


async def test_afterwards_the_providers_subject_names_them_and_their_address_nobody_else(
    api: Api, idp: Provider
) -> None:
    idp.claims = dict(VERIFIED)
    async with browser(api) as one:
        assert (await _back(one, idp)).status_code == 303
    idp.claims = {"email": "renamed@example.com", "email_verified": True}
    async with browser(api) as one:
        assert (await _back(one, idp)).status_code == 303
        assert "jo@example.com" in text(await one.see("/console"))
    idp.claims = VERIFIED | {"sub": "somebody-who-has-that-address-now"}
    async with browser(api) as one:
        assert (await _back(one, idp)).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "jo@example.com", "email_verified": False},
        {"email": "jo@example.com"},
        {"email": "stranger@example.com", "email_verified": True},
        {},
    ],
)
async def test_nobody_comes_in_by_an_address_that_is_not_verified_or_not_here(
    api: Api, idp: Provider, claims: dict[str, Any]
) -> None:
    idp.claims = claims
    async with browser(api) as one:
        assert (await _back(one, idp)).status_code == 403
        assert (await one.get("/console")).status_code == 303


def _set(**claims: Any) -> Callable[[Provider], None]:
    return lambda idp: idp.claims.update(claims)


def _stranger(idp: Provider) -> None:
    idp.signs_with = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})


@pytest.mark.parametrize(
    "lie",
    [_set(iss="https://evil.example"), _set(aud="another"), _set(exp=1), _set(nonce="another"), _stranger],
    ids=["issuer", "audience", "expired", "nonce", "signature"],
)
async def test_a_token_that_is_not_ours_is_not_believed(
    api: Api, idp: Provider, lie: Callable[[Provider], None]
) -> None:
    idp.claims = dict(VERIFIED)
    lie(idp)
    async with browser(api) as one:
        answer = await _back(one, idp)
        assert answer.status_code == 403
        assert "not valid" in text(answer.text)


async def test_an_answer_is_good_in_the_browser_that_asked_alone(api: Api, idp: Provider) -> None:
    """Login CSRF: a victim who opens somebody else's way back is not signed in as them."""
    idp.claims = dict(VERIFIED)
    async with browser(api) as asked, browser(api) as victim:
        begun = await asked.get("/console/sign-in/provider")
        query = idp.authorize(begun.headers["location"])
        for one, sent in ((victim, query), (asked, query.replace("state=", "state=x")), (asked, "state=&code=")):
            assert (await one.get(f"/console/sign-in/back?{sent}")).status_code == 403
        assert (await asked.get(f"/console/sign-in/back?{query}")).status_code == 303


async def test_a_provider_that_calls_itself_otherwise_is_not_ours(api: Api, idp: Provider) -> None:
    idp.issuer += "/nobody"
    async with browser(api) as one:
        assert (await one.get("/console/sign-in/provider")).status_code == 502
