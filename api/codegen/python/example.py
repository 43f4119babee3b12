import sys
from pathlib import Path

from cnsd_client import OS, Accelerator, APIError, Client, Deployer, Service, retry
from cnsd_client.api import create_bundle, get_recipe

client = Client("http://localhost:8080")
try:
    recipe = retry(get_recipe.sync, client=client, service=Service.EKS, accelerator=Accelerator.GB200, os=OS.UBUNTU)
    for warning in (recipe.metadata and recipe.metadata.warnings) or []:
        print(warning.message, file=sys.stderr)
    for component in recipe.component_refs:
        print(component.name, component.version)
    bundle = retry(create_bundle.sync, client=client, body=recipe, deployer=Deployer.ARGOCD)
    Path("bundle.zip").write_bytes(bundle)
except APIError as e:
    sys.exit(f"{e}; allowed: {e.error.details and e.error.details.allowed}")
