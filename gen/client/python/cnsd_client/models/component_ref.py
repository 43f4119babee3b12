from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.pod_security import PodSecurity
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.kubernetes_object import KubernetesObject
    from ..models.values import Values


T = TypeVar("T", bound="ComponentRef")


@_attrs_define
class ComponentRef:
    """One Helm release with its extra Kubernetes objects.

    Attributes:
        name (str): Name of a component, and of its Helm release (a DNS label of at most 53 characters).
        version (str): Exact version of the chart (SemVer; `v` in front where the chart's publisher writes it).
        order (int | Unset): Place in the install order, counted from 1. This decides, not the place in the list:
            components
            without it come last, and equals go by name. An order that dependencies contradict is an error.
        repository (str | Unset): Chart repository, `https://…` or `oci://…` (without the chart's name).
        chart (str | Unset): Name of the chart in the repository. In one of `oci://…` names are small letters and
            digits, with `.`, `_`, `__` or dashes between them.
        namespace (str | Unset): Namespace of the release (a DNS label, RFC 1123).
        pod_security (PodSecurity | Unset): Pod Security Standard that the component's pods need. The bundle labels the
            namespace so that the cluster
            admits them: for the most permissive standard that a component in it states. A namespace of which no
            component states one, or which a component brings as a manifest, is left alone.
        dependency_refs (list[str] | Unset): Components of this recipe that have to be installed before this one. They
            can't depend on it in turn.
        values (Values | Unset): Helm values, complete: exactly what the bundle's `values.yaml` holds. A `null` removes
            the chart's default.
        manifests (list[KubernetesObject] | Unset): Kubernetes objects that are applied beside the chart, in this order,
            each of them once in a recipe.
    """

    name: str
    version: str
    order: int | Unset = UNSET
    repository: str | Unset = UNSET
    chart: str | Unset = UNSET
    namespace: str | Unset = UNSET
    pod_security: PodSecurity | Unset = UNSET
    dependency_refs: list[str] | Unset = UNSET
    values: Values | Unset = UNSET
    manifests: list[KubernetesObject] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        order = self.order

        repository = self.repository

        chart = self.chart

        namespace = self.namespace

        pod_security: str | Unset = UNSET
        if not isinstance(self.pod_security, Unset):
            pod_security = self.pod_security.value

        dependency_refs: list[str] | Unset = UNSET
        if not isinstance(self.dependency_refs, Unset):
            dependency_refs = self.dependency_refs

        values: dict[str, Any] | Unset = UNSET
        if not isinstance(self.values, Unset):
            values = self.values.to_dict()

        manifests: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.manifests, Unset):
            manifests = []
            for manifests_item_data in self.manifests:
                manifests_item = manifests_item_data.to_dict()
                manifests.append(manifests_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "version": version,
            }
        )
        if order is not UNSET:
            field_dict["order"] = order
        if repository is not UNSET:
            field_dict["repository"] = repository
        if chart is not UNSET:
            field_dict["chart"] = chart
        if namespace is not UNSET:
            field_dict["namespace"] = namespace
        if pod_security is not UNSET:
            field_dict["podSecurity"] = pod_security
        if dependency_refs is not UNSET:
            field_dict["dependencyRefs"] = dependency_refs
        if values is not UNSET:
            field_dict["values"] = values
        if manifests is not UNSET:
            field_dict["manifests"] = manifests

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.kubernetes_object import KubernetesObject  # noqa: PLC0415
        from ..models.values import Values  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        order = d.pop("order", UNSET)

        repository = d.pop("repository", UNSET)

        chart = d.pop("chart", UNSET)

        namespace = d.pop("namespace", UNSET)

        _pod_security = d.pop("podSecurity", UNSET)
        pod_security: PodSecurity | Unset
        if isinstance(_pod_security, Unset):
            pod_security = UNSET
        else:
            pod_security = PodSecurity(_pod_security)

        dependency_refs = cast(list[str], d.pop("dependencyRefs", UNSET))

        _values = d.pop("values", UNSET)
        values: Values | Unset
        if isinstance(_values, Unset):
            values = UNSET
        else:
            values = Values.from_dict(_values)

        _manifests = d.pop("manifests", UNSET)
        manifests: list[KubernetesObject] | Unset = UNSET
        if _manifests is not UNSET:
            manifests = []
            for manifests_item_data in _manifests:
                manifests_item = KubernetesObject.from_dict(manifests_item_data)

                manifests.append(manifests_item)

        component_ref = cls(
            name=name,
            version=version,
            order=order,
            repository=repository,
            chart=chart,
            namespace=namespace,
            pod_security=pod_security,
            dependency_refs=dependency_refs,
            values=values,
            manifests=manifests,
        )

        return component_ref
