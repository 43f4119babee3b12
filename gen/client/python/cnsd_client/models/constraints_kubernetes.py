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
        version (str | Unset): An exact version such as `24.04`, or conditions such as `>=1.32.4 <1.36`, all of which
            have to hold; `||` separates alternatives, as in `9.4 || 9.6`. A condition is a version after `=`, `!=`, `>`,
            `>=`, `<`, `<=`, `~` (`~1.34.2` is from there on, below 1.35) or `^` (`^1.34` is from there on, below 2).
            Versions compare number by number, those that are missing are 0, and of a cluster's own version its leading
            numbers count: `1.34.2-eks-0a1b2c3` meets `>=1.34.2`. Recipe data state numbers alone, and no constraint that no
            version meets.
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
