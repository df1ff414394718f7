"""What a request may hold: the field types every face's schemas are made of, with the limits of contract section 0.

    lines 1-500 · quantity 1-100,000 · amounts ≤ 999,999,999,999 minor units · text ≤ 5,000 characters
    ids ≤ 64 characters, no control characters · metadata ≤ 50 keys and ≤ 16 KiB · unknown fields 422

Requests are strict: `"2"` and `2.0` are no integers, `1` is no boolean. `check` and `query` turn what is wrong into a
Problem that names the field in the caller's own words (`items[0].quantity`).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError
from starlette.datastructures import QueryParams

from api.http import body as json_body
from api.http.problems import Problem
from api.spelling.countries import COUNTRIES
from api.spelling.wire import RFC3339
from domain.money import MAX_AMOUNT, is_currency

MAX_LINES: Final = 500
MAX_QUANTITY: Final = 100_000
MAX_TEXT: Final = 5_000
MAX_ID: Final = 64
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_BYTES: Final = 16 * 1024
MAX_TAGS: Final = 100
MAX_NAMED_PROBLEMS: Final = 20
"""How many of a body's mistakes are told at once."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Counted:
    """Marks a type that says how much or how many. Absent may mean "everything"; null never does, it is 422."""


COUNTED: Final = Counted()


class RequestModel(BaseModel):
    """A request body: strict types, unknown fields refused, values never in error texts.

    Null is refused where an amount, a number of units or a list of lines belongs (contract section 0): a client that lost its
    figure on the way must not refund everything.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _amounts_are_no_null(cls, value: Any) -> Any:
        wrong = [key for key in never_null(cls) if isinstance(value, dict) and value.get(key, 0) is None]
        if wrong:
            problem = PydanticCustomError("null", "must not be null: leave it out instead")
            details = [InitErrorDetails(type=problem, loc=(key,), input=None) for key in wrong]
            raise ValidationError.from_exception_data(cls.__name__, details)
        return value


class SearchModel(RequestModel):
    """Terms of a search in a body: none of them may be null, and so ask for everything."""


@cache
def never_null(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a body, as the wire names them, that may be left out but not be null."""
    return tuple(
        field.alias or name
        for name, field in model.model_fields.items()
        if issubclass(model, SearchModel) or _counts(field.annotation, field.metadata)
    )


