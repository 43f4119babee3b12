from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.recipe_warning import RecipeWarning


T = TypeVar("T", bound="RecipeMetadata")


@_attrs_define
class RecipeMetadata:
    """Where the recipe comes from.

    Attributes:
        version (str | Unset): Version of the server that made the recipe, as in `v1.2.3`, `v1.2.3-4-g0a1b2c3-dirty` or
            `dev`.
        created (str | Unset): Release date of the server and the recipe data in it, so the same on every replica.
        applied_overlays (list[str] | Unset): The overlays that the recipe is made of, in the order in which they were
            applied.
        warnings (list[RecipeWarning] | Unset): What the recipe leaves to the reader. A criterion is open: the request
            doesn't state it, or states
            `any` where that is no environment of its own, though some of its values make another recipe. Or
            the recipe is more generic than the request: no overlay speaks of the value, or the service
            doesn't offer it. Absent when there is nothing to say; `strict` makes errors of them.
    """

    version: str | Unset = UNSET
    created: str | Unset = UNSET
    applied_overlays: list[str] | Unset = UNSET
    warnings: list[RecipeWarning] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        created = self.created

        applied_overlays: list[str] | Unset = UNSET
        if not isinstance(self.applied_overlays, Unset):
            applied_overlays = self.applied_overlays

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if version is not UNSET:
            field_dict["version"] = version
        if created is not UNSET:
            field_dict["created"] = created
        if applied_overlays is not UNSET:
            field_dict["appliedOverlays"] = applied_overlays
        if warnings is not UNSET:
            field_dict["warnings"] = warnings

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.recipe_warning import RecipeWarning  # noqa: PLC0415

        d = dict(src_dict)
        version = d.pop("version", UNSET)

        created = d.pop("created", UNSET)

        applied_overlays = cast(list[str], d.pop("appliedOverlays", UNSET))

        _warnings = d.pop("warnings", UNSET)
        warnings: list[RecipeWarning] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = RecipeWarning.from_dict(warnings_item_data)

                warnings.append(warnings_item)

        recipe_metadata = cls(
            version=version,
            created=created,
            applied_overlays=applied_overlays,
            warnings=warnings,
        )

        return recipe_metadata
