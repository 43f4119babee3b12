from ..types import OpenEnum


class HealthStatus(OpenEnum):
    HEALTHY = "healthy"
