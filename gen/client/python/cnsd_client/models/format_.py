from enum import StrEnum


class Format(StrEnum):
    TAR_GZ = "tar.gz"
    ZIP = "zip"

    def __str__(self) -> str:
        return str(self.value)
