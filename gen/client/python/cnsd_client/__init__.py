"""A client of the Cloud Native Stack API. README.md shows how it is used."""

from .client import Client
from .errors import APIError, NotModified, ResponseError, UnexpectedResponseError
from .models import *
from .models import __all__ as _models
from .retry import retry, retry_async
from .types import UNSET, Response, Unset

__all__ = [
    "APIError",
    "Client",
    "NotModified",
    "Response",
    "ResponseError",
    "UNSET",
    "UnexpectedResponseError",
    "Unset",
    "retry",
    "retry_async",
]
__all__ += _models
