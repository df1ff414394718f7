"""Where each key of the policy comes from, as the console shows it."""

from pathlib import Path

from ordermill.process.config import load
from ordermill.process.origins import Known, origins
from ordermill.settings import Settings

FILE = """
order:
  return_window_days: 14
  payment_window_minutes: 60
shipping_methods:
  post: {title: Post, price: 500}
tax_rates:
  - {country: US, title: Tax, rate: 0.1}
"""


def known(tmp_path: Path, **environ: str) -> dict[str, Known]:
    path = tmp_path / "shop.yaml"
    path.write_text(FILE)
    settings = Settings(config=path)
    return {one.path: one for one in origins(settings, load(settings, environ), environ)}


def test_every_key_says_where_it_comes_from(tmp_path: Path) -> None:
    found = known(tmp_path, ORDERMILL_ORDER__PAYMENT_WINDOW_MINUTES="30", ORDERMILL_SHIPPING_METHODS__POST__PRICE="0")
    told = {path: (one.value, one.kind, one.source) for path, one in found.items()}
    assert told["order.return_window_days"] == ("14", "file", "shop.yaml")
    assert told["order.payment_window_minutes"] == ("30", "environment", "ORDERMILL_ORDER__PAYMENT_WINDOW_MINUTES")
    assert told["order.capture"] == ("automatic", "default", None)
    assert told["order.auto_confirm"] == ("no", "default", None)
    assert told["shipping_methods.post.price"] == ("0", "environment", "ORDERMILL_SHIPPING_METHODS__POST__PRICE")
    assert told["shipping_methods.post.title"] == ("Post", "file", "shop.yaml")
    assert told["tax_rates.0.rate"] == ("0.1", "file", "shop.yaml")
    assert told["discount_codes"] == ("–", "default", None)


def test_a_variable_that_sets_a_whole_block_is_the_source_of_all_in_it(tmp_path: Path) -> None:
    found = known(tmp_path, ORDERMILL_TAX_RATES="[{country: CH, title: VAT, rate: 0.081}]")
    assert (found["tax_rates.0.country"].value, found["tax_rates.0.country"].source) == ("CH", "ORDERMILL_TAX_RATES")


def test_no_file_is_no_source(tmp_path: Path) -> None:
    settings = Settings.model_construct(config=tmp_path / "none.yaml", _fields_set=set())
    assert {one.kind for one in origins(settings, load(settings, {}), {})} == {"default"}
