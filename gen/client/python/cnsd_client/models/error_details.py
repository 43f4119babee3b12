from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.recipe_warning import RecipeWarning


T = TypeVar("T", bound="ErrorDetails")


@_attrs_define
class ErrorDetails:
    """The message's facts for programs, as far as there are any.

    Attributes:
        parameter (str | Unset): The parameter or header that is wrong.
        field (str | Unset): The part of the body that is wrong, as a JSON pointer (RFC 6901).
        requested (Any | Unset): What the request had there, shortened if it is long.
        allowed (list[str] | Unset): What it may have.
        limit (float | Unset): The limit that the request exceeds.
        warnings (list[RecipeWarning] | Unset): The warnings that `strict` makes an error of, as the recipe's metadata
            has them.
        burst (int | Unset): How many requests may come at once.
    """

    parameter: str | Unset = UNSET
    field: str | Unset = UNSET
    requested: Any | Unset = UNSET
    allowed: list[str] | Unset = UNSET
    limit: float | Unset = UNSET
    warnings: list[RecipeWarning] | Unset = UNSET
    burst: int | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        parameter = self.parameter

        field = self.field

        requested = self.requested

        allowed: list[str] | Unset = UNSET
        if not isinstance(self.allowed, Unset):
            allowed = self.allowed

        limit = self.limit

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)

        burst = self.burst

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if parameter is not UNSET:
            field_dict["parameter"] = parameter
        if field is not UNSET:
            field_dict["field"] = field
        if requested is not UNSET:
            field_dict["requested"] = requested
        if allowed is not UNSET:
            field_dict["allowed"] = allowed
        if limit is not UNSET:
            field_dict["limit"] = limit
        if warnings is not UNSET:
            field_dict["warnings"] = warnings
        if burst is not UNSET:
            field_dict["burst"] = burst

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.recipe_warning import RecipeWarning  # noqa: PLC0415

        d = dict(src_dict)
        parameter = d.pop("parameter", UNSET)

        field = d.pop("field", UNSET)

        requested = d.pop("requested", UNSET)

        allowed = cast(list[str], d.pop("allowed", UNSET))

        limit = d.pop("limit", UNSET)

        _warnings = d.pop("warnings", UNSET)
        warnings: list[RecipeWarning] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = RecipeWarning.from_dict(warnings_item_data)

                warnings.append(warnings_item)

        burst = d.pop("burst", UNSET)

        error_details = cls(
            parameter=parameter,
            field=field,
            requested=requested,
            allowed=allowed,
            limit=limit,
            warnings=warnings,
            burst=burst,
        )

        return error_details
