from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecipeChoice")


@_attrs_define
class RecipeChoice:
    """What a recipe would be with a value of a criterion that is open.

    Attributes:
        value (str): A value of the criterion.
        changes (list[str]): What would be different, a line for each component, one for the constraints and one for the
            preconditions, as in `adds aws-efa` or `gpu-operator (values.driver, values.toolkit)`.
    """

    value: str
    changes: list[str]

    def to_dict(self) -> dict[str, Any]:
        value = self.value

        changes = self.changes

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "value": value,
                "changes": changes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        value = d.pop("value")

        changes = cast(list[str], d.pop("changes"))

        recipe_choice = cls(
            value=value,
            changes=changes,
        )

        return recipe_choice
