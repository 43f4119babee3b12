from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.index_service import IndexService

T = TypeVar("T", bound="Index")


@_attrs_define
class Index:
    """What this server is and offers.

    Attributes:
        service (IndexService): Name of the service.
        version (str): Version of the server.
        routes (list[str]): Every path of this document.
    """

    service: IndexService
    version: str
    routes: list[str]

    def to_dict(self) -> dict[str, Any]:
        service = self.service.value

        version = self.version

        routes = self.routes

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "service": service,
                "version": version,
                "routes": routes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        service = IndexService(d.pop("service"))

        version = d.pop("version")

        routes = cast(list[str], d.pop("routes"))

        index = cls(
            service=service,
            version=version,
            routes=routes,
        )

        return index
