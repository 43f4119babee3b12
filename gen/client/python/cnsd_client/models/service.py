from ..types import OpenEnum


class Service(OpenEnum):
    AKS = "aks"
    ANY = "any"
    EKS = "eks"
    GKE = "gke"
    OKE = "oke"
