import asyncio
from store import orders
async def test_numbers(engine):
    got = await asyncio.gather(*(orders.next_number(engine) for _ in range(100)))
    assert sorted(got) == list(range(1001, 1101))
