"""One module for each operation, with `sync` and `asyncio` for its result, and `sync_detailed` and `asyncio_detailed` for the whole answer."""

from .bundles import create_bundle
from .discovery import get_docs, get_docs_asset, get_index, get_spec_json, get_spec_yaml
from .operations import get_health, get_metrics, get_readiness
from .recipes import get_recipe, resolve_recipe

__all__ = [
    "get_index",
    "get_spec_yaml",
    "get_spec_json",
    "get_docs",
    "get_docs_asset",
    "get_recipe",
    "resolve_recipe",
    "create_bundle",
    "get_health",
    "get_readiness",
    "get_metrics",
]
