from ..types import OpenEnum


class Format(OpenEnum):
    TAR_GZ = "tar.gz"
    ZIP = "zip"
