"""The policy file: every key by file and by environment; a wrong or unknown one stops the start and is named."""

from decimal import Decimal
from pathlib import Path

import pytest

from domain.policy import Policy, ShopConfig
from ordermill.process.config import ConfigError, load
from ordermill.settings import Settings

DEMO = Path(__file__).parents[2] / "ordermill.yaml"


def loaded(text: str, tmp_path: Path, **environ: str) -> ShopConfig:
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    return load(Settings(config=path), environ)


def test_the_demo_file_reproduces_the_documents() -> None:
    config = load(Settings(config=DEMO), {})
    assert config.order == Policy()
    assert {name: m.price for name, m in config.shipping_methods.items()} == {"ship_standard": 599, "ship_ground": 799}
    assert {r.state: r.rate for r in config.tax_rates} == {
        "OR": Decimal("0.12"), "CA": Decimal("0.08985"), "NY": Decimal("0.09"),
    }  # fmt: skip
    assert set(config.discount_codes) == {"WELCOME25", "SAVE5"}


@pytest.mark.parametrize("key", Policy.model_fields)
def test_the_demo_file_comments_every_key_of_the_order_block(key: str) -> None:
    line = next(line for line in DEMO.read_text().splitlines() if line.strip().startswith(f"{key}:"))
    assert "#" in line


def test_nothing_at_all_is_a_shop(tmp_path: Path) -> None:
    assert loaded("", tmp_path) == ShopConfig()
    assert load(Settings.model_construct(config=tmp_path / "none.yaml", _fields_set=set()), {}) == ShopConfig()


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such policy file"):
        load(Settings(config=tmp_path / "none.yaml"), {})


@pytest.mark.parametrize(("variable", "value", "read"), [
    ("ORDERMILL_ORDER__RETURN_WINDOW_DAYS", "0.0005", lambda c: c.order.return_window_days == 0.0005),
    ("ORDERMILL_ORDER__AUTO_CONFIRM", "true", lambda c: c.order.auto_confirm is True),
    ("ORDERMILL_ORDER__CAPTURE", "on_fulfillment", lambda c: c.order.capture == "on_fulfillment"),
    ("ORDERMILL_STORE__CURRENCY", "jpy", lambda c: c.store.currency == "JPY"),
    ("ORDERMILL_SHIPPING_METHODS__SHIP_STANDARD__PRICE", "0", lambda c: c.shipping_methods["ship_standard"].price == 0),
    ("ORDERMILL_DISCOUNT_CODES__WELCOME25__PERCENT", "30", lambda c: c.discount_codes["WELCOME25"].percent == 30),
    ("ORDERMILL_DISCOUNT_CODES__NEW10__PERCENT", "10", lambda c: c.discount_codes["NEW10"].percent == 10),
    ("ORDERMILL_TAX_RATES__0__RATE", "0.2", lambda c: c.tax_rates[0].rate == Decimal("0.2")),
    ("ORDERMILL_TAX_RATES", "[]", lambda c: c.tax_rates == []),
    ("ORDERMILL_TAX_CALCULATION_SOURCE", "stripe_tax", lambda c: c.tax_calculation_source == "stripe_tax"),
    ("ORDERMILL_RATE_LIMIT__PER_MINUTE", "0", lambda c: c.rate_limit.per_minute == 0),
    ("ORDERMILL_RISK__CANCEL_AT", "90", lambda c: c.risk.cancel_at == 90),
])  # fmt: skip
def test_every_key_can_be_set_by_environment(variable: str, value: str, read: object) -> None:
    assert callable(read)
    assert read(load(Settings(config=DEMO), {variable: value}))


@pytest.mark.parametrize(("text", "named"), [
    ("order: {retrun_window_days: 3}", "order.retrun_window_days: unknown key"),
    ("ordr: {}", "ordr: unknown key"),
    ("order: {return_window_days: -1}", "order.return_window_days"),
    ("order: {capture: later}", "order.capture"),
    ("order: {max_payment_attempts: 1.5}", "order.max_payment_attempts"),
    ("store: {currency: DOLLARS}", "store.currency"),
    ("shipping_methods: {a: {price: 5}}", "shipping_methods.a.title"),
    ("discount_codes: {A: {percent: 5, amount: 5}}", "discount_codes.A"),
    ("tax_rates: [{country: US, title: T, rate: 2}]", "tax_rates.0.rate"),
    ("order: 5", "order"),
    ("- a", "blocks are expected"),
    ("a: [", "no YAML"),
])  # fmt: skip
def test_a_wrong_or_unknown_key_of_the_file_is_named(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(text, tmp_path)
    assert named in str(caught.value)
    assert "shop.yaml" in str(caught.value)


@pytest.mark.parametrize(("variable", "value", "named"), [
    ("ORDERMILL_ORDER__RETRUN_WINDOW_DAYS", "3", "order.retrun_window_days"),
    ("ORDERMILL_ORDER__RETURN_WINDOW_DAYS", "soon", "order.return_window_days"),
    ("ORDERMILL_ORDR__X", "3", "ordr"),
    ("ORDERMILL_ORDER__RETURN_WINDOW_DAYS__X", "3", "holds no keys"),
    ("ORDERMILL_TAX_RATES__9__RATE", "0.2", "no entry 9"),
])  # fmt: skip
def test_a_wrong_or_unknown_variable_is_named(variable: str, value: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(Settings(config=DEMO), {variable: value})
    assert variable in str(caught.value)
    assert named in str(caught.value)


def test_other_variables_of_ours_are_no_keys() -> None:
    load(Settings(config=DEMO), {"ORDERMILL_API_PORT": "1", "ORDERMILL_CONFIG": "x", "PATH": "/"})
