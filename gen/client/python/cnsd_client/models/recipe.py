from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.api_version import APIVersion
from ..models.recipe_kind import RecipeKind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.component_ref import ComponentRef
    from ..models.constraints import Constraints
    from ..models.criteria import Criteria
    from ..models.explanation import Explanation
    from ..models.precondition import Precondition
    from ..models.recipe_metadata import RecipeMetadata


T = TypeVar("T", bound="Recipe")


@_attrs_define
class Recipe:
    """A lock file for a cluster: pinned components in install order. The server always answers with every
    property; a recipe that is sent to it may leave out what is not required.

        Attributes:
            kind (RecipeKind):  Default: RecipeKind.RECIPE.
            api_version (APIVersion): Version of the document's format. Default: APIVersion.V1_ALPHA_1.
            component_refs (list[ComponentRef]): The components, in install order, each of them once.
            metadata (RecipeMetadata | Unset): Where the recipe comes from.
            criteria (Criteria | Unset): An environment. What is left out means `any`, and leaves open what it would decide.
            constraints (Constraints | Unset): What the cluster has to be. Each is an exact value, a range such as
                `>=1.32.4` or a list.
            preconditions (list[Precondition] | Unset): What has to be true before the recipe is installed, by name, each of
                them once, of components that
                the recipe has or of none. Nothing in a bundle brings it about. A recipe that is sent without any
                gets those that the server knows of its components.
            explanations (list[Explanation] | Unset): Where the recipe's parts come from, with `explain=true`: each
                component and its version, each leaf
                of its values, each manifest, each constraint, each precondition. A bundle leaves them out, so don't
                send them back: they count as part of a body.
    """

    component_refs: list[ComponentRef]
    kind: RecipeKind = RecipeKind.RECIPE
    api_version: APIVersion = APIVersion.V1_ALPHA_1
    metadata: RecipeMetadata | Unset = UNSET
    criteria: Criteria | Unset = UNSET
    constraints: Constraints | Unset = UNSET
    preconditions: list[Precondition] | Unset = UNSET
    explanations: list[Explanation] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind.value

        api_version = self.api_version.value

        component_refs = []
        for component_refs_item_data in self.component_refs:
            component_refs_item = component_refs_item_data.to_dict()
            component_refs.append(component_refs_item)

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        criteria: dict[str, Any] | Unset = UNSET
        if not isinstance(self.criteria, Unset):
            criteria = self.criteria.to_dict()

        constraints: dict[str, Any] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = self.constraints.to_dict()

        preconditions: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.preconditions, Unset):
            preconditions = []
            for preconditions_item_data in self.preconditions:
                preconditions_item = preconditions_item_data.to_dict()
                preconditions.append(preconditions_item)

        explanations: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.explanations, Unset):
            explanations = []
            for explanations_item_data in self.explanations:
                explanations_item = explanations_item_data.to_dict()
                explanations.append(explanations_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kind": kind,
                "apiVersion": api_version,
                "componentRefs": component_refs,
            }
        )
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if criteria is not UNSET:
            field_dict["criteria"] = criteria
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
        if preconditions is not UNSET:
            field_dict["preconditions"] = preconditions
        if explanations is not UNSET:
            field_dict["explanations"] = explanations

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.component_ref import ComponentRef  # noqa: PLC0415
        from ..models.constraints import Constraints  # noqa: PLC0415
        from ..models.criteria import Criteria  # noqa: PLC0415
        from ..models.explanation import Explanation  # noqa: PLC0415
        from ..models.precondition import Precondition  # noqa: PLC0415
        from ..models.recipe_metadata import RecipeMetadata  # noqa: PLC0415

        d = dict(src_dict)
        kind = RecipeKind(d.pop("kind"))

        api_version = APIVersion(d.pop("apiVersion"))

        component_refs = []
        _component_refs = d.pop("componentRefs")
        for component_refs_item_data in _component_refs:
            component_refs_item = ComponentRef.from_dict(component_refs_item_data)

            component_refs.append(component_refs_item)

        _metadata = d.pop("metadata", UNSET)
        metadata: RecipeMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = RecipeMetadata.from_dict(_metadata)

        _criteria = d.pop("criteria", UNSET)
        criteria: Criteria | Unset
        if isinstance(_criteria, Unset):
            criteria = UNSET
        else:
            criteria = Criteria.from_dict(_criteria)

        _constraints = d.pop("constraints", UNSET)
        constraints: Constraints | Unset
        if isinstance(_constraints, Unset):
            constraints = UNSET
        else:
            constraints = Constraints.from_dict(_constraints)

        _preconditions = d.pop("preconditions", UNSET)
        preconditions: list[Precondition] | Unset = UNSET
        if _preconditions is not UNSET:
            preconditions = []
            for preconditions_item_data in _preconditions:
                preconditions_item = Precondition.from_dict(preconditions_item_data)

                preconditions.append(preconditions_item)

        _explanations = d.pop("explanations", UNSET)
        explanations: list[Explanation] | Unset = UNSET
        if _explanations is not UNSET:
            explanations = []
            for explanations_item_data in _explanations:
                explanations_item = Explanation.from_dict(explanations_item_data)

                explanations.append(explanations_item)

        recipe = cls(
            kind=kind,
            api_version=api_version,
            component_refs=component_refs,
            metadata=metadata,
            criteria=criteria,
            constraints=constraints,
            preconditions=preconditions,
            explanations=explanations,
        )

        return recipe
