from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ConstraintsDriver")


@_attrs_define
class ConstraintsDriver:
    """The NVIDIA driver on the GPU nodes. `version` says which versions work; of these, `patchedVersion` admits the ones
    that have the fixes of NVIDIA's security bulletins up to the release of the recipe data.

        Attributes:
            version (str | Unset): An exact version such as `24.04`, or conditions such as `>=1.32.4 <1.36`, all of which
                have to hold; `||` separates alternatives, as in `9.4 || 9.6`. A condition is a version after `=`, `!=`, `>`,
                `>=`, `<`, `<=`, `~` (`~1.34.2` is from there on, below 1.35) or `^` (`^1.34` is from there on, below 2).
                Versions compare number by number, those that are missing are 0, and of a cluster's own version its leading
                numbers count: `1.34.2-eks-0a1b2c3` meets `>=1.34.2`. Recipe data state numbers alone, and no constraint that no
                version meets.
            patched_version (str | Unset): An exact version such as `24.04`, or conditions such as `>=1.32.4 <1.36`, all of
                which have to hold; `||` separates alternatives, as in `9.4 || 9.6`. A condition is a version after `=`, `!=`,
                `>`, `>=`, `<`, `<=`, `~` (`~1.34.2` is from there on, below 1.35) or `^` (`^1.34` is from there on, below 2).
                Versions compare number by number, those that are missing are 0, and of a cluster's own version its leading
                numbers count: `1.34.2-eks-0a1b2c3` meets `>=1.34.2`. Recipe data state numbers alone, and no constraint that no
                version meets.
            cuda_version (str | Unset): An exact version such as `24.04`, or conditions such as `>=1.32.4 <1.36`, all of
                which have to hold; `||` separates alternatives, as in `9.4 || 9.6`. A condition is a version after `=`, `!=`,
                `>`, `>=`, `<`, `<=`, `~` (`~1.34.2` is from there on, below 1.35) or `^` (`^1.34` is from there on, below 2).
                Versions compare number by number, those that are missing are 0, and of a cluster's own version its leading
                numbers count: `1.34.2-eks-0a1b2c3` meets `>=1.34.2`. Recipe data state numbers alone, and no constraint that no
                version meets.
    """

    version: str | Unset = UNSET
    patched_version: str | Unset = UNSET
    cuda_version: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        patched_version = self.patched_version

        cuda_version = self.cuda_version

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if version is not UNSET:
            field_dict["version"] = version
        if patched_version is not UNSET:
            field_dict["patchedVersion"] = patched_version
        if cuda_version is not UNSET:
            field_dict["cudaVersion"] = cuda_version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        version = d.pop("version", UNSET)

        patched_version = d.pop("patchedVersion", UNSET)

        cuda_version = d.pop("cudaVersion", UNSET)

        constraints_driver = cls(
            version=version,
            patched_version=patched_version,
            cuda_version=cuda_version,
        )

        return constraints_driver
