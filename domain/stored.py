"""Orders written before credits were kept, read as what they are now (docs/decisions/0013-one-account.md).

The old shape knew `Refund.credited` and line counters only: what was owed was total − credited refunds, and a unit that
was cancelled without a refund stayed due. Reading makes the credits those refunds and units stand for, each time the
row is read, until a command saves the order in the new shape (every save writes `credits`). Nothing is lost by it: what
an old order had paid, refunded and cancelled is all still there.

Works on the JSON of the row, because the old fields exist nowhere else any more. Rules:

    a refund that counted as credited   → a credit of what of it has not failed
    an ended order                      → owes nothing: the rest is credited, and a reopening takes it back
    units gone beyond those refunded    → credited their worth, as far as refunds have not covered it; what that makes
                                          surplus waits for a person, and on a closed order it makes none
    `latest["dispute:…"]`               → a dispute that is over
"""

from typing import Any

from domain.money import unit_share

Json = dict[str, Any]
_ENDED = ("cancelled", "failed")
_KINDS = {"return": "returned", "refund": "allowance"}
_CAUSES = {"return": "return", "refund": "refund"}


def is_old(raw: Json) -> bool:
    """A saved order's document without `credits`; not what our own code builds from parts."""
    document = all(isinstance(line, dict) for line in raw.get("lines", ()))
    return "credits" not in raw and bool(raw.get("version")) and document


def read(raw: Json) -> Json:
    """The same order in today's shape; what is in it already is left as it is."""
    if not is_old(raw):
        return raw
    credits = _of_refunds(raw)
    made = sum(credit["amount"] for credit in credits)
    rest = _ended(raw, credits, made) if raw.get("stage") in _ENDED else _gone(raw, credits, made)
    extra = rest["amount"] if rest else 0
    if rest and (rest["amount"] or rest["lines"]):
        credits.append(rest)
    surplus = max(0, _net(raw) - max(0, raw["total"] - made - extra))
    failed = sum(_amount(r, failed=True) for r in raw.get("refunds", ()) if r["origin"] not in ("refund", "return"))
    unpaid = 0 if raw.get("stage") in _ENDED else extra
    return raw | _disputes(raw) | {"credits": credits, "surplus_waits": min(surplus, failed + unpaid)}


def _of_refunds(raw: Json) -> list[Json]:
    credits: list[Json] = []
    left = raw["total"]
    for refund in raw.get("refunds", ()):
        counted = _amount(refund, failed=False)
        if not refund.get("credited", True) or (not counted and refund["status"] == "failed"):
            continue
        amount = min(counted, left)
        left -= amount
        credits.append(
            {
                "kind": _KINDS.get(refund["origin"], "cancelled"),
                "amount": amount,
                "lines": [_line(item) for item in refund.get("lines", ())],
                "shipping": refund.get("shipping", 0),
                "shipping_tax": refund.get("shipping_tax", 0),
                "cause": _CAUSES.get(refund["origin"], "ended"),
                "refund_id": refund["id"],
                "created_at": refund["created_at"],
            }
        )
    return credits


def _line(item: Json) -> Json:
    return {name: item.get(name, 0) for name in ("line_id", "quantity", "subtotal", "tax")}


def _amount(refund: Json, *, failed: bool) -> int:
    parts = refund.get("parts", ())
    return sum(p["amount"] for p in parts if (p.get("status", "pending") == "failed") == failed)


def _net(raw: Json) -> int:
    return sum(p.get("captured", 0) - p.get("refunded", 0) for p in raw.get("payments", ()))


def _credited_units(credits: list[Json], line_id: str) -> int:
    return sum(item["quantity"] for credit in credits for item in credit["lines"] if item["line_id"] == line_id)


def _rest(raw: Json, credits: list[Json], units: dict[str, int], **fields: Any) -> Json:
    """A credit of so many units of each line, as far as they are not credited yet."""
    lines = []
    for line in raw["lines"]:
        fresh = min(units[line["id"]], line["quantity"]) - _credited_units(credits, line["id"])
        if fresh > 0:
            lines.append({"line_id": line["id"], "quantity": fresh})
    return {"kind": "cancelled", "lines": lines, "created_at": raw["updated_at"]} | fields


def _shipping_left(raw: Json, credits: list[Json]) -> Json:
    tax = sum(line.get("tax", 0) for line in raw.get("shipping_lines", ()))
    left = {"shipping": raw.get("shipping_total", 0), "shipping_tax": tax}
    return {name: max(0, whole - sum(credit[name] for credit in credits)) for name, whole in left.items()}


def _ended(raw: Json, credits: list[Json], made: int) -> Json:
    units = {line["id"]: line["quantity"] for line in raw["lines"]}
    amount = raw["total"] - made
    return _rest(raw, credits, units, amount=amount, cause="ended", **_shipping_left(raw, credits))


def _gone(raw: Json, credits: list[Json], made: int) -> Json | None:
    """Units that were cancelled or came back, and are owed still."""
    units = {line["id"]: line.get("cancelled", 0) + line.get("returned", 0) for line in raw["lines"]}
    if not any(units.values()):
        return None
    worth = sum(unit_share(_total(line), line["quantity"], 0, units[line["id"]]) for line in raw["lines"])
    left = sum(line["quantity"] - line.get("cancelled", 0) for line in raw["lines"])
    shipping = _shipping_left(raw, credits) if left == 0 and not raw.get("fulfillments") else {}
    owed = raw["total"] - made
    amount = min(owed, max(0, worth - made) + sum(shipping.values()))
    if raw.get("closed_at"):
        amount = min(amount, max(0, owed - _net(raw)))
    kind = "cancelled" if any(line.get("cancelled", 0) for line in raw["lines"]) else "returned"
    return _rest(raw, credits, units, amount=amount, cause="restock", kind=kind, **shipping)


def _total(line: Json) -> int:
    price: int = line["unit_price"] * line["quantity"]
    return price - int(line.get("discount", 0)) + int(line.get("tax", 0))


def _disputes(raw: Json) -> Json:
    latest = raw.get("latest", {})
    over = [name.removeprefix("dispute:") for name in latest if name.startswith("dispute:")]
    taken = {part.get("ref") for refund in raw.get("refunds", ()) for part in refund.get("parts", ())}
    disputes = [
        {"ref": ref, "status": "lost" if ref in taken else "won", "closed_at": raw["updated_at"]} for ref in over
    ]
    kept = {name: sequence for name, sequence in latest.items() if not name.startswith("dispute:")}
    return {"disputes": disputes, "latest": kept}
