from enum import StrEnum


class APIVersion(StrEnum):
    V1_ALPHA_1 = "cns.nvidia.com/v1alpha1"

    def __str__(self) -> str:
        return str(self.value)
