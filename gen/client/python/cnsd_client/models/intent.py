from enum import StrEnum


class Intent(StrEnum):
    ANY = "any"
    INFERENCE = "inference"
    TRAINING = "training"

    def __str__(self) -> str:
        return str(self.value)
