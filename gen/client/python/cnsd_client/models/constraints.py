from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.constraints_driver import ConstraintsDriver
    from ..models.constraints_kernel import ConstraintsKernel
    from ..models.constraints_kubernetes import ConstraintsKubernetes
    from ..models.constraints_os import ConstraintsOS


T = TypeVar("T", bound="Constraints")


@_attrs_define
class Constraints:
    """What the cluster has to be. Each is an exact value, a range such as `>=1.32.4` or a list.

    Attributes:
        kubernetes (ConstraintsKubernetes | Unset): The control plane and the kubelets.
        driver (ConstraintsDriver | Unset): The NVIDIA driver on the GPU nodes. `version` says which versions work; of
            these, `patchedVersion` admits the ones that have the fixes of NVIDIA's security bulletins up to the release of
            the recipe data.
        os (ConstraintsOS | Unset): The operating system of the GPU nodes.
        kernel (ConstraintsKernel | Unset): The kernel of the GPU nodes.
    """

    kubernetes: ConstraintsKubernetes | Unset = UNSET
    driver: ConstraintsDriver | Unset = UNSET
    os: ConstraintsOS | Unset = UNSET
    kernel: ConstraintsKernel | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        kubernetes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.kubernetes, Unset):
            kubernetes = self.kubernetes.to_dict()

        driver: dict[str, Any] | Unset = UNSET
        if not isinstance(self.driver, Unset):
            driver = self.driver.to_dict()

        os: dict[str, Any] | Unset = UNSET
        if not isinstance(self.os, Unset):
            os = self.os.to_dict()

        kernel: dict[str, Any] | Unset = UNSET
        if not isinstance(self.kernel, Unset):
            kernel = self.kernel.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if kubernetes is not UNSET:
            field_dict["kubernetes"] = kubernetes
        if driver is not UNSET:
            field_dict["driver"] = driver
        if os is not UNSET:
            field_dict["os"] = os
        if kernel is not UNSET:
            field_dict["kernel"] = kernel

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.constraints_driver import ConstraintsDriver  # noqa: PLC0415
        from ..models.constraints_kernel import ConstraintsKernel  # noqa: PLC0415
        from ..models.constraints_kubernetes import ConstraintsKubernetes  # noqa: PLC0415
        from ..models.constraints_os import ConstraintsOS  # noqa: PLC0415

        d = dict(src_dict)
        _kubernetes = d.pop("kubernetes", UNSET)
        kubernetes: ConstraintsKubernetes | Unset
        if isinstance(_kubernetes, Unset):
            kubernetes = UNSET
        else:
            kubernetes = ConstraintsKubernetes.from_dict(_kubernetes)

        _driver = d.pop("driver", UNSET)
        driver: ConstraintsDriver | Unset
        if isinstance(_driver, Unset):
            driver = UNSET
        else:
            driver = ConstraintsDriver.from_dict(_driver)

        _os = d.pop("os", UNSET)
        os: ConstraintsOS | Unset
        if isinstance(_os, Unset):
            os = UNSET
        else:
            os = ConstraintsOS.from_dict(_os)

        _kernel = d.pop("kernel", UNSET)
        kernel: ConstraintsKernel | Unset
        if isinstance(_kernel, Unset):
            kernel = UNSET
        else:
            kernel = ConstraintsKernel.from_dict(_kernel)

        constraints = cls(
            kubernetes=kubernetes,
            driver=driver,
            os=os,
            kernel=kernel,
        )

        return constraints
