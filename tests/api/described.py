"""Every answer any test of this suite gets is held against OpenAPI: a documented status, and a body of the documented shape."""

import re
from functools import cache
from typing import Any

import httpx2
import jsonschema  # type: ignore[import-untyped]


class Described:
    """The app's own description of itself."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"), operations)
            for path, operations in document["paths"].items()
        ]
        self._validator = cache(self._validator_of)

    async def check(self, response: httpx2.Response) -> None:
        """AssertionError for an answer that nobody was promised. Unknown paths and methods are nobody's."""
        await response.aread()
        if response.request.url.path in ("/docs", "/redoc", "/openapi.json"):
            return
        if response.request.method == "HEAD":
            return
        operation = self._operation(response.request)
        if operation is None:
            assert response.status_code in (401, 404, 405, 429), response
            return
        status = str(response.status_code)
        what = f"{operation['operationId']} {status}"
        if status == "500":
            return  # a test's own bug door
        assert status in operation["responses"], f"{what} is not documented: {response.text[:300]}"
        content = operation["responses"][status].get("content")
        if not content:
            assert not response.content, f"{what} has a body"
            return
        assert response.headers["content-type"] == "application/json", what
        self._validator(operation["operationId"], status).validate(response.json())

    def _operation(self, request: httpx2.Request) -> dict[str, Any] | None:
        path = request.url.raw_path.decode().partition("?")[0]
        for pattern, operations in self._paths:
            if pattern.fullmatch(path) and request.method.lower() in operations:
                found: dict[str, Any] = operations[request.method.lower()]
                return found
        return None

    def _validator_of(self, operation_id: str, status: str) -> Any:
        for operations in self.document["paths"].values():
            for operation in operations.values():
                if operation["operationId"] == operation_id:
                    schema = operation["responses"][status]["content"]["application/json"]["schema"]
                    whole = {**schema, "components": self.document["components"]}
                    return jsonschema.Draft202012Validator(whole)
        raise KeyError(operation_id)
