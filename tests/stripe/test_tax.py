import pytest

from activities.providers.base import ProviderRefused
from activities.providers.stripe import StripeProvider
from activities.providers.stripe_tax import TaxAddress, TaxLine, TaxRequest


def request(currency: str, address: TaxAddress, *lines: TaxLine, shipping: int = 0) -> TaxRequest:
    return TaxRequest("o1:0:tax", currency, lines, address, shipping)


async def test_every_line_and_the_shipping_get_their_tax(provider: StripeProvider) -> None:
    lines = (TaxLine("a", 1999), TaxLine("b", 1000, quantity=2))
    result = await provider.calculate_tax(request("USD", TaxAddress("US", "CA", "94103"), *lines, shipping=599))
    assert result.lines == {"a": 165, "b": 83}
    assert (result.shipping, result.total, result.rates) == (49, 297, ("8.25",))


async def test_inclusive_tax_is_taken_out_of_the_price(provider: StripeProvider) -> None:
    result = await provider.calculate_tax(request("EUR", TaxAddress("DE"), TaxLine("a", 11900, inclusive=True)))
    assert result.total == 1900


async def test_isk_taxes_come_back_in_kronur(provider: StripeProvider) -> None:
    result = await provider.calculate_tax(request("ISK", TaxAddress("IS"), TaxLine("a", 1234)))
    assert result.lines == {"a": 296}


async def test_an_address_that_says_nothing_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as caught:
        await provider.calculate_tax(request("USD", TaxAddress("nowhere"), TaxLine("a", 100)))
    assert caught.value.code == "customer_tax_location_invalid"
