import re

import pytest

from ordermill.variables import UnknownVariable, check, known
from tests.architecture.house import ROOT, files

WRONG_ON_PURPOSE = {
    "ORDERMILL_API_PROT", "ORDERMILL_ORDR", "ORDERMILL_PORT", "ORDERMILL_X", "ORDERMILL_NOTHING_LIKE_IT",
}  # fmt: skip
"""Tests say these to see them refused."""
IN_PARTS = {"ORDERMILL_DATABASE", "ORDERMILL_STRIPE", "ORDERMILL_TEMPORAL"}
"""Ends of lines and `…_*` in texts."""
NOT_READ = {"tests/ordermill/test_variables.py", "docs/contract.md"}
"""This file's own names; and the contract, which also says what is to come."""


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ORDERMILL_API_PROT", "ORDERMILL_API_PORT"),
        ("ORDERMILL_DATABSE_URL", "ORDERMILL_DATABASE_URL"),
        ("ORDERMILL_DATABASE_PASSWORD_FIL", "ORDERMILL_DATABASE_PASSWORD_FILE"),
        ("ORDERMILL_ORDR__RETURN_WINDOW_DAYS", "ORDERMILL_ORDER__RETURN_WINDOW_DAYS"),
        ("ORDERMILL_API_KEYS", "ORDERMILL_API_KEY"),
    ],
)
def test_an_unknown_variable_is_told_with_the_nearest_known_one(name: str, nearest: str) -> None:
    with pytest.raises(UnknownVariable) as caught:
        check({name: "sk_live_secret", "PATH": "/"})
    assert str(caught.value) == f"{name}: there is no such variable; did you mean {nearest}?"


def test_one_that_is_like_none_is_told_where_they_are_listed() -> None:
    with pytest.raises(UnknownVariable, match="docs/operations"):
        check({"ORDERMILL_QQQQQQQQ": ""})


@pytest.mark.parametrize(
    "name",
    [
        "ORDERMILL_API_PORT", "ordermill_api_port", "ORDERMILL_ORDER__CAPTURE", "ORDERMILL_TAX_RATES",
        "ORDERMILL_SMTP_URL_FILE", "ORDERMILL_API_URL", "ORDERMILL_POLICY_FILE", "ORDERMILL_FAULT", "STRIPE_API_KEYS",
    ],
)  # fmt: skip
def test_every_kind_of_known_variable_passes(name: str) -> None:
    check({name: ""})


def test_what_kubernetes_adds_for_a_service_of_our_name_is_not_ours() -> None:
    links = {
        "ORDERMILL_PORT": "tcp://10.0.0.1:8000", "ORDERMILL_SERVICE_HOST": "10.0.0.1", "ORDERMILL_SERVICE_PORT_HTTP": "1",
        "ORDERMILL_PORT_8000_TCP_ADDR": "10.0.0.1", "ORDERMILL_UI_SERVICE_PORT": "1",
    }  # fmt: skip
    check({**links, "KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    with pytest.raises(UnknownVariable):
        check(links)


def test_only_secrets_are_read_from_files() -> None:
    names = {name for name in known() if name.endswith("_FILE")} - {"ORDERMILL_POLICY_FILE"}
    assert {"ORDERMILL_DATABASE_PASSWORD_FILE", "ORDERMILL_SMTP_URL_FILE", "STRIPE_API_KEY_FILE"} <= names
    assert "ORDERMILL_API_PORT_FILE" not in names


def test_every_variable_that_any_file_names_is_on_the_list() -> None:
    """A variable that is read and not listed would stop the start of whoever sets it: a setting goes into
    ordermill/settings.py, anything else into OTHERS (ordermill/variables.py)."""
    name = re.compile(r"\bORDERMILL_[A-Z0-9]+(?:_[A-Z0-9]+)*(?=\b(?!_)|__)")
    read = {
        (path.relative_to(ROOT).as_posix(), found)
        for path in files()
        if path.suffix not in {".png", ".lock"} and path.relative_to(ROOT).as_posix() not in NOT_READ
        for found in name.findall(path.read_text(errors="replace"))
    }
    assert any(found == "ORDERMILL_API_PORT" for _, found in read), "the pattern still finds variables"
    unlisted = {(path, found) for path, found in read if found not in known() | WRONG_ON_PURPOSE | IN_PARTS}
    assert unlisted == set()
