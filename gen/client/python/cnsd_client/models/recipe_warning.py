from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecipeWarning")


@_attrs_define
class RecipeWarning:
    """Why a recipe is generic in one criterion.

    Attributes:
        criterion (str): Name of the criterion.
        message (str): What the recipe doesn't know, for people. Without what Markdown or HTML would make links or
            elements of.
    """

    criterion: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        criterion = self.criterion

        message = self.message

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "criterion": criterion,
                "message": message,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        criterion = d.pop("criterion")

        message = d.pop("message")

        recipe_warning = cls(
            criterion=criterion,
            message=message,
        )

        return recipe_warning