def _counts(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    """Whether a type is, or may be, an amount, a number of units, or a list of lines: things that say how much themselves."""
    if COUNTED in metadata:
        return True
    if get_origin(annotation) is Annotated:
        return _counts(get_args(annotation)[0], get_args(annotation)[1:])
    if get_origin(annotation) in (Union, UnionType):
        return any(_counts(part) for part in get_args(annotation))
    if get_origin(annotation) is list:
        item = get_args(annotation)[0]
        fields = item.model_fields.values() if isinstance(item, type) and issubclass(item, BaseModel) else ()
        return any(_counts(field.annotation, field.metadata) for field in fields)
    return False


class CamelRequest(RequestModel):
    """The same with camelCase names on the wire and no others: `variant_id` is an unknown field there."""

    model_config = ConfigDict(  # type: ignore[pydantic-alias]
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=False
    )


class QueryModel(BaseModel):
    """Query parameters: text coerced, unknown ones ignored, an unknown value of a known one refused."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class CamelQuery(QueryModel):
    model_config = ConfigDict(  # type: ignore[pydantic-alias]
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=False
    )


def _no_control(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("control characters are not allowed")
    return value


def _email(value: str) -> str:
    """An address a mail can be sent to. The domain may be international (it is sent as `xn--…`); a name before the @ that is
    not ASCII needs a mail server we cannot count on, and one that looks like an encoded word would be decoded on its way."""
    _no_control(value)
    if "=?" in value or "?=" in value:
        raise ValueError("an encoded word is no address")
    try:
        # `.test` is taken: shops have test customers. Nothing is looked up, and the address is kept as it was typed.
        validate_email(value, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return value


def _country(value: str) -> str:
    code = value.upper()
    if code not in COUNTRIES:
        raise ValueError("no ISO 3166-1 alpha-2 country code")
    return code


def _currency(value: str) -> str:
    code = value.upper()
    if not value.isascii() or not is_currency(code):
        raise ValueError("no ISO 4217 currency")
    return code


def _https(value: str) -> str:
    """An address that is shown and never fetched."""
    parts = urlsplit(value)
    if parts.scheme.lower() != "https" or not parts.hostname:
        raise ValueError("an https address")
    return value


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > MAX_METADATA_KEYS:
        raise ValueError(f"at most {MAX_METADATA_KEYS} keys")
    if len(json_body.canonical(value)) > MAX_METADATA_BYTES:
        raise ValueError(f"at most {MAX_METADATA_BYTES} bytes")
    plain: dict[str, Any] = json_body.plain(value)
    return plain


def not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Text = Annotated[str, Field(max_length=MAX_TEXT)]
"""Free text."""
FilledText = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(not_blank)]
Ident = Annotated[str, Field(min_length=1, max_length=MAX_ID), AfterValidator(_no_control)]
"""An id, ours or from outside."""
Short = Annotated[str, Field(max_length=255), AfterValidator(_no_control)]
"""A code, SKU, gateway, tracking number."""
Tag = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_no_control)]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Country = Annotated[str, Field(max_length=2), AfterValidator(_country)]
Currency = Annotated[str, Field(max_length=3), AfterValidator(_currency)]
Minor = Annotated[int, Field(ge=0, le=MAX_AMOUNT), COUNTED]
"""An amount in minor units, zero allowed."""
PositiveMinor = Annotated[int, Field(gt=0, le=MAX_AMOUNT), COUNTED]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY), COUNTED]
HttpsUrl = Annotated[str, Field(max_length=2_000), AfterValidator(_no_control), AfterValidator(_https)]
Metadata = Annotated[dict[str, Any], AfterValidator(_metadata)]
"""Anything, within the limits."""


def _split(value: Any) -> Any:
    """`a,b` and repeated parameters, as one list."""
    values = value if isinstance(value, list) else [value]
    return [part.strip() for item in values for part in item.split(",") if part.strip()]


def _moment(value: Any) -> Any:
    try:
        return RFC3339.decode(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("a date, or a date-time with offset (RFC 3339)") from None


QueryTime = Annotated[datetime, BeforeValidator(_moment)]
"""A date (= midnight UTC) or a date-time with offset."""
Moment = QueryTime
"""The same in a body."""
CommaList = Annotated[list[str], BeforeValidator(_split)]
"""A query parameter that is a comma list, or repeated, or both."""

Model = TypeVar("Model", bound=BaseModel)


def check(model: type[Model], value: Mapping[str, Any]) -> Model:
    """The body as its model, or a Problem (422) that names every wrong field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _problem(error) from None


def query(model: type[Model], params: QueryParams) -> Model:
    """The query as its model. A parameter given twice counts once unless it is a list.

    An empty value of a parameter we know is 422: `?email=` must not list everybody's orders.
    """
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        values = params.getlist(key)
        if any("\0" in v for v in values):
            raise Problem("validation_error", "holds a NUL character", field=key)
        if not all(v.strip(" ,\t") for v in values):
            raise Problem("validation_error", "must not be empty: leave it out instead", field=key)
        if values:
            given[key] = values if field.annotation == list[str] else values[-1]
    return check(model, given)


def _problem(error: ValidationError) -> Problem:
    details = [
        (path(item["loc"]), _words(item["type"], item["msg"]))
        for item in error.errors(include_url=False, include_context=False, include_input=False)[:MAX_NAMED_PROBLEMS]
    ]
    field, message = details[0]
    return Problem("validation_error", f"{field}: {message}", field=field, details=details)


SHAPE: Final = "~"
"""What the tag of a shape begins with, in a union that a field tells apart."""


def shaped(field: str) -> Discriminator:
    """Tells the shapes of a union apart by this field; each is tagged `~` and its word."""

    def shape_of(value: Any) -> str:
        word = value.get(field) if isinstance(value, Mapping) else getattr(value, field, None)
        return f"{SHAPE}{word}"

    return Discriminator(shape_of, custom_error_type="unknown_shape", custom_error_message=f"no such {field}")


def path(loc: tuple[int | str, ...]) -> str:
    """('items', 0, 'quantity') -> `items[0].quantity`; a caller's own absurd key is cut short.

    A part that begins with `~` is no field: it says which of several shapes a value was read as.
    """
    out = ""
    for part in loc:
        if isinstance(part, str) and part.startswith(SHAPE):
            continue
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            shown = _CONTROL.sub("?", part)[:100]
            out += f".{shown}" if out else shown
    return out or "body"


def _words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown field"
    if kind == "missing":
        return "is required"
    return message.removeprefix("Value error, ")
