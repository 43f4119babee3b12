from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.recipe_choice import RecipeChoice


T = TypeVar("T", bound="RecipeWarning")


@_attrs_define
class RecipeWarning:
    """Why a recipe is open or generic in one criterion.

    Attributes:
        criterion (str): Name of the criterion.
        message (str): What the recipe doesn't know, for people. Without what Markdown or HTML would make links or
            elements of.
        choices (list[RecipeChoice] | Unset): For a criterion that is open, its values that make another recipe. Absent
            where the recipe is generic.
    """

    criterion: str
    message: str
    choices: list[RecipeChoice] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        criterion = self.criterion

        message = self.message

        choices: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.choices, Unset):
            choices = []
            for choices_item_data in self.choices:
                choices_item = choices_item_data.to_dict()
                choices.append(choices_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "criterion": criterion,
                "message": message,
            }
        )
        if choices is not UNSET:
            field_dict["choices"] = choices

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.recipe_choice import RecipeChoice  # noqa: PLC0415

        d = dict(src_dict)
        criterion = d.pop("criterion")

        message = d.pop("message")

        _choices = d.pop("choices", UNSET)
        choices: list[RecipeChoice] | Unset = UNSET
        if _choices is not UNSET:
            choices = []
            for choices_item_data in _choices:
                choices_item = RecipeChoice.from_dict(choices_item_data)

                choices.append(choices_item)

        recipe_warning = cls(
            criterion=criterion,
            message=message,
            choices=choices,
        )

        return recipe_warning
