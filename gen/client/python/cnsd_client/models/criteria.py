from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.accelerator import Accelerator
from ..models.intent import Intent
from ..models.os import OS
from ..models.service import Service
from ..types import UNSET, Unset

T = TypeVar("T", bound="Criteria")


@_attrs_define
class Criteria:
    """An environment. What is left out means `any`, and leaves open what it would decide.

    Attributes:
        service (Service | Unset): Managed Kubernetes service.
        accelerator (Accelerator | Unset): GPU model.
        intent (Intent | Unset): What the cluster is for.
        os (OS | Unset): Operating system of the GPU nodes.
        nodes (int | Unset): Number of GPU nodes; 0 means unspecified.
    """

    service: Service | Unset = UNSET
    accelerator: Accelerator | Unset = UNSET
    intent: Intent | Unset = UNSET
    os: OS | Unset = UNSET
    nodes: int | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        service: str | Unset = UNSET
        if not isinstance(self.service, Unset):
            service = self.service.value

        accelerator: str | Unset = UNSET
        if not isinstance(self.accelerator, Unset):
            accelerator = self.accelerator.value

        intent: str | Unset = UNSET
        if not isinstance(self.intent, Unset):
            intent = self.intent.value

        os: str | Unset = UNSET
        if not isinstance(self.os, Unset):
            os = self.os.value

        nodes = self.nodes

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if service is not UNSET:
            field_dict["service"] = service
        if accelerator is not UNSET:
            field_dict["accelerator"] = accelerator
        if intent is not UNSET:
            field_dict["intent"] = intent
        if os is not UNSET:
            field_dict["os"] = os
        if nodes is not UNSET:
            field_dict["nodes"] = nodes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _service = d.pop("service", UNSET)
        service: Service | Unset
        if isinstance(_service, Unset):
            service = UNSET
        else:
            service = Service(_service)

        _accelerator = d.pop("accelerator", UNSET)
        accelerator: Accelerator | Unset
        if isinstance(_accelerator, Unset):
            accelerator = UNSET
        else:
            accelerator = Accelerator(_accelerator)

        _intent = d.pop("intent", UNSET)
        intent: Intent | Unset
        if isinstance(_intent, Unset):
            intent = UNSET
        else:
            intent = Intent(_intent)

        _os = d.pop("os", UNSET)
        os: OS | Unset
        if isinstance(_os, Unset):
            os = UNSET
        else:
            os = OS(_os)

        nodes = d.pop("nodes", UNSET)

        criteria = cls(
            service=service,
            accelerator=accelerator,
            intent=intent,
            os=os,
            nodes=nodes,
        )

        return criteria
