"""What the modules of this package share."""

from collections.abc import MutableMapping
from enum import StrEnum
from typing import Generic, Literal, Self, TypeVar

from attrs import define


class OpenEnum(StrEnum):
    """An enum that takes values which a later release of the API has added; a match needs a default."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member


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


__all__ = ["UNSET", "OpenEnum", "Response", "Unset"]
