from enum import StrEnum


class Deployer(StrEnum):
    ARGOCD = "argocd"
    FLUX = "flux"
    HELM = "helm"
    HELMFILE = "helmfile"

    def __str__(self) -> str:
        return str(self.value)
