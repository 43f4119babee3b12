from enum import StrEnum


class RecipeCriteriaKind(StrEnum):
    RECIPECRITERIA = "recipeCriteria"

    def __str__(self) -> str:
        return str(self.value)
