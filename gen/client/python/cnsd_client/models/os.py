from enum import StrEnum


class OS(StrEnum):
    AMAZONLINUX = "amazonlinux"
    ANY = "any"
    COS = "cos"
    RHEL = "rhel"
    UBUNTU = "ubuntu"

    def __str__(self) -> str:
        return str(self.value)
