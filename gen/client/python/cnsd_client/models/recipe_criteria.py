from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.api_version import APIVersion
from ..models.recipe_criteria_kind import RecipeCriteriaKind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.criteria import Criteria
    from ..models.recipe_criteria_metadata import RecipeCriteriaMetadata


T = TypeVar("T", bound="RecipeCriteria")


@_attrs_define
class RecipeCriteria:
    """A criteria document.

    Attributes:
        kind (RecipeCriteriaKind):  Default: RecipeCriteriaKind.RECIPECRITERIA.
        api_version (APIVersion): Version of the document's format. Default: APIVersion.V1_ALPHA_1.
        spec (Criteria): An environment. What is left out means `any`, and leaves open what it would decide.
        metadata (RecipeCriteriaMetadata | Unset): For the document's author; it doesn't change the recipe.
    """

    spec: Criteria
    kind: RecipeCriteriaKind = RecipeCriteriaKind.RECIPECRITERIA
    api_version: APIVersion = APIVersion.V1_ALPHA_1
    metadata: RecipeCriteriaMetadata | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind.value

        api_version = self.api_version.value

        spec = self.spec.to_dict()

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kind": kind,
                "apiVersion": api_version,
                "spec": spec,
            }
        )
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.criteria import Criteria  # noqa: PLC0415
        from ..models.recipe_criteria_metadata import RecipeCriteriaMetadata  # noqa: PLC0415

        d = dict(src_dict)
        kind = RecipeCriteriaKind(d.pop("kind"))

        api_version = APIVersion(d.pop("apiVersion"))

        spec = Criteria.from_dict(d.pop("spec"))

        _metadata = d.pop("metadata", UNSET)
        metadata: RecipeCriteriaMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = RecipeCriteriaMetadata.from_dict(_metadata)

        recipe_criteria = cls(
            kind=kind,
            api_version=api_version,
            spec=spec,
            metadata=metadata,
        )

        return recipe_criteria
