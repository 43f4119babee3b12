from ..types import OpenEnum


class PodSecurity(OpenEnum):
    BASELINE = "baseline"
    PRIVILEGED = "privileged"
    RESTRICTED = "restricted"
