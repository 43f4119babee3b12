from ..types import OpenEnum


class Deployer(OpenEnum):
    ARGOCD = "argocd"
    FLUX = "flux"
    HELM = "helm"
    HELMFILE = "helmfile"
