from enum import StrEnum


class Service(StrEnum):
    AKS = "aks"
    ANY = "any"
    EKS = "eks"
    GKE = "gke"
    OKE = "oke"

    def __str__(self) -> str:
        return str(self.value)
