"""What the modules of this package share."""

from collections.abc import MutableMapping
from typing import Generic, Literal, TypeVar

from attrs import define


class Unset:
    """What has not been given, as opposed to None."""

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Unset = Unset()

T = TypeVar("T")


@define
class Response(Generic[T]):
    """A whole answer. Names of headers are not case-sensitive."""

    status_code: int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = ["UNSET", "Response", "Unset"]
