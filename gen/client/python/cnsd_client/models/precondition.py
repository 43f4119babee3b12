from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Precondition")


@_attrs_define
class Precondition:
    """Something that has to be true of the cluster or its nodes before a recipe is installed.

    Attributes:
        name (str): Its name in the recipe: lowercase letters, digits and `-`, with a letter or digit at either end.
        text (str): What has to be true; not blank.
        why (str): What it is for, or what goes wrong otherwise; not blank.
        source (str): The documents that say so; not blank.
        component (str | Unset): The component that needs it, one of the recipe's: lowercase letters, digits and `-`,
            with a letter or digit at either end. Absent if that doesn't matter.
        command (str | Unset): A command that brings it about, for kubectl or another tool, or for a shell on a GPU
            node: one line of printable ASCII, not blank. Absent where it takes more or other than one.
        check (str | Unset): A command that shows whether it is so, for kubectl or another tool, or for a shell on a GPU
            node: one line of printable ASCII, not blank. Absent where there is none.
    """

    name: str
    text: str
    why: str
    source: str
    component: str | Unset = UNSET
    command: str | Unset = UNSET
    check: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        text = self.text

        why = self.why

        source = self.source

        component = self.component

        command = self.command

        check = self.check

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "text": text,
                "why": why,
                "source": source,
            }
        )
        if component is not UNSET:
            field_dict["component"] = component
        if command is not UNSET:
            field_dict["command"] = command
        if check is not UNSET:
            field_dict["check"] = check

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        text = d.pop("text")

        why = d.pop("why")

        source = d.pop("source")

        component = d.pop("component", UNSET)

        command = d.pop("command", UNSET)

        check = d.pop("check", UNSET)

        precondition = cls(
            name=name,
            text=text,
            why=why,
            source=source,
            component=component,
            command=command,
            check=check,
        )

        return precondition
