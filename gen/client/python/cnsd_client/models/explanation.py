from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Explanation")


@_attrs_define
class Explanation:
    """Where one part of a recipe comes from.

    Attributes:
        field (str): The part of this recipe, as a JSON pointer (RFC 6901).
        source (str): File and line of the recipe data, as in `overlays/eks.yaml:12`.
        component (str | Unset): The component that it belongs to. Absent for constraints and for all that is no
            component's.
        overlay (str | Unset): The overlay that set it. Absent for what the component is everywhere.
        reason (str | Unset): What the data says about it there, usually with the document behind it. Absent where it
            says nothing.
    """

    field: str
    source: str
    component: str | Unset = UNSET
    overlay: str | Unset = UNSET
    reason: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        field = self.field

        source = self.source

        component = self.component

        overlay = self.overlay

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "field": field,
                "source": source,
            }
        )
        if component is not UNSET:
            field_dict["component"] = component
        if overlay is not UNSET:
            field_dict["overlay"] = overlay
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        field = d.pop("field")

        source = d.pop("source")

        component = d.pop("component", UNSET)

        overlay = d.pop("overlay", UNSET)

        reason = d.pop("reason", UNSET)

        explanation = cls(
            field=field,
            source=source,
            component=component,
            overlay=overlay,
            reason=reason,
        )

        return explanation
