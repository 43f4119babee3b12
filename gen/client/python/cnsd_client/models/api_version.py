from ..types import OpenEnum


class APIVersion(OpenEnum):
    V1_ALPHA_1 = "cns.nvidia.com/v1alpha1"
