from ..types import OpenEnum


class OS(OpenEnum):
    AMAZONLINUX = "amazonlinux"
    ANY = "any"
    COS = "cos"
    RHEL = "rhel"
    UBUNTU = "ubuntu"
