from enum import StrEnum


class Accelerator(StrEnum):
    A100 = "a100"
    ANY = "any"
    GB200 = "gb200"
    H100 = "h100"
    L40 = "l40"

    def __str__(self) -> str:
        return str(self.value)
