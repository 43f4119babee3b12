from enum import StrEnum


class IndexService(StrEnum):
    CNSD = "cnsd"

    def __str__(self) -> str:
        return str(self.value)
