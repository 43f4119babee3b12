from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ConstraintsKubernetes")


@_attrs_define
class ConstraintsKubernetes:
    """The control plane and the kubelets.

    Attributes:
        version (str | Unset): An exact version, or ranges such as `>=1.32.4 <1.36`; `||` separates alternatives.
    """

    version: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        version = d.pop("version", UNSET)

        constraints_kubernetes = cls(
            version=version,
        )

        return constraints_kubernetes
