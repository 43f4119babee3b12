from ..types import OpenEnum


class IndexService(OpenEnum):
    CNSD = "cnsd"
