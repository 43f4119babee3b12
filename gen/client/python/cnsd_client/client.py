"""Where the server is, and how it is reached."""

from typing import Any, Self

import httpx
from attrs import define, field


@define
class Client:
    """A server. Operations of both kinds, sync and async, take it; connections are kept for the next call.

    Attributes:
        base_url: The server's URL, as in `http://localhost:8080`.
        timeout: Seconds that connecting, sending, receiving may each take; None means no limit.
        headers: Headers for each request.
        httpx_args: Whatever else `httpx.Client` and `httpx.AsyncClient` take, such as `verify`, `proxy` or `auth`.
    """

    base_url: str
    timeout: float | httpx.Timeout | None = field(default=30, kw_only=True)
    headers: dict[str, str] = field(factory=dict, kw_only=True)
    httpx_args: dict[str, Any] = field(factory=dict, kw_only=True)
    _client: httpx.Client | None = field(default=None, init=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False)

    def get_httpx_client(self) -> httpx.Client:
        """Returns the client of httpx that sync operations use."""
        if self._client is None:
            self._client = httpx.Client(
                base_url=self.base_url, timeout=self.timeout, headers=self.headers, **self.httpx_args
            )
        return self._client

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Returns the client of httpx that async operations use."""
        if self._async_client is None:
            self._async_client = httpx.AsyncClient(
                base_url=self.base_url, timeout=self.timeout, headers=self.headers, **self.httpx_args
            )
        return self._async_client

    def close(self) -> None:
        """Closes the connections of sync operations."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def aclose(self) -> None:
        """Closes the connections of async operations."""
        if self._async_client is not None:
            await self._async_client.aclose()
            self._async_client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()
