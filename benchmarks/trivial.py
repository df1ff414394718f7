"""The least a FastAPI GET can do, for `GET /order/:id` to be held against: `uvicorn benchmarks.trivial:app`."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/thing/{thing_id}")
async def thing(thing_id: str) -> dict[str, str]:
    """An id, as it came."""
    return {"id": thing_id}
